public import Values

/// The readings of one message, in columns: what every format is parsed into and the ingest reads. No text is kept per
/// reading, so that a message of a hundred thousand costs a handful of allocations.
public struct ReadingBatch: Sendable {
    public var messageId: String
    public var source: String
    /// What the sender's clock said when it sent; nil: it did not say.
    public var deviceTime: Instant?
    /// The moment of reception that stands for the time of readings which have none (M-Bus); nil: all have one.
    public var receivedAt: Instant?
    /// Distinct meter serials in order of first appearance; readings name them by index.
    public private(set) var meters: [String] = []
    private var meterIndex: [String: Int32] = [:]
    /// The code of the metering point that a message names beside a serial, by the meter's index; nearly always empty. Whether the
    /// meter hangs there is for the ingest to say.
    public private(set) var points: [Int32: String] = [:]

    /// Register readings, one struct per reading (40 bytes, no references).
    public var registers: [RegisterItem] = []
    /// Interval items; their values lie in `values`.
    public var intervals: [IntervalItem] = []
    /// 10^-6 of the unit as sent; 0 where absent.
    public var values: [Int64] = []
    /// `ValueStatus` raw values beside `values`; `absent` is a gap (`null`, empty cell, `xsi:nil`).
    public var statuses: [UInt8] = []
    /// What the sender said of how each value came about and why it is not as measured, beside `values`: raw values of
    /// `VEE.EstimationMethod` and `VEE.EstimationReason`. Both are empty where no value has a word, which is nearly always.
    public var methods: [UInt8] = []
    public var reasons: [UInt8] = []
    /// What devices said beside their readings; nearly always nothing.
    public var reports: [DeviceReport] = []
    /// Where an item, or a member of it (empty: the item), stands in the message, asked when it is refused; nil: nobody knows more
    /// than the position in its list.
    /// The first call makes what answers, because it may have to look through the whole text: keep it for the next question.
    public var locate: (@Sendable () -> Locate)?
    /// Tells the place of a member of an item of a list.
    public typealias Locate = @Sendable (_ list: String, _ index: Int32, _ member: String) -> Location
    /// Values that are left out because nobody knows yet whose they are; the faults name them. Sent again they may be taken.
    public var unresolved = BatchPlaces()
    /// Items that could not be understood; each is quarantined with the delivery and answered by place.
    public var faults: [ItemFault] = []

    public init(messageId: String, source: String) {
        self.messageId = messageId
        self.source = source
    }

    /// Where an item was sent.
    public struct Location: Hashable, Sendable {
        /// Position among the records of its kind, as its sender counts them.
        public var index: Int
        /// As a pointer: `/lines/3`, `/segments/17`.
        public var path: String
        /// For a person: `line 3, byte 204`.
        public var words: String
        /// In a text of our own formats.
        public var place: TextPlace?
        public init(index: Int, path: String, words: String) {
            self.index = index
            self.path = path
            self.words = words
        }
        public init(index: Int, path: String, place: TextPlace) {
            self.init(index: index, path: path, words: place.description)
            self.place = place
        }
    }

    public struct RegisterItem: Hashable, Sendable {
        /// Position in the sender's array.
        public var index: Int32
        public var meter: Int32
        public var unit: UnitCode
        public var status: ValueStatus
        public var obis: ObisCode
        /// As in `methods` and `reasons`.
        public var method: UInt8
        public var reason: UInt8
        public var at: Instant
        /// 10^-6 of `unit`.
        public var micro: Int64
        public init(
            index: Int32, meter: Int32, unit: UnitCode, status: ValueStatus, obis: ObisCode, at: Instant, micro: Int64, method: UInt8 = 0,
            reason: UInt8 = 0
        ) {
            self.method = method
            self.reason = reason
            self.index = index
            self.meter = meter
            self.unit = unit
            self.status = status
            self.obis = obis
            self.at = at
            self.micro = micro
        }
    }

    public struct IntervalItem: Hashable, Sendable {
        public var index: Int32
        public var meter: Int32
        public var unit: UnitCode
        public var obis: ObisCode
        public var start: Instant
        public var resolution: Resolution
        /// Where its slots lie in `values` and `statuses`.
        public var slots: Range<Int>
        public init(index: Int32, meter: Int32, unit: UnitCode, obis: ObisCode, start: Instant, resolution: Resolution, slots: Range<Int>) {
            self.index = index
            self.meter = meter
            self.unit = unit
            self.obis = obis
            self.start = start
            // A sender says P1D of gas days, too: where they begin tells.
            self.resolution = resolution.beginning(at: start)
            self.slots = slots
        }

