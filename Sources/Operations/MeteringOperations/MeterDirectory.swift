internal import Metering
internal import Postgres
internal import Synchronization
internal import VEE
internal import Values

/// The meters and registers that readings are looked up in, kept in memory.
///
/// Filled on demand. Each use inside a transaction says which version of the master data that transaction sees; another one
/// empties the directory, so that what any process wrote is seen by the next message.
public final class MeterDirectory: Sendable {
    private struct State {
        var version: Int64 = 0
        var meters: [String: MeterEntry] = [:]
        /// Metering points by code, as far as messages named them; nil: there is none.
        var points: [String: Identifier<MeteringPoint>?] = [:]
        /// The thresholds that hold with this version.
        var book: ThresholdBook<ValidationParameters>?

        /// Another version of the master data empties it.
        mutating func see(_ version: Int64) {
            guard self.version != version || max(meters.count, points.count) > MeterDirectory.limit else { return }
            self.version = version
            meters.removeAll()
            points.removeAll()
            book = nil
        }
    }
    private let state = Mutex(State())
    /// The points of these codes; unknown ones are left out.
    /// - Parameter version: as for `meters`.
    func points(_ codes: [String], version: Int64, in connection: Connection) throws -> [String: Identifier<MeteringPoint>] {
        var found: [String: Identifier<MeteringPoint>] = [:]
        let missing = state.withLock { state in
            state.see(version)
            return codes.filter { code in
                guard let known = state.points[code] else { return !code.utf8.contains(0) }
                found[code] = known
                return false
            }
        }
        guard !missing.isEmpty else { return found }
        var loaded = Dictionary(missing.map { ($0, Identifier<MeteringPoint>?.none) }) { first, _ in first }
        for row in try connection.query("SELECT code, id FROM metering_point WHERE code = ANY(\(missing))") {
            loaded.updateValue(try row.get(1, as: Identifier<MeteringPoint>.self), forKey: try row.get(0))
        }
        for (code, id) in loaded { found[code] = id ?? found[code] }
        state.withLock { [loaded] state in
            if state.version == version { state.points.merge(loaded) { $1 } }
        }
        return found
    }

    /// Shared by all that ingest with this directory.
    let gate = ChannelGate()
    /// What is known of the ends of the series of its registers.
    let ends = SeriesEnds()
    /// Beyond this many meters the memory is given back and filled anew: a bound, not a strategy.
    private static let limit = 2_000_000

    public init() {}

    /// The entries of these serials, in their order; nil for an unknown one.
    /// - Parameter version: of `master_data_version`, as read in this transaction before.
    func meters(_ serials: [String], version: Int64, in connection: Connection) throws -> [MeterEntry?] {
        var found: [MeterEntry?] = state.withLock { state in
            state.see(version)
            return serials.map { state.meters[$0] }
        }
        let missing = zip(serials, found).filter { $0.1 == nil }.map(\.0)
        guard !missing.isEmpty else { return found }
        var loaded: [String: MeterEntry] = [:]
        let ids = try connection.meterIds(ofSerials: missing)
        let registers = Dictionary(grouping: try connection.registers(ofMeters: ids.map(\.id)), by: \.meter)
        let book = try state.withLock(\.book) ?? connection.thresholdBook(of: ValidationParameters.self)
        let classes = try connection.customerClasses(ofMeters: ids.map(\.id))
        let dependents = try connection.dependents(of: registers.values.flatMap { $0.filter { $0.resolution != nil }.map(\.id.number) })
        for (id, serial) in ids {
            loaded[serial] = MeterEntry(registers[id] ?? [], of: classes[id] ?? .household, book: book, dependents: dependents)
        }
        // Not if somebody has moved on meanwhile: what we read may be older than what they know.
        state.withLock { [loaded] state in
            if state.version == version {
                state.meters.merge(loaded) { $1 }
                state.book = book
            }
        }
        for index in found.indices where found[index] == nil { found[index] = loaded[serials[index]] }
        return found
    }
}

/// A meter as the ingest sees it.
final class MeterEntry: Sendable {
    let registers: [RegisterEntry]

