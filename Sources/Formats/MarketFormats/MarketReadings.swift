public import Metering
public import Values

/// The readings of one message: the columns that ingest reads, and beside them everything the sender said in words of their own,
/// so that the message can be written again. Also what the writers take: see ``MarketReadings/append(series:codes:)``.
public struct MarketReadings: Sendable {
    /// Who, where and what, as the sender names it; shared by many items.
    public struct Origin: Hashable, Sendable {
        /// NMI, Markt- or Messlokation, UsagePoint; empty if the message names none.
        public var point: String
        /// The serial; empty if the message names none.
        public var meter: String
        /// The format's own name of the channel: NMI suffix, PIA text, ReadingType.
        public var channel: String
        /// The unit as sent.
        public var unit: String
        public var details: [Detail]
        public init(point: String, meter: String = "", channel: String = "", unit: String = "", details: [Detail] = []) {
            self.point = point
            self.meter = meter
            self.channel = channel
            self.unit = unit
            self.details = details
        }
        /// How the batch calls it: the serial where there is one, else `@` and the point.
        public var batchMeter: String { meter.isEmpty ? "@" + point : meter }
        /// The first detail of this name; empty if there is none.
        public subscript(_ name: String) -> String { details.first { $0.name == name }?.value ?? "" }
    }
    /// A field of the sender's record that no column holds.
    public struct Detail: Hashable, Sendable {
        public var name: String
        public var value: String
        public init(_ name: String, _ value: String) {
            self.name = name
            self.value = value
        }
    }
    /// What lies beside an item of the batch.
    public struct Side: Hashable, Sendable {
        /// Index into `origins`.
        public var origin: Int32
        /// Number of the set in `codes`; of register readings only, intervals have theirs per value.
        public var codes: Int32
        public var place: Place
        public var details: [Detail]
        public init(origin: Int32, codes: Int32 = 0, place: Place, details: [Detail] = []) {
            self.origin = origin
            self.codes = codes
            self.place = place
            self.details = details
        }
    }
    /// Values that no register of ours can hold: voltages, sums over a month, channels without an OBIS code. Kept with all they
    /// said, written again, and counted as rejected when ingested.
    public struct Untaken: Hashable, Sendable {
        public var origin: Origin
        public var place: Place
        /// nil where the sender gives no time.
        public var start: Instant?
        /// nil where the values are no series on a raster.
        public var resolution: Resolution?
        /// End of the period of a single quantity.
        public var until: Instant?
        /// 10^-6 of the unit as sent.
        public var values: [Int64]
        public var statuses: [UInt8]
        /// Numbers of sets in `codes`, one a value.
        public var codes: [Int32]
        public var details: [Detail]
        /// Why, for a person.
        public var reason: String

        /// The values in a unit of ours; nil where there is none, or a value does not fit.
        public var converted: (unit: UnitCode, values: [Int64])? {
            guard let scale = UnitScale.named(origin.unit) else { return nil }
            var moved: [Int64] = []
            moved.reserveCapacity(values.count)
            for value in values {
                guard let value = DecimalField.shifted(value, by: scale.shift) else { return nil }
                moved.append(value)
            }
            return (scale.unit, moved)
        }
    }
    /// What a device said of itself beside its readings: temperatures, flows, error flags.
    public struct DeviceState: Hashable, Sendable {
        public var quantity: String
        public var value: String
        public var unit: String
        public init(quantity: String, value: String, unit: String) {
            self.quantity = quantity
            self.value = value
            self.unit = unit
        }
    }

    public var format: MarketFormat
    public var sender = MarketParty()
    public var recipient = MarketParty()
    /// When the sender made the message.
    public var created: Instant?
    public var batch: ReadingBatch
    public private(set) var origins: [Origin] = []
    /// One for each `batch.registers`, one for each `batch.intervals`.
    public var registerSides: [Side] = []
    public var intervalSides: [Side] = []
    /// The codes of `batch.values`.
    public var codes = ValueCodes()
    /// Costs beside `batch.values` in 10^-5 of the currency (ESPI); empty where no value has one.
    public var costs: [Int64] = []
    public var untaken: [Untaken] = []
    public var notes: [MarketNote] = []
    public var deviceState: [DeviceState] = []
    /// One for each `batch.faults`.
    public private(set) var faultPlaces: [Place] = []
    private var originNumbers: [Origin: Int32] = [:]

    public init(format: MarketFormat, messageId: String, source: String) {
        self.format = format
        batch = ReadingBatch(messageId: messageId, source: source)
    }

    /// The number of an origin, new or known.
    public mutating func number(of origin: Origin) -> Int32 {
        if let number = originNumbers[origin] { return number }
        let number = Int32(clamping: origins.count)
        origins.append(origin)
        originNumbers[origin] = number
        return number
    }
    public func origin(_ side: Side) -> Origin {
        origins.indices.contains(Int(side.origin)) ? origins[Int(side.origin)] : Origin(point: "")
    }

    /// How many faults are told one by one; beyond, only their values are counted with the last one.
    public static let faultLimit = 10_000

