public import Values

/// An older claim of the account that a credit meets: what its document pays of it at issue, or what of it is open again once the credit
/// is taken back.
public struct SetOffClaim: Hashable, Sendable {
    /// Number of the document that asks for it.
    public let document: String
    /// How much of it, positive.
    public let amount: Money
    /// What is left of it then.
    public let left: Money

    public init(document: String, amount: Money, left: Money) {
        self.document = document
        self.amount = amount
        self.left = left
    }

    /// With the sign of the other side's document.
    var reversed: SetOffClaim { SetOffClaim(document: document, amount: -amount, left: -left) }
}

extension InvoiceDraft {
    /// The same credit with the older claims that it pays at once. What it pays is gone from it: its paper gives back the rest.
    public func settingOff(_ claims: [SetOffClaim]) -> InvoiceDraft {
        guard due.isNegative, !claims.isEmpty else { return self }
        var draft = self
        draft.setsOff = claims
        draft.credit = -claims.map(\.amount).total()
        return draft
    }
}
