/// What of a cycle a run bills. Whatever several runs share, each day of a contract is billed once.
public enum BillingPart: Hashable, Sendable {
    /// All that is due.
    case whole
    /// Contracts whose attribute `region` says so.
    case region(String)
    /// Numbers or keys of contracts and of contract accounts, in any order.
    case listed([String])
}
