import Metering
import MeteringOperations
import Postgres
import ReadingFormats
import TestKit
import Testing
import Values

private typealias F = MeteringFixture

@Suite(.database) struct `Ingest with a memory` {
    private let januaryFirst = Day(2026, 1, 1)

    /// Sends as another process would: through a directory of its own.
    @discardableResult
    private func send(
        _ ingest: IngestReadings, _ id: String, registers: [String] = [], intervals: [String] = []
    ) async throws -> DeliveryReceipt {
        let body = Array(
            #"{"messageId":"\#(id)","source":"gw","registers":[\#(registers.joined(separator: ","))],"intervals":[\#(intervals.joined(separator: ","))]}"#
                .utf8)
        return try await ingest(JSONReadings.parse(body), body: body, format: "json", now: F.now)
    }

    private func day(_ offset: Int, _ value: String = "0.250", slots: Range<Int> = 0..<96, serial: String = F.serial) -> String {
        let begin = LocalTime.berlin.start(of: januaryFirst.adding(days: offset)).adding(seconds: Int64(slots.lowerBound) * 900)
        return F.intervals(slots.map { _ in value }, from: LocalTime.berlin.text(begin), serial: serial)
    }

    @Test func `a reading is judged by what another process stored a moment ago`() async throws {
        let fixture = try await F()
        let (one, other) = (fixture.ingest, IngestReadings(pool: fixture.pool, directory: MeterDirectory()))
        for (index, value) in ["100.0", "110.0"].enumerated() {
            try await send(one, "a-\(index)", registers: [F.reading(value, at: F.start(Day(2026, 1, 1 + index)))])
        }
        try await send(other, "b", registers: [F.reading("200.0", at: F.start(Day(2026, 1, 3)))])
        // More than the first one remembers, less than what stands in the database.
        let receipt = try await send(one, "c", registers: [F.reading("150.0", at: F.start(Day(2026, 1, 4)))])
        #expect(receipt.counts == [1, 0, 0, 0])
        #expect(receipt.findings == 1)
        #expect(try await fixture.table(F.total) == ["measured 100", "measured 110", "measured 200", "rejected 150"])
        #expect(try await send(other, "d", registers: [F.reading("150.0", at: F.start(Day(2026, 1, 4)))]).counts == [0, 1, 0, 0])
    }

    @Test func `what somebody writes by hand is seen`() async throws {
        let fixture = try await F()
        try await fixture.send("a", registers: [F.reading("100.0", at: F.start(Day(2026, 1, 1)))])
        try await fixture.send("b", registers: [F.reading("101.0", at: F.start(Day(2026, 1, 2)))])
        try await fixture.pool.with { connection in
            try connection.execute(
                """
                INSERT INTO register_reading (register_id, at, known_since, value_micro, version, status, method, reason)
                SELECT register_id, at + interval '1 day', known_since, 500000000, 1, 1, 0, 0 FROM register_reading ORDER BY at DESC LIMIT 1
                """)
        }
        let receipt = try await fixture.send("c", registers: [F.reading("102.0", at: F.start(Day(2026, 1, 4)))])
        #expect(receipt.findings == 1)
    }

    @Test func `a day another process brought is known, and a hole it left is closed`() async throws {
        let fixture = try await F()
        let (one, other) = (fixture.ingest, IngestReadings(pool: fixture.pool, directory: MeterDirectory()))
        try await send(one, "a", intervals: [day(0)])
        try await send(one, "b", intervals: [day(1)])
        try await send(other, "c", intervals: [day(2)])
        #expect(try await send(one, "d", intervals: [day(2)]).counts == [0, 96, 0, 0])
        #expect(try await send(one, "e", intervals: [day(2, "0.300", slots: 0..<4)]).counts == [0, 0, 4, 0])
        // The other one ends in the middle of a day; the first goes on two hours later.
        try await send(other, "f", intervals: [day(3, slots: 0..<40)])
        try await send(one, "g", intervals: [day(3, slots: 48..<96)])
        #expect(try await fixture.values().filter { $0.status == .estimated }.count == 8)
        #expect(try await fixture.values().count == 4 * 96)
    }

