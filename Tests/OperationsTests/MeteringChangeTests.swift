import Metering
import MeteringOperations
import Postgres
import Synchronization
import TestKit
import Testing
import Values

private typealias F = MeteringFixture
private let later = F.now.adding(seconds: 3_600)
private func midnight(_ day: Day) -> String { F.start(day) }

@Suite(.database) struct `What changed since` {
    private func changed(_ period: DayRange, since: Instant, slack: Int64 = 0) async throws -> Bool {
        let pool = TestDatabase.current.pool
        let point: Identifier<MeteringPoint> = try await pool.with { try $0.one("SELECT id FROM metering_point WHERE code = \(F.code)") }
        return try await ChangedSince(pool: pool)([.init(point: point, period: period, since: since)], slack: slack) == [0]
    }
    private let january = DayRange.month(2026, 1)
    /// Changes appear once nobody on the server writes who began before: other tests of the same server do.
    private func changes(_ count: Int, cursor: String? = nil) async throws -> ListChanges.Page {
        let list = ListChanges(pool: TestDatabase.current.pool)
        for _ in 0..<500 {
            let page = try await list(cursor: cursor)
            if page.items.count >= count { return page }
            try await Task.sleep(for: .milliseconds(10))
        }
        return try await list(cursor: cursor)
    }

    @Test func `a value of the period makes it stale, one of another month does not`() async throws {
        let fixture = try await F()
        try await fixture.send("a", intervals: [F.intervals(["1.0", "1.1"], from: midnight(Day(2026, 1, 10)))])
        #expect(try await !changed(january, since: F.now))
        #expect(try await changed(january, since: F.now.adding(seconds: -1)))
        // What comes later than a gap fills it with estimates; that is a change, too.
        try await fixture.send("b", intervals: [F.intervals(["1.0"], from: midnight(Day(2026, 3, 1)))])
        try await fixture.send("d", intervals: [F.intervals(["1.0"], from: midnight(Day(2026, 4, 1)))], now: later)
        #expect(try await !changed(january, since: F.now))
        #expect(try await changed(january, since: F.now, slack: 1))
        try await fixture.send("c", intervals: [F.intervals(["1.2"], from: midnight(Day(2026, 1, 10)))], now: later)
        #expect(try await changed(january, since: F.now))
    }

    @Test func `a reading behind the period counts only if it is the next one`() async throws {
        let fixture = try await F()
        try await fixture.send("a", registers: [F.reading("100", at: midnight(Day(2026, 1, 1)))])
        try await fixture.send("b", registers: [F.reading("200", at: midnight(Day(2026, 3, 1)))], now: later)
        // The end of January lies between the two.
        #expect(try await changed(january, since: F.now))
        try await fixture.send("c", registers: [F.reading("300", at: midnight(Day(2026, 4, 1)))], now: later.adding(seconds: 1))
        #expect(try await !changed(january, since: later))
        try await fixture.send("d", registers: [F.reading("150", at: midnight(Day(2026, 2, 1)))], now: later.adding(seconds: 2))
        #expect(try await changed(january, since: later.adding(seconds: 1)))
        // Before the reading at the begin nothing matters.
        try await fixture.send("e", registers: [F.reading("50", at: midnight(Day(2025, 6, 1)))], now: later.adding(seconds: 3))
        #expect(try await !changed(january, since: later.adding(seconds: 2)))
    }

    @Test func `the journal holds a row for a day of many meters`() async throws {
        let fixture = try await F(meters: [F.serial, "OTHER"])
        let day = midnight(Day(2026, 1, 10))
        try await fixture.send(
            "a", intervals: [F.intervals(["1.0"], from: day), F.intervals(["1.0"], from: day, serial: "OTHER")])
        #expect(try await fixture.rows("reading_change") == 1)
        let page = try await changes(2)
        #expect(page.items.map(\.meter).sorted() == ["1ESY1160123456", "OTHER"].sorted())
        #expect(page.items.allSatisfy { $0.days == DayRange(from: Day(2026, 1, 10), until: Day(2026, 1, 11)) && $0.kind == .delivery })
        #expect(!page.hasMore)
        #expect(try await ListChanges(pool: fixture.pool)(cursor: page.next).items.isEmpty)
        let first = try await ListChanges(pool: fixture.pool)(limit: 1)
        #expect(first.items.count == 1 && first.hasMore)
        #expect(try await ListChanges(pool: fixture.pool)(cursor: first.next, limit: 1).items == Array(page.items.dropFirst()))
        await #expect(throws: ReadSeries.BadCursor.self) { try await ListChanges(pool: fixture.pool)(cursor: "x") }
    }

    @Test func `a reader passes no change that is yet to appear`() async throws {
        let fixture = try await F()
        let day = midnight(Day(2026, 1, 10))
        // Somebody writes a change and takes long over it; meanwhile another one begins later and is done sooner.
        let isWritten = Flag()
        let mayEnd = Flag()
        let slow = Task {
            try await fixture.pool.transaction { connection in
                try connection.execute(
                    """
                    INSERT INTO reading_change (known_since, kind, days, count, registers)
                    VALUES (now(), 'delivery', '[2026-01-01,2026-01-02)', 1, '\\x0002')
                    """)
                isWritten.raise()
                while !mayEnd.isRaised { try connection.execute("SELECT pg_sleep(0.005)") }
            }
        }
        while !isWritten.isRaised { try await Task.sleep(for: .milliseconds(2)) }
        try await fixture.send("fast", intervals: [F.intervals(["1.0"], from: day)])
        let during = try await ListChanges(pool: fixture.pool)()
        mayEnd.raise()
        try await slow.value
        let after = try await changes(2, cursor: during.next)
        #expect(during.items.isEmpty)
        #expect(after.items.map(\.days.from) == [Day(2026, 1, 1), Day(2026, 1, 10)])
    }
}

private final class Flag: Sendable {
    private let state = Mutex(false)
    var isRaised: Bool { state.withLock { $0 } }
    func raise() { state.withLock { $0 = true } }
}
