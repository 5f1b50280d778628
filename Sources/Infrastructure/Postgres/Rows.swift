internal import CLibPQ

/// The rows a statement returned, in the order the server sent them.
///
/// Owns libpq's result. `@unchecked Sendable` is true because a `PGresult` is never written after it has been received
/// (libpq documents that it may be handed between threads), and this class only reads it.
@safe public final class Rows: RandomAccessCollection, @unchecked Sendable {
    private let result: OpaquePointer
    /// The number of rows.
    public let count: Int
    /// The statement, for messages.
    let statement: String

    init(owning result: OpaquePointer, statement: String) {
        unsafe self.result = unsafe result
        count = Int(unsafe PQntuples(result))
        self.statement = statement
    }
    deinit { unsafe PQclear(result) }

    public var startIndex: Int { 0 }
    public var endIndex: Int { count }
    /// - Precondition: the row exists.
    public subscript(index: Int) -> Row {
        precondition(index >= 0 && index < count, "row \(index) of \(count)")
        return Row(rows: self, index: Int32(truncatingIfNeeded: index))
    }

    /// The number of columns.
    public var columnCount: Int { Int(unsafe PQnfields(result)) }
    /// The names of the columns, from left to right.
    public var columnNames: [String] { (0..<columnCount).map { name(ofColumn: $0) } }

    /// How many rows an INSERT, UPDATE, DELETE, MERGE, SELECT or COPY touched; 0 for other statements.
    public var affected: Int {
        guard let text = unsafe PQcmdTuples(result) else { return 0 }
        return Int(unsafe String(cString: text)) ?? 0
    }
    /// The command tag, such as `INSERT 0 1`.
    var tag: String {
        guard let text = unsafe PQcmdStatus(result) else { return "" }
        return unsafe String(cString: text)
    }

    func name(ofColumn column: Int) -> String {
        guard let name = unsafe PQfname(result, Int32(clamping: column)) else { return "\(column)" }
        return unsafe String(cString: name)
    }

    /// The first column of exactly this name. Linear, because rows are narrow; hot loops read by number.
    func column(named name: String) -> Int? {
        for column in 0..<columnCount {
            guard let candidate = unsafe PQfname(result, Int32(truncatingIfNeeded: column)) else { continue }
            if unsafe String(cString: candidate) == name { return column }
        }
        return nil
    }

    private func mismatch(_ reason: String, row: Int32, column: Int) -> DatabaseError {
        var error = DatabaseError(
            kind: .mismatch, message: "row \(row), column \(column) (\(name(ofColumn: column))): \(reason)", statement: statement)
        error.column = name(ofColumn: column)
        return error
    }

    /// The type of a column, or an error that says how many there are.
    private func type(ofColumn column: Int) throws(DatabaseError) -> SQLType {
        guard column >= 0, column < columnCount else {
            throw DatabaseError(
                kind: .mismatch, message: "there is no column \(column), the result has \(columnCount)", statement: statement)
        }
        return SQLType(oid: unsafe PQftype(result, Int32(truncatingIfNeeded: column)))
    }

    func isNull(row: Int32, column: Int) throws(DatabaseError) -> Bool {
        _ = try type(ofColumn: column)
        return unsafe PQgetisnull(result, row, Int32(truncatingIfNeeded: column)) != 0
    }

    func value<Value: SQLValue>(row: Int32, column: Int) throws(DatabaseError) -> Value {
        let type = try type(ofColumn: column)
        let number = Int32(truncatingIfNeeded: column)
        guard unsafe PQgetisnull(result, row, number) == 0 else {
            guard let null = Value.sqlNull else { throw mismatch("is NULL, \(Value.self) has no NULL", row: row, column: column) }
            return null
        }
        // Safe: the bytes belong to the result, which outlives this call; decoding copies what it keeps.
        let field = unsafe UnsafeRawBufferPointer(start: PQgetvalue(result, row, number), count: Int(PQgetlength(result, row, number)))
        let bytes = unsafe field.bindMemory(to: UInt8.self)
        do { return try Value.decode(unsafe bytes.span, as: type) } catch { throw mismatch(error.reason, row: row, column: column) }
    }

