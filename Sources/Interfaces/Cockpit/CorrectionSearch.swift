internal import BillingOperations
internal import Synchronization
internal import Values

/// The search for stale bills that somebody started on a page: at work, or what it found. Remembered by this process only; the
/// proposals themselves are in the database.
final class CorrectionSearch: Sendable {
    enum State: Sendable {
        case never
        case running(since: Instant)
        case finished(FindCorrections.Report, at: Instant)
        case failed
    }
    private let memory = Mutex(State.never)

    var state: State { memory.withLock { $0 } }
    var isRunning: Bool { if case .running = state { true } else { false } }

    /// - Returns: whether it may begin; not while one is at work.
    func begin(now: Instant) -> Bool {
        memory.withLock { state in
            if case .running = state { return false }
            state = .running(since: now)
            return true
        }
    }
    func end(_ state: State) { memory.withLock { $0 = state } }
}
