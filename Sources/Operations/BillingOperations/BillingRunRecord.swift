public import Values

/// A billing run with its counts and sums as they stand now.
public struct BillingRunRecord: Hashable, Sendable {
    public enum State: String, Sendable, Hashable, CaseIterable { case running, finished }

    /// `L-…`.
    public let number: String
    public let cycle: String
    public let period: DayRange
    public let isSimulation: Bool
    public let state: State
    public let startedAt: Instant
    public let finishedAt: Instant?
    public let author: String
    /// Contracts of the run.
    public let contracts: Int64
    /// Not looked at yet.
    public let open: Int64
    /// Billed, or simulated to the end.
    public let billed: Int64
    /// Kept back with a problem.
    public let held: Int64
    public let net: Money
    public let tax: Money
    public let gross: Money

    public var done: Int64 { contracts - open }
}

/// A contract that a run kept back.
public struct HeldContract: Hashable, Sendable {
    public let contract: String
    public let account: String
    public let period: DayRange
    /// Stable word of ``BillingProblem``.
    public let code: String
    public let explanation: String
}
