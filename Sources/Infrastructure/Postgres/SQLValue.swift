/// A value PostgreSQL and Swift both know: bound as a binary parameter, read from a binary result.
///
/// A type that is stored as one of these conforms in its `Type+SQL.swift`. Arrays are no `SQLValue`, on purpose: a list is a
/// parameter of `= ANY(…)` or `unnest(…)`, and `SQL` has an interpolation of its own for it.
public protocol SQLValue: Sendable {
    /// The type it is sent as.
    static var sqlType: SQLType { get }
    /// Appends the binary form.
    func encode(into bytes: inout [UInt8])
    /// Reads the binary form of a column of `type`.
    /// - Throws: when the column holds another type, or a value outside this type's range.
    static func decode(_ bytes: Span<UInt8>, as type: SQLType) throws(SQLMismatch) -> Self
    /// Whether this value is SQL's NULL; only optionals can be.
    var isSQLNull: Bool { get }
    /// The value of this type for NULL; nil where there is none.
    static var sqlNull: Self? { get }
}

extension SQLValue {
    public var isSQLNull: Bool { false }
    public static var sqlNull: Self? { nil }
}

/// A value that may stand in an array parameter or result. `UInt8` is none, so `[UInt8]` always means `bytea`.
public protocol SQLArrayElement: SQLValue {}

/// Why a field could not be read as the type that was asked for.
public struct SQLMismatch: Error, Hashable, Sendable {
    public let reason: String
    public init(_ reason: String) { self.reason = reason }

    static func expected(_ expected: String, got type: SQLType, _ bytes: Span<UInt8>) -> SQLMismatch {
        SQLMismatch("expected \(expected), the column is \(SQLType.name(type.oid)) of \(bytes.count) bytes")
    }
}

// MARK: Whole numbers

/// Reads int2, int4 and int8 alike, as long as the value fits: a `count(*)` is bigint, a column may be integer.
private func integer<Number: FixedWidthInteger>(_ bytes: Span<UInt8>, as type: SQLType, _: Number.Type) throws(SQLMismatch) -> Number {
    let wide: Int64
    switch (type.oid, bytes.count) {
    case (20, 8), (0, 8): wide = bytes.bigEndian(Int64.self)
    case (23, 4), (0, 4): wide = Int64(bytes.bigEndian(Int32.self))
    case (21, 2), (0, 2): wide = Int64(bytes.bigEndian(Int16.self))
    case (26, 4): wide = Int64(bytes.bigEndian(UInt32.self))
    default: throw .expected("a whole number", got: type, bytes)
    }
    guard let number = Number(exactly: wide) else { throw SQLMismatch("\(wide) does not fit \(Number.self)") }
    return number
}

extension Int16: SQLArrayElement {
    public static var sqlType: SQLType { .int2 }
    public func encode(into bytes: inout [UInt8]) { bytes.append(bigEndian: self) }
    public static func decode(_ bytes: Span<UInt8>, as type: SQLType) throws(SQLMismatch) -> Int16 {
        try integer(bytes, as: type, Int16.self)
    }
}

extension Int32: SQLArrayElement {
    public static var sqlType: SQLType { .int4 }
    public func encode(into bytes: inout [UInt8]) { bytes.append(bigEndian: self) }
    public static func decode(_ bytes: Span<UInt8>, as type: SQLType) throws(SQLMismatch) -> Int32 {
        try integer(bytes, as: type, Int32.self)
    }
}

extension Int64: SQLArrayElement {
    public static var sqlType: SQLType { .int8 }
    public func encode(into bytes: inout [UInt8]) { bytes.append(bigEndian: self) }
    public static func decode(_ bytes: Span<UInt8>, as type: SQLType) throws(SQLMismatch) -> Int64 {
        try integer(bytes, as: type, Int64.self)
    }
}

/// Sent as bigint; compares with smallint and integer columns, too, and assigns to them with a range check by PostgreSQL.
extension Int: SQLArrayElement {
    public static var sqlType: SQLType { .int8 }
    public func encode(into bytes: inout [UInt8]) { bytes.append(bigEndian: Int64(self)) }
    public static func decode(_ bytes: Span<UInt8>, as type: SQLType) throws(SQLMismatch) -> Int { try integer(bytes, as: type, Int.self) }
}

