public import Billing
public import InvoiceFormats
public import PDF
internal import Tariffs
internal import Values

/// The papers of billing as PDF/A-3. The same value and language give the same bytes on the same machine.
public enum BillDocument {
    /// An invoice with its e-invoice embedded.
    ///
    /// A buyer with a Leitweg-ID is public and gets the profile XRECHNUNG, everyone else EN 16931.
    /// - Throws: `PDFError` if memory, fonts or libraries fail.
    public static func bytes(_ invoice: Invoice, language: BillLanguage) throws(PDFError) -> [UInt8] {
        let recipient = invoice.draft.contract.recipient
        return try Archive(author: invoice.draft.supplier.name, on: invoice.issuedOn).bytes(
            BillPage(invoice, language: language), with: FacturX(to: recipient) { XRechnung.bytes(invoice, profile: $0) })
    }

    /// The request for an instalment with its e-invoice embedded, as for an invoice.
    /// - Throws: `PDFError`.
    public static func bytes(_ request: InstalmentRequest, language: BillLanguage) throws(PDFError) -> [UInt8] {
        let letter = request.letter
        return try Archive(author: letter.supplier.name, on: request.requestedOn).bytes(
            BillPage(request, language: language),
            with: FacturX(to: letter.contract.recipient) { XRechnung.bytes(request, profile: $0) })
    }

    /// The letter about a plan. It asks for nothing, so there is no e-invoice in it.
    /// - Throws: `PDFError`.
    public static func bytes(_ letter: PlanLetter, language: BillLanguage) throws(PDFError) -> [UInt8] {
        try Archive(author: letter.supplier.name, on: letter.writtenOn).bytes(BillPage(letter, language: language), with: nil)
    }
}