    @Test func `nothing is remembered of what was rolled back`() async throws {
        let fixture = try await F(meters: [F.serial, "BAD"])
        try await fixture.send("a", registers: [F.reading("100.0", at: F.start(Day(2026, 1, 1)))])
        try await fixture.spoil("BAD")
        await #expect(throws: (any Error).self) {
            try await fixture.send(
                "b",
                registers: [
                    F.reading("900.0", at: F.start(Day(2026, 1, 2))), F.reading("1.0", at: F.start(Day(2026, 1, 2)), serial: "BAD"),
                ])
        }
        #expect(try await fixture.send("c", registers: [F.reading("101.0", at: F.start(Day(2026, 1, 3)))]).findings == 0)
        #expect(try await fixture.table(F.total) == ["measured 100", "measured 101"])
    }

    /// The memory is an answer to questions that could be asked of the database: with it and without it the same is stored.
    @Test(arguments: [1, 2, 3, 4, 5, 6] as [UInt64])
    func `with and without a memory the same is stored`(seed: UInt64) async throws {
        let fixture = try await F(meters: [F.serial, "PLAIN"])
        let processes = [fixture.ingest, IngestReadings(pool: fixture.pool, directory: MeterDirectory())]
        var random = SeededNumbers(seed: seed)
        var next = 0
        var counter = 0
        for step in 0..<40 {
            // Mostly the next day, sometimes a jump, a part, a repetition, a correction, an old day, a reading.
            var intervals: [(Int, String, Range<Int>)] = []
            var readings: [(Int, Int)] = []
            switch Int.random(in: 0..<12, using: &random) {
            case 0..<5:
                intervals.append((next, "0.\(250 + step)", 0..<96))
                next += 1
            case 5: next += Int.random(in: 1...2, using: &random)
            case 6: intervals.append((next, "0.300", 0..<Int.random(in: 1...90, using: &random)))
            case 7: intervals.append((next, "0.300", Int.random(in: 1...40, using: &random)..<96))
            case 8:
                intervals.append((max(0, next - Int.random(in: 1...3, using: &random)), "0.2", 0..<Int.random(in: 1...96, using: &random)))
            case 9:
                intervals.append((next, "0.1", 0..<96))
                intervals.append((next + 2, "0.1", 0..<96))
                next += 3
            case 10:
                counter += Int.random(in: -3...40, using: &random)
                readings.append((next, max(0, counter)))
            default:
                counter += 5
                readings.append((Int.random(in: 0...max(1, next), using: &random), counter))
                intervals.append((next, "0.2", 0..<96))
                next += 1
            }
            var receipts: [DeliveryReceipt] = []
            for (serial, ingest) in [
                (F.serial, processes[Int.random(in: 0...3, using: &random) / 3]),
                ("PLAIN", IngestReadings(pool: fixture.pool, directory: MeterDirectory())),
            ] {
                receipts.append(
                    try await send(
                        ingest, "\(serial)-\(step)",
                        registers: readings.map {
                            F.reading("\($0.1).0", at: F.start(januaryFirst.adding(days: $0.0)), serial: serial)
                        }, intervals: intervals.map { day($0.0, $0.1, slots: $0.2, serial: serial) }))
            }
            #expect(receipts[0].counts == receipts[1].counts, "step \(step)")
            #expect(receipts[0].findings == receipts[1].findings, "step \(step)")
        }
        let stored = try await fixture.pool.with { connection in
            try [F.serial, "PLAIN"].map { serial in
                try connection.query(
                    """
                    SELECT concat_ws(' ', b.day, b.version, b.first_slot, b.slots, b.values, b.marks, b.delivery_id IS NULL)
                    FROM day_block b JOIN register r ON r.id = b.register_id JOIN meter m ON m.id = r.meter_id
                    WHERE m.serial = \(serial) ORDER BY b.day, b.version
                    """
                ).map { try $0.get(0, as: String.self) }
                    + connection.query(
                        """
                        SELECT concat_ws(' ', b.at, b.version, b.value_micro, b.status, b.method, b.reason)
                        FROM register_reading b JOIN register r ON r.id = b.register_id JOIN meter m ON m.id = r.meter_id
                        WHERE m.serial = \(serial) ORDER BY b.at, b.version
                        """
                    ).map { try $0.get(0, as: String.self) }
            }
        }
        #expect(stored[0].count > 20)
        #expect(stored[0] == stored[1])
    }
}

