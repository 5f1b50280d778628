import Logging
import Synchronization

/// The threads and the line behind a ``Pool``: carries out what ``PoolState`` decides.
final class PoolCore: Sendable {
    private struct Guarded {
        var state: PoolState
        var threads: [PoolState.Slot: ConnectionThread] = [:]
        var jobs: [PoolState.Job: Job] = [:]
        var lastJob: UInt64 = 0
        var isWatching = false
        var closing: [CheckedContinuation<Void, Never>] = []

        /// Who waits for the end, once it has come.
        mutating func takeClosing() -> [CheckedContinuation<Void, Never>] {
            guard state.isOver else { return [] }
            defer { closing = [] }
            return closing
        }
    }

    let configuration: Pool.Configuration
    private let logger: Logger
    private let guarded: Mutex<Guarded>

    init(_ configuration: Pool.Configuration, logger: Logger) {
        self.configuration = configuration
        self.logger = logger
        guarded = Mutex(Guarded(state: PoolState(maximum: configuration.maximum)))
    }

    var gauges: Pool.Gauges {
        guarded.withLock { Pool.Gauges(idle: $0.state.idle.count, busy: $0.state.busy.count, waiting: $0.state.line.count) }
    }

    /// Runs `body` on a connection's thread.
    func perform<Value: Sendable>(_ body: @escaping @Sendable (Session) throws -> Value) async throws -> Value {
        try Task.checkCancellation()
        let id = guarded.withLock {
            $0.lastJob += 1
            return $0.lastJob
        }
        let deadline = ContinuousClock.now + configuration.patience
        return try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<Value, any Error>) in
                place(
                    Job(
                        id: id,
                        run: { session in
                            let result = Result { try body(session) }
                            return { continuation.resume(with: result) }
                        },
                        refuse: { continuation.resume(throwing: $0) }), until: deadline)
                // Cancelled before the job was placed: the handler below found nothing to stop.
                if Task.isCancelled { cancel(id) }
            }
        } onCancel: {
            cancel(id)
        }
    }

    private func place(_ job: Job, until deadline: ContinuousClock.Instant) {
        var watch = false
        let (placement, idle) = guarded.withLock { guarded -> (PoolState.Placement, ConnectionThread?) in
            let placement = guarded.state.place(job.id, until: deadline)
            switch placement {
            case .run(let slot): return (placement, guarded.threads[slot])
            case .open(let slot):
                let thread = thread(for: slot)
                guarded.threads[slot] = thread
                return (placement, thread)
            case .wait:
                guarded.jobs[job.id] = job
                watch = !guarded.isWatching
                guarded.isWatching = true
                return (placement, nil)
            case .refuse: return (placement, nil)
            }
        }
        switch placement {
        case .run, .open: idle?.submit(job)
        case .wait: if watch { watchTheLine() }
        case .refuse: job.refuse(DatabaseError.closed())
        }
    }

    private func thread(for slot: PoolState.Slot) -> ConnectionThread {
        ConnectionThread(configuration.connection, logger: logger) { [self] thread in
            guarded.withLock { guarded in
                switch guarded.state.next(for: slot) {
                case .run(let job): return guarded.jobs.removeValue(forKey: job)
                case .rest: return nil
                case .end:
                    thread.end()
                    return nil
                }
            }
        } ended: { [self] in
            let waiting = guarded.withLock { guarded in
                guarded.state.ended(slot)
                guarded.threads[slot] = nil
                return guarded.takeClosing()
            }
            for continuation in waiting { continuation.resume() }
        }
    }

    private func cancel(_ id: PoolState.Job) {
        let (waiting, running) = guarded.withLock { guarded -> (Job?, ConnectionThread?) in
            if guarded.state.abandon(id) { return (guarded.jobs.removeValue(forKey: id), nil) }
            return (nil, guarded.state.slot(running: id).flatMap { guarded.threads[$0] })
        }
        waiting?.refuse(CancellationError())
        // PQcancel waits for the server: not here, where a cooperative thread may be calling.
        if let running { OwnThread.start { running.interrupt.request(id) } }
    }

    /// One task for all who wait, only while somebody does.
    private func watchTheLine() {
        Task { [self] in
            while true {
                try? await Task.sleep(for: .milliseconds(50))
                let (over, goesOn) = guarded.withLock { guarded -> ([Job], Bool) in
                    let over = guarded.state.expire(now: .now).compactMap { guarded.jobs.removeValue(forKey: $0) }
                    guarded.isWatching = !guarded.state.line.isEmpty
                    return (over, guarded.isWatching)
                }
                for job in over {
                    job.refuse(
                        DatabaseError(
                            kind: .unavailable,
                            message: "none of the \(configuration.maximum) connections became free within \(configuration.patience)"))
                }
                if !goesOn { return }
            }
        }
    }

    /// Refuses what waits and lets the threads end; does not wait for them.
    func beginClosing() {
        let (threads, refused) = guarded.withLock { guarded -> ([ConnectionThread], [Job]) in
            let (end, refuse) = guarded.state.close()
            return (end.compactMap { guarded.threads[$0] }, refuse.compactMap { guarded.jobs.removeValue(forKey: $0) })
        }
        for thread in threads { thread.end() }
        for job in refused { job.refuse(DatabaseError.closed()) }
    }

    func close() async {
        beginClosing()
        await withCheckedContinuation { continuation in
            let waiting = guarded.withLock { guarded in
                guarded.closing.append(continuation)
                return guarded.takeClosing()
            }
            for continuation in waiting { continuation.resume() }
        }
    }
}
