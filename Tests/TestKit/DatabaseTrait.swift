import Postgres
import Synchronization
public import Testing

/// A fresh database for each test, on one throw-away server per test process.
///
///     @Suite(.database) struct `Clearing payments` {
///         @Test func `the oldest item is paid first`() async throws {
///             try await TestDatabase.current.pool.transaction { db in … }
///         }
///     }
///
/// The database is a copy of a template that has been migrated once. It is dropped afterwards, or, if the test failed, kept as
/// long as the process runs, and its connection string printed. Where no server can be started the test fails and says which
/// package is missing: it is never skipped in silence.
public struct DatabaseTrait: SuiteTrait, TestTrait, TestScoping {
    let isMigrated: Bool
    /// A suite hands the trait on to each of its tests.
    public var isRecursive: Bool { true }

    public func scopeProvider(for test: Test, testCase: Test.Case?) -> DatabaseTrait? {
        // For a suite there is nothing to provide; each case of its tests gets its own database.
        testCase == nil ? nil : self
    }

    public func provideScope(for test: Test, testCase: Test.Case?, performing function: @Sendable () async throws -> Void) async throws {
        await DatabaseGate.shared.enter()
        defer { DatabaseGate.shared.leave() }
        let database = try await TestDatabase.make(isMigrated: isMigrated)
        let failed = Atomic<Bool>(false)
        do {
            try await TestDatabase.$scoped.withValue(database) {
                try await IssueHandlingTrait.compactMapIssues { issue in
                    failed.store(true, ordering: .relaxed)
                    return issue
                }.provideScope(for: test, testCase: testCase, performing: function)
            }
        } catch {
            await database.end(keeping: true, test: test.name)
            throw error
        }
        await database.end(keeping: failed.load(ordering: .relaxed), test: test.name)
    }
}

extension Trait where Self == DatabaseTrait {
    /// A fresh, migrated database for each test.
    public static var database: DatabaseTrait { DatabaseTrait(isMigrated: true) }
    /// A fresh, empty database for each test.
    public static var emptyDatabase: DatabaseTrait { DatabaseTrait(isMigrated: false) }
}

/// Lets so many tests have a database at a time: Swift Testing starts all at once, and each pool takes connections.
private final class DatabaseGate: Sendable {
    static let shared = DatabaseGate(places: 8)
    private let state: Mutex<(free: Int, line: [CheckedContinuation<Void, Never>])>

    init(places: Int) { state = Mutex((places, [])) }

    func enter() async {
        await withCheckedContinuation { continuation in
            let isFree = state.withLock { state in
                if state.free > 0 {
                    state.free -= 1
                    return true
                }
                state.line.append(continuation)
                return false
            }
            if isFree { continuation.resume() }
        }
    }
    func leave() {
        let next = state.withLock { state -> CheckedContinuation<Void, Never>? in
            if state.line.isEmpty {
                state.free += 1
                return nil
            }
            return state.line.removeFirst()
        }
        next?.resume()
    }
}
