@testable import Postgres
import TestKit
import Testing
import Values

@Suite(.emptyDatabase) struct `A connection to PostgreSQL` {
    private var pool: Pool { TestDatabase.current.pool }

    // MARK: Types

    private func roundTrip<Value: SQLValue & Equatable>(_ values: [Value], as type: String) async throws {
        try await pool.with { db throws in
            for value in values { #expect(try db.one("SELECT \(value)::\(raw: type)", as: Value.self) == value) }
            let nothing: Value? = nil
            #expect(try db.one("SELECT \(nothing)::\(raw: type)", as: Value?.self) == .some(nil))
            #expect(throws: DatabaseError.self) { try db.one("SELECT \(nothing)::\(raw: type)", as: Value.self) }
        }
    }
    private func roundTrip<Element: SQLArrayElement & Equatable>(array: [Element], as type: String) async throws {
        try await pool.with { db throws in
            for elements in [array, []] {
                #expect(try db.one("SELECT \(elements)::\(raw: type)[]") { try $0.get(0) as [Element] } == elements)
            }
            let withNull: [Element?] = array.map { $0 } + [nil]
            #expect(try db.one("SELECT \(withNull)::\(raw: type)[]") { try $0.get(0) as [Element?] } == withNull)
        }
    }

    @Test func `numbers go both ways, the extremes included`() async throws {
        try await roundTrip([Int16.min, -1, 0, .max], as: "int2")
        try await roundTrip([Int32.min, -1, 0, .max], as: "int4")
        try await roundTrip([Int64.min, -1, 0, .max], as: "int8")
        try await roundTrip([Int.min, -1, 0, .max], as: "int8")
        try await roundTrip([-Double.greatestFiniteMagnitude, -0.5, 0, .infinity], as: "float8")
        try await roundTrip([true, false], as: "bool")
        try await roundTrip([Money(cents: .min), .zero, Money(cents: 1), Money(cents: .max)], as: "int8")
        try await roundTrip([Identifier<Int>(7)], as: "int8")
    }
    @Test func `texts and bytes go both ways, empty and odd ones included`() async throws {
        try await roundTrip(["", "Zählerstand", "'; DROP TABLE a; --", "\u{1F4A1}", "a\\b\"c"], as: "text")
        try await roundTrip([[], [0], Array(0...255)] as [[UInt8]], as: "bytea")
        try await pool.with { db throws in
            let text = try db.one("SELECT \(JSONB(text: #"{"a": [1, "ü"]}"#))", as: JSONB.self)
            #expect(text.text == #"{"a": [1, "ü"]}"#)
            #expect(try db.one("SELECT \(JSONB(text: "[1]"))", as: String.self) == "[1]")
            #expect(try db.one("SELECT ('[1]'::json)", as: JSONB.self).text == "[1]")
            #expect(throws: DatabaseError.self) { try db.one("SELECT \(JSONB(text: "{"))", as: JSONB.self) }
        }
    }
    @Test func `days, instants and ranges go both ways`() async throws {
        try await roundTrip([Day(1, 1, 1), Day(1970, 1, 1), Day(2000, 1, 1), Day(2024, 2, 29), Day(9999, 12, 31)], as: "date")
        try await roundTrip(
            [
                Instant(microseconds: 0), Instant(microseconds: -1), Instant(seconds: 1_774_746_000),
                Instant(microseconds: 4_000_000_000_000_001),
            ], as: "timestamptz")
        try await roundTrip([DayRange(from: Day(2026, 1, 1)), DayRange(from: Day(2026, 1, 1), until: Day(2027, 1, 1))], as: "daterange")
        try await pool.with { db throws in
            #expect(try db.one("SELECT \(Day(2026, 3, 29))::text", as: String.self) == "2026-03-29")
            #expect(try db.one("SELECT \(Instant(seconds: 0))::text", as: String.self) == "1970-01-01 00:00:00+00")
            #expect(try db.one("SELECT \(DayRange(from: Day(2026, 1, 1)))::text", as: String.self) == "[2026-01-01,)")
            for odd in ["'infinity'::date", "'-infinity'::timestamptz"] {
                #expect(throws: DatabaseError.self) { try db.one("SELECT \(raw: odd)", as: Day.self) }
            }
            for odd in ["'empty'::daterange", "'(,2026-01-01)'::daterange"] {
                #expect(throws: DatabaseError.self) { try db.one("SELECT \(raw: odd)", as: DayRange.self) }
            }
        }
    }
    @Test func `arrays go both ways, with and without NULL`() async throws {
        try await roundTrip(array: [Int16.min, .max], as: "int2")
        try await roundTrip(array: [Int32.min, .max], as: "int4")
        try await roundTrip(array: [Int64.min, .max], as: "int8")
        try await roundTrip(array: ["", "ü", "{},\""], as: "text")
        try await roundTrip(array: [[], [0, 255]] as [[UInt8]], as: "bytea")
        try await roundTrip(array: [Day(2026, 1, 1)], as: "date")
        try await roundTrip(array: [Instant(seconds: 5)], as: "timestamptz")
        try await roundTrip(array: [true, false], as: "bool")
        try await roundTrip(array: [Money(cents: -5)], as: "int8")
        try await pool.with { db throws in
            let ids: [Int64] = [2, 3]
            #expect(
                try db.query("SELECT n FROM generate_series(1, 5) n WHERE n = ANY(\(ids)) ORDER BY n").map { try $0.get(0) as Int } == [
                    2, 3,
                ])
            #expect(try db.one("SELECT NULL::int8[]") { try $0.get(0) as [Int64]? } == nil)
        }
    }
    @Test func `smaller columns are read into larger numbers, not the other way round`() async throws {
        try await pool.with { db throws in
            #expect(try db.one("SELECT 7::int2", as: Int64.self) == 7)
            #expect(try db.one("SELECT 7::int8", as: Int16.self) == 7)
            #expect(throws: DatabaseError.self) { try db.one("SELECT 70000::int8", as: Int16.self) }
        }
    }
    @Test func `a wrong type names the column, what was expected and what is there`() async throws {
        try await pool.with { db throws in
            let row = try db.query("SELECT 'x'::text AS tariff, NULL::int8 AS amount, 1.5::numeric AS price")[0]
            #expect { try row["tariff"] as Int64 } throws: { "\($0)".contains("(tariff): expected a whole number, the column is text") }
            #expect { try row["amount"] as Int64 } throws: { "\($0)".contains("(amount): is NULL, Int64 has no NULL") }
            #expect { try row["price"] as String } throws: { "\($0)".contains("numeric (select it as ::text)") }
            #expect { try row["rate"] as String } throws: { "\($0)".contains("there is no column rate, only tariff, amount, price") }
            #expect { try row.get(3) as String } throws: { "\($0)".contains("there is no column 3") }
            #expect(try row["amount"] as Int64? == nil)
        }
    }
    @Test func `one row means one row`() async throws {
        try await pool.with { db throws in
            #expect(throws: DatabaseError.self) { try db.one("SELECT 1 WHERE false", as: Int.self) }
            #expect { try db.one("SELECT generate_series(1, 2)", as: Int.self) } throws: { ($0 as? DatabaseError)?.kind == .rowCount }
            #expect(try db.optional("SELECT 1 WHERE false", as: Int.self) == nil)
            #expect(try db.optional("SELECT 1", as: Int.self) == 1)
        }
    }
    @Test func `an injection is a name that nobody has`() async throws {
        try await pool.with { db throws in
            try db.script("CREATE TABLE partner (name text); INSERT INTO partner VALUES ('Meyer')")
            let attack = "' OR true; DROP TABLE partner; --"
            #expect(try db.query("SELECT 1 FROM partner WHERE name = \(attack)").isEmpty)
            #expect(try db.one("SELECT count(*) FROM partner", as: Int.self) == 1)
        }
    }

