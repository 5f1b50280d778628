import BillPDF
import Billing
import InvoiceFormats
import Metering
import Tariffs
import Testing
import Values

private func bill(_ billed: BillingCase, serial: Int64 = 500_050) throws -> Invoice {
    Invoice(number: PrintedNumber(.invoice, serial: serial), issuedOn: Day(2026, 1, 13), draft: try Bill.compute(billed))
}
private func said(_ invoice: Invoice, _ language: BillLanguage = .de) -> [String] {
    BillPage(invoice, language: language).statements.flatMap(\.paragraphs)
}
private func explained(_ invoice: Invoice) -> String { String(decoding: ExplanationJSON.bytes(invoice), as: UTF8.self) }

@Suite struct `A bill of heat` {
    @Test func `names contacts for efficiency, and the taxes and levies that are collected`() throws {
        let invoice = try GeneratedBills.invoice(.waerme, .year, .plain)
        let german = said(invoice).joined(separator: "\n")
        for words in ["www.vzbv.de", "www.dena.de", "www.bfee-online.de", "Umsatzsteuer erhoben", "Energiesteuer", "CO₂"] {
            #expect(german.contains(words), "\(words)")
        }
        #expect(said(invoice, .en).contains { $0.contains("VAT is collected on the supply of heat") })
        #expect(BillPage(invoice, language: .de).statements.contains { $0.title == "Steuern und Abgaben auf Wärme (§ 5 FFVAV)" })
        // Contacts once, whatever else stands on the paper.
        #expect(said(try GeneratedBills.invoice(.strom, .year, .plain)).allSatisfy { !$0.contains("www.dena.de") })
        try keep(BillDocument.bytes(invoice, language: .de), "waerme.pdf")
    }

    // The bill is of 13 January 2026.
    @Test(
        arguments: [
            (
                nil,
                "Vertragslaufzeit: ab 01.01.2019. Die vereinbarte Laufzeit steht in Ihrem Vertrag; er ist mit neun Monaten Frist zu ihrem Ende kündbar"
            ),
            (
                "2028-01-01",
                "vereinbart bis 31.12.2027. Der Vertrag ist mit neun Monaten Frist zum 31.12.2027 kündbar, sonst verlängert er sich"
            ),
            ("2026-07-01", "vereinbart bis 30.06.2026. Die Frist von neun Monaten zu diesem Tag ist verstrichen"),
            ("2025-07-01", "Die vereinbarte Laufzeit steht in Ihrem Vertrag"),
        ] as [(String?, String)])
    func `never is open-ended and agreed for a term at once`(fixedUntil: String?, words: String) throws {
        var billed = try GeneratedBills.billingCase(.waerme, .year, .plain)
        billed.contract.attributes["fixedUntil"] = fixedUntil
        billed.contract.valid = DayRange(from: Day(2019, 1, 1), until: nil)
        billed.contract.began = nil
        let texts = said(try bill(billed))
        #expect(texts.contains { $0.contains(words) }, "\(texts.filter { $0.hasPrefix("Vertragslaufzeit") })")
        #expect(!texts.contains { $0.contains("unbefristet") })
    }

    @Test func `that is corrected repeats no conversion where nothing is converted`() throws {
        let heat = BillPage(try GeneratedBills.invoice(.waerme, .year, .plain), language: .de).groups.flatMap(\.rows)
        #expect(!heat.isEmpty && heat.allSatisfy { !$0.asBefore.contains("Umrechnung") })
        let gas = BillPage(try GeneratedBills.invoice(.gas, .year, .plain), language: .en).groups.flatMap(\.rows)
        #expect(gas.contains { $0.asBefore == "Conversion to kWh as before" })
    }
}

@Suite struct `An agreed term of electricity` {
    @Test func `stands in the place of “open-ended” as long as it runs, and a notice of one month is one month's`() throws {
        var billed = try GeneratedBills.billingCase(.strom, .year, .plain)
        billed.contract.attributes.merge(["noticePeriod": "P1M", "fixedUntil": "2027-01-01"]) { $1 }
        #expect(
            said(try bill(billed)).contains {
                $0.contains(", vereinbart bis 31.12.2026. Der Vertrag ist mit 1 Monat Frist kündbar, nächstmöglich zum 01.01.2027.")
            })
        #expect(said(try bill(billed), .en).contains { $0.contains("with 1 month's notice, next possible on 1 Jan 2027.") })
        billed.contract.attributes.merge(["noticePeriod": "P4W", "fixedUntil": "2025-01-01"]) { $1 }
        #expect(said(try bill(billed)).contains { $0.contains(", unbefristet. Der Vertrag ist mit 4 Wochen Frist kündbar") })
        #expect(said(try bill(billed), .en).contains { $0.contains("with 4 weeks' notice") })
    }
}

