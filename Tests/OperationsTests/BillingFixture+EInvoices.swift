import BillingOperations
import Foundation
import InvoiceFormats
import Testing

extension BillingFixture {
    /// Leaves what was issued so far, in both syntaxes, where `ZAEHLWERK_TEST_INVOICES` says, for the outside check.
    func keepInvoices(_ name: String) async throws {
        guard let path = ProcessInfo.processInfo.environment["ZAEHLWERK_TEST_INVOICES"] else { return }
        let folder = URL(filePath: path)
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        for record in try await invoices() {
            let invoice = try await GetInvoice(pool: pool)(record.number).invoice
            try Data(XRechnung.bytes(invoice)).write(to: folder.appending(path: "\(name)-\(record.number)-cii.xml"))
            try Data(UBLInvoice.bytes(invoice)).write(to: folder.appending(path: "\(name)-\(record.number)-ubl.xml"))
        }
    }
}
