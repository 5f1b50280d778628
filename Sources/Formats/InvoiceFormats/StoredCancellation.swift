public import Billing
public import JSON
internal import Values

/// What a Storno is computed from beside the inputs of what it takes back: what the ledger said at that moment.
public struct StoredCancellation: Hashable, Sendable {
    public var cancels: String
    /// nil in a Storno from before it was kept.
    public var settled: CancelledClaim?
    /// Whether it takes back what the prices contained; a Storno from before that shows it as the bill did.
    public var takesBackBreakdown: Bool

    public init(cancels: String, settled: CancelledClaim?, takesBackBreakdown: Bool = true) {
        self.takesBackBreakdown = takesBackBreakdown
        self.cancels = cancels
        self.settled = settled
    }

    public var bytes: [UInt8] {
        var writer = JSONWriter(reservingCapacity: 96)
        writer.object { writer in
            writer.member("v", 1)
            writer.member("cancels", cancels)
            if let settled {
                writer.member("paid", settled.paid.cents)
                writer.member("balance", settled.balance.cents)
                if !settled.reopened.isEmpty {
                    writer.list("reopened") { writer in for claim in settled.reopened { claim.write(to: &writer) } }
                }
                if settled.withdrawn != .zero { writer.member("withdrawn", settled.withdrawn.cents) }
            }
            if takesBackBreakdown { writer.member("breakdown", true) }
        }
        return writer.bytes
    }

    /// - Throws: `JSONError`.
    public init(parsing bytes: [UInt8]) throws(JSONError) {
        let root = try JSONNode(parsing: bytes)
        var settled: CancelledClaim?
        if let paid = try root.optional("paid")?.integer() {
            settled = CancelledClaim(
                paid: Money(cents: paid), balance: Money(cents: try root.member("balance").integer()),
                reopened: try SetOffClaim.list(root.optional("reopened")),
                withdrawn: Money(cents: try root.optional("withdrawn")?.integer() ?? 0))
        }
        self.init(
            cancels: try root.string("cancels"), settled: settled,
            takesBackBreakdown: try root.optional("breakdown")?.bool() ?? false)
    }
}

extension SetOffClaim {
    func write(to writer: inout JSONWriter) {
        writer.object { writer in
            writer.member("document", document)
            writer.member("amount", amount.cents)
            writer.member("left", left.cents)
        }
    }
    static func list(_ node: JSONNode?) throws(JSONError) -> [SetOffClaim] {
        var claims: [SetOffClaim] = []
        for node in try node?.elements() ?? [] {
            claims.append(
                SetOffClaim(
                    document: try node.string("document"), amount: Money(cents: try node.member("amount").integer()),
                    left: Money(cents: try node.member("left").integer())))
        }
        return claims
    }
}