@Suite struct `A register that has passed its last digit` {
    private func rolled(factor: Int64 = 1) throws -> Invoice {
        var billed = try GeneratedBills.billingCase(.strom, .year, .plain)
        let micro: Int64 = 4_259_800_000
        billed.usage[0].quantity = Measure(micro: micro * factor, unit: .kilowattHour)
        billed.usage[0].factor = Ratio(millionths: factor * 1_000_000)
        billed.usage[0].begin?.micro = 97_812_400_000
        billed.usage[0].end?.micro = 2_072_200_000
        billed.usage[0].rollovers = 1
        return try bill(billed)
    }

    @Test func `is told at the reading, and with the sum that leads to the quantity`() throws {
        let invoice = try rolled()
        let page = BillPage(invoice, language: .de)
        #expect(page.meters.rows[0][4] == "2.072,2\u{A0}kWh (abgelesen, nach Überlauf)")
        #expect(
            said(invoice).contains(
                "Zähler 1ESY1160123456 (1-0:1.8.0): Das Zählwerk hat seinen höchsten Stand überschritten und zählt von null weiter. Gezählt sind 100.000 − 97.812,4 + 2.072,2 = 4.259,8\u{A0}kWh."
            ))
        #expect(said(invoice, .en).contains { $0.contains("100,000 − 97,812.4 + 2,072.2 = 4,259.8\u{A0}kWh") })
        #expect(page.groups.flatMap(\.rows).contains { $0.parts.contains { $0.contains("Überlauf des Zählwerks") } })
        #expect(said(try rolled(factor: 40)).contains { $0.contains("(100.000 − 97.812,4 + 2.072,2) × 40 = 170.392\u{A0}kWh.") })
        let plain = try GeneratedBills.invoice(.strom, .year, .plain)
        #expect(!said(plain).contains { $0.contains("Zählwerk") } && !BillPage(plain, language: .de).meters.rows[0][4].contains("Überlauf"))
        try keep(BillDocument.bytes(invoice, language: .de), "ueberlauf.pdf")
    }
}

@Suite struct `A paper of several contracts` {
    @Test func `names with each plan whose it is, and rounds consumption for people`() throws {
        var parts = [try GeneratedBills.billingCase(.strom, .year, .plain), try GeneratedBills.billingCase(.wasser, .year, .plain)]
        parts[1].contract.number = "VT-3000026"
        for place in parts.indices { parts[place].instalmentRule = InstalmentRule(count: 11, firstDue: Day(2026, 2, 1)) }
        let drafts = try parts.map { try Bill.compute($0) }
        let invoice = Invoice(
            number: PrintedNumber(.invoice, serial: 500_051), issuedOn: Day(2026, 1, 13), draft: try InvoiceDraft.combined(drafts))
        let titles = BillPage(invoice, language: .de).statements.map(\.title)
        #expect(titles.contains("Ihre neuen Abschläge: Strom, Vertrag VT-3000018"))
        #expect(titles.contains("Ihre neuen Abschläge: Trinkwasser, Vertrag VT-3000026"))
        #expect(
            BillPage(invoice, language: .en).statements.contains { $0.title == "Your new instalments: Electricity, contract VT-3000018" })
        let water = try #require(drafts[1].consumption)
        let whole = Rounding.halfAwayFromZero.divide(Int128(water.micro), by: 1_000_000)
        #expect(said(invoice).contains { $0.hasPrefix("Trinkwasser: Vertrag VT-3000026") && $0.hasSuffix("Verbrauch \(whole)\u{A0}m³") })
        // One contract needs no name.
        #expect(BillPage(try bill(parts[0]), language: .de).statements.contains { $0.title == "Ihre neuen Abschläge" })
        try keep(BillDocument.bytes(invoice, language: .de), "haus-plaene.pdf")
    }

    @Test func `names with each instalment what it was paid for, and its request`() throws {
        var parts = [try GeneratedBills.billingCase(.strom, .year, .paid), try GeneratedBills.billingCase(.wasser, .year, .paid)]
        parts[1].contract.number = "VT-3000026"
        for part in parts.indices {
            for place in parts[part].instalments.indices { parts[part].instalments[place].number = "AB-50000\(part)\(place)" }
        }
        // Stored and read again it is the same.
        let stored = StoredCase(parts[0])
        #expect(try StoredCase(parsing: stored.bytes) == stored)
        let invoice = Invoice(
            number: PrintedNumber(.invoice, serial: 500_052), issuedOn: Day(2026, 1, 13),
            draft: try InvoiceDraft.combined(parts.map { try Bill.compute($0) }))
        let german = BillPage(invoice, language: .de).sums.map(\.label).filter { $0.hasPrefix("Abschlag") }
        #expect(german.count == 8)
        #expect(german.count { $0.hasPrefix("Abschlag Strom vom ") && $0.contains(", AB-500000") } == 4)
        #expect(german.count { $0.hasPrefix("Abschlag Trinkwasser vom ") && $0.contains(", AB-500001") } == 4)
        #expect(
            BillPage(invoice, language: .en).sums.contains { $0.label.hasPrefix("Instalment Electricity of 1 Jan 2025, AB-5000000 (VAT ") })
        // The document that is kept says what it said.
        #expect(!String(decoding: InvoiceJSON.bytes(invoice), as: UTF8.self).contains("AB-5000000"))
        let alone = BillPage(try GeneratedBills.invoice(.strom, .year, .paid), language: .de)
        #expect(alone.sums.contains { $0.label.hasPrefix("Abschlag vom 01.01.2025 (darin USt ") })
        try keep(BillDocument.bytes(invoice, language: .en), "haus-abschlaege.pdf")
    }
}

