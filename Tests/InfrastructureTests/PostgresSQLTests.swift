@testable import Postgres
import Testing
import Values

@Suite struct `SQL is a text with parameters` {
    @Test func `what is interpolated never becomes text`() {
        let attack = "x'; DROP TABLE partner; --"
        let sql: SQL = "SELECT id FROM partner WHERE name = \(attack) AND city = \("Halle")"
        #expect(sql.text == "SELECT id FROM partner WHERE name = $1 AND city = $2")
        #expect(sql.parameters.map(\.bytes) == [Array(attack.utf8), Array("Halle".utf8)])
    }

    @Test func `spliced statements are numbered anew`() {
        var conditions: [SQL] = []
        for number in 1...12 { conditions.append("a\(raw: String(number)) = \(number)") }
        let sql: SQL = "SELECT \(true) WHERE \(conditions.joined(separator: " AND ")) LIMIT \(5)"
        #expect(sql.parameters.count == 14)
        #expect(sql.text.hasPrefix("SELECT $1 WHERE a1 = $2 AND a2 = $3"))
        #expect(sql.text.hasSuffix("a12 = $13 LIMIT $14"))
    }

    @Test func `a splice does not mistake a literal for a parameter`() {
        let inner: SQL = "price = '$1' OR price = \(7)"
        let outer: SQL = "SELECT \(1) WHERE \(inner)"
        #expect(outer.text == "SELECT $1 WHERE price = '$1' OR price = $2")
    }

    @Test func `sums and joins keep the order of the parameters`() {
        var sql: SQL = "a = \(1)"
        sql += " AND b = \(2)"
        #expect((sql + " AND c = \(3)").text == "a = $1 AND b = $2 AND c = $3")
    }

    @Test func `a name is quoted as one name`() {
        let sql: SQL = "SELECT * FROM \(name: "a\"; DROP TABLE b; --")"
        #expect(sql.text == "SELECT * FROM \"a\"\"; DROP TABLE b; --\"")
    }

    @Test func `nil is NULL and keeps its type`() {
        let nothing: Day? = nil
        let sql: SQL = "SELECT \(nothing)"
        #expect(sql.parameters == [SQLParameter(oid: 1082, bytes: nil)])
    }

    @Test func `the description shows no values`() {
        #expect(("SELECT \("secret")" as SQL).description == "SELECT $1")
    }

    @Test(arguments: [
        ("SELECT 1", true), ("  insert into a", true), ("WITH a AS (SELECT 1) SELECT", true), ("update a", true), ("DELETE FROM a", true),
        ("CREATE TABLE a ()", false), ("SET a = 1", false), ("DISCARD ALL", false), ("", false), ("MERGE INTO a", true),
    ])
    func `only what is planned is prepared`(text: String, expected: Bool) {
        #expect(SQL(raw: text).isWorthPreparing == expected)
    }
}

@Suite struct `The statement cache` {
    private func key(_ text: String) -> StatementCache.Key { .init(text: text, types: []) }

    @Test func `forgets the least recently used first`() {
        var cache = StatementCache(capacity: 2)
        for text in ["a", "b"] { cache.insert(key(text), name: text) }
        #expect(cache.name(of: key("a")) == "a")
        cache.insert(key("c"), name: "c")
        #expect(cache.trim() == ["b"])
        #expect(cache.name(of: key("b")) == nil)
        #expect(cache.name(of: key("a")) == "a")
    }

    @Test func `knows the same text with other types apart`() {
        var cache = StatementCache(capacity: 2)
        cache.insert(.init(text: "SELECT $1", types: [20]), name: "x")
        #expect(cache.name(of: .init(text: "SELECT $1", types: [25])) == nil)
    }

    @Test func `never gives a name twice`() {
        var cache = StatementCache(capacity: 2)
        let first = cache.newName()
        cache.removeAll()
        #expect(cache.newName() != first)
    }
}

@Suite struct `Arrays in binary form` {
    private func decode<Element: SQLArrayElement>(_ bytes: [UInt8], as _: Element.Type) throws -> [Element] {
        try SQLArray.decode(bytes.span, of: Element.self)
    }

    @Test func `come back as they went`() throws {
        #expect(try decode(SQLArray.encode([Int64.min, 0, .max]), as: Int64.self) == [.min, 0, .max])
        #expect(try decode(SQLArray.encode([String]()), as: String.self) == [])
        #expect(try decode(SQLArray.encode(["a", nil, ""]), as: String?.self) == ["a", nil, ""])
        #expect(try decode(SQLArray.encode([[1, 2], [], [0xFF]] as [[UInt8]]), as: [UInt8].self) == [[1, 2], [], [0xFF]])
    }

    @Test func `that lie about their length are refused and not followed`() {
        let honest = SQLArray.encode([Int64(1), 2, 3])
        for length in 0..<honest.count { #expect(throws: SQLMismatch.self) { try decode(Array(honest[..<length]), as: Int64.self) } }
        var boasting = honest
        boasting.overwrite(at: 12, with: .max)
        #expect(throws: SQLMismatch.self) { try decode(boasting, as: Int64.self) }
        boasting = honest
        boasting.overwrite(at: 20, with: .max)
        #expect(throws: SQLMismatch.self) { try decode(boasting, as: Int64.self) }
    }

    @Test func `with NULL need a type that has it`() {
        #expect(throws: SQLMismatch("element 1 is NULL, Int64 has no NULL")) {
            try decode(SQLArray.encode([1, nil] as [Int64?]), as: Int64.self)
        }
    }
}
