@testable import Postgres
import Synchronization
import TestKit
import Testing

@Suite(.emptyDatabase) struct `A pool of connections` {
    private var pool: Pool { TestDatabase.current.pool }
    private struct Mistake: Error {}

    @Test func `a transaction that throws leaves no trace`() async throws {
        try await pool.with { try $0.script("CREATE TABLE a (x int8)") }
        await #expect(throws: Mistake.self) {
            try await pool.transaction { db throws in
                try db.execute("INSERT INTO a VALUES (1)")
                throw Mistake()
            }
        }
        #expect(try await pool.with { try $0.one("SELECT count(*) FROM a", as: Int.self) } == 0)
    }
    @Test func `a savepoint undoes its own part only`() async throws {
        try await pool.with { try $0.script("CREATE TABLE a (x int8 PRIMARY KEY)") }
        try await pool.transaction { db throws in
            try db.execute("INSERT INTO a VALUES (1)")
            #expect(throws: DatabaseError.self) {
                try db.savepoint {
                    try db.execute("INSERT INTO a VALUES (2)")
                    try db.savepoint { try db.execute("INSERT INTO a VALUES (3)") }
                    try db.execute("INSERT INTO a VALUES (1)")
                }
            }
            try db.savepoint { try db.execute("INSERT INTO a VALUES (4)") }
        }
        #expect(try await pool.with { try $0.query("SELECT x FROM a ORDER BY x").map { try $0.get(0) as Int } } == [1, 4])
    }
    @Test func `a dry run writes nothing and meets deferred constraints`() async throws {
        try await pool.with { try $0.script("CREATE TABLE a (x int8 UNIQUE DEFERRABLE INITIALLY DEFERRED)") }
        let count = try await pool.rolledBack { db throws in
            try db.execute("INSERT INTO a VALUES (1)")
            return try db.one("SELECT count(*) FROM a", as: Int.self)
        }
        #expect(count == 1)
        await #expect(throws: DatabaseError.self) { try await pool.rolledBack { try $0.execute("INSERT INTO a VALUES (1), (1)") } }
        #expect(try await pool.with { try $0.one("SELECT count(*) FROM a", as: Int.self) } == 0)
    }
    @Test func `a swallowed error does not pass for a commit`() async throws {
        await #expect { try await pool.transaction { db in _ = try? db.query("SELECT 1 / 0") } } throws: {
            ($0 as? DatabaseError)?.sqlState == "25P02"
        }
    }
    @Test func `who collides tries again`() async throws {
        try await pool.with { try $0.script("CREATE TABLE counter (n int8); INSERT INTO counter VALUES (0)") }
        let attempts = Count()
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<4 {
                group.addTask { [pool] in
                    for _ in 0..<10 {
                        try await pool.transaction(isolation: .serializable, retries: 100) { db throws in
                            attempts.next()
                            let n = try db.one("SELECT n FROM counter", as: Int.self)
                            try db.execute("UPDATE counter SET n = \(n + 1)")
                        }
                    }
                }
            }
            try await group.waitForAll()
        }
        #expect(try await pool.with { try $0.one("SELECT n FROM counter", as: Int.self) } == 40)
        #expect(attempts.value >= 40)
    }
    @Test func `retries end`() async throws {
        let attempts = Count()
        await #expect {
            try await pool.transaction(retries: 2) { db throws in
                attempts.next()
                try db.script("DO $$ BEGIN RAISE SQLSTATE '40001'; END $$")
            }
        } throws: { ($0 as? DatabaseError)?.isRetryable == true }
        #expect(attempts.value == 3)
    }
    @Test func `a statement that takes too long is stopped and says so`() async throws {
        let hasty = Pool(
            configuration: .init(connectionString: TestDatabase.current.connectionString, maximum: 1, statementTimeout: .milliseconds(50)))
        await #expect { try await hasty.with { try $0.query("SELECT pg_sleep(10)") } } throws: {
            guard let error = $0 as? DatabaseError else { return false }
            return error.isTimeout && !error.isCancelled
        }
        #expect(try await hasty.with { try $0.one("SELECT 1", as: Int.self) } == 1)
        await hasty.close()
    }
    @Test func `a cancelled task stops the server, too`() async throws {
        let clock = ContinuousClock.now
        let task = Task { [pool] in try await pool.transaction { db in try db.query("SELECT pg_sleep(30)") } }
        try await Task.sleep(for: .milliseconds(100))
        task.cancel()
        await #expect { try await task.value } throws: { ($0 as? DatabaseError)?.isCancelled == true }
        #expect(ContinuousClock.now - clock < .seconds(10))
        #expect(
            try await pool.with {
                try $0.one(
                    "SELECT count(*) FROM pg_stat_activity WHERE query LIKE '%pg_sleep(30)%' AND state = 'active' AND pid <> pg_backend_pid()",
                    as: Int.self)
            } == 0)
    }
    @Test func `a cancelled task stops between statements and commits nothing`() async throws {
        try await pool.with { try $0.script("CREATE TABLE a (x int8)") }
        let task = Task { [pool] in
            try await pool.transaction { db throws in
                for number in 0..<1_000_000 { try db.execute("INSERT INTO a VALUES (\(number))") }
            }
        }
        try await Task.sleep(for: .milliseconds(50))
        task.cancel()
        await #expect(throws: (any Error).self) { try await task.value }
        #expect(try await pool.with { try $0.one("SELECT count(*) FROM a", as: Int.self) } == 0)
    }
    @Test func `a task cancelled in line never begins`() async throws {
        let narrow = Pool(configuration: .init(connectionString: TestDatabase.current.connectionString, maximum: 1))
        let began = Count()
        let first = Task { try await narrow.with { try $0.execute("SELECT pg_sleep(0.3)") } }
        try await Task.sleep(for: .milliseconds(50))
        let second = Task { try await narrow.with { _ in began.next() } }
        try await Task.sleep(for: .milliseconds(50))
        #expect(narrow.gauges == .init(idle: 0, busy: 1, waiting: 1))
        second.cancel()
        await #expect(throws: CancellationError.self) { try await second.value }
        _ = try await first.value
        #expect(began.value == 0)
        #expect(narrow.gauges == .init(idle: 1, busy: 0, waiting: 0))
        await narrow.close()
    }
    @Test func `patience ends with a typed error`() async throws {
        let narrow = Pool(
            configuration: .init(connectionString: TestDatabase.current.connectionString, maximum: 1, patience: .milliseconds(100)))
        let first = Task { try await narrow.with { try $0.execute("SELECT pg_sleep(0.6)") } }
        try await Task.sleep(for: .milliseconds(50))
        await #expect { try await narrow.with { _ in } } throws: { ($0 as? DatabaseError)?.isUnavailable == true }
        _ = try await first.value
        await narrow.close()
        await #expect { try await narrow.with { _ in } } throws: { ($0 as? DatabaseError)?.kind == .closed }
    }
    @Test func `a server that is not there is an error in time`() async throws {
        let nowhere = Pool(configuration: .init(connectionString: "host=/nonexistent dbname=x", patience: .milliseconds(200)))
        let clock = ContinuousClock.now
        await #expect { try await nowhere.with { _ in } } throws: { ($0 as? DatabaseError)?.isUnavailable == true }
        #expect(ContinuousClock.now - clock < .seconds(3))
        await nowhere.close()
    }
    @Test func `a connection that the server cut is replaced, and the transaction done again`() async throws {
        let narrow = Pool(configuration: .init(connectionString: TestDatabase.current.connectionString, maximum: 1))
        let process = try await narrow.with { try $0.one("SELECT pg_backend_pid()", as: Int32.self) }
        // Waits until it is gone: a connection that is cut while a statement is under way is an error, and rightly so.
        _ = try await pool.with { try $0.query("SELECT pg_terminate_backend(\(process), 5000)") }
        #expect(try await narrow.with { try $0.one("SELECT 1", as: Int.self) } == 1)

        let attempts = Count()
        let value = try await narrow.transaction { [pool = TestDatabase.current.connectionString] db in
            if attempts.next() == 1 {
                let process = try db.one("SELECT pg_backend_pid()", as: Int32.self)
                try Connection(.init(connectionString: pool)).query("SELECT pg_terminate_backend(\(process))")
                try db.query("SELECT pg_sleep(1)")
            }
            return try db.one("SELECT 7", as: Int.self)
        }
        #expect(value == 7)
        #expect(attempts.value == 2)
        await narrow.close()
    }
    @Test func `a COMMIT whose answer is lost is unknown and not done again`() async throws {
        try await pool.with { db throws in
            // A deferred trigger ends the connection inside COMMIT: the one moment that cannot be told apart from outside.
            try db.script(
                """
                CREATE TABLE a (x int8);
                CREATE FUNCTION die() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN PERFORM pg_terminate_backend(pg_backend_pid()); PERFORM pg_sleep(5); RETURN NULL; END';
                CREATE CONSTRAINT TRIGGER die AFTER INSERT ON a DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION die()
                """)
        }
        let attempts = Count()
        await #expect {
            try await pool.transaction { db throws in
                attempts.next()
                try db.execute("INSERT INTO a VALUES (1)")
            }
        } throws: { ($0 as? DatabaseError)?.isCommitUnknown == true }
        #expect(attempts.value == 1)
    }
    @Test func `a closure cannot leave its transaction to the next`() async throws {
        let narrow = Pool(configuration: .init(connectionString: TestDatabase.current.connectionString, maximum: 1))
        try await narrow.with { try $0.script("BEGIN; CREATE TABLE left_over ()") }
        #expect(try await narrow.with { try $0.one("SELECT to_regclass('left_over') IS NULL", as: Bool.self) })
        await narrow.close()
    }
    @Test func `a role is taken on by every connection`() async throws {
        try await pool.with {
            try $0.script(
                "DO $$ BEGIN CREATE ROLE zw_test_role NOLOGIN; EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL; END $$")
        }
        let limited = Pool(configuration: .init(connectionString: TestDatabase.current.connectionString, maximum: 1, role: "zw_test_role"))
        #expect(try await limited.with { try $0.one("SELECT current_user::text", as: String.self) } == "zw_test_role")
        await #expect { try await limited.with { try $0.script("CREATE TABLE a ()") } } throws: {
            ($0 as? DatabaseError)?.sqlState == "42501"
        }
        await limited.close()
    }
    @Test func `what is said on a channel is heard, once it is committed`() async throws {
        var heard = pool.listen("news").makeAsyncIterator()
        #expect(await heard.next() == "")  // listening
        await #expect(throws: Mistake.self) {
            try await pool.transaction { db throws in
                try db.notify("news", "never")
                throw Mistake()
            }
        }
        try await pool.transaction { try $0.notify("news", "Zähler getauscht") }
        #expect(await heard.next() == "Zähler getauscht")
        // The server cuts the listener: it comes back and says that something may have been missed.
        _ = try await pool.with {
            try $0.query(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE 'LISTEN%' AND datname = current_database()")
        }
        #expect(await heard.next() == "")
        try await pool.with { try $0.notify("news", "again") }
        #expect(await heard.next() == "again")
        await pool.close()
        #expect(await heard.next() == nil)
    }
    @Test func `many tasks share few connections`() async throws {
        let sum = try await withThrowingTaskGroup(of: Int.self) { group in
            for number in 1...500 { group.addTask { [pool] in try await pool.with { try $0.one("SELECT \(number)", as: Int.self) } } }
            return try await group.reduce(0, +)
        }
        #expect(sum == 125_250)
        #expect(pool.gauges.busy == 0)
        #expect(pool.gauges.idle <= 4)
    }
}

/// Counts from whichever thread.
private final class Count: Sendable {
    private let number = Atomic<Int>(0)
    var value: Int { number.load(ordering: .relaxed) }
    @discardableResult func next() -> Int { number.add(1, ordering: .relaxed).newValue }
}
