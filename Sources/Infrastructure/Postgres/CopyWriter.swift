public import Values

/// Takes rows for COPY. Rows go out in chunks while the next are being made.
public struct CopyWriter {
    let buffer = CopyBuffer()
    private let columns: Int
    private let send: (CopyBuffer) throws(DatabaseError) -> Void
    /// Rows so far.
    public private(set) var count = 0

    init(columns: Int, send: @escaping (CopyBuffer) throws(DatabaseError) -> Void) {
        self.columns = columns
        self.send = send
        for byte in Array("PGCOPY\n".utf8) + [0xFF, 0x0D, 0x0A, 0x00] { buffer.append(byte) }
        buffer.append(Int32(0))  // no flags
        buffer.append(Int32(0))  // no header extension
    }

    /// One row: `body` appends a value for each column, in their order.
    ///
    /// The types must be the columns' own: COPY converts nothing, an `Int64` for an integer column is refused by PostgreSQL.
    /// - Throws: `.misuse` if another number of values was appended.
    public mutating func row(_ body: (inout CopyRow) throws -> Void) throws {
        let start = buffer.count
        buffer.append(Int16(0))
        var row = CopyRow(buffer: buffer)
        try body(&row)
        guard row.count == columns else {
            throw DatabaseError(kind: .misuse, message: "a row of \(row.count) values for COPY of \(columns) columns")
        }
        buffer.overwrite(at: start, with: Int16(clamping: columns))
        count += 1
        if buffer.count >= 1 << 18 { try send(buffer) }
    }

    func finish() throws(DatabaseError) {
        buffer.append(Int16(-1))
        try send(buffer)
    }
}

/// The values of one row on its way to COPY.
public struct CopyRow {
    let buffer: CopyBuffer
    private(set) var count = 0

    init(buffer: CopyBuffer) { self.buffer = buffer }

    /// A value for the next column, in its own type: `Int16` for smallint, `Int32` for integer, `Int64`, `Int` and `Money` for
    /// bigint, `Day` for date, `Instant` for timestamptz, `[UInt8]` for bytea, `String` for text.
    public mutating func append(_ value: Int16) { integer(value) }
    public mutating func append(_ value: Int32) { integer(value) }
    public mutating func append(_ value: Int64) { integer(value) }
    public mutating func append(_ value: Int) { integer(Int64(value)) }
    public mutating func append(_ value: Day) { integer(value.sqlNumber) }
    public mutating func append(_ value: Instant) { integer(value.sqlNumber) }
    public mutating func append(_ value: Money) { integer(value.cents) }
    public mutating func append(_ value: Bool) { integer(value ? 1 as UInt8 : 0) }
    public mutating func append(_ value: [UInt8]) {
        unsafe value.withUnsafeBytes { unsafe buffer.append(field: $0) }
        count += 1
    }
    public mutating func append(_ value: Span<UInt8>) {
        unsafe value.withUnsafeBytes { unsafe buffer.append(field: $0) }
        count += 1
    }
    public mutating func append(_ value: String) {
        var text = value
        text.withUTF8 { unsafe buffer.append(field: UnsafeRawBufferPointer($0)) }
        count += 1
    }
    /// Any other value, optionals among them.
    public mutating func append<Value: SQLValue>(_ value: Value) {
        guard !value.isSQLNull else { return appendNull() }
        var bytes: [UInt8] = []
        value.encode(into: &bytes)
        append(bytes)
    }
    /// An array, for a column of an array type.
    public mutating func append<Element: SQLArrayElement>(_ elements: [Element]) { append(SQLArray.encode(elements)) }
    /// NULL for the next column.
    public mutating func appendNull() {
        buffer.append(Int32(-1))
        count += 1
    }

    private mutating func integer<Number: FixedWidthInteger>(_ number: Number) {
        buffer.append(field: number)
        count += 1
    }
}
