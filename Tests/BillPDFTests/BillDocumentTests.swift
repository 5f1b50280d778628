import BillPDF
import Billing
import Foundation
import InvoiceFormats
import PDF
import Testing
import Values

@Suite struct `A bill on paper` {
    @Test func `comes in every kind as valid e-invoices, in both syntaxes`() throws {
        let bills = try GeneratedBills.all()
        #expect(bills.count >= 200)
        for (index, bill) in bills.enumerated() {
            // One of two goes out as CII, the other as UBL; those of a year as both.
            if index.isMultiple(of: 2) || bill.name.contains("-year-") { try keep(XRechnung.bytes(bill.invoice), "cii-\(bill.name).xml") }
            if !index.isMultiple(of: 2) || bill.name.contains("-year-") { try keep(UBLInvoice.bytes(bill.invoice), "ubl-\(bill.name).xml") }
        }
    }

    @Test(arguments: GeneratedBills.Product.allCases, [GeneratedBills.Circumstance.plain, .credit, .storno, .estimated, .authority])
    func `holds the e-invoice, untouched`(product: GeneratedBills.Product, circumstance: GeneratedBills.Circumstance) throws {
        let invoice = try GeneratedBills.invoice(product, .year, circumstance)
        let pdf = try BillDocument.bytes(invoice, language: .de)
        try keep(pdf, "\(product.rawValue)-\(circumstance.rawValue).pdf")
        let name = circumstance == .authority ? "xrechnung.xml" : "factur-x.xml"
        try inFolder { folder in
            let file = folder.appending(path: "bill.pdf").path()
            try Data(pdf).write(to: URL(filePath: file))
            if let check = try ask("qpdf", ["--check", file]) {
                #expect(check.status == 0, "\(check.output)")
                #expect(check.output.contains("PDF Version: 1.7"))
            }
            let extracted = folder.appending(path: "out.xml").path()
            if let detached = try ask("pdfdetach", ["-save", "1", "-o", extracted, file]) {
                #expect(detached.status == 0, "\(detached.output)")
                let xml = [UInt8](try Data(contentsOf: URL(filePath: extracted)))
                #expect(xml == XRechnung.bytes(invoice, profile: circumstance == .authority ? .xrechnung : .en16931))
                let listed = try ask("pdfdetach", ["-list", file])
                #expect(listed?.output.contains(name) == true)
            }
        }
    }

    @Test func `differs from the plain e-invoice in BT-24 only`() throws {
        let invoice = try GeneratedBills.invoice(.gas, .year, .plain)
        let plain = String(decoding: XRechnung.bytes(invoice), as: UTF8.self)
        let embedded = String(decoding: XRechnung.bytes(invoice, profile: .en16931), as: UTF8.self)
        #expect(plain != embedded)
        #expect(plain.replacing("#compliant#urn:xeinkauf.de:kosit:xrechnung_3.0", with: "") == embedded)
    }

    @Test func `is the same file each time`() throws {
        let invoice = try GeneratedBills.invoice(.strom, .year, .paid)
        #expect(try BillDocument.bytes(invoice, language: .de) == BillDocument.bytes(invoice, language: .de))
        let english = try BillDocument.bytes(invoice, language: .en)
        #expect(try english != BillDocument.bytes(invoice, language: .de))
        try keep(english, "english.pdf")
    }
}
