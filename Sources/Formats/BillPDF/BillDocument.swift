public import Billing
public import InvoiceFormats
public import PDF
internal import Tariffs
internal import Values

/// The PDF/A-3 of an invoice with its e-invoice embedded.
public enum BillDocument {
    /// The file; the same invoice and language give the same bytes on the same machine.
    ///
    /// A buyer with a Leitweg-ID is public and gets the profile XRECHNUNG, everyone else EN 16931.
    /// - Throws: `PDFError` if memory, fonts or libraries fail.
    public static func bytes(_ invoice: Invoice, language: BillLanguage) throws(PDFError) -> [UInt8] {
        let bill = BillPage(invoice, language: language)
        let sheet = BillSheet(bill)
        let pages = try sheet.finish()
        let factur = FacturX(invoice)
        let title = "\(bill.title) \(bill.number)"
        let day = invoice.issuedOn.description
        return try ArchiveFile(
            title: title, author: invoice.draft.supplier.name, producer: FacturX.producer, language: language.rawValue,
            day: day.filter { $0 != "-" },
            metadata: factur.metadata(title: title, author: invoice.draft.supplier.name, day: day, language: language.rawValue),
            attachment: factur.attachment
        ).bytes(pages: pages)
    }
}