    init(
        _ registers: [Register], of customer: CustomerClass, book: ThresholdBook<ValidationParameters>,
        dependents: [Int64: [Dependent]] = [:]
    ) {
        // All registers of a meter count the same commodity.
        let thresholds = registers.first.map { book.timeline(for: ThresholdKey($0.commodity, customer)) } ?? Timeline()
        self.registers = registers.map { register in
            let partner =
                register.unit.isState
                ? nil
                : registers.first { other in
                    register.resolution == nil
                        ? other.resolution != nil && other.obis.registerOfChannel == register.obis
                        : other.resolution == nil && register.obis.registerOfChannel == other.obis
                }
            let tariffs = registers.filter { $0.resolution == nil && $0.obis.isPart(of: register.obis) }
            let isTariff =
                register.resolution == nil
                && (!tariffs.isEmpty || registers.contains { $0.resolution == nil && register.obis.isPart(of: $0.obis) })
            let buckets = register.resolution == nil ? [] : MeterEntry.buckets(of: register, among: registers)
            // What a tariff register counts bears on the channel beside it.
            let divided = registers.filter { channel in
                register.resolution == nil && channel.resolution != nil
                    && MeterEntry.buckets(of: channel, among: registers).contains { $0.id == register.id }
            }.map { Dependent(register: $0.id.number, meter: $0.meter) }
            let total = registers.first { $0.resolution == nil && register.resolution == nil && register.obis.isPart(of: $0.obis) }
            let whole = total.map { total in (total, registers.filter { $0.resolution == nil && $0.obis.isPart(of: total.obis) }) }
            return RegisterEntry(
                register, partner: partner, thresholds: thresholds, tariffs: register.resolution == nil ? tariffs : [], isTariff: isTariff,
                whole: whole, buckets: buckets,
                channelBuckets: register.resolution == nil ? partner.map { MeterEntry.buckets(of: $0, among: registers) } ?? [] : [],
                dependents: (dependents[register.id.number] ?? []) + divided)
        }
    }

    /// The tariff registers of a channel, if it is known which of them counts which slot.
    private static func buckets(of channel: Register, among registers: [Register]) -> [Register] {
        guard let total = channel.obis.registerOfChannel else { return [] }
        let parts = registers.filter { $0.resolution == nil && $0.obis.isPart(of: total) }
        guard let last = parts.compactMap({ $0.parameters.entries.last?.range.from }).max() else { return [] }
        return TariffBucket.buckets(of: parts, on: last).map(\.register)
    }

    func register(_ obis: ObisCode) -> RegisterEntry? { registers.first { $0.register.obis == obis } }
}

extension Connection {
    /// Meters as the ingest sees them, outside of any directory.
    func meterEntries(_ meters: [Identifier<Meter>]) throws -> [MeterEntry] {
        let book = try thresholdBook(of: ValidationParameters.self)
        let classes = try customerClasses(ofMeters: meters)
        return Dictionary(grouping: try registers(ofMeters: meters), by: \.meter).sorted { $0.key < $1.key }.map { meter, registers in
            MeterEntry(registers, of: classes[meter] ?? .household, book: book)
        }
    }
}

/// A register with what the ingest asks for again and again.
final class RegisterEntry: Sendable {
    let register: Register
    /// A register's channel, a channel's register: what rule C1 compares.
    let partner: Register?
    /// Of a total register: the tariff registers that must add up to it (rule C2).
    let tariffs: [Register]
    /// Whether it is such a total or one of its parts.
    let isTariff: Bool
    /// Of a tariff register: the total it is a part of, and all parts.
    private let whole: (total: Register, parts: [Register])?
    /// Of a channel: the tariff registers that each of its slots is counted by.
    let buckets: [Register]
    /// The same of the channel beside a register.
    private let channelBuckets: [Register]
    /// Channels that may know better when this one gets values: it checks them, is of their node, or is one of their tariffs.
    let dependents: [Dependent]
    /// By which its values are judged.
    let thresholds: Timeline<ValidationParameters>
    /// When it hung where; the end is the moment of removal.
    private let installed: [(from: Instant, until: Instant, point: Identifier<MeteringPoint>)]