    func array<Element: SQLArrayElement>(row: Int32, column: Int) throws(DatabaseError) -> [Element]? {
        _ = try type(ofColumn: column)
        let number = Int32(truncatingIfNeeded: column)
        guard unsafe PQgetisnull(result, row, number) == 0 else { return nil }
        let field = unsafe UnsafeRawBufferPointer(start: PQgetvalue(result, row, number), count: Int(PQgetlength(result, row, number)))
        let bytes = unsafe field.bindMemory(to: UInt8.self)
        do { return try SQLArray.decode(unsafe bytes.span, of: Element.self) } catch {
            throw mismatch(error.reason, row: row, column: column)
        }
    }

    /// Runs `body` on the bytes of a field, without a copy; nil for NULL.
    func withBytes<Result>(row: Int32, column: Int, _ body: (Span<UInt8>) throws -> Result) throws -> Result? {
        _ = try type(ofColumn: column)
        let number = Int32(truncatingIfNeeded: column)
        guard unsafe PQgetisnull(result, row, number) == 0 else { return nil }
        let field = unsafe UnsafeRawBufferPointer(start: PQgetvalue(result, row, number), count: Int(PQgetlength(result, row, number)))
        let bytes = unsafe field.bindMemory(to: UInt8.self)
        return try body(unsafe bytes.span)
    }
}

/// One row. Columns are read by number (fast) or by name; a wrong type or an unexpected NULL throws, naming the column.
///
///     let id = try row.get(0) as Int64
///     let until: Day? = try row["until"]
public struct Row: Sendable {
    let rows: Rows
    let index: Int32

    /// The value of a column, counted from 0.
    public func get<Value: SQLValue>(_ column: Int, as _: Value.Type = Value.self) throws(DatabaseError) -> Value {
        try rows.value(row: index, column: column)
    }
    /// The elements of an array column.
    public func get<Element: SQLArrayElement>(_ column: Int, as _: [Element].Type = [Element].self) throws(DatabaseError) -> [Element] {
        guard let array: [Element] = try rows.array(row: index, column: column) else {
            throw DatabaseError(
                kind: .mismatch, message: "column \(column) (\(rows.name(ofColumn: column))) is NULL, an array was expected",
                statement: rows.statement)
        }
        return array
    }
    /// The elements of an array column that may be NULL.
    public func get<Element: SQLArrayElement>(_ column: Int, as _: [Element]?.Type = [Element]?.self) throws(DatabaseError) -> [Element]? {
        try rows.array(row: index, column: column)
    }
    /// The value of a column by its name.
    public func get<Value: SQLValue>(_ name: String, as _: Value.Type = Value.self) throws(DatabaseError) -> Value { try get(column(name)) }
    public func get<Element: SQLArrayElement>(_ name: String, as _: [Element].Type = [Element].self) throws(DatabaseError) -> [Element] {
        try get(column(name))
    }
    public func get<Element: SQLArrayElement>(_ name: String, as _: [Element]?.Type = [Element]?.self) throws(DatabaseError) -> [Element]? {
        try get(column(name))
    }

    /// The value of a column, counted from 0: `let id: Int64 = try row[0]`.
    public subscript<Value: SQLValue>(_ column: Int) -> Value { get throws { try get(column) } }
    public subscript<Element: SQLArrayElement>(_ column: Int) -> [Element] { get throws { try get(column) } }
    public subscript<Element: SQLArrayElement>(_ column: Int) -> [Element]? { get throws { try get(column) } }
    /// The value of a column by its name: `let id: Int64 = try row["id"]`.
    public subscript<Value: SQLValue>(_ name: String) -> Value { get throws { try get(name) } }
    public subscript<Element: SQLArrayElement>(_ name: String) -> [Element] { get throws { try get(name) } }
    public subscript<Element: SQLArrayElement>(_ name: String) -> [Element]? { get throws { try get(name) } }

    /// Whether a column is NULL.
    public func isNull(_ column: Int) throws(DatabaseError) -> Bool { try rows.isNull(row: index, column: column) }
    public func isNull(_ name: String) throws(DatabaseError) -> Bool { try isNull(column(name)) }

    /// Runs `body` on the bytes of a field without copying them, for blobs that are only unpacked; nil for NULL.
    public func withBytes<Result>(_ column: Int, _ body: (Span<UInt8>) throws -> Result) throws -> Result? {
        try rows.withBytes(row: index, column: column, body)
    }

    private func column(_ name: String) throws(DatabaseError) -> Int {
        guard let column = rows.column(named: name) else {
            throw DatabaseError(
                kind: .mismatch, message: "there is no column \(name), only \(rows.columnNames.joined(separator: ", "))",
                statement: rows.statement)
        }
        return column
    }
}
