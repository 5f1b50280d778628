public import Postgres
public import TariffFiles
internal import Tariffs
public import Values

/// Checks the folder of tariffs and publishes what is new. All or nothing.
public struct PublishTariffs: Sendable {
    /// What was done.
    public struct Publication: Hashable, Sendable {
        /// Paths that were published.
        public let published: [String]
        /// Files that stand as they were.
        public let unchanged: Int
    }
    let pool: Pool

    public init(pool: Pool) { self.pool = pool }

    /// The faults of a folder, without a database: syntax, chains, series, examples.
    public static func check(_ sources: [TariffFolder.Source]) -> [TariffFileError] { TariffFolder(sources).errors }

    /// What is no fault and would yet hold bills, one sentence each; see `TariffFolder/notices`.
    public static func notices(_ sources: [TariffFolder.Source]) -> [TariffFileError] { TariffFolder(sources).notices }

    /// - Parameters:
    ///   - sources: all files of `Tariffs/`; see ``TariffSources``.
    ///   - today: a value of a series that has begun by now is not changed any more.
    /// - Throws: ``BillingRefusal/faultyTariffs(_:)`` with every fault; an edited published file is one.
    @discardableResult
    public func callAsFunction(_ sources: [TariffFolder.Source], author: String, today: Day, now: Instant) async throws -> Publication {
        let folder = TariffFolder(sources)
        guard folder.errors.isEmpty else { throw BillingRefusal.faultyTariffs(folder.errors) }
        return try await pool.transaction { connection in
            // One publication at a time: the check below and the insert are one step.
            try connection.query("SELECT pg_advisory_xact_lock(7236101)")
            let known = Dictionary(uniqueKeysWithValues: try TariffStore.current(in: connection).map { ($0.path, $0) })
            var faults: [TariffFileError] = []
            var fresh: [TariffFolder.Source] = []
            var kinds: [String] = []
            for source in sources.sorted(by: { $0.path < $1.path }) {
                let file = try TariffFile(parsing: source.bytes, path: source.path)
                if case .tariff(let version) = file, version.status != .published { continue }
                if let old = known[source.path] {
                    if old.hash == source.hash { continue }
                    faults += PublishTariffs.faults(of: source, after: old, today: today)
                }
                fresh.append(source)
                kinds.append(file.kind)
            }
            // A published file that lies no longer in the folder still holds; only its absence must not break a chain.
            let paths = Set(sources.map(\.path))
            faults += TariffFolder(sources + known.values.filter { !paths.contains($0.path) }).errors
            guard faults.isEmpty else { throw BillingRefusal.faultyTariffs(faults) }
            if !fresh.isEmpty { try TariffStore.insert(fresh, kinds: kinds, author: author, now: now, in: connection) }
            return Publication(published: fresh.map(\.path), unchanged: sources.count - fresh.count)
        }
    }

    /// What must not change in a file that was published.
    private static func faults(of source: TariffFolder.Source, after old: TariffFolder.Source, today: Day) -> [TariffFileError] {
        func fault(_ key: String, _ message: String, _ mend: String) -> TariffFileError {
            TariffFileError(path: source.path, line: 0, column: 0, key: key, message: message, mend: mend)
        }
        guard let new = try? TariffFile(parsing: source.bytes, path: source.path),
            let before = try? TariffFile(parsing: old.bytes, path: old.path)
        else {
            return [fault("", "the file cannot be compared with what is published", "Restore it.")]
        }
        switch (before, new) {
        case (.tariff, _):
            return [fault("", "the file was published and has been edited", "Restore it, and write a new version with its own first day.")]
        case (.series(let old, _), .series(let new, _)):
            return old.flatMap { series -> [TariffFileError] in
                guard let successor = new.first(where: { $0.key == series.key }) else {
                    return [fault("series.\(series.key.name)", "a published series is missing", "Restore it.")]
                }
                guard successor.unit == series.unit else {
                    return [fault("series.\(series.key.name).unit", "the unit of a published series has changed", "Restore it.")]
                }
                let days =
                    series.isPeriodic
                    ? PublishTariffs.edited(series, successor, until: today)
                    : PublishTariffs.edited(series.values.map(\.millionths), successor.values.map(\.millionths), until: today)
                return days.map { day in
                    fault(
                        "series.\(series.key.name)", "the value from \(day) was published and has been edited",
                        "Restore it; bills rest on it.")
                }
            }
        case (.vat(let old, _), .vat(let new, _)):
            var days = VATTable.Class.allCases.flatMap {
                PublishTariffs.edited(old.rates[$0] ?? Timeline(), new.rates[$0] ?? Timeline(), until: today)
            }
            for commodity in Commodity.allCases {
                days += PublishTariffs.edited(old.overrides[commodity] ?? Timeline(), new.overrides[commodity] ?? Timeline(), until: today)
            }
            return Set(days).sorted().map { fault("rates", "the tax rate of \($0) was edited", "Restore it; bills rest on it.") }
        case (.spot(let old, _), .spot(let new, _)):
            guard old.key == new.key else { return [fault("series", "the file is of another series now", "Restore it.")] }
            for segment in old.segments {
                for (place, price) in segment.prices.enumerated() {
                    let at = segment.start.adding(seconds: Int64(place) * Int64(segment.secondsPerUnit))
                    guard LocalTime.berlin.day(of: at) <= today else { return [] }
                    if new[at] != price {
                        return [fault("start", "the price of \(at) was published and has been edited", "Restore it; bills rest on it.")]
                    }
                }
            }
            return []
        case (.supplier, .supplier): return []
        default: return [fault("kind", "the kind of the file has changed", "Restore it.")]
        }
    }

    /// Of an index, the periods that were published and say something else, or nothing, now. What was not published yet may be added
    /// late, and a hole be filled: no bill could rest on it.
    private static func edited(_ old: PriceSeries, _ new: PriceSeries, until today: Day) -> [Day] {
        let days = Set((old.values.entries + new.values.entries).map(\.range.from))
        return days.filter { day in
            guard day <= today, let value = old.published(for: day) else { return false }
            return new.published(for: day)?.millionths != value.millionths
        }.sorted()
    }

    /// The days up to `today` from which a timeline says something else than it did: at the steps of both, so that neither a value
    /// that was put between two others nor one that was taken away escapes.
    private static func edited<Value: Equatable & Sendable>(_ old: Timeline<Value>, _ new: Timeline<Value>, until today: Day) -> [Day] {
        let days = Set((old.entries + new.entries).flatMap { [$0.range.from, $0.range.until].compactMap(\.self) })
        // Before the first value nobody could have billed.
        guard let first = old.entries.first?.range.from else { return [] }
        return days.filter { first <= $0 && $0 <= today && old[$0] != new[$0] }.sorted()
    }
}
