import BillPDF
import Billing
import InvoiceFormats
import Metering
import Tariffs
import Testing
import Values

private func cii(_ invoice: Invoice) -> String { String(decoding: XRechnung.bytes(invoice), as: UTF8.self) }
private func together(_ name: String) throws -> Invoice {
    try #require(try GeneratedBills.together().first { $0.name == name }).invoice
}

@Suite struct `The amount to be paid` {
    @Test func `names deductions only where there are any`() throws {
        let none = try GeneratedBills.invoice(.strom, .year, .plain)
        let plain = BillPage(none, language: .de).due
        #expect(plain.hasPrefix("Bitte zahlen Sie bis zum") && !plain.contains("abgezogen"))
        #expect(!BillPage(none, language: .en).due.contains("deducted"))
        let paid = try GeneratedBills.invoice(.strom, .year, .paid)
        #expect(BillPage(paid, language: .de).due.hasSuffix("Bezahlte Abschläge sind abgezogen."))
    }
}

/// § 14(2) and (4) UStG.
@Suite struct `What we pay for feed-in` {
    @Test func `is a Gutschrift: the feeder sells, at positive amounts`() throws {
        let invoice = try GeneratedBills.invoice(.einspeisung, .year, .plain)
        #expect(invoice.draft.isSelfBilled && invoice.draft.due.isNegative)
        let page = BillPage(invoice, language: .de)
        #expect(page.title == "Gutschrift Einspeisung (Jahresabrechnung)")
        #expect(page.headline.label == "Ihr Guthaben" && page.payment.isEmpty)
        #expect(page.groups.flatMap(\.rows).allSatisfy { !$0.amount.contains("−") && !$0.price.contains("-") && !$0.price.contains("−") })
        #expect(page.sums.allSatisfy { !$0.value.contains("−") })
        #expect(page.facts.contains { $0.label == "Ihre Steuernummer" && $0.value == "20/111/22222" })
        let said = page.statements.flatMap(\.paragraphs).joined(separator: "\n")
        #expect(said.contains("Leistender Unternehmer: Erika Musterfrau") && said.contains("Leistungsempfänger: Stadtwerke"))
        #expect(!page.footer.flatMap(\.self).contains { $0.hasPrefix("Steuernummer") })
        #expect(!said.contains("Lieferanten wechseln"))
        #expect(BillPage(invoice, language: .en).title.contains("Gutschrift"))
        let xml = cii(invoice)
        #expect(xml.contains("<ram:TypeCode>389</ram:TypeCode>"))
        #expect(xml.contains("<ram:DuePayableAmount>\(-invoice.draft.due)</ram:DuePayableAmount>"))
        #expect(!xml.contains("Amount>-"))
        #expect(xml.contains("<ram:SellerTradeParty><ram:ID>GP-1000016</ram:ID><ram:Name>Erika Musterfrau</ram:Name>"))
        #expect(xml.contains("<ram:ID schemeID=\"FC\">20/111/22222</ram:ID>"))
        #expect(xml.contains("unitCode=\"KWH\""), "as a quantity at its price, not as a piece")
        #expect(String(decoding: UBLInvoice.bytes(invoice), as: UTF8.self).contains("<cbc:InvoiceTypeCode>389</cbc:InvoiceTypeCode>"))
        let json = String(decoding: InvoiceJSON.bytes(invoice), as: UTF8.self)
        #expect(json.contains("\"selfBilled\":true"))
        try keep(BillDocument.bytes(invoice, language: .de), "gutschrift.pdf")
    }

    @Test func `asks for a tax number that nobody told`() throws {
        let page = BillPage(try GeneratedBills.invoice(.einspeisung, .year, .estimated), language: .de)
        #expect(page.facts.contains { $0.label == "Ihre Steuernummer" && $0.value == "nicht mitgeteilt" })
        #expect(page.statements.contains { $0.paragraphs.contains { $0.contains("bitte teilen Sie sie uns mit") } })
    }