// MARK: Truth, text, bytes

extension Bool: SQLArrayElement {
    public static var sqlType: SQLType { .bool }
    public func encode(into bytes: inout [UInt8]) { bytes.append(self ? 1 : 0) }
    public static func decode(_ bytes: Span<UInt8>, as type: SQLType) throws(SQLMismatch) -> Bool {
        guard type.oid == 16 || type.oid == 0, bytes.count == 1 else { throw .expected("boolean", got: type, bytes) }
        return bytes[0] != 0
    }
}

/// Sent as text. PostgreSQL refuses U+0000 in text; that comes back as its error 22021.
extension String: SQLArrayElement {
    public static var sqlType: SQLType { .text }
    public func encode(into bytes: inout [UInt8]) { bytes.append(contentsOf: utf8) }
    public static func decode(_ bytes: Span<UInt8>, as type: SQLType) throws(SQLMismatch) -> String {
        if type.oid == SQLType.jsonb.oid { return try JSONB.decode(bytes, as: type).text }
        guard SQLType.isText(type.oid) else { throw .expected("text", got: type, bytes) }
        return bytes.text()
    }
}

extension Array: SQLValue, SQLArrayElement where Element == UInt8 {
    public static var sqlType: SQLType { .bytea }
    public func encode(into bytes: inout [UInt8]) { bytes.append(contentsOf: self) }
    public static func decode(_ bytes: Span<UInt8>, as type: SQLType) throws(SQLMismatch) -> [UInt8] {
        guard type.oid == 17 || type.oid == 0 else { throw .expected("bytea", got: type, bytes) }
        return bytes.array()
    }
}

/// For statistics only; money and quantities are whole numbers.
extension Double: SQLArrayElement {
    public static var sqlType: SQLType { .float8 }
    public func encode(into bytes: inout [UInt8]) { bytes.append(bigEndian: bitPattern) }
    public static func decode(_ bytes: Span<UInt8>, as type: SQLType) throws(SQLMismatch) -> Double {
        switch (type.oid, bytes.count) {
        case (701, 8), (0, 8): Double(bitPattern: bytes.bigEndian(UInt64.self))
        case (700, 4), (0, 4): Double(Float(bitPattern: bytes.bigEndian(UInt32.self)))
        default: throw .expected("double precision", got: type, bytes)
        }
    }
}

/// A JSON document as PostgreSQL's `jsonb`. Its text is not looked into here; a malformed one is refused by the server (22P02).
public struct JSONB: SQLArrayElement, Hashable, CustomStringConvertible {
    public var text: String
    public init(text: String) { self.text = text }
    public var description: String { text }

    public static var sqlType: SQLType { .jsonb }
    public func encode(into bytes: inout [UInt8]) {
        bytes.append(1)  // the version of jsonb's binary form
        bytes.append(contentsOf: text.utf8)
    }
    public static func decode(_ bytes: Span<UInt8>, as type: SQLType) throws(SQLMismatch) -> JSONB {
        switch type.oid {
        case 3802, 0:
            guard bytes.count > 1, bytes[0] == 1 else { throw .expected("jsonb", got: type, bytes) }
            return JSONB(text: bytes.extracting(1..<bytes.count).text())
        case 114: return JSONB(text: bytes.text())
        default: throw .expected("jsonb", got: type, bytes)
        }
    }
}

// MARK: NULL

extension Optional: SQLValue where Wrapped: SQLValue {
    public static var sqlType: SQLType { Wrapped.sqlType }
    public func encode(into bytes: inout [UInt8]) { self?.encode(into: &bytes) }
    public static func decode(_ bytes: Span<UInt8>, as type: SQLType) throws(SQLMismatch) -> Wrapped? {
        .some(try Wrapped.decode(bytes, as: type))
    }
    public var isSQLNull: Bool { self?.isSQLNull ?? true }
    public static var sqlNull: Wrapped?? { .some(.none) }
}
extension Optional: SQLArrayElement where Wrapped: SQLArrayElement {}
