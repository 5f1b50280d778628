import ArgumentParser
import BillingOperations
import Foundation
import InvoiceFormats

extension Parse {
    static func language(_ text: String) throws -> BillLanguage {
        guard let language = BillLanguage(rawValue: text) else { throw ValidationError("“\(text)” is no language of bills: de, en") }
        return language
    }
}

/// `zaehlwerk invoice`
struct InvoiceCommand: Errand {
    enum Format: String, CaseIterable, ExpressibleByArgument, Sendable { case json, xml, ubl, pdf, explanation, html }

    static let configuration = CommandConfiguration(
        commandName: "invoice",
        abstract: "One invoice: JSON, XRechnung (xml), UBL, PDF with the e-invoice inside, explanation, or a page.",
        discussion: "Goes to standard output unless --output names a file. A PDF is drawn when first asked for and kept as it is.")

    @OptionGroup var common: CommonOptions
    @Argument(help: "number of the invoice, such as R-4000017")
    var number: String
    @Option(help: "json, xml, ubl, pdf, explanation or html")
    var format: Format = .json
    @Option(help: "language of PDF and page: de or en", transform: Parse.language)
    var language: BillLanguage = .de
    @Option(help: "the file to write")
    var output: String?

    func perform() async throws {
        try await Installation.use(try common.configuration()) { installation in
            let bytes = try await bytes(in: installation)
            try Output.bytes(bytes, to: output)
        }
    }

    private func bytes(in installation: Installation) async throws -> [UInt8] {
        let pool = installation.pool
        if format == .pdf { return try await GetBillDocument(pool: pool)(number, language: language, now: Clock.now) }
        if format == .json { return try await GetInvoice(pool: pool).document(number) + [0x0A] }
        let invoice = try await GetInvoice(pool: pool)(number).invoice
        return switch format {
        case .xml: XRechnung.bytes(invoice)
        case .ubl: UBLInvoice.bytes(invoice)
        case .explanation: ExplanationJSON.bytes(invoice) + [0x0A]
        case .html: BillHTML.bytes(BillPage(invoice, language: language))
        case .json, .pdf: []
        }
    }
}