    @Test func `is taken back by a credit note of the feeder`() throws {
        let storno = try GeneratedBills.invoice(.einspeisung, .year, .storno)
        let page = BillPage(storno, language: .de)
        #expect(page.title.hasPrefix("Storno der Gutschrift"))
        #expect(page.headline.label == "Zu zahlen" && page.headline.value == "0,00\u{A0}€" && page.payment.isEmpty)
        #expect(page.due.contains("entfällt") && page.due.contains("Es ist nichts zu zahlen."))
        #expect(cii(storno).contains("<ram:TypeCode>381</ram:TypeCode>") && !cii(storno).contains("Amount>-"))
        try keep(BillDocument.bytes(storno, language: .de), "storno-gutschrift.pdf")
        // Paid out before: the feeder owes it again, unless the account covers it.
        let gutschrift = try GeneratedBills.invoice(.einspeisung, .year, .plain)
        let paidOut = gutschrift.cancellation(
            number: PrintedNumber(.invoice, serial: 500_020), on: Day(2026, 2, 2),
            settled: CancelledClaim(paid: gutschrift.draft.due, balance: -gutschrift.draft.due))
        let asked = BillPage(paidOut, language: .de)
        #expect(asked.headline.value == BillWordsProbe.money(-gutschrift.draft.due) && !asked.payment.isEmpty)
        #expect(asked.due.contains("schon ausgezahlt oder verrechnet") && asked.due.contains("Bitte zahlen Sie bis zum"))
        try keep(Array(cii(paidOut).utf8), "cii-storno-ausgezahlt.xml")
    }

    @Test func `that was paid out asks for no more than is open on the account, and every face names one amount`() throws {
        let gutschrift = try GeneratedBills.invoice(.einspeisung, .year, .plain)
        func storno(balance: String) -> Invoice {
            gutschrift.cancellation(
                number: PrintedNumber(.invoice, serial: 500_021), on: Day(2026, 2, 2),
                settled: CancelledClaim(paid: gutschrift.draft.due, balance: Money(balance) ?? .zero))
        }
        // Other credit on the account pays a part of it.
        let part = storno(balance: "40.00")
        let page = BillPage(part, language: .de)
        #expect(page.headline.value == "40,00\u{A0}€" && !page.payment.isEmpty)
        #expect(page.due.contains("insgesamt 40,00\u{A0}€ offen") && page.sums.last?.value == "40,00\u{A0}€")
        let gross = part.draft.totals.gross
        for (invoice, left) in [(part, "40.00"), (storno(balance: "0.00"), "0.00"), (storno(balance: "-12.00"), "0.00")] {
            #expect(invoice.draft.payable == Money(left))
            // The feeder's credit note takes all of it back; what had been settled (BT-113) leaves what is still to be given back.
            #expect(cii(invoice).contains("<ram:TotalPrepaidAmount>\(gross - invoice.draft.payable)</ram:TotalPrepaidAmount>"))
            #expect(cii(invoice).contains("<ram:DuePayableAmount>\(left)</ram:DuePayableAmount>"))
            let ubl = String(decoding: UBLInvoice.bytes(invoice), as: UTF8.self)
            #expect(ubl.contains(">\(gross - invoice.draft.payable)</cbc:PrepaidAmount>") && ubl.contains(">\(left)</cbc:PayableAmount>"))
        }
        let covered = BillPage(storno(balance: "-12.00"), language: .de)
        #expect(covered.headline.value == "0,00\u{A0}€" && covered.payment.isEmpty)
        #expect(covered.due.contains("Das Guthaben auf Ihrem Vertragskonto deckt den Betrag."))
    }
}

private enum BillWordsProbe {
    static func money(_ amount: Money) -> String { "\(NumberStyle.german.apply(amount.description))\u{A0}€" }
}

@Suite struct `A paper of two contracts of one commodity` {
    @Test func `says of each group of lines and levies whose it is`() throws {
        let invoice = try together("zwei-punkte-year-plain")
        let page = BillPage(invoice, language: .de)
        #expect(page.groups.map(\.title) == ["Strom", "Strom"])
        #expect(
            page.groups.map(\.supply) == [
                "Vertrag VT-3000018 · Messstelle 51238696781 · Zähler \(invoice.draft.lines[0].serials[0]) · Großflecken 9, 24534 Neumünster",
                "Vertrag VT-3000042 · Messstelle 51238696799 · Zähler 1EMH0099999999 · Am Teich 3, 24534 Neumünster",
            ])
        #expect(page.groups.flatMap(\.rows).count == invoice.draft.lines.count)
        #expect(page.breakdowns.count == 2)
        #expect(page.breakdowns[1].title.contains("VT-3000042"))
        #expect(page.breakdowns.flatMap(\.rows).count == invoice.draft.breakdown.count)
        #expect(String(decoding: BillHTML.bytes(page), as: UTF8.self).contains("Messstelle 51238696799"))
        try keep(BillDocument.bytes(invoice, language: .de), "zwei-punkte.pdf")
        // One contract needs no such heading.
        #expect(BillPage(try GeneratedBills.invoice(.strom, .year, .plain), language: .de).groups.allSatisfy { $0.supply == nil })
    }
}

