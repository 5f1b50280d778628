public import Metering
public import Values

/// Consecutive slots of one channel within one local day, as a message brought them.
public struct IntervalPiece: RuleSubject {
    /// A register with a resolution.
    public var register: Register
    public var day: Day
    /// The first slot of the day that the piece covers.
    public var firstSlot: Int
    /// 10^-6 of the channel's unit; 0 where absent.
    public var values: ArraySlice<Int64>
    /// Raw values of `ValueStatus`.
    public var statuses: ArraySlice<UInt8>
    public var now: Instant

    public init(register: Register, day: Day, firstSlot: Int, values: ArraySlice<Int64>, statuses: ArraySlice<UInt8>, now: Instant) {
        self.register = register
        self.day = day
        self.firstSlot = firstSlot
        self.values = values
        self.statuses = statuses
        self.now = now
    }

    var resolution: Resolution { register.resolution ?? .day }
    /// Whether the channel may count below zero: the electricity net channels 16.x, and what is a temperature.
    var isNet: Bool { register.obis.isNet || register.unit.isState }

    func instant(_ slot: Int) -> Instant { resolution.start(of: firstSlot + slot, of: day) }
    /// Runs of slots, relative to the piece, for which `objects` holds.
    func runs(where objects: (Int64, UInt8) -> Bool) -> [Range<Int>] {
        var runs: [Range<Int>] = []
        for (offset, (value, status)) in zip(values, statuses).enumerated() where objects(value, status) {
            if let last = runs.last, last.upperBound == offset {
                runs[runs.count - 1] = last.lowerBound..<offset + 1
            } else {
                runs.append(offset..<offset + 1)
            }
        }
        return runs
    }
    func inDay(_ run: Range<Int>) -> Range<Int> { run.lowerBound + firstSlot..<run.upperBound + firstSlot }
}

/// One reading of a register with its usable neighbours in time.
public struct ReadingPair: RuleSubject {
    public var register: Register
    public var reading: RegisterReading
    /// The nearest usable reading before and after it, of the same meter and installation.
    public var previous: RegisterReading?
    public var next: RegisterReading?
    public var now: Instant

    public init(register: Register, reading: RegisterReading, previous: RegisterReading?, next: RegisterReading? = nil, now: Instant) {
        self.register = register
        self.reading = reading
        self.previous = previous
        self.next = next
        self.now = now
    }
}

/// A register's advance and the intervals of its channel between the same two moments.
public struct ChannelSpan: Sendable {
    public var register: Register
    public var channel: Register
    public var first: RegisterReading
    public var second: RegisterReading
    /// The usable values between them, in 10^-6 of the channel's unit before its factor, and their number.
    public var intervals: DaySum

    public init(register: Register, channel: Register, first: RegisterReading, second: RegisterReading, intervals: DaySum) {
        self.register = register
        self.channel = channel
        self.first = first
        self.second = second
        self.intervals = intervals
    }
}

/// The advances of the total register and of the tariff registers of one meter between the same two moments.
public struct TariffAdvances: Sendable {
    public struct Part: Sendable {
        public var register: Register
        /// 10^-6 of its unit, before the factor.
        public var advance: Int64
        public init(_ register: Register, advance: Int64) {
            self.register = register
            self.advance = advance
        }
    }
    public var total: Part
    public var parts: [Part]
    public var from: Instant
    public var until: Instant

    public init(total: Part, parts: [Part], from: Instant, until: Instant) {
        self.total = total
        self.parts = parts
        self.from = from
        self.until = until
    }
}

/// The day sums of a channel on an active point, in order.
public struct DailyUsage: RuleSubject {
    public var register: Register
    public var days: [(day: Day, sum: DaySum)]
    /// Daily means where the point lies; they are asked for gas.
    public var temperatures: [Day: Temperature]
    public init(register: Register, days: [(day: Day, sum: DaySum)], temperatures: [Day: Temperature] = [:]) {
        self.register = register
        self.days = days
        self.temperatures = temperatures
    }
}

/// Items of one message for the same channel and day.
public struct OverlappingItems: RuleSubject {
    public struct Item: Sendable {
        public var firstSlot: Int
        public var values: ArraySlice<Int64>
        public var statuses: ArraySlice<UInt8>
        public init(firstSlot: Int, values: ArraySlice<Int64>, statuses: ArraySlice<UInt8>) {
            self.firstSlot = firstSlot
            self.values = values
            self.statuses = statuses
        }
    }
    public var register: Register
    public var day: Day
    public var items: [Item]
    public init(register: Register, day: Day, items: [Item]) {
        self.register = register
        self.day = day
        self.items = items
    }
}

extension ObisCode {
    /// Electricity 16.x counts import minus export and may fall.
    public var isNet: Bool { a == 1 && c == 16 }
}
