public import Values

/// The stored form of the slots of one channel and local day: values as zigzag delta varints, marks as runs.
///
/// Consecutive quarter hours differ by little and have few decimals, so that a value takes about two bytes. The layout of
/// the values is: one byte with the power of ten by which all of them were divided, then for each slot the difference to its
/// predecessor (the first one: to zero), zigzag coded, seven bits per byte, lowest first (LEB128). SQL functions read the
/// same bytes for reports.
public enum DayBlock {
    /// Bytes that no `pack` wrote. Stored bytes are input like any other: they throw, they do not trap.
    public enum Corrupt: Error, Hashable, Sendable {
        /// The bytes end before the last slot.
        case truncated
        /// Bytes are left over behind the last slot.
        case trailing
        /// An exponent above 18, a varint beyond 64 bits, a value beyond Int64, an unknown status.
        case outOfRange
    }

    /// More slots than a day of seconds has do not occur; a greater count is refused before anything is allocated.
    public static let maximumSlots = 90_000

    /// The values of consecutive slots, 10^-6 of the channel's unit.
    public static func pack(_ values: [Int64]) -> [UInt8] { packValues(values.span) }
    /// The values of consecutive slots, 10^-6 of the channel's unit, out of a longer column.
    public static func pack(_ values: ArraySlice<Int64>) -> [UInt8] { packValues(values.span) }

    /// The `count` values that `pack` wrote.
    /// - Throws: `Corrupt`, whatever the bytes are.
    /// - Parameter limit: the most slots that the column may have; that of a day unless told otherwise.
    public static func unpack(_ bytes: [UInt8], count: Int, limit: Int = maximumSlots) throws(Corrupt) -> [Int64] {
        try unpackValues(bytes.span, count: count, limit: limit)
    }
    /// The `count` values that `pack` wrote, out of a longer buffer.
    /// - Throws: `Corrupt`, whatever the bytes are.
    public static func unpack(_ bytes: ArraySlice<UInt8>, count: Int) throws(Corrupt) -> [Int64] {
        try unpackValues(bytes.span, count: count)
    }

    /// Runs of equal marks: the length as a varint, then status, method and reason, a byte each.
    public static func pack(marks: [MarkRun]) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(marks.count * 5)
        for run in marks where run.count > 0 {
            var rest = UInt64(run.count)
            while rest >= 0x80 {
                bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
                rest >>= 7
            }
            bytes += [UInt8(rest), run.mark.status.rawValue, run.mark.method, run.mark.reason]
        }
        return bytes
    }

    /// The runs that `pack(marks:)` wrote, which must cover `count` slots.
    /// - Throws: `Corrupt`, whatever the bytes are.
    public static func unpackMarks(_ bytes: [UInt8], count: Int, limit: Int = maximumSlots) throws(Corrupt) -> [MarkRun] {
        guard (0...limit).contains(count) else { throw .outOfRange }
        var runs: [MarkRun] = []
        var covered = 0
        var position = 0
        while position < bytes.count {
            var length = 0
            var shift = 0
            while true {
                guard position < bytes.count else { throw .truncated }
                let byte = bytes[position]
                position += 1
                length |= Int(byte & 0x7F) << shift
                if byte < 0x80 { break }
                shift += 7
                guard shift <= 21 else { throw .outOfRange }
            }
            guard position + 3 <= bytes.count else { throw .truncated }
            guard let status = ValueStatus(rawValue: bytes[position]) else { throw .outOfRange }
            guard length > 0, covered + length <= count else { throw .trailing }
            runs.append(MarkRun(count: length, mark: Mark(status: status, method: bytes[position + 1], reason: bytes[position + 2])))
            covered += length
            position += 3
        }
        guard covered == count else { throw .truncated }
        return runs
    }
}

/// What is said of a value beside its number.
public struct Mark: Hashable, Sendable {
    public var status: ValueStatus
    /// How the value came about; the words are those of `VEE.EstimationMethod`, 0 is "as measured".
    public var method: UInt8
    /// Why it is not as measured; the words are those of `VEE.EstimationReason`, 0 is "no reason needed".
    public var reason: UInt8

    public init(status: ValueStatus, method: UInt8 = 0, reason: UInt8 = 0) {
        self.status = status
        self.method = method
        self.reason = reason
    }
    public static let measured = Mark(status: .measured)
    public static let absent = Mark(status: .absent)
    /// Takes back what lower versions say without saying anything itself: the slot is empty again, as if nothing had ever been
    /// there. Stored as a rejected value, so that whoever reads only statuses believes nothing of it either.
    public static let retracted = Mark(status: .rejected, method: 255)
}

/// So many slots in a row with the same mark.
public struct MarkRun: Hashable, Sendable {
    public var count: Int
    public var mark: Mark
    public init(count: Int, mark: Mark) {
        self.count = count
        self.mark = mark
    }

    /// The runs of a column of marks.
    public static func runs(of marks: some Sequence<Mark>) -> [MarkRun] {
        var runs: [MarkRun] = []
        for mark in marks {
            if let last = runs.last, last.mark == mark {
                runs[runs.count - 1].count += 1
            } else {
                runs.append(MarkRun(count: 1, mark: mark))
            }
        }
        return runs
    }
    /// The runs of a column of statuses as messages bring them (raw values, neither method nor reason).
    public static func runs(ofStatuses statuses: ArraySlice<UInt8>) -> [MarkRun] {
        var runs: [MarkRun] = []
        var index = statuses.startIndex
        while index < statuses.endIndex {
            let status = statuses[index]
            var end = index + 1
            while end < statuses.endIndex, statuses[end] == status { end += 1 }
            runs.append(MarkRun(count: end - index, mark: Mark(status: ValueStatus(rawValue: status) ?? .absent)))
            index = end
        }
        return runs
    }
}