        /// When one of its slots begins.
        public func begin(of slot: Int) -> Instant { resolution.instant(slot, after: start) }
    }

    /// The index of a serial, new or known.
    public mutating func meter(_ serial: String) -> Int32 {
        // One walk through the table: a message of single readings names a thousand meters.
        func find(_ index: inout Int32) -> Int32 { index }
        let next = Int32(clamping: meters.count)
        let index = find(&meterIndex[serial, default: next])
        if index == next { meters.append(serial) }
        return index
    }

    /// The index of a serial that a message says to hang at a metering point: the same serial at another point is another one.
    public mutating func meter(_ serial: String, at point: String) -> Int32 {
        guard !point.isEmpty else { return meter(serial) }
        let key = "\(point)\u{0}\(serial)"
        if let index = meterIndex[key] { return index }
        let index = Int32(clamping: meters.count)
        meterIndex[key] = index
        meters.append(serial)
        points[index] = point
        return index
    }

    /// Makes room for so many meters, so that the table need not be made anew while it grows.
    public mutating func expect(meters count: Int) {
        meterIndex.reserveCapacity(count)
        meters.reserveCapacity(count)
    }

    /// Whether any value has a method or a reason of its sender's.
    public var hasMarks: Bool { !methods.isEmpty || !reasons.isEmpty }
    /// What the sender said of the value at a place of the columns.
    public func method(at place: Int) -> UInt8 { methods.indices.contains(place) ? methods[place] : 0 }
    /// What the sender said of the value at a place of the columns.
    public func reason(at place: Int) -> UInt8 { reasons.indices.contains(place) ? reasons[place] : 0 }

    /// Values sent, gaps not counted.
    public var sentValues: Int {
        registers.count + statuses.count { $0 != ValueStatus.absent.rawValue } + faults.reduce(0) { $0 + $1.values }
    }
}

/// Something wrong with one item or one value of a message; the rest of the message is accepted.
public struct ItemFault: Hashable, Sendable, Codable, Error {
    /// Stable names of what can be wrong with one item.
    public enum Code: String, Sendable, Hashable, Codable, CaseIterable {
        case unknownMeter = "unknown-meter"
        case unknownRegister = "unknown-register"
        case notInstalled = "not-installed"
        case wrongUnit = "wrong-unit"
        case noOffset = "time-without-offset"
        case badTime = "bad-time"
        case badNumber = "bad-number"
        case tooManyDigits = "too-many-digits"
        case negativeReading = "negative-reading"
        case future = "too-far-in-future"
        case badStatus = "bad-status"
        case badResolution = "bad-resolution"
        case offRaster = "off-raster"
        case missingMember = "missing-member"
        case badMember = "bad-member"
        /// No metering point has the code that a message without serials names.
        case unknownPoint = "unknown-point"
        /// The message names a metering point and the serial of a meter that hangs at another one.
        case wrongPoint = "wrong-point"
        /// The message names no register, and the point has none or several that could be meant.
        case noObis = "no-obis"
        /// Several meters at the point have the register.
        case ambiguousRegister = "ambiguous-register"
        /// One message of several cannot be taken; it counts as one rejected value.
        case unreadableMessage = "unreadable-message"
        /// A withdrawal that finds nothing to withdraw; it counts as one rejected value.
        case nothingToWithdraw = "nothing-to-withdraw"
    }
    /// Position in the sender's array.
    public var index: Int
    /// JSON Pointer into the message, such as `/registers/3/value`.
    public var path: String
    public var code: Code
    /// For a person: what is wrong and how to mend it.
    public var message: String
    /// How many sent values it rejects.
    public var values: Int
    /// Where it stands, in messages that are text of our own formats; `message` begins with it.
    public var place: TextPlace?

    public init(index: Int, path: String, code: Code, message: String, values: Int, place: TextPlace? = nil) {
        self.place = place
        self.index = index
        self.path = path
        self.code = code
        self.message = message
        self.values = values
    }
}

/// The answer to a delivery. `accepted + duplicates + revised + rejected` is the number of values sent.
public struct DeliveryReceipt: Hashable, Sendable {
    public var messageId: String
    public var accepted = 0
    public var duplicates = 0
    public var revised = 0
    public var rejected = 0
    public var findings = 0
    public var errors: [ItemFault] = []
    public init(messageId: String) { self.messageId = messageId }
}
