import BillPDF
import Billing
import Foundation
import InvoiceFormats
import PDF
import Tariffs
import Testing
import Values

/// Requests for instalments and letters about plans, of every commodity and kind of customer.
@Suite struct `The paper of an instalment` {
    static func letter(_ product: GeneratedBills.Product, _ circumstance: GeneratedBills.Circumstance) throws -> PlanLetter {
        let billingCase = try GeneratedBills.billingCase(product, .year, circumstance)
        return PlanLetter(
            contract: billingCase.contract, supplier: billingCase.supplier, writtenOn: Day(2026, 1, 12),
            yearly: try #require(Money("1100.40")),
            follows: circumstance == .business ? nil : PrintedNumber(.invoice, serial: 400_001), step: Money(cents: 100),
            entries: (0..<11).map { month in
                PlanLetter.Entry(
                    due: Day(2026, 2, 1).adding(months: month), gross: Money(cents: 10_000), tax: Money(cents: 1_597),
                    requestedBy: month < 2 ? PrintedNumber(.instalment, serial: 600_001 + Int64(month)) : nil)
            })
    }

    static func request(_ product: GeneratedBills.Product, _ circumstance: GeneratedBills.Circumstance) throws -> InstalmentRequest {
        let standard = InstalmentShare(
            tax: Tax(rate: TaxRate(basisPoints: 1_900)), gross: Money(cents: 10_000), amount: Money(cents: 1_597))
        // Water: the drinking water bears the reduced rate, the rest none.
        let water = [
            InstalmentShare(tax: Tax(rate: TaxRate(basisPoints: 700)), gross: Money(cents: 4_200), amount: Money(cents: 275)),
            InstalmentShare(tax: .outside, gross: Money(cents: 5_800), amount: .zero),
        ]
        return InstalmentRequest(
            number: PrintedNumber(.instalment, serial: 600_002), requestedOn: Day(2026, 2, 10), due: Day(2026, 3, 1),
            shares: product == .wasser ? water : [standard], letter: try letter(product, circumstance))
    }

    @Test(arguments: GeneratedBills.Product.allCases, [GeneratedBills.Circumstance.plain, .business, .authority])
    func `is a partial invoice by the rules of XRechnung`(
        product: GeneratedBills.Product, circumstance: GeneratedBills.Circumstance
    ) throws {
        let request = try Self.request(product, circumstance)
        let xml = XRechnung.bytes(request)
        try keep(xml, "instalment-\(product.rawValue)-\(circumstance.rawValue).xml")
        let text = String(decoding: xml, as: UTF8.self)
        #expect(text.contains("<ram:TypeCode>326</ram:TypeCode>"))
        #expect(text.contains("<ram:ID>\(request.number)</ram:ID>"))
        #expect(text.contains("<ram:DuePayableAmount>100.00</ram:DuePayableAmount>"))
        #expect(text.contains("20260301"))
        let ubl = UBLInvoice.bytes(request)
        try keep(ubl, "ubl-instalment-\(product.rawValue)-\(circumstance.rawValue).xml")
        let other = String(decoding: ubl, as: UTF8.self)
        for words in [
            "<cbc:InvoiceTypeCode>326</cbc:InvoiceTypeCode>", "<cbc:ID>\(request.number)</cbc:ID>", "<cbc:DueDate>2026-03-01</cbc:DueDate>",
            "<cbc:PayableAmount currencyID=\"EUR\">100.00</cbc:PayableAmount>",
        ] { #expect(other.contains(words), "\(words)") }
    }

    @Test(arguments: BillLanguage.allCases) func `says what, until when and why, and holds the e-invoice`(language: BillLanguage) throws {
        let request = try Self.request(.strom, .plain)
        let pdf = try BillDocument.bytes(request, language: language)
        #expect(try BillDocument.bytes(request, language: language) == pdf)
        try keep(pdf, "instalment-\(language.rawValue).pdf")
        try inFolder { folder in
            let file = folder.appending(path: "request.pdf").path()
            try Data(pdf).write(to: URL(filePath: file))
            if let check = try ask("qpdf", ["--check", file]) { #expect(check.status == 0, "\(check.output)") }
            let extracted = folder.appending(path: "out.xml").path()
            if try ask("pdfdetach", ["-save", "1", "-o", extracted, file])?.status == 0 {
                #expect([UInt8](try Data(contentsOf: URL(filePath: extracted))) == XRechnung.bytes(request, profile: .en16931))
            }
            guard let text = try ask("pdftotext", [file, "-"])?.output else { return }
            let wanted =
                language == .de
                ? ["Abschlagsanforderung Strom", "100,00", "01.03.2026", "15,97", "VK-2000019 AB-", "Vorauszahlung", "Abschlag 2 von 11"]
                : ["Instalment request Electricity", "€100.00", "1 Mar 2026", "€15.97", "paid in advance", "instalment 2 of 11"]
            for words in wanted { #expect(text.contains(words), "\(words)") }
        }
    }

    @Test(arguments: BillLanguage.allCases) func `of a plan tells all days and asks for nothing`(language: BillLanguage) throws {
        let letter = try Self.letter(.gas, .plain)
        let page = BillPage(letter, language: language)
        #expect(page.breakdowns.first?.rows.count == 11)
        #expect(page.sums.isEmpty)
        let pdf = try BillDocument.bytes(letter, language: language)
        try keep(pdf, "plan-\(language.rawValue).pdf")
        try inFolder { folder in
            let file = folder.appending(path: "plan.pdf").path()
            try Data(pdf).write(to: URL(filePath: file))
            if let check = try ask("qpdf", ["--check", file]) { #expect(check.status == 0, "\(check.output)") }
            if let listed = try ask("pdfdetach", ["-list", file]) { #expect(listed.output.contains("0 embedded files")) }
        }
    }

    @Test func `in English names no German department`() throws {
        var letter = try Self.letter(.strom, .plain)
        var supplier = letter.supplier
        supplier.contact = "Kundenservice"
        letter = PlanLetter(
            contract: letter.contract, supplier: supplier, writtenOn: letter.writtenOn, yearly: letter.yearly, follows: letter.follows,
            step: letter.step, entries: letter.entries)
        let english = BillPage(letter, language: .en)
        let said = english.footer.flatMap(\.self) + english.statements.flatMap(\.paragraphs)
        #expect(said.contains { $0.contains("Customer service") })
        #expect(!said.contains { $0.contains("Kundenservice:") || $0 == "Kundenservice" })
        #expect(BillPage(letter, language: .de).footer[1][0] == "Kundenservice")
    }
}