    // MARK: Statements

    @Test func `statements are prepared once and forgotten in time`() async throws {
        try await pool.with { db throws in
            for number in 0..<3 { #expect(try db.one("SELECT \(number) + 1", as: Int.self) == number + 1) }
            #expect(db.cache.count == 1)
            for number in 0..<300 { _ = try db.one("SELECT \(number) + \(raw: String(number))", as: Int.self) }
            #expect(db.cache.count <= 257)
            #expect(try db.one("SELECT count(*) FROM pg_prepared_statements", as: Int.self) <= 258)
        }
    }
    @Test func `a plan that a migration made stale is made anew`() async throws {
        try await pool.with { db throws in
            try db.script("CREATE TABLE a (x int); INSERT INTO a VALUES (1)")
            #expect(try db.query("SELECT * FROM a")[0].rows.columnCount == 1)
        }
        try await pool.with { db in try db.script("ALTER TABLE a ADD COLUMN y text DEFAULT 'z'") }
        #expect(try await pool.with { try $0.query("SELECT * FROM a")[0].get("y") as String } == "z")
        try await pool.with { try $0.script("ALTER TABLE a DROP COLUMN x; ALTER TABLE a ADD COLUMN u int") }
        let second = try await pool.transaction { db in try db.query("SELECT * FROM a")[0].get("y") as String }
        #expect(second == "z")
    }
    @Test func `affected rows are counted`() async throws {
        try await pool.with { db throws in
            try db.script("CREATE TABLE a (x int)")
            #expect(try db.execute("INSERT INTO a SELECT generate_series(1, 10)") == 10)
            #expect(try db.execute("UPDATE a SET x = 0 WHERE x > 5") == 5)
            #expect(try db.execute("DELETE FROM a WHERE false") == 0)
        }
    }
    @Test func `errors are typed`() async throws {
        try await pool.with { db throws in
            try db.script(
                """
                CREATE TABLE parent (id int PRIMARY KEY);
                CREATE TABLE child (parent int CONSTRAINT has_parent REFERENCES parent, amount int CONSTRAINT positive CHECK (amount > 0));
                INSERT INTO parent VALUES (1)
                """)
            #expect { try db.execute("INSERT INTO parent VALUES (1)") } throws: {
                guard let error = $0 as? DatabaseError else { return false }
                return error.isUniqueViolation && error.constraint == "parent_pkey" && error.table == "parent" && !error.isRetryable
                    && !error.isConnectionLost
            }
            #expect { try db.execute("INSERT INTO child VALUES (2, 1)") } throws: {
                ($0 as? DatabaseError)?.constraint == "has_parent" && ($0 as? DatabaseError)?.isForeignKeyViolation == true
            }
            #expect { try db.execute("INSERT INTO child VALUES (1, 0)") } throws: { ($0 as? DatabaseError)?.isCheckViolation == true }
            #expect { try db.query("SELEKT 1") } throws: { ($0 as? DatabaseError)?.sqlState == "42601" }
            #expect(try db.one("SELECT 1", as: Int.self) == 1)
        }
    }
    @Test func `a thousand statements make one journey`() async throws {
        try await pool.with { db throws in
            try db.script("CREATE TABLE a (x int8 PRIMARY KEY, note text)")
            let rows = try db.pipeline((1...1000).map { "INSERT INTO a VALUES (\($0), \("note \($0)")) RETURNING x" })
            #expect(rows.count == 1000)
            #expect(try rows.map { try $0[0].get(0) as Int } == Array(1...1000))
            #expect(db.cache.count == 1)
            #expect(try db.one("SELECT count(*) FROM a", as: Int.self) == 1000)
        }
    }
    @Test func `a pipeline that fails does nothing, says why, and the connection goes on`() async throws {
        try await pool.with { db throws in
            try db.script("CREATE TABLE a (x int8 PRIMARY KEY)")
            #expect {
                try db.pipeline(["INSERT INTO a VALUES (\(1))", "INSERT INTO a VALUES (\(1))", "INSERT INTO a VALUES (\(2))", "SELECT 1"])
            } throws: {
                ($0 as? DatabaseError)?.isUniqueViolation == true
            }
            #expect(try db.one("SELECT count(*) FROM a", as: Int.self) == 0)
            #expect(try db.pipeline(["INSERT INTO a VALUES (\(3))", "SELECT count(*) FROM a"])[1][0].get(0) as Int == 1)
        }
    }
    @Test func `a pipeline whose answers are larger than all buffers does not lock up`() async throws {
        try await pool.with { db throws in
            let rows = try db.pipeline(
                (1...300).map { "SELECT repeat('x', 100000) || \(String($0)), \([UInt8](repeating: 7, count: 50_000))" })
            #expect(try rows[299][0].get(0) as String == String(repeating: "x", count: 100_000) + "300")
        }
    }

    // MARK: COPY

    @Test func `a hundred thousand rows go in and come out`() async throws {
        try await pool.with { db throws in
            try db.script(
                "CREATE TABLE reading (id int8, day date, at timestamptz, note text, data bytea, small int2, mid int4, ok bool, amount int8, list int8[], score float8)"
            )
            let columns = ["id", "day", "at", "note", "data", "small", "mid", "ok", "amount", "list", "score"]
            let written = try db.copyIn("public.reading", columns: columns) { copy in
                for number in 0..<100_000 as Range<Int64> {
                    try copy.row {
                        $0.append(number)
                        $0.append(Day(2026, 1, 1))
                        $0.append(Instant(seconds: number))
                        if number % 2 == 0 { $0.appendNull() } else { $0.append("Nr. \(number)") }
                        $0.append([UInt8](repeating: 1, count: Int(number % 5)))
                        $0.append(Int16(number % 100))
                        $0.append(Int32(truncatingIfNeeded: number))
                        $0.append(number % 3 == 0)
                        $0.append(Money(cents: -number))
                        $0.append([number, number + 1])
                        $0.append(number % 7 == 0 ? nil : 0.5 as Double?)
                    }
                }
            }
            #expect(written == 100_000)
            var count: Int64 = 0
            let read = try db.copyOut("SELECT \(columns.joined(separator: ", ")) FROM reading ORDER BY id") { row in
                let id: Int64 = try row.next()
                let day: Day = try row.next()
                let at: Instant = try row.next()
                let note: String? = try row.next()
                let length = try row.nextBytes { $0.count }
                try row.skip()
                let mid: Int64 = try row.next()
                let ok: Bool = try row.next()
                let amount: Money = try row.next()
                let list: [Int64] = try row.next()
                let score: Double? = try row.next()
                guard id == count, day == Day(2026, 1, 1), at == Instant(seconds: id), note == (id % 2 == 0 ? nil : "Nr. \(id)"),
                    length == Int(id % 5),
                    mid == id, ok == (id % 3 == 0), amount == Money(cents: -id), list == [id, id + 1], score == (id % 7 == 0 ? nil : 0.5)
                else { throw CancellationError() }
                count += 1
            }
            #expect(read == 100_000)
            #expect(count == 100_000)
        }
    }
    @Test func `a copy that is abandoned writes nothing and leaves the connection in order`() async throws {
        struct Enough: Error {}
        try await pool.with { db throws in
            try db.script("CREATE TABLE a (x int8 PRIMARY KEY)")
            #expect(throws: Enough.self) {
                try db.copyIn("a", columns: ["x"]) { copy in
                    for number in 0..<100_000 as Range<Int64> { try copy.row { $0.append(number) } }
                    throw Enough()
                }
            }
            #expect { try db.copyIn("a", columns: ["x"]) { copy in for _ in 0..<2 { try copy.row { $0.append(1 as Int64) } } } } throws: {
                ($0 as? DatabaseError)?.isUniqueViolation == true
            }
            #expect {
                try db.copyIn("a", columns: ["x"]) { copy in
                    try copy.row {
                        $0.append(1 as Int64); $0.append(2 as Int64)
                    }
                }
            } throws: {
                ($0 as? DatabaseError)?.kind == .misuse
            }
            #expect { try db.copyIn("nowhere", columns: ["x"]) { _ in } } throws: { ($0 as? DatabaseError)?.sqlState == "42P01" }
            #expect(throws: Enough.self) { try db.copyOut("SELECT generate_series(1, 1000000)") { _ in throw Enough() } }
            #expect { try db.query("COPY a FROM STDIN") } throws: { ($0 as? DatabaseError)?.kind == .misuse }
            #expect(try db.copyOut("SELECT 1 WHERE false") { _ in } == 0)
            #expect(try db.one("SELECT count(*) FROM a", as: Int.self) == 0)
        }
    }
}
