internal import CLibPQ
import Synchronization

/// Stops what a connection is doing, from another thread.
///
/// Holding the lock while the server is told keeps the next job from starting in between, so a request never meets the
/// wrong statement.
final class Interrupt: Sendable {
    private struct State {
        var handle: CancelHandle?
        var job: UInt64?
        /// A job that was to be stopped before it had begun. Numbers are never used again, so one too late does no harm.
        var early: UInt64?
    }
    private let state = Mutex(State())
    private let requested = Atomic<Bool>(false)

    /// Checked before each statement, so a cancelled task stops between statements, too.
    var isRequested: Bool { requested.load(ordering: .relaxed) }

    /// The connection that requests go to; nil when there is none any more.
    func attach(_ handle: CancelHandle?) { state.withLock { $0.handle = handle } }

    func begin(_ job: UInt64) {
        state.withLock {
            $0.job = job
            requested.store($0.early == job, ordering: .relaxed)
        }
    }

    /// Ends a job.
    /// - Returns: whether it was asked to stop.
    func end() -> Bool {
        state.withLock {
            $0.job = nil
            return requested.exchange(false, ordering: .relaxed)
        }
    }

    /// Asks the server to stop `job`, if that is what is running. Blocks for a round trip: not for a cooperative thread.
    func request(_ job: UInt64) {
        state.withLock {
            guard $0.job == job else {
                $0.early = job
                return
            }
            requested.store(true, ordering: .relaxed)
            $0.handle?.cancel()
        }
    }
}

/// libpq's ticket for cancelling. `@unchecked Sendable` is true because libpq never writes to it and made `PQcancel` for use
/// from other threads and signal handlers.
@safe final class CancelHandle: @unchecked Sendable {
    private let pointer: OpaquePointer

    /// Nil when the connection is already broken.
    init?(of connection: OpaquePointer) {
        guard let pointer = unsafe PQgetCancel(connection) else { return nil }
        unsafe self.pointer = unsafe pointer
    }
    deinit { unsafe PQfreeCancel(pointer) }

    func cancel() {
        var reason = [CChar](repeating: 0, count: 256)
        // A refusal means that the connection is gone, which the job will notice by itself.
        _ = unsafe PQcancel(pointer, &reason, 256)
    }
}
