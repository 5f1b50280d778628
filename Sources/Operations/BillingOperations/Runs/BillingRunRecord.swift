public import Values

/// A billing run with its counts and sums as they stand now.
public struct BillingRunRecord: Hashable, Sendable {
    /// `paused`: no page begins until a person lets it go on. `stopped`: ended by a person before its end.
    public enum State: String, Sendable, Hashable, CaseIterable { case running, paused, stopped, finished }

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
    /// Only contracts of this region.
    public let region: String?
    /// Only contracts of a list with so many numbers of contracts and accounts.
    public let listed: Int32?
    /// Who paused, continued or stopped it last, and when.
    public let changedBy: String?
    public let changedAt: Instant?
    /// How fast it goes; nil where nothing was done lately, or nobody asked.
    public let pace: Pace?

    public var done: Int64 { contracts - open }
    /// Nobody works on it any more.
    public var isOver: Bool { state == .finished || state == .stopped }

    /// Speed of a run over the last minutes, of all who work on it together.
    public struct Pace: Hashable, Sendable {
        /// Seconds that are looked back.
        static let window: Int64 = 120
        /// Contracts in ten seconds, rounded down.
        public let perTenSeconds: Int64
        /// Seconds until nothing is open, rounded up.
        public let remainingSeconds: Int64

        /// - Parameters:
        ///   - done: contracts of the window; none of them, or no time gone by, is no speed.
        ///   - microseconds: since the first of their pages began.
        init?(done: Int64, microseconds: Int64, open: Int64) {
            guard done > 0, microseconds > 0 else { return nil }
            perTenSeconds = Int64(clamping: Int128(done) * 10_000_000 / Int128(microseconds))
            remainingSeconds = Int64(clamping: (Int128(open) * Int128(microseconds) / Int128(done) + 999_999) / 1_000_000)
        }

        /// Contracts a second with one decimal: `83.4`.
        public var perSecond: String { DecimalText.format(perTenSeconds, scale: 1, minimumPlaces: 1) }
    }
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
