/// Quantities of consecutive time slots: a start, a raster, and two columns side by side, so that a rule is a loop over
/// contiguous memory. A year of quarter hours takes 315 kB.
public struct Series: Hashable, Sendable {
    public let start: Instant
    /// Fixed width; series of whole days are held per day by those who need them.
    public let secondsPerSlot: Int32
    /// 10^-6 of the channel's unit.
    public var values: [Int64]
    /// Raw values of ``ValueStatus``.
    public var statuses: [UInt8]

    /// - Precondition: as many statuses as values; a positive slot width.
    public init(start: Instant, secondsPerSlot: Int32, values: [Int64], statuses: [UInt8]) {
        precondition(values.count == statuses.count && secondsPerSlot > 0, "columns are of one length")
        self.start = start
        self.secondsPerSlot = secondsPerSlot
        self.values = values
        self.statuses = statuses
    }
    /// A series without a value in any slot.
    public init(empty count: Int, start: Instant, secondsPerSlot: Int32) {
        self.init(
            start: start, secondsPerSlot: secondsPerSlot, values: Array(repeating: 0, count: count),
            statuses: Array(repeating: 0, count: count))
    }

    public var count: Int { values.count }
    public var end: Instant { instant(of: count) }
    public func instant(of slot: Int) -> Instant { start.adding(seconds: Int64(slot) * Int64(secondsPerSlot)) }
    public func status(_ slot: Int) -> ValueStatus { ValueStatus(rawValue: statuses[slot]) ?? .absent }
}

extension Series {
    /// Whether nothing but measured values stands in some slots.
    public func isMeasured(_ slots: Range<Int>) -> Bool {
        // Without a way out, so that it becomes a loop over whole registers.
        let statuses = statuses.span.extracting(slots)
        var other: UInt8 = 0
        for slot in statuses.indices { other |= statuses[slot] ^ ValueStatus.measured.rawValue }
        return other == 0
    }

    /// The sum of the values of some slots that count in bills, and whether all of them were measured; nil beyond Int64.
    public func usable(_ slots: Range<Int>) -> (micro: Int64, isMeasured: Bool)? {
        let values = values.span.extracting(slots)
        var sum: Int128 = 0
        let isMeasured = isMeasured(slots)
        if isMeasured {
            for slot in values.indices { sum += Int128(values[slot]) }
        } else {
            for slot in values.indices where status(slots.lowerBound + slot).isUsable { sum += Int128(values[slot]) }
        }
        return Int64(exactly: sum).map { ($0, isMeasured) }
    }
}
