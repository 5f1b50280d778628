public import Values

/// How a boundary of a piece was found; the later in this order, the weaker.
public enum Division: String, Hashable, Sendable, Codable, CaseIterable, Comparable {
    /// A reading of that very moment.
    case measured
    /// The surrounding readings, divided by the sums of the intervals between them.
    case intervals
    /// The surrounding readings, divided by a load profile.
    case profile
    /// The surrounding readings, divided day by day in equal shares.
    case dayLinear = "day-linear"
    /// No reading on one side: carried on from the usage that is known, or a reading that is itself an estimate.
    case estimated

    private var rank: Int {
        switch self {
        case .measured: 0
        case .intervals: 1
        case .profile: 2
        case .dayLinear: 3
        case .estimated: 4
        }
    }
    public static func < (left: Division, right: Division) -> Bool { left.rank < right.rank }

    /// As bills print it.
    public var german: String {
        switch self {
        case .measured: "abgelesen"
        case .intervals: "aus Lastgang abgegrenzt"
        case .profile: "nach Lastprofil abgegrenzt"
        case .dayLinear: "rechnerisch abgegrenzt"
        case .estimated: "geschätzt"
        }
    }
}

/// What a register showed, or would have shown, at a boundary of a piece.
public struct ReadingRef: Hashable, Sendable {
    /// The moment of the reading; for one that was worked out, the boundary.
    public var at: Instant
    /// 10^-6 of `unit`, as the register shows it.
    public var micro: Int64
    public var unit: UnitCode
    public var status: ValueStatus
    /// See `VEE.EstimationMethod`; 0 for one that was worked out here.
    public var method: UInt8
    /// The version of the stored reading; nil for one that was worked out here, and for what a device showed when it was reset.
    public var version: Int32?
    public var origin: Division
    /// By which sums of intervals it was told; nil where none told it, and on bills from before this was kept.
    public var share: IntervalShare?

    /// Whether it was read: then its method says how it came about, else its origin does.
    public var isRead: Bool { version != nil || origin == .measured }

    public init(
        at: Instant, micro: Int64, unit: UnitCode, status: ValueStatus, method: UInt8, version: Int32?, origin: Division,
        share: IntervalShare? = nil
    ) {
        self.at = at
        self.micro = micro
        self.unit = unit
        self.status = status
        self.method = method
        self.version = version
        self.origin = origin
        self.share = share
    }
}

/// The readings of the same register that a figure nobody read was worked out from: the one before it and the one after it, or, where
/// there is none on one side, the only one, or the two whose advance is carried on.
public struct ReadingBasis: Hashable, Sendable {
    public var first: RegisterReading
    public var second: RegisterReading?
    /// Where intervals told it: the slots of the days between, from midnight to midnight, and what they say of themselves; nil where none
    /// did, and on bills from before this was kept.
    public var slots: SlotRuns?
    /// Which of those slots the register counts, where the channel counts all rates; nil: all of them.
    public var times: TariffTimes?

    public init(_ first: RegisterReading, _ second: RegisterReading? = nil, slots: SlotRuns? = nil, times: TariffTimes? = nil) {
        self.first = first
        self.second = second
        self.slots = slots
        self.times = times
    }
    /// In order of time.
    public var readings: [RegisterReading] { [first] + [second].compactMap(\.self) }
}

/// The sums of intervals that divide an advance: so much up to the boundary of so much between the two readings.
public struct IntervalShare: Hashable, Sendable {
    public var since: Instant
    public var until: Instant
    /// 10^-6 of the channel's unit, before its factor.
    public var part: Int64
    public var whole: Int64

    public init(since: Instant, until: Instant, part: Int64, whole: Int64) {
        self.since = since
        self.until = until
        self.part = part
        self.whole = whole
    }
}

/// What one register counted over days in which neither device nor factor nor any cut changes. The pieces of a register
/// always add up to its whole advance.
public struct UsagePiece: Hashable, Sendable {
    public var serial: String
    /// The register's name; for a channel that stands for itself, the register it would have.
    public var obis: ObisCode
    /// Total, HT or NT; nil for others.
    public var tariffRegister: ObisCode.TariffRegister?
    public var range: DayRange
    /// Consumption: after the factor, in the register's unit.
    public var quantity: Measure
    public var factor: Ratio
    /// How often the register passed from its last digit to zero: quantity = (end − begin + rollovers × 10^digits) × factor.
    public var rollovers: Int
    /// nil where a channel stands for itself.
    public var begin: ReadingRef?
    public var end: ReadingRef?
    /// The weaker of its two boundaries.
    public var division: Division
    /// Apart from the rest, because nearly all pieces have none and are copied often.
    private var sources: Sources?
    private indirect enum Sources: Hashable, Sendable { case kept(begin: ReadingBasis?, end: ReadingBasis?, slots: SlotRuns?) }

    /// The readings that its begin was worked out from; nil where it was read, and on bills from before this was kept.
    public var beginBasis: ReadingBasis? {
        get { if case .kept(let begin, _, _)? = sources { begin } else { nil } }
        set { keep(newValue, endBasis, slots) }
    }
    /// The same of its end.
    public var endBasis: ReadingBasis? {
        get { if case .kept(_, let end, _)? = sources { end } else { nil } }
        set { keep(beginBasis, newValue, slots) }
    }
    /// The slots it is the sum of, where a channel stands for itself; nil for registers, and on bills from before this was kept.
    public var slots: SlotRuns? {
        get { if case .kept(_, _, let slots)? = sources { slots } else { nil } }
        set { keep(beginBasis, endBasis, newValue) }
    }
    private mutating func keep(_ begin: ReadingBasis?, _ end: ReadingBasis?, _ slots: SlotRuns?) {
        sources = begin == nil && end == nil && slots == nil ? nil : .kept(begin: begin, end: end, slots: slots)
    }

    /// Whether the customer gave it rather than took it: the two are never added up.
    public var isFeedIn: Bool { obis.isFeedIn }

    public init(
        serial: String, obis: ObisCode, tariffRegister: ObisCode.TariffRegister?, range: DayRange, quantity: Measure, factor: Ratio = .one,
        rollovers: Int = 0, begin: ReadingRef?, end: ReadingRef?, division: Division,
        beginBasis: ReadingBasis? = nil, endBasis: ReadingBasis? = nil, slots: SlotRuns? = nil
    ) {
        self.serial = serial
        self.obis = obis
        self.tariffRegister = tariffRegister
        self.range = range
        self.quantity = quantity
        self.factor = factor
        self.rollovers = rollovers
        self.begin = begin
        self.end = end
        self.division = division
        keep(beginBasis, endBasis, slots)
    }
}