    /// Quarantines one item or value. The message names the place and the mend.
    public mutating func fault(_ index: Int, _ place: Place, _ code: ItemFault.Code, _ message: String, values: Int) {
        if batch.faults.count >= MarketReadings.faultLimit {
            batch.faults[batch.faults.count - 1].values += values
            return
        }
        batch.faults.append(ItemFault(index: index, path: place.path, code: code, message: "\(place): \(message)", values: values))
        faultPlaces.append(place)
    }

    /// Says of every fault where it stands in a larger text.
    mutating func moveFaults(_ moved: (Place) -> Place) {
        for index in faultPlaces.indices {
            let (old, new) = (faultPlaces[index], moved(faultPlaces[index]))
            faultPlaces[index] = new
            batch.faults[index].path = new.path
            let begin = "\(old): "
            if batch.faults[index].message.hasPrefix(begin) {
                batch.faults[index].message = "\(new): " + batch.faults[index].message.dropFirst(begin.count)
            }
        }
    }

    /// Values sent: taken, untaken and faulty; gaps count nowhere.
    public var sentValues: Int {
        batch.sentValues + untaken.reduce(0) { $0 + $1.statuses.count { $0 != ValueStatus.absent.rawValue } }
    }

    /// The batch as ingest takes it: what is untaken becomes a fault, so that the receipt's counts add up to the values sent.
    public var ingestible: ReadingBatch {
        var result = batch
        for (index, series) in untaken.enumerated() {
            let sent = series.statuses.count { $0 != ValueStatus.absent.rawValue }
            guard sent > 0 else { continue }
            result.faults.append(
                ItemFault(
                    index: index, path: series.place.path, code: .unknownRegister, message: "\(series.place): \(series.reason)",
                    values: sent))
        }
        return result
    }

    /// Whether there is nothing in it at all.
    public var isEmpty: Bool {
        batch.registers.isEmpty && batch.intervals.isEmpty && batch.faults.isEmpty && batch.reports.isEmpty && untaken.isEmpty
    }
}

/// A series of one channel to be written: what the database knows of it.
public struct SeriesExport: Hashable, Sendable {
    /// Code of the metering point.
    public var point: String
    /// Serial of the meter; empty to leave it unsaid.
    public var meter: String
    public var obis: ObisCode
    public var unit: UnitCode
    public var start: Instant
    public var resolution: Resolution
    /// 10^-6 of `unit`, and `ValueStatus` raw values; of one length.
    public var values: [Int64]
    public var statuses: [UInt8]

    public init(
        point: String, meter: String, obis: ObisCode, unit: UnitCode, start: Instant, resolution: Resolution, values: [Int64],
        statuses: [UInt8]
    ) {
        self.point = point
        self.meter = meter
        self.obis = obis
        self.unit = unit
        self.start = start
        self.resolution = resolution
        self.values = values
        self.statuses = statuses
    }
}

extension MarketReadings {
    /// A message to be written, from these parties.
    public init(
        writing format: MarketFormat, messageId: String, source: String, sender: MarketParty, recipient: MarketParty, created: Instant
    ) {
        self.init(format: format, messageId: messageId, source: source)
        self.sender = sender
        self.recipient = recipient
        self.created = created
    }

    /// Adds a series to be written. Where methods are known, `codes` names them in the words of the format to be written, one set
    /// a value (`VEE.EstimationMethod` knows its MSCONS and NEM12 codes); without, the writer derives a code from the status.
    /// - Precondition: as many statuses as values, and as many code sets or none.
    public mutating func append(series: SeriesExport, codes sets: [[ValueCode]] = []) {
        precondition(series.values.count == series.statuses.count, "columns are of one length")
        precondition(sets.isEmpty || sets.count == series.values.count, "columns are of one length")
        let number = number(of: Origin(point: series.point, meter: series.meter))
        let first = batch.values.count
        batch.values += series.values
        batch.statuses += series.statuses
        if sets.isEmpty { codes.append(0, count: series.values.count) }
        for set in sets { codes.append(codes.number(of: set), count: 1) }
        batch.intervals.append(
            .init(
                index: Int32(clamping: batch.intervals.count), meter: batch.meter(origins[Int(number)].batchMeter), unit: series.unit,
                obis: series.obis, start: series.start, resolution: series.resolution, slots: first..<batch.values.count))
        intervalSides.append(Side(origin: number, place: Place(offset: 0)))
    }

    /// Adds a register reading to be written.
    public mutating func append(
        reading micro: Int64, of obis: ObisCode, unit: UnitCode, at: Instant, status: ValueStatus, point: String, meter: String,
        codes set: [ValueCode] = []
    ) {
        let number = number(of: Origin(point: point, meter: meter))
        batch.registers.append(
            .init(
                index: Int32(clamping: batch.registers.count), meter: batch.meter(origins[Int(number)].batchMeter), unit: unit,
                status: status,
                obis: obis, at: at, micro: micro))
        registerSides.append(Side(origin: number, codes: codes.number(of: set), place: Place(offset: 0)))
    }
}
