/// A statement whose literal text is trusted and whose interpolations are bound parameters.
///
///     db.query("SELECT name FROM partner WHERE city = \(city)")          // city is $1, whatever it holds
///     db.query("SELECT … WHERE id = ANY(\(ids))")                        // one array parameter
///     "ORDER BY \(raw: column)"                                          // verbatim, and says so
///
/// There is no way to make one from a `String` without writing `raw`: injection has no short spelling.
public struct SQL: ExpressibleByStringInterpolation, Sendable, Hashable, CustomStringConvertible {
    /// The text with `$1`, `$2` … where the parameters stand.
    public private(set) var text: String
    /// The parameters in the order of their numbers.
    public private(set) var parameters: [SQLParameter]
    /// Where in `text` (UTF-8) each parameter's `$` stands, so that splicing can number anew without parsing SQL.
    private var places: [Int]

    public init() {
        text = ""
        parameters = []
        places = []
    }
    public init(stringLiteral text: String) {
        self.init()
        self.text = text
    }
    /// Verbatim text, for what was written by us and not by a user.
    public init(raw text: String) { self.init(stringLiteral: text) }
    public init(stringInterpolation: StringInterpolation) { self = stringInterpolation.sql }

    public struct StringInterpolation: StringInterpolationProtocol {
        fileprivate var sql = SQL()

        public init(literalCapacity: Int, interpolationCount: Int) {
            sql.text.reserveCapacity(literalCapacity + interpolationCount * 4)
            sql.parameters.reserveCapacity(interpolationCount)
            sql.places.reserveCapacity(interpolationCount)
        }
        public mutating func appendLiteral(_ literal: String) { sql.text += literal }
        /// A parameter.
        public mutating func appendInterpolation<Value: SQLValue>(_ value: Value) { sql.append(SQLParameter(value)) }
        /// A parameter; NULL for nil.
        public mutating func appendInterpolation<Value: SQLValue>(_ value: Value?) { sql.append(SQLParameter(value)) }
        /// An array parameter, for `= ANY(…)`, `unnest(…)` or a column of an array type.
        public mutating func appendInterpolation<Element: SQLArrayElement>(_ elements: [Element]) {
            sql.append(SQLParameter(array: elements))
        }
        /// An array parameter, or NULL.
        public mutating func appendInterpolation<Element: SQLArrayElement>(_ elements: [Element]?) {
            sql.append(elements.map { SQLParameter(array: $0) } ?? SQLParameter(oid: Element.sqlType.arrayOid, bytes: nil))
        }
        /// Another statement, with its parameters.
        public mutating func appendInterpolation(_ other: SQL) { sql.append(other) }
        /// Verbatim text: never pass what came from outside.
        public mutating func appendInterpolation(raw text: String) { sql.text += text }
        /// A quoted identifier.
        public mutating func appendInterpolation(name: String) { sql.text += SQL.quoted(name) }
    }

    private mutating func append(_ parameter: SQLParameter) {
        parameters.append(parameter)
        places.append(text.utf8.count)
        text += "$\(parameters.count)"
    }

    private mutating func append(_ other: SQL) {
        let bytes = other.text.utf8
        var start = bytes.startIndex
        for (index, place) in other.places.enumerated() {
            let dollar = bytes.index(bytes.startIndex, offsetBy: place)
            text += other.text[start..<dollar]
            append(other.parameters[index])
            start = bytes.index(dollar, offsetBy: 1 + String(index + 1).utf8.count)
        }
        text += other.text[start...]
    }

    public static func + (left: SQL, right: SQL) -> SQL {
        var sum = left
        sum.append(right)
        return sum
    }
    public static func += (left: inout SQL, right: SQL) { left.append(right) }

    /// `"a b"` for `a b`: a name that PostgreSQL reads as one name, whatever it holds.
    public static func quoted(_ name: String) -> String {
        "\"" + name.split(separator: "\"", omittingEmptySubsequences: false).joined(separator: "\"\"") + "\""
    }

    /// The text without the values: parameters may be personal data and do not belong in a log.
    public var description: String { text }
}

extension Sequence<SQL> {
    /// One statement of many, with `separator` between them.
    public func joined(separator: SQL) -> SQL {
        var sum = SQL()
        for (index, part) in enumerated() {
            if index > 0 { sum += separator }
            sum += part
        }
        return sum
    }
}

/// A bound value in binary form.
public struct SQLParameter: Hashable, Sendable {
    /// The PostgreSQL type it is sent as.
    public let oid: UInt32
    /// Nil is NULL.
    public let bytes: [UInt8]?

    public init(oid: UInt32, bytes: [UInt8]?) {
        self.oid = oid
        self.bytes = bytes
    }
    public init<Value: SQLValue>(_ value: Value) {
        oid = Value.sqlType.oid
        guard !value.isSQLNull else {
            bytes = nil
            return
        }
        var encoded: [UInt8] = []
        value.encode(into: &encoded)
        bytes = encoded
    }
    public init<Element: SQLArrayElement>(array: [Element]) {
        oid = Element.sqlType.arrayOid
        bytes = SQLArray.encode(array)
    }
}