@Suite struct `A quantity that a profile divided` {
    @Test(arguments: [
        (GeneratedBills.Product.strom, "nach Lastprofil H0 abgegrenzt", #""profile":{"name":"H0""#),
        (.gas, "nach Gradtagszahlen abgegrenzt", #""profile":{"name":"Gradtagszahlen nach VDI 2067""#),
    ])
    func `can be computed again: profile, advance and weights are told`(product: GeneratedBills.Product, words: String, json: String) throws
    {
        var billingCase = try GeneratedBills.billingCase(product, .vat2020, .plain)
        for place in billingCase.usage.indices {
            if place > 0 {
                billingCase.usage[place].begin?.version = nil
                billingCase.usage[place].begin?.origin = .profile
            }
            if place + 1 < billingCase.usage.count {
                billingCase.usage[place].end?.version = nil
                billingCase.usage[place].end?.origin = .profile
            }
            billingCase.usage[place].division = .profile
        }
        let invoice = Invoice(
            number: PrintedNumber(.invoice, serial: 500_030), issuedOn: Day(2021, 3, 12), draft: try Bill.compute(billingCase))
        let page = BillPage(invoice, language: .de)
        let rows = page.groups.flatMap(\.rows).filter { !$0.parts.isEmpty }
        #expect(rows.count > 1 && rows.allSatisfy { $0.note == words })
        #expect(rows.allSatisfy { $0.parts.contains { $0.contains("Gewicht") && $0.contains("zwischen den Ständen") } })
        // As a share, and in a unit that means something.
        #expect(
            rows.allSatisfy {
                $0.parts.contains { $0.contains(" % (Gewicht ") && $0.contains(product == .gas ? "‰ des Jahres" : "kWh des Profils") }
            })
        let explained = String(decoding: ExplanationJSON.bytes(invoice), as: UTF8.self)
        #expect(explained.contains(json) && explained.contains(#""divisionText.de":"\#(words)""#))
    }

    @Test func `between two readings by intervals says so on its line, and by which sums`() throws {
        var billingCase = try GeneratedBills.billingCase(.strom, .year, .plain)
        let last = billingCase.usage.popLast()
        var first = try #require(last)
        let until = try #require(first.range.until)
        let cut = first.range.from.adding(days: 30)
        first.begin?.origin = .measured
        var second = first
        let (from, end) = (LocalTime.berlin.start(of: first.range.from), LocalTime.berlin.start(of: until))
        let bound = ReadingRef(
            at: LocalTime.berlin.start(of: cut), micro: 4_811_300_000, unit: .kilowattHour, status: .estimated, method: 0, version: nil,
            origin: .intervals, share: IntervalShare(since: from, until: end, part: 1_500_000, whole: 6_000_000))
        (first.range, second.range) = (DayRange(from: first.range.from, until: cut), DayRange(from: cut, until: until))
        second.quantity = Measure(micro: first.quantity.micro - 100_000_000, unit: .kilowattHour)
        first.quantity = Measure(micro: 100_000_000, unit: .kilowattHour)
        (first.end, second.begin) = (bound, bound)
        (first.division, second.division) = (.intervals, .intervals)
        billingCase.usage += [first, second]
        let stored = StoredCase(billingCase)
        #expect(try StoredCase(parsing: stored.bytes) == stored)
        let invoice = Invoice(
            number: PrintedNumber(.invoice, serial: 500_031), issuedOn: Day(2026, 1, 12), draft: try Bill.compute(billingCase))
        let rows = BillPage(invoice, language: .de).groups.flatMap(\.rows)
        #expect(rows.contains { $0.note == "abgelesen, dazwischen aus Lastgang abgegrenzt" })
        #expect(rows.contains { $0.parts.contains { $0.contains("Lastgang 1,5 von 6 zwischen den Ständen 01.01.2025 und 01.01.2026") } })
        let explained = String(decoding: ExplanationJSON.bytes(invoice), as: UTF8.self)
        #expect(explained.contains(#""intervals":[{"at":"2025-01-31T00:00:00+01:00""#) && explained.contains(#""part":"1.5","whole":"6""#))
        // The document says what it said: only who asks how is told more.
        #expect(!String(decoding: InvoiceJSON.bytes(invoice), as: UTF8.self).contains("\"whole\""))
    }
}
