@testable import Postgres
@testable import TestKit
import Testing

@Suite(.emptyDatabase) struct `Numbered migrations` {
    private var pool: Pool { TestDatabase.current.pool }
    private func migration(_ number: Int32, _ text: String) -> Migrations.Migration {
        .init(number: number, name: "000\(number)_step", text: Array(text.utf8))
    }

    @Test func `are applied in order, once`() async throws {
        let migrations = Migrations([
            migration(2, "ALTER TABLE a ADD COLUMN y int"), migration(1, "CREATE TABLE a (x int); INSERT INTO a VALUES (1)"),
        ])
        #expect(try await migrations.pending(in: pool) == ["0001_step", "0002_step"])
        #expect(try await migrations.apply(to: pool) == .init(applied: ["0001_step", "0002_step"], version: 2))
        #expect(try await migrations.apply(to: pool) == .init(applied: [], version: 2))
        #expect(try await migrations.pending(in: pool) == [])
        #expect(try await pool.with { try $0.one("SELECT count(y) + count(x) FROM a", as: Int.self) } == 1)
    }
    @Test func `two programs at once apply each once`() async throws {
        let migrations = Migrations((1...5).map { migration($0, "CREATE TABLE t\($0) (x int)") })
        let applied = try await withThrowingTaskGroup(of: Int.self) { group in
            for _ in 0..<4 { group.addTask { [pool] in try await migrations.apply(to: pool).applied.count } }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        #expect(applied.sorted() == [0, 0, 0, 5])
    }
    @Test func `that were changed afterwards are refused`() async throws {
        try await Migrations([migration(1, "CREATE TABLE a (x int)")]).apply(to: pool)
        await #expect(throws: Migrations.Problem.changed("0001_step")) {
            try await Migrations([migration(1, "CREATE TABLE a (x bigint)"), migration(2, "SELECT 1")]).apply(to: pool)
        }
    }
    @Test func `of a newer program are refused by an older one`() async throws {
        try await Migrations([migration(1, "SELECT 1"), migration(2, "SELECT 1")]).apply(to: pool)
        await #expect(throws: Migrations.Problem.newer(database: 2, program: 1)) {
            try await Migrations([migration(1, "SELECT 1")]).apply(to: pool)
        }
    }
    @Test func `that come late are refused`() async throws {
        try await Migrations([migration(1, "SELECT 1"), migration(3, "SELECT 1")]).apply(to: pool)
        await #expect(throws: Migrations.Problem.outOfOrder("0002_step", applied: 3)) {
            try await Migrations([migration(1, "SELECT 1"), migration(2, "SELECT 1"), migration(3, "SELECT 1")]).apply(to: pool)
        }
    }
    @Test func `that fail leave what came before and name themselves`() async throws {
        await #expect {
            try await Migrations([migration(1, "CREATE TABLE a (x int)"), migration(2, "CREATE TABLE b (x int); SELECT 1 / 0")]).apply(
                to: pool)
        } throws: { "\($0)".contains("migration 0002_step: division by zero") }
        #expect(try await pool.with { try $0.one("SELECT to_regclass('a') IS NOT NULL AND to_regclass('b') IS NULL", as: Bool.self) })
        #expect(try await pool.with { try $0.one("SELECT max(number) FROM schema_migration", as: Int.self) } == 1)
    }
    @Test func `are read from a folder by their names`() throws {
        let folder = try EmbeddedCluster.temporaryFolder()
        defer { Files.removeTree(folder) }
        for name in ["0002_b.sql", "0001_a.sql", "0002_b.before.sql", "README.md"] { try Files.write("SELECT 1", to: "\(folder)/\(name)") }
        #expect(try Migrations(folder: folder).all.map(\.name) == ["0001_a", "0002_b"])
        try Files.write("SELECT 1", to: "\(folder)/0002_c.sql")
        #expect(throws: Migrations.Problem.self) { try Migrations(folder: folder) }
        Files.delete("\(folder)/0002_c.sql")
        try Files.write("SELECT 1", to: "\(folder)/3_c.sql")
        #expect(throws: Migrations.Problem.self) { try Migrations(folder: folder) }
        #expect(throws: Migrations.Problem.self) { try Migrations(folder: folder + "/none") }
    }
}

@Suite(.database) struct `The product's migrations` {
    @Test func `bring an empty database to the version of this program`() async throws {
        let newest = try Migrations(folder: DatabaseServer.migrationsFolder).version
        #expect(
            try await TestDatabase.current.pool.with { try $0.one("SELECT max(number) FROM schema_migration", as: Int32.self) } == newest)
    }
}
