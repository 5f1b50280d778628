import JSON
import MeteringOperations
@testable import SOAP
import Testing

@Suite struct `An invoice over SOAP` {
    private static func document(_ text: String) throws -> JSONValue { try JSONValue(parsing: text) }

    @Test(arguments: BillingService.Version.allCases)
    func `asks of a Storno for what its paper asks for`(version: BillingService.Version) throws {
        let storno = try Self.document(
            #"{"number":"R-2","due":"933.21","payable":"459.86","settled":{"paid":"-459.86","accountBalance":"459.86"}}"#)
        #expect(BillingService.document(of: storno, version)["due"] == .string("459.86"))
        let plain = try Self.document(#"{"number":"R-3","due":"933.21"}"#)
        #expect(BillingService.document(of: plain, version) == plain)
    }

    @Test func `says in its first version what is to be paid once the account's credit is deducted, in its second both`() throws {
        let bill = try Self.document(#"{"number":"R-1","due":"500.00","accountCredit":"100.00","payable":"400.00"}"#)
        #expect(BillingService.document(of: bill, .first)["due"] == .string("400.00"))
        #expect(BillingService.document(of: bill, .second) == bill)
    }

    @Test func `has what was added since in its second version only`() {
        let added = ["selfBilled", "payable", "settled", "accountCredit", "payOutBy", "replaces"]
        let (first, second) = (BillingService.invoiceFields(.first).map(\.name), BillingService.invoiceFields(.second).map(\.name))
        #expect(added.allSatisfy { second.contains($0) && !first.contains($0) })
    }

    @Test func `calls a cursor that is none the sender's mistake`() throws {
        let fault = try #require(SOAPFault(refusal: ReadSeries.BadCursor()))
        #expect(fault.party == .client && fault.code == "bad-element" && fault.path == "/cursor")
    }
}
