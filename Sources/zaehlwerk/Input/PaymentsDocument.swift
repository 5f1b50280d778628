import JSON
import LedgerOperations
import Values

/// `{"payments": [{"account", "amount", "valueDate", "reference", "idempotencyKey"}]}`: what POST /payments takes, many of them.
enum PaymentsDocument {
    /// - Throws: `JSONError` with the place of the first thing that is wrong; then nothing is booked.
    static func parse(_ bytes: [UInt8]) throws(JSONError) -> [IncomingPayment] {
        let root = try JSONNode(parsing: bytes)
        try root.allow(only: "payments")
        var payments: [IncomingPayment] = []
        for node in try root.member("payments").elements() {
            try node.allow(only: "account", "amount", "valueDate", "reference", "idempotencyKey")
            payments.append(
                IncomingPayment(
                    account: try node.string("account"), amount: try node.member("amount").parsed("an amount in euros") { Money($0) },
                    valueDate: try node.member("valueDate").parsed(Day.expectation) { Day(entered: $0) },
                    reference: try node.optionalString("reference") ?? "",
                    source: "import", key: try node.string("idempotencyKey")))
        }
        return payments
    }
}
