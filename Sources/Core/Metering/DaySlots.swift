public import Values

/// One version of some slots of a day, as it is stored: it covers what lower versions say about its slots, and leaves theirs
/// where its own status is `absent`. Nothing is overwritten; a withdrawn value is an overlay whose status is `rejected`, and one
/// whose mark is `retracted` empties its slots.
public struct Overlay: Hashable, Sendable {
    public var version: Int32
    /// Since when we know it.
    public var knownSince: Instant
    /// Its first slot in the local day.
    public var firstSlot: Int
    /// 10^-6 of the channel's unit; 0 where absent.
    public var values: [Int64]
    /// As many marks, in runs, as there are values.
    public var marks: [MarkRun]

    public init(version: Int32, knownSince: Instant, firstSlot: Int, values: [Int64], marks: [MarkRun]) {
        self.version = version
        self.knownSince = knownSince
        self.firstSlot = firstSlot
        self.values = values
        self.marks = marks
    }

    /// From the stored columns.
    /// - Throws: `DayBlock.Corrupt`.
    public init(
        version: Int32, knownSince: Instant, firstSlot: Int, slots: Int, packedValues: [UInt8], packedMarks: [UInt8]
    ) throws(DayBlock.Corrupt) {
        self.init(
            version: version, knownSince: knownSince, firstSlot: firstSlot,
            values: try DayBlock.unpack(packedValues, count: slots), marks: try DayBlock.unpackMarks(packedMarks, count: slots))
    }
}

/// What holds in each slot of a day: the fold of its overlays, in columns.
public struct DaySlots: Hashable, Sendable {
    /// 10^-6 of the channel's unit; 0 where absent.
    public var values: [Int64]
    /// Raw values of `ValueStatus`.
    public var statuses: [UInt8]
    public var methods: [UInt8]
    public var reasons: [UInt8]
    /// The version of the overlay that a slot comes from; 0 where absent.
    public var versions: [Int32]

    /// A day of which nothing is known.
    public init(empty slots: Int) {
        values = Array(repeating: 0, count: slots)
        statuses = Array(repeating: ValueStatus.absent.rawValue, count: slots)
        methods = Array(repeating: 0, count: slots)
        reasons = Array(repeating: 0, count: slots)
        versions = Array(repeating: 0, count: slots)
    }

    public var count: Int { values.count }
    public func status(_ slot: Int) -> ValueStatus { ValueStatus(rawValue: statuses[slot]) ?? .absent }
    public func mark(_ slot: Int) -> Mark { Mark(status: status(slot), method: methods[slot], reason: reasons[slot]) }
    /// The version that a next overlay of this day takes.
    public var nextVersion: Int32 { (versions.max() ?? 0) + 1 }

    /// Lays one version over the slots. Slots beyond the day are left out: an overlay of a longer day does no harm.
    public mutating func lay(_ overlay: Overlay) {
        var slot = overlay.firstSlot
        var index = 0
        for run in overlay.marks {
            let end = min(index + run.count, overlay.values.count)
            if run.mark.status != .absent {
                let isRetracted = run.mark == .retracted
                for source in index..<max(index, end) {
                    let target = slot + source - index
                    guard values.indices.contains(target) else { continue }
                    if isRetracted {
                        clear(target)
                        continue
                    }
                    values[target] = overlay.values[source]
                    statuses[target] = run.mark.status.rawValue
                    methods[target] = run.mark.method
                    reasons[target] = run.mark.reason
                    versions[target] = overlay.version
                }
            }
            slot += run.count
            index += run.count
        }
    }

    /// Empties a slot.
    public mutating func clear(_ slot: Int) {
        values[slot] = 0
        statuses[slot] = ValueStatus.absent.rawValue
        methods[slot] = 0
        reasons[slot] = 0
        versions[slot] = 0
    }

    /// The sum of the day: what billing and the sum check read instead of the slots.
    /// - Throws: `Overflow`.
    public func sum() throws(Overflow) -> DaySum {
        var total: Int128 = 0
        var usable: Int32 = 0
        var estimated: Int32 = 0
        for slot in values.indices {
            let status = status(slot)
            guard status.isUsable else { continue }
            total += Int128(values[slot])
            usable += 1
            if status != .measured { estimated += 1 }
        }
        return DaySum(micro: try Overflow.checked(total), usable: usable, expected: Int32(count), estimated: estimated)
    }
}

extension DayBlock {
    /// What holds on a day of `slots` slots: its overlays in the order of versions, of those only what was known at `asOf`.
    public static func fold(_ overlays: [Overlay], slots: Int, asOf: Instant? = nil) -> DaySlots {
        var day = DaySlots(empty: slots)
        for overlay in overlays.sorted(by: { $0.version < $1.version }) where asOf.map({ overlay.knownSince <= $0 }) ?? true {
            day.lay(overlay)
        }
        return day
    }
}

/// The sum of a channel's local day.
public struct DaySum: Hashable, Sendable {
    /// 10^-6 of the channel's unit, before its factor: the usable values.
    public var micro: Int64
    /// Slots with a usable value.
    public var usable: Int32
    /// Slots the day has.
    public var expected: Int32
    /// Of the usable ones, those not measured.
    public var estimated: Int32
    /// What its slots say of themselves, whether the sum is billed or divides what a register counted; empty where nobody asked.
    public var runs: [VersionRun]

    public init(micro: Int64, usable: Int32, expected: Int32, estimated: Int32 = 0, runs: [VersionRun] = []) {
        self.runs = runs
        self.micro = micro
        self.usable = usable
        self.expected = expected
        self.estimated = estimated
    }
    public var isComplete: Bool { usable == expected && expected > 0 }
}
