public import Values

/// One counter of a meter: what it counts, in which unit, with how many digits. With a resolution it is a channel and
/// delivers intervals.
public struct Register: Hashable, Sendable {
    /// How a register is to be read; dated, because a factor changes with a transformer.
    public struct Parameters: Hashable, Sendable, Codable {
        /// Digits before the decimal point; nil: unknown, no digit check and no rollover.
        public var digits: Int?
        /// Digits after the decimal point that the device shows (0…6).
        public var decimals: Int
        /// Transformer and pulse factor: advance × factor = consumption.
        public var factor: Ratio
        /// When a tariff register counts; nil: not known.
        public var tariffTimes: TariffTimes?

        public init(digits: Int? = nil, decimals: Int = 3, factor: Ratio = .one, tariffTimes: TariffTimes? = nil) {
            self.digits = digits
            self.decimals = decimals
            self.factor = factor
            self.tariffTimes = tariffTimes
        }
        /// The smallest step the register shows, in 10^-6 of its unit.
        public var leastDigitMicro: Int64 { DecimalText.power(6 - min(max(decimals, 0), 6)) }
        /// Where the register starts again from zero, in 10^-6 of its unit; nil if the digits are unknown or beyond Int64.
        public var wrapMicro: Int64? {
            guard let digits, (1...12).contains(digits) else { return nil }
            return DecimalText.power(digits + 6)
        }
    }

    public let id: Identifier<Register>
    public let meter: Identifier<Meter>
    public let serial: String
    public let obis: ObisCode
    public let unit: UnitCode
    /// nil: a register that is read; else a channel.
    public let resolution: Resolution?
    public let parameters: Timeline<Parameters>
    public let commodity: Commodity
    /// Where the meter hangs, and when.
    public let installations: Timeline<Identifier<MeteringPoint>>
    /// The most that can flow at the point: fuse, Q3, nominal flow; nil if unknown.
    public let capacity: Measure?
    /// In order of time. A reading behind one is of another sequence than one before it.
    public let resets: [Reset]

    /// The register was set to another value while its meter hung; what it counted goes on.
    public struct Reset: Hashable, Sendable {
        /// The first moment of a local day.
        public var at: Instant
        /// What it showed right before and right after, in 10^-6 of its unit.
        public var before: Int64
        public var after: Int64
        /// Nobody read it before.
        public var isEstimated: Bool
        public init(at: Instant, before: Int64, after: Int64 = 0, isEstimated: Bool = false) {
            self.at = at
            self.before = before
            self.after = after
            self.isEstimated = isEstimated
        }
    }

    public init(
        id: Identifier<Register>, meter: Identifier<Meter>, serial: String, obis: ObisCode, unit: UnitCode, resolution: Resolution?,
        parameters: Timeline<Parameters>, commodity: Commodity, installations: Timeline<Identifier<MeteringPoint>>, capacity: Measure?,
        resets: [Reset] = []
    ) {
        self.id = id
        self.meter = meter
        self.serial = serial
        self.obis = obis
        self.unit = unit
        self.resolution = resolution
        self.parameters = parameters
        self.commodity = commodity
        self.installations = installations
        self.capacity = capacity
        self.resets = resets
    }

    /// Whether it was reset behind the first moment, up to and including the second.
    public func wasReset(between first: Instant, and second: Instant) -> Bool { resets.contains { first < $0.at && $0.at <= second } }

    /// Parameters of the day; the first known ones before it, defaults if there are none.
    public func parameters(on day: Day) -> Parameters {
        parameters[day] ?? parameters.entries.first?.value ?? Parameters()
    }

    /// The factors of a time with the first days on which they hold, each that differs from the one before it.
    public func factors(in range: DayRange) -> [(from: Day, factor: Ratio)] {
        var found = [(from: range.from, factor: parameters(on: range.from).factor)]
        for entry in parameters.entries where entry.range.from > range.from && range.contains(entry.range.from) {
            if let last = found.last, last.factor != entry.value.factor { found.append((entry.range.from, entry.value.factor)) }
        }
        return found
    }

    /// Whether a reading at `instant` belongs to this meter: from the installation's first moment up to and including the
    /// moment of removal, because the final reading is taken then (contract, Identifiers).
    public func isInstalled(at instant: Instant, time: LocalTime = .berlin) -> Bool {
        installations.entries.contains { entry in
            guard instant >= time.start(of: entry.range.from) else { return false }
            guard let until = entry.range.until else { return true }
            return instant <= time.start(of: until)
        }
    }
}

/// A device with a serial number.
public enum Meter {}
/// The place where a commodity is measured.
public enum MeteringPoint {}
/// One message as received.
public enum Delivery {}
