internal import PartnerOperations
internal import Web

extension Cockpit {
    /// The bills of a partner, newest first.
    func invoices(of overview: PartnerOverview, _ screen: Screen) async throws -> [PartnerPage.InvoiceEntry] { [] }
}
