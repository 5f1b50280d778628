internal import Metering
public import Tariffs
public import Values

/// Where the price of a line comes from beside its tariff: the zone of the calendar, the prices of the market, dated series. It follows from
/// the version and the catalog and is made once for all bills of a plan.
public struct PriceOrigin: Hashable, Sendable {
    /// A zone of the tariff's calendar; where a meter's own register stands for it, the calendar decided nothing.
    public struct Zone: Hashable, Sendable {
        public let name: String
        public let calendar: UsageCalendar
    }
    /// Prices of market time units.
    public struct Spot: Sendable {
        public let dynamic: DynamicPrice
        public let series: SpotSeries
        /// The files of the days that are priced, each with the SHA-256 of its bytes.
        public let files: [File]

        /// What a slot that begins here is charged by, 10^-8 EUR per kWh before the markup; nil outside the series.
        public func counted(at instant: Instant) -> Int64? {
            series[instant].map { min(dynamic.cap ?? .max, max(dynamic.floor ?? .min, $0)) }
        }
    }
    public struct File: Hashable, Sendable {
        public let id: String
        /// Hexadecimal SHA-256.
        public let hash: String
    }
    /// A dated series that the price was read from or follows.
    public struct Named: Hashable, Sendable {
        /// Its name in the formula of a price clause; nil: it is the price itself.
        public let index: String?
        public let key: SeriesKey
        /// nil where the catalog has none of it: then there was no bill.
        public let series: PriceSeries?
        /// Of the file it stands in.
        public let hash: String?
    }
    public let zone: Zone?
    public let spot: Spot?
    public let series: [Named]

    /// nil where the tariff's own file says all.
    init?(_ component: PriceComponent, of version: TariffVersion, over days: DayRange, _ prices: PriceCatalog) {
        var (zone, spot): (Zone?, Spot?)
        var series: [Named] = []
        func named(_ key: SeriesKey, _ index: String? = nil) -> Named {
            Named(index: index, key: key, series: prices.series[key], hash: prices.hashes[key.set])
        }
        switch component.charge {
        case .dynamic(let dynamic):
            spot = prices.spots[dynamic.series].map {
                Spot(dynamic: dynamic, series: $0, files: prices.files(of: dynamic.series, over: days))
            }
        case .passThrough(let key, _): series = [named(key)]
        case .indexed(let indexed):
            for index in indexed.indices { series += ([index.series] + index.links.map(\.series)).map { named($0, index.name) } }
        default: break
        }
        if let register = component.charge.measured?.register, spot == nil, register != .demand, let calendar = version.calendar,
            calendar.zones.contains(register.rawValue)
        {
            zone = Zone(name: register.rawValue, calendar: calendar)
        }
        if zone == nil, spot == nil, series.isEmpty { return nil }
        (self.zone, self.spot, self.series) = (zone, spot, series)
    }
}

/// A year of prices is named, not compared: the key and the hashes of its files say which they are.
extension PriceOrigin.Spot: Hashable {
    public static func == (left: Self, right: Self) -> Bool { left.dynamic == right.dynamic && left.files == right.files }
    public func hash(into hasher: inout Hasher) {
        hasher.combine(dynamic)
        hasher.combine(files)
    }
}

extension PriceCatalog {
    /// The files of a spot series that speak of some days, in order of time.
    fileprivate func files(of key: SeriesKey, over days: DayRange) -> [PriceOrigin.File] {
        let time = LocalTime.berlin
        let (from, until) = (time.start(of: days.from), days.until.map { time.start(of: $0) })
        func speaks(_ file: SpotFile) -> Bool { file.series == key && from < file.until && (until.map { file.from < $0 } ?? true) }
        return spotFiles.filter { speaks($0.value) }
            .sorted { ($0.value.from, $0.key) < ($1.value.from, $1.key) }
            .compactMap { id, _ in hashes[id].map { PriceOrigin.File(id: id, hash: $0) } }
    }
}

/// A slot that a line was computed from, with what it is charged by: the sums of a line can be told from them and from nothing else.
public struct PricedSlot: Hashable, Sendable {
    public let meter: String
    /// The channel; the register on bills from before channels were kept.
    public let obis: ObisCode
    public let at: Instant
    /// 10^-6 kWh.
    public let micro: Int64
    public let status: ValueStatus
    /// Of the stored value; nil where it is not known.
    public let version: Int32?
    /// The zone of the tariff in which it lies.
    public let zone: String?
    /// Whether the line charges it.
    public let counts: Bool
    /// 10^-8 EUR per kWh: as the exchange posted it, and as it counts between floor and cap.
    public let posted: Int64?
    public let price: Int64?
}

extension Line {
    /// Whether it was computed from slots that are kept with the bill.
    public var hasSlots: Bool { parts.contains { $0.intervals != nil } }

    /// All slots of its days, device by device; empty where registers tell it.
    public var pricedSlots: [PricedSlot] {
        var slots: [PricedSlot] = []
        for part in parts {
            guard let own = part.intervals?.cut(to: part.piece.range) else { continue }
            slots.reserveCapacity(slots.count + own.series.count)
            var versions = own.runs[...]
            var left = versions.first?.count ?? 0
            for slot in 0..<own.series.count {
                while left == 0, !versions.isEmpty {
                    versions.removeFirst()
                    left = versions.first?.count ?? 0
                }
                let at = own.series.instant(of: slot)
                let zone = origin?.zone.map { $0.calendar.zone(at: at) }
                slots.append(
                    PricedSlot(
                        meter: own.serial, obis: own.channel ?? own.obis, at: at, micro: own.series.values[slot],
                        status: own.series.status(slot), version: versions.first.flatMap { $0.version > 0 ? $0.version : nil }, zone: zone,
                        counts: zone == nil || zone == origin?.zone?.name, posted: origin?.spot?.series[at],
                        price: origin?.spot?.counted(at: at)))
                left -= 1
            }
        }
        return slots
    }
}
