/// Reads the fields of one row that COPY TO sends, from left to right.
///
/// COPY does not say of which type a field is: what is asked for and its length decide. An `Int64` reads smallint and
/// integer columns, too.
///
/// It points into memory of libpq that lives until the closure it is handed to returns. Not copyable, so it cannot be kept.
@safe public struct CopyReader: ~Copyable {
    private let memory: UnsafeBufferPointer<UInt8>
    private var position: Int
    private var column = 0
    /// The number of fields of this row.
    public let count: Int

    /// - Parameter start: where the row begins, at its number of fields.
    init(_ memory: UnsafeBufferPointer<UInt8>, start: Int, count: Int) {
        unsafe self.memory = unsafe memory
        self.count = count
        position = start + 2
    }

    /// The next field.
    /// - Throws: `.mismatch` if there is none, or it does not fit.
    public mutating func next<Value: SQLValue>(as _: Value.Type = Value.self) throws(DatabaseError) -> Value {
        guard let range = try field() else {
            guard let null = Value.sqlNull else { throw mismatch("is NULL, \(Value.self) has no NULL") }
            return null
        }
        do { return try Value.decode(unsafe memory.span.extracting(range), as: .unspecified) } catch { throw mismatch(error.reason) }
    }
    /// The next field, an array.
    public mutating func next<Element: SQLArrayElement>(as _: [Element].Type = [Element].self) throws(DatabaseError) -> [Element] {
        guard let range = try field() else { throw mismatch("is NULL, an array was expected") }
        do { return try SQLArray.decode(unsafe memory.span.extracting(range), of: Element.self) } catch { throw mismatch(error.reason) }
    }
    /// The bytes of the next field without a copy; nil for NULL.
    public mutating func nextBytes<Result>(_ body: (Span<UInt8>) throws -> Result) throws -> Result? {
        guard let range = try field() else { return nil }
        return try body(unsafe memory.span.extracting(range))
    }
    /// Passes over the next field.
    public mutating func skip() throws(DatabaseError) { _ = try field() }

    private mutating func field() throws(DatabaseError) -> Range<Int>? {
        guard column < count, unsafe position + 4 <= memory.count else { throw mismatch("there is no such field, the row has \(count)") }
        let length = Int(unsafe memory.span.bigEndian(Int32.self, at: position))
        position += 4
        column += 1
        if length < 0 { return nil }
        guard unsafe position + length <= memory.count else { throw mismatch("the field ends outside the row") }
        defer { position += length }
        return position..<position + length
    }
    private func mismatch(_ reason: String) -> DatabaseError {
        DatabaseError(kind: .mismatch, message: "COPY, field \(max(0, column - 1)): \(reason)")
    }
}
