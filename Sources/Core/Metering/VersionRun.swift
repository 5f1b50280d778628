import Values

/// So many slots in a row of which the same is said: the version they come from, and how they came about.
///
/// A bill of intervals keeps them beside its slots, so that its explanation leads back to what was stored: months that arrived once
/// and were measured are a single run, whatever their length.
public struct VersionRun: Hashable, Sendable {
    public var count: Int
    /// Of the stored value; 0 where there is none.
    public var version: Int32
    public var mark: Mark

    public init(count: Int, version: Int32, mark: Mark) {
        self.count = count
        self.version = version
        self.mark = mark
    }

    /// Slots of which nothing is known.
    public static func absent(_ count: Int) -> VersionRun { VersionRun(count: count, version: 0, mark: .absent) }
}

extension [VersionRun] {
    /// Adds slots behind; what says the same as the last run becomes a part of it.
    public mutating func extend(by run: VersionRun) {
        guard run.count > 0 else { return }
        if let last, last.version == run.version, last.mark == run.mark {
            self[count - 1].count += run.count
        } else {
            append(run)
        }
    }

    /// The slots of all runs.
    public var slotCount: Int { reduce(0) { $0 + $1.count } }

    /// Those of some slots, counted from the first; what lies beyond the last is left out.
    public func slots(_ wanted: Range<Int>) -> [VersionRun] {
        var found: [VersionRun] = []
        var begin = 0
        for run in self {
            let end = begin + run.count
            let common = Swift.max(begin, wanted.lowerBound)..<Swift.max(begin, wanted.lowerBound, Swift.min(end, wanted.upperBound))
            if !common.isEmpty { found.append(VersionRun(count: common.count, version: run.version, mark: run.mark)) }
            begin = end
            if begin >= wanted.upperBound { break }
        }
        return found
    }
}

extension DaySlots {
    /// Adds what its slots say of themselves behind the slots of earlier days.
    public func extend(_ runs: inout [VersionRun]) {
        let (versions, statuses, methods, reasons) = (versions.span, statuses.span, methods.span, reasons.span)
        var slot = 0
        while slot < versions.count {
            let (version, status, method, reason) = (versions[slot], statuses[slot], methods[slot], reasons[slot])
            var end = slot + 1
            while end < versions.count, versions[end] == version, statuses[end] == status, methods[end] == method, reasons[end] == reason {
                end += 1
            }
            runs.extend(by: VersionRun(count: end - slot, version: version, mark: mark(slot)))
            slot = end
        }
    }
    /// What its slots say of themselves.
    public var versionRuns: [VersionRun] {
        var runs: [VersionRun] = []
        extend(&runs)
        return runs
    }
}

extension DayBlock {
    /// Runs of versions: length and version as varints, then status, method and reason, a byte each.
    public static func pack(versions runs: [VersionRun]) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(runs.count * 6)
        for run in runs where run.count > 0 {
            append(UInt64(run.count), to: &bytes)
            append(UInt64(UInt32(bitPattern: run.version)), to: &bytes)
            bytes += [run.mark.status.rawValue, run.mark.method, run.mark.reason]
        }
        return bytes
    }

    /// The runs that `pack(versions:)` wrote.
    /// - Parameter limit: the most slots that they may cover.
    /// - Throws: `Corrupt`, whatever the bytes are.
    public static func unpackVersions(_ bytes: [UInt8], limit: Int = maximumSlots) throws(Corrupt) -> [VersionRun] {
        var runs: [VersionRun] = []
        var covered = 0
        var position = 0
        while position < bytes.count {
            let count = Int(try number(bytes, at: &position))
            let version = Int32(bitPattern: try number(bytes, at: &position))
            guard position + 3 <= bytes.count else { throw .truncated }
            guard let status = ValueStatus(rawValue: bytes[position]) else { throw .outOfRange }
            guard count > 0, count <= limit - covered else { throw .trailing }
            let mark = Mark(status: status, method: bytes[position + 1], reason: bytes[position + 2])
            runs.append(VersionRun(count: count, version: version, mark: mark))
            covered += count
            position += 3
        }
        return runs
    }

    private static func append(_ number: UInt64, to bytes: inout [UInt8]) {
        var rest = number
        while rest >= 0x80 {
            bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        bytes.append(UInt8(rest))
    }

    /// A varint of 32 bits.
    private static func number(_ bytes: [UInt8], at position: inout Int) throws(Corrupt) -> UInt32 {
        var value: UInt64 = 0
        var shift: UInt64 = 0
        while true {
            guard position < bytes.count else { throw .truncated }
            let byte = bytes[position]
            position += 1
            value |= UInt64(byte & 0x7F) << shift
            if byte < 0x80 { break }
            shift += 7
            guard shift <= 28 else { throw .outOfRange }
        }
        guard let number = UInt32(exactly: value) else { throw .outOfRange }
        return number
    }
}
