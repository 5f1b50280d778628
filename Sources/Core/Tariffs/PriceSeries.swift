public import Values

/// The name of a series: set and member, as in `de-strom/stromsteuer`.
public struct SeriesKey: Hashable, Sendable, Comparable, CustomStringConvertible {
    public let set: String
    public let name: String
    public init(set: String, name: String) {
        self.set = set
        self.name = name
    }
    /// Parses `set/name`; nil for anything else.
    public init?(_ text: String) {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count == 2, !parts[0].isEmpty, !parts[1].isEmpty else { return nil }
        self.init(set: String(parts[0]), name: String(parts[1]))
    }
    public var description: String { self.set + "/" + name }
    public static func < (left: SeriesKey, right: SeriesKey) -> Bool { left.description < right.description }
}

/// Dated values with their source: a levy, a CO₂ price, a Brennwert. A value holds until the next begins; a value of nil
/// ends the series.
public struct PriceSeries: Hashable, Sendable {
    /// What a value counts.
    public enum Unit: String, Sendable, Hashable, CaseIterable {
        case centsPerKilowattHour = "ct/kWh"
        case eurosPerYear = "EUR/a"
        /// Of the highest load of the period, per year.
        case eurosPerKilowattYear = "EUR/kW/a"
        case kilowattHoursPerCubicMetre = "kWh/m3"
        case ratio = "1"
        case eurosPerTonne = "EUR/t"
        case kilogramsPerKilowattHour = "kg/kWh"
        case percent = "%"
        /// An index of prices or wages, such as 2020 = 100.
        case index
        case eurosPerMegawattHour = "EUR/MWh"
        case eurosPerCubicMetre = "EUR/m3"
    }
    public struct Value: Hashable, Sendable {
        /// 10^-6 of the series' unit.
        public let millionths: Int64
        /// Law, gazette, operator: where the value stands.
        public let source: String
        public init(millionths: Int64, source: String) {
            self.millionths = millionths
            self.source = source
        }
    }
    public let key: SeriesKey
    public let label: Label
    public let unit: Unit
    public let values: Timeline<Value>

    public init(key: SeriesKey, label: Label, unit: Unit, values: Timeline<Value>) {
        self.key = key
        self.label = label
        self.unit = unit
        self.values = values
    }

    /// Whether values are published step by step, each for its own month or quarter, and none for what is not published yet.
    public var isPeriodic: Bool { unit == .index || unit == .eurosPerMegawattHour }

    /// What was published for a day, where values are published step by step: each speaks as long as the shortest step before it (the
    /// first until the second), so that neither the last one runs on nor a hole is filled by what stands before it.
    public func published(for day: Day) -> Value? {
        let entries = values.entries
        guard let place = entries.lastIndex(where: { $0.range.from <= day }), entries[place].range.contains(day) else { return nil }
        func months(_ earlier: Int, _ later: Int) -> Int {
            let (from, until) = (entries[earlier].range.from, entries[later].range.from)
            return max(1, (until.year - from.year) * 12 + until.month - from.month)
        }
        let step = entries.count > 1 ? (1...max(1, place)).map { months($0 - 1, $0) }.min() ?? 1 : 1
        return day < entries[place].range.from.adding(months: step) ? entries[place].value : nil
    }

    /// The price per kWh of the day; nil outside the series or for another unit.
    public func price(on day: Day) -> UnitPrice<KilowattHour>? {
        guard unit == .centsPerKilowattHour, let value = values[day] else { return nil }
        // Millionths of a cent are 10^-8 EUR: the number is the same.
        return UnitPrice(hundredMillionths: value.millionths)
    }
}

/// All series, tax rates and the supplier that a bill may look at, each with the hash of the file it came from.
public struct PriceCatalog: Hashable, Sendable {
    public var series: [SeriesKey: PriceSeries]
    /// Prices of market time units.
    public var spots: [SeriesKey: SpotSeries]
    public var vat: VATTable
    /// File id (`de-strom`, `de-vat`) to the hexadecimal SHA-256 of its bytes.
    public var hashes: [String: String]
    /// Which times the files of spot prices speak of, by id.
    public var spotFiles: [String: SpotFile] = [:]

    /// A file of spot prices.
    public struct SpotFile: Hashable, Sendable {
        public let series: SeriesKey
        public let from: Instant
        public let until: Instant
        public init(series: SeriesKey, from: Instant, until: Instant) {
            self.series = series
            self.from = from
            self.until = until
        }
    }

    /// The hashes of what a bill by these versions rests on: of series those that they name, of spot prices, which grow by a file a
    /// month, only those of its period.
    public func hashes(behind versions: [TariffVersion], over period: DayRange, time: LocalTime = .berlin) -> [String: String] {
        let keys = Set(versions.flatMap(\.spotKeys))
        let named = Set(versions.flatMap(\.seriesKeys).map(\.set))
        let sets = Set(series.keys.map(\.set))
        let end = period.until.map { time.start(of: $0) }
        return hashes.filter { id, _ in
            guard let file = spotFiles[id] else { return !sets.contains(id) || named.contains(id) }
            return keys.contains(file.series) && time.start(of: period.from) < file.until && (end.map { file.from < $0 } ?? true)
        }
    }

    public init(
        series: [SeriesKey: PriceSeries] = [:], spots: [SeriesKey: SpotSeries] = [:], vat: VATTable = VATTable(),
        hashes: [String: String] = [:]
    ) {
        self.series = series
        self.spots = spots
        self.vat = vat
        self.hashes = hashes
    }
}