@Suite(.database) struct `Messages that wait together` {
    private func reading(_ day: Int, _ value: String, serial: String = F.serial) -> String {
        F.reading(value, at: F.start(Day(2026, 1, 1).adding(days: day)), serial: serial)
    }

    @Test func `share a transaction, and each gets its own receipt`() async throws {
        let fixture = try await F()
        let receipts = try await withThrowingTaskGroup(of: (Int, DeliveryReceipt).self) { group in
            for day in 0..<50 {
                group.addTask {
                    (day, try await fixture.send("m-\(day)", registers: (0...day % 3).map { self.reading(day * 3 + $0, "5.0") }))
                }
            }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        for (day, receipt) in receipts {
            #expect(receipt.counts == [day % 3 + 1, 0, 0, 0])
            #expect(receipt.messageId == "m-\(day)")
        }
        let (messages, transactions) = try await fixture.pool.with { connection in
            try connection.one("SELECT count(*), count(DISTINCT xmin::text) FROM delivery") {
                (try $0.get(0, as: Int.self), try $0.get(1, as: Int.self))
            }
        }
        #expect(messages == 50)
        #expect(transactions < 50, "nothing was shared")
    }

    @Test func `do not fail with the one that is poisoned`() async throws {
        let fixture = try await F(meters: [F.serial, "BAD"])
        try await fixture.spoil("BAD")
        let results = await withTaskGroup(of: (Int, Result<DeliveryReceipt, any Error>).self) { group in
            for day in 0..<30 {
                group.addTask {
                    let poison = day == 11 ? [self.reading(day, "7.0", serial: "BAD")] : []
                    do {
                        return (day, .success(try await fixture.send("m-\(day)", registers: [self.reading(day, "5.0")] + poison)))
                    } catch { return (day, .failure(error)) }
                }
            }
            return await group.reduce(into: [:]) { $0[$1.0] = $1.1 }
        }
        for day in 0..<30 where day != 11 { #expect(try results[day]?.get().counts == [1, 0, 0, 0]) }
        #expect(throws: StoredValueError.self) { try results[11]?.get() }
        #expect(try await fixture.rows("register_reading") == 29)
        #expect(try await fixture.rows("delivery") == 29)
    }

    @Test func `the same message sent many times at once is stored once`() async throws {
        let fixture = try await F()
        let receipts = try await withThrowingTaskGroup(of: DeliveryReceipt.self) { group in
            for _ in 0..<20 { group.addTask { try await fixture.send("m", registers: [self.reading(0, "5.0")]) } }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        #expect(receipts.reduce(0) { $0 + $1.accepted } == 1)
        #expect(receipts.reduce(0) { $0 + $1.duplicates } == 19)
        #expect(try await fixture.rows("delivery") == 1)
        #expect(try await fixture.rows("delivery_repeat") == 19)
    }

    @Test func `days with a hole between them in two of them are made whole`() async throws {
        let fixture = try await F()
        let days = (0..<12).map { day in
            F.intervals((0..<96).map { _ in "0.2" }, from: F.start(Day(2026, 1, 1).adding(days: day * 2)))
        }
        try await withThrowingTaskGroup(of: Void.self) { group in
            for (index, day) in days.enumerated() { group.addTask { try await fixture.send("m-\(index)", intervals: [day]) } }
            try await group.waitForAll()
        }
        #expect(try await fixture.values().count == 23 * 96)
    }
}

extension MeteringFixture {
    /// Somebody wrote to the database past the program: what reads this meter's registers fails.
    fileprivate func spoil(_ serial: String) async throws {
        try await pool.with { connection in
            try connection.execute(
                "UPDATE register SET unit = 'bogus' WHERE meter_id = (SELECT id FROM meter WHERE serial = \(serial))")
        }
    }
}