@Suite struct `What takes a bill back` {
    @Test func `has its sign in formulas and in what the prices contain, and its document says no more than it did`() throws {
        let bill = try GeneratedBills.invoice(.gas, .year, .plain)
        let storno = bill.cancellation(
            number: PrintedNumber(.invoice, serial: 500_053), on: Day(2026, 2, 2), settled: CancelledClaim(paid: .zero, balance: .zero))
        for language in BillLanguage.allCases {
            let rows = BillPage(storno, language: language).breakdowns.flatMap(\.rows)
            #expect(!rows.isEmpty && rows.allSatisfy { $0[2].hasPrefix("−") && $0[4].hasPrefix("−") }, "\(rows)")
        }
        let rows = try #require(storno.draft.breakdown.first)
        #expect(rows.amount < .zero, "what the prices contained is taken back with them")
        #expect(explained(storno).contains(#""amount":"\#(rows.amount)""#) && explained(storno).contains(#""formula":"−("#))
        let document = String(decoding: InvoiceJSON.bytes(storno), as: UTF8.self)
        #expect(document.contains(#""amount":"\#(rows.amount)""#) && !document.contains("−("))
        try keep(BillDocument.bytes(storno, language: .de), "storno-gas.pdf")
    }

    @Test func `says that instalments which nobody had paid are not asked for again`() throws {
        let bill = try GeneratedBills.invoice(.gas, .year, .plain)
        func storno(_ withdrawn: String) -> Invoice {
            bill.cancellation(
                number: PrintedNumber(.invoice, serial: 500_054), on: Day(2026, 2, 2),
                settled: CancelledClaim(paid: .zero, balance: .zero, withdrawn: Money(withdrawn) ?? .zero))
        }
        let words = "Offene Abschläge über 354,00\u{A0}€, die die Rechnung zurückgenommen hatte, fordern wir nicht noch einmal an"
        #expect(BillPage(storno("354.00"), language: .de).due.contains(words))
        #expect(BillPage(storno("354.00"), language: .en).due.contains("open instalments of €354.00"))
        #expect(!BillPage(storno("0"), language: .de).due.contains("Offene Abschläge"))
        // The e-invoice and the document say what they said.
        #expect(XRechnung.bytes(storno("354.00")) == XRechnung.bytes(storno("0")))
        #expect(UBLInvoice.bytes(storno("354.00")) == UBLInvoice.bytes(storno("0")))
        #expect(InvoiceJSON.bytes(storno("354.00")) == InvoiceJSON.bytes(storno("0")))
        let kept = StoredCancellation(
            cancels: "R-1",
            settled: storno("354.00").draft.settled.map { CancelledClaim(paid: $0.paid, balance: $0.balance, withdrawn: $0.withdrawn) })
        #expect(try StoredCancellation(parsing: kept.bytes) == kept && kept.settled?.withdrawn == Money("354.00"))
    }
}

@Suite struct `An English paper` {
    @Test func `has English units and the sign of the euro in its place`() throws {
        let page = BillPage(try GeneratedBills.invoice(.gas, .year, .plain), language: .en)
        let rows = page.groups.flatMap(\.rows)
        #expect(rows.contains { $0.price == "€12.50/month" && $0.formula.hasPrefix("€12.50/month × ") })
        #expect(rows.allSatisfy { !"\($0.price) \($0.formula)".contains(/[0-9][ \u{A0}]€/) && !$0.formula.contains("Monat") })
        let german = BillPage(try GeneratedBills.invoice(.gas, .year, .plain), language: .de).groups.flatMap(\.rows)
        #expect(german.contains { $0.price == "12,50\u{A0}€/Monat" })
    }

    @Test func `and the explanation say each thing in one language, and in both`() throws {
        let text = explained(try GeneratedBills.invoice(.gas, .year, .plain))
        #expect(text.contains(#""formula":"€12.50/month × "#) && text.contains(#""formula.de":"12,50 €/Monat × "#))
        #expect(text.contains(#""divisionText":"read""#) && text.contains(#""divisionText.de":"abgelesen""#))
        #expect(!text.contains(#""divisionText":"abgelesen""#))
        // What is stored is as it always was.
        let document = String(decoding: InvoiceJSON.bytes(try GeneratedBills.invoice(.gas, .year, .plain)), as: UTF8.self)
        #expect(document.contains(#""priceUnit":"€/Monat""#) && document.contains(#""formula":"12.50 €/Monat × "#))
    }
}
