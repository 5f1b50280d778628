public import Values

// What Values and PostgreSQL both know. PostgreSQL counts days and microseconds from 2000-01-01, Values from 1970-01-01.
private let epochDays: Int32 = 10_957
private let epochMicroseconds: Int64 = 946_684_800_000_000

/// `date`. The infinities of PostgreSQL are no days and are refused.
extension Day: SQLArrayElement {
    public static var sqlType: SQLType { .date }
    public func encode(into bytes: inout [UInt8]) { bytes.append(bigEndian: sqlNumber) }
    /// Clamped: days so far out are refused by PostgreSQL, not wrapped into others.
    var sqlNumber: Int32 { Int32(clamping: Int64(number) - Int64(epochDays)) }

    public static func decode(_ bytes: Span<UInt8>, as type: SQLType) throws(SQLMismatch) -> Day {
        guard type.oid == SQLType.date.oid || type.oid == 0, bytes.count == 4 else { throw .expected("date", got: type, bytes) }
        let number = bytes.bigEndian(Int32.self)
        guard number != .max, number != .min, let day = Int32(exactly: Int64(number) + Int64(epochDays)) else {
            throw SQLMismatch("the date is infinite")
        }
        return Day(number: day)
    }
}

/// `timestamptz`, to the microsecond in both.
extension Instant: SQLArrayElement {
    public static var sqlType: SQLType { .timestamptz }
    public func encode(into bytes: inout [UInt8]) { bytes.append(bigEndian: sqlNumber) }
    var sqlNumber: Int64 {
        let (number, overflow) = microseconds.subtractingReportingOverflow(epochMicroseconds)
        return overflow ? .min : number
    }

    public static func decode(_ bytes: Span<UInt8>, as type: SQLType) throws(SQLMismatch) -> Instant {
        guard type.oid == SQLType.timestamptz.oid || type.oid == 0, bytes.count == 8 else {
            throw .expected("timestamptz", got: type, bytes)
        }
        let number = bytes.bigEndian(Int64.self)
        let (microseconds, overflow) = number.addingReportingOverflow(epochMicroseconds)
        guard number != .max, number != .min, !overflow else { throw SQLMismatch("the timestamp is infinite") }
        return Instant(microseconds: microseconds)
    }
}

/// `bigint`, in cents.
extension Money: SQLArrayElement {
    public static var sqlType: SQLType { .int8 }
    public func encode(into bytes: inout [UInt8]) { bytes.append(bigEndian: cents) }
    public static func decode(_ bytes: Span<UInt8>, as type: SQLType) throws(SQLMismatch) -> Money {
        Money(cents: try Int64.decode(bytes, as: type))
    }
}

/// `bigint`.
extension Identifier: SQLValue, SQLArrayElement {
    public static var sqlType: SQLType { .int8 }
    public func encode(into bytes: inout [UInt8]) { bytes.append(bigEndian: number) }
    public static func decode(_ bytes: Span<UInt8>, as type: SQLType) throws(SQLMismatch) -> Identifier<Entity> {
        Identifier(try Int64.decode(bytes, as: type))
    }
}

/// `daterange`, half open in both. A range without a beginning and the empty range have no counterpart here and are refused.
extension DayRange: SQLArrayElement {
    private enum Flag {
        static let empty: UInt8 = 0x01, lowerInclusive: UInt8 = 0x02, upperInclusive: UInt8 = 0x04
        static let lowerInfinite: UInt8 = 0x08, upperInfinite: UInt8 = 0x10
    }

    public static var sqlType: SQLType { .daterange }
    public func encode(into bytes: inout [UInt8]) {
        bytes.append(Flag.lowerInclusive | (until == nil ? Flag.upperInfinite : 0))
        for bound in [from, until].compactMap({ $0 }) {
            bytes.append(bigEndian: Int32(4))
            bound.encode(into: &bytes)
        }
    }

    public static func decode(_ bytes: Span<UInt8>, as type: SQLType) throws(SQLMismatch) -> DayRange {
        guard type.oid == SQLType.daterange.oid || type.oid == 0, bytes.count >= 1 else { throw .expected("daterange", got: type, bytes) }
        let flags = bytes[0]
        guard flags & Flag.empty == 0 else { throw SQLMismatch("the range of days is empty") }
        guard flags & Flag.lowerInfinite == 0 else { throw SQLMismatch("the range of days has no beginning") }
        let isOpen = flags & Flag.upperInfinite != 0
        guard bytes.count == (isOpen ? 9 : 17) else { throw .expected("daterange", got: type, bytes) }
        // PostgreSQL keeps date ranges in the canonical form [from, until); other flags would be another server's.
        guard flags & Flag.lowerInclusive != 0, flags & Flag.upperInclusive == 0 else {
            throw SQLMismatch("the range of days is not half open")
        }
        let from = try Day.decode(bytes.extracting(5..<9), as: .date)
        let until: Day? = isOpen ? nil : try Day.decode(bytes.extracting(13..<17), as: .date)
        guard let range = DayRange(checked: from, until: until) else { throw SQLMismatch("the range of days is reversed") }
        return range
    }
}