    init(
        _ register: Register, partner: Register?, thresholds: Timeline<ValidationParameters>, tariffs: [Register] = [],
        isTariff: Bool = false, whole: (total: Register, parts: [Register])? = nil, buckets: [Register] = [],
        channelBuckets: [Register] = [], dependents: [Dependent] = []
    ) {
        self.buckets = buckets
        self.channelBuckets = channelBuckets
        self.dependents = dependents
        self.register = register
        self.partner = partner
        self.thresholds = thresholds
        self.tariffs = tariffs
        self.isTariff = isTariff
        self.whole = whole
        installed = register.installations.entries.map { entry in
            (
                LocalTime.berlin.start(of: entry.range.from),
                entry.range.until.map { LocalTime.berlin.start(of: $0) } ?? Instant(microseconds: .max), entry.value
            )
        }
    }

    var id: Int64 { register.id.number }
    /// The channel beside a register, as estimation sees it.
    var channel: RegisterEntry? {
        guard register.resolution == nil else { return nil }
        return partner.map { RegisterEntry($0, partner: register, thresholds: thresholds, buckets: channelBuckets) }
    }

    /// The total register with its parts, if this is one of them.
    var total: RegisterEntry? {
        if !tariffs.isEmpty { return self }
        return whole.map { RegisterEntry($0.total, partner: nil, thresholds: thresholds, tariffs: $0.parts, isTariff: true) }
    }

    /// The thresholds of a day.
    func parameters(on day: Day) -> ValidationParameters {
        // Most have never been changed: then there is nothing to search.
        thresholds.entries.count == 1 ? thresholds.entries[0].value : thresholds[day] ?? .defaults(for: register.commodity)
    }
    func parameters(at instant: Instant) -> ValidationParameters {
        thresholds.entries.count == 1 ? thresholds.entries[0].value : parameters(on: LocalTime.berlin.day(of: instant))
    }

    /// A reading at the moment of removal belongs to the removed meter.
    func holdsReading(at instant: Instant) -> Bool { installed.contains { $0.from <= instant && instant <= $0.until } }
    /// A slot that begins at the moment of removal does not.
    func holdsSlot(at instant: Instant) -> Bool { installed.contains { $0.from <= instant && instant < $0.until } }
    /// Whether a reading at this moment opens and closes spans of its channel: it lies on the raster.
    func closesSpan(at instant: Instant) -> Bool {
        guard let resolution = partner?.resolution else { return true }
        return resolution.slot(at: instant, of: LocalTime.berlin.day(of: instant)) != nil
    }
    func point(at instant: Instant) -> Identifier<MeteringPoint>? {
        (installed.first { $0.from <= instant && instant < $0.until } ?? installed.last { $0.from <= instant && instant <= $0.until }
            ?? installed.last)?.point
    }
    /// The installations, from reset to reset, that a time touches, in its order. The moment of a relocation is the last of one and
    /// the first of the next; a time that begins with it belongs to the next alone, as in ``span(at:)``.
    func spans(from first: Instant, through last: Instant) -> [(from: Instant, until: Instant)] {
        let spans = installed.flatMap { hung in
            var parts: [(from: Instant, until: Instant)] = []
            var low = hung.from
            for reset in register.resets.map(\.at).sorted() where hung.from < reset && reset <= hung.until {
                parts.append((low, Instant(microseconds: reset.microseconds - 1)))
                low = reset
            }
            return parts + [(low, hung.until)]
        }
        return spans.filter { span in
            guard span.from <= max(first, last), span.until >= first else { return false }
            return span.until != first || !spans.contains { $0.from == first && $0.until > first }
        }
    }

    /// The moments of the installation, from reset to reset, that contain the instant: bounds for what belongs together.
    func span(at instant: Instant) -> (from: Instant, until: Instant)? {
        let hung =
            installed.first { $0.from <= instant && instant < $0.until } ?? installed.last { $0.from <= instant && instant <= $0.until }
        guard let hung else { return nil }
        if register.resets.isEmpty { return (hung.from, hung.until) }
        let from = register.resets.last { $0.at <= instant }?.at ?? hung.from
        // What is read at the very moment of a reset belongs to what follows.
        let until = register.resets.first { $0.at > instant }.map { Instant(microseconds: $0.at.microseconds - 1) } ?? hung.until
        return (max(from, hung.from), min(until, hung.until))
    }
}

extension ObisCode {
    /// Whether this is HT or NT of a total: the same quantity with E = 1 or 2 beside E = 0.
    func isPart(of total: ObisCode) -> Bool {
        total.e == 0 && (1...2).contains(e) && (a, b, c, d) == (total.a, total.b, total.c, total.d)
    }
}
