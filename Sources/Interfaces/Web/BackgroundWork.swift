internal import Logging
internal import Synchronization

/// Work that goes on after its request was answered, such as a billing run: leaving the page does not stop it, stopping the server
/// does, at a place where the work can go on later.
public final class BackgroundWork: Sendable {
    private struct State {
        var tasks: [Int: Task<Void, Never>] = [:]
        var names: [Int: String] = [:]
        var next = 0
        var isStopping = false
    }
    private let state = Mutex(State())
    private let logger: Logger

    init(logger: Logger) { self.logger = logger }

    /// Starts work under a name. A name that is at work already is not started again.
    /// - Returns: whether it was started.
    @discardableResult
    public func start(_ name: String, _ body: @escaping @Sendable () async throws -> Void) -> Bool {
        let logger = logger
        return state.withLock { state in
            guard !state.isStopping, !state.names.values.contains(name) else { return false }
            let id = state.next
            state.next += 1
            state.names[id] = name
            state.tasks[id] = Task { [self] in
                do { try await body() } catch is CancellationError {} catch {
                    logger.error("background work failed", metadata: ["work": "\(name)", "error": "\(error)"])
                }
                end(id)
            }
            return true
        }
    }

    /// What is at work.
    public var names: [String] { state.withLock { $0.names.values.sorted() } }

    /// Waits until nothing is at work.
    public func finish() async {
        while let task = state.withLock({ $0.tasks.values.first }) { await task.value }
    }

    /// Asks everything to stop and waits for it; nothing new is started.
    public func stop() async {
        let tasks = state.withLock { state in
            state.isStopping = true
            return Array(state.tasks.values)
        }
        for task in tasks { task.cancel() }
        for task in tasks { await task.value }
    }

    private func end(_ id: Int) {
        state.withLock { state in
            state.tasks[id] = nil
            state.names[id] = nil
        }
    }
}
