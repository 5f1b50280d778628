internal import AccessOperations
internal import MeteringOperations
internal import Postgres
internal import Synchronization
internal import Values
internal import Web

/// How many findings wait, for the mark in the bar of every page. Counted beside the request and remembered for some seconds: a mark that
/// is a moment old is worth more than a page that waits for it.
final class OpenTasks: Sendable {
    private struct Memory {
        var count: Int?
        var at: Instant?
    }
    private let memory = Mutex(Memory())
    private static let keepsSeconds: Int64 = 15
    /// Beyond this the mark says so; nobody works off a number of three digits differently.
    static let most = 99

    /// The count as last known; ``most`` + 1 stands for more. Nil for who may not see findings, and until the first count is done.
    func count(for request: WebRequest, pool: Pool) -> Int? {
        guard request.may(.readFindings) else { return nil }
        let now = request.now
        let (count, isStale) = memory.withLock { ($0.count, $0.at.map { $0.seconds(until: now) >= OpenTasks.keepsSeconds } ?? true) }
        if isStale {
            request.background.start("count open tasks") { [self] in
                let found = try await ListFindings(pool: pool)(limit: OpenTasks.most + 1).items.count
                memory.withLock { $0 = Memory(count: found, at: now) }
            }
        }
        return count
    }

    /// After somebody has changed something: the next page counts anew.
    func forget() { memory.withLock { $0.at = nil } }
}
