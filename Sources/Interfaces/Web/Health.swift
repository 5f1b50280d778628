internal import Postgres
internal import Synchronization
internal import Values

/// Whether the service lives and whether it can do its work. Asked often and by strangers, so an answer is kept for half a second and
/// the database is asked with a short patience of its own.
public final class Health: Sendable {
    /// What was found.
    public enum State: Sendable, Hashable { case ready, unavailable(String), stopping }

    private struct Memory {
        var state = State.unavailable("not asked yet")
        var askedAt: ContinuousClock.Instant?
        var isStopping = false
    }
    private let memory = Mutex(Memory())
    private let check: @Sendable () async throws -> Void
    private static let keeps = Duration.milliseconds(500)
    private static let patience = Duration.milliseconds(1_000)

    /// - Parameter check: throws when the service cannot work, such as a query of the database.
    public init(check: @escaping @Sendable () async throws -> Void) { self.check = check }

    /// From now on the service is not ready: it finishes what it has accepted.
    public func stop() { memory.withLock { $0.isStopping = true } }

    /// Whether the service can do its work.
    public func state() async -> State {
        let now = ContinuousClock.now
        let known: State? = memory.withLock { memory in
            if memory.isStopping { return .stopping }
            guard let askedAt = memory.askedAt, askedAt.duration(to: now) < Health.keeps else { return nil }
            return memory.state
        }
        if let known { return known }
        let check = check
        let found: State = await withTaskGroup(of: State.self) { group in
            group.addTask {
                do {
                    try await check()
                    return .ready
                } catch { return .unavailable(Problem(of: error).kind.code) }
            }
            group.addTask {
                try? await Task.sleep(for: Health.patience)
                return .unavailable("timeout")
            }
            let first = await group.next() ?? .unavailable("timeout")
            group.cancelAll()
            return first
        }
        return memory.withLock { memory in
            memory.state = found
            memory.askedAt = now
            return memory.isStopping ? .stopping : found
        }
    }
}

extension Site {
    /// Adds `/healthz`, `/readyz` and `/metrics`.
    public mutating func addOperations(health: Health) {
        let metrics = metrics
        get("/healthz", allow: .open, summary: "Whether the process lives") { _ in .text("ok\n") }
        get("/readyz", allow: .open, summary: "Whether it can do its work") { _ in
            switch await health.state() {
            case .ready: return .text("ready\n")
            case .stopping: throw Problem(.databaseUnavailable, "stopping", headers: ["Retry-After": "5"])
            case .unavailable(let reason): throw Problem(.databaseUnavailable, reason, headers: ["Retry-After": "2"])
            }
        }
        get("/metrics", allow: .loopback, summary: "Counts and times for Prometheus") { _ in
            .bytes(Array(metrics.text().utf8), "text/plain; version=0.0.4; charset=utf-8")
        }
    }
}
