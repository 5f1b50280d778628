public import Tariffs
internal import Values

/// All files below `Tariffs/`, checked together: chains, series that exist, examples that come out.
public struct TariffFolder: Sendable {
    /// One file as the caller read and hashed it.
    public struct Source: Sendable, Hashable {
        /// Below `Tariffs/`, with `/`.
        public let path: String
        public let bytes: [UInt8]
        /// Hexadecimal SHA-256 of the bytes.
        public let hash: String
        public init(path: String, bytes: [UInt8], hash: String) {
            self.path = path
            self.bytes = bytes
            self.hash = hash
        }
    }

    public private(set) var catalog = TariffCatalog()
    /// All that is wrong, in the order of paths; a folder with errors is not published.
    public private(set) var errors: [TariffFileError] = []
    /// Versions that say nothing of what their prices contain.
    private var silent: [TariffVersion] = []
    /// What is no fault and yet stops bills: versions in force by which a bill would be held because it could not say which taxes and
    /// charges its prices contain (§ 40(3) EnWG). A correction that says it takes them out.
    public var notices: [TariffFileError] {
        silent.filter { version in
            !versions.contains {
                $0.version.key == version.key && $0.version.from == version.from && $0.version.revision > version.revision
            }
        }.map { version in
            TariffFileError(
                path: version.path, line: 0, column: 0, key: "breakdown",
                message: "it does not say which taxes, levies and charges its prices contain: a bill to a final customer will be held",
                mend: "Name their series under `breakdown:` (§ 40 Abs. 3 EnWG); of a published version by a correction.")
        }
    }
    /// Tariff versions of any status, with their file.
    public private(set) var versions: [PublishedTariff] = []

    public init(_ sources: [Source]) {
        var byKey: [TariffKey: [PublishedTariff]] = [:]
        for source in sources.sorted(by: { $0.path < $1.path }) {
            do {
                switch try TariffFile(parsing: source.bytes, path: source.path) {
                case .tariff(let version): versions.append(PublishedTariff(version: version, hash: source.hash))
                case .series(let list, let id):
                    for series in list { catalog.prices.series[series.key] = series }
                    catalog.prices.hashes[id] = source.hash
                case .vat(let table, let id):
                    catalog.prices.vat = table
                    catalog.prices.hashes[id] = source.hash
                case .supplier(let supplier, let id):
                    catalog.supplier = supplier
                    catalog.supplierFile = id
                    catalog.prices.hashes[id] = source.hash
                case .spot(let spot, let id):
                    try add(spot, path: source.path)
                    if let first = spot.segments.first, let last = spot.segments.last {
                        catalog.prices.spotFiles[id] = .init(series: spot.key, from: first.start, until: last.end)
                    }
                    catalog.prices.hashes[id] = source.hash
                }
            } catch { errors.append(error) }
        }
        for version in versions where version.version.status == .published { byKey[version.version.key, default: []].append(version) }
        for (key, list) in byKey.sorted(by: { $0.key < $1.key }) {
            do { catalog.chains[key] = try TariffChain(list) } catch { errors.append(TariffFolder.describe(error, key)) }
        }
        for published in versions { check(published.version) }
    }

    /// A series may go on in another file, but no unit stands in two.
    private mutating func add(_ spot: SpotSeries, path: String) throws(TariffFileError) {
        do { catalog.prices.spots[spot.key] = try catalog.prices.spots[spot.key]?.joined(with: spot) ?? spot } catch {
            throw TariffFileError(
                path: path, line: 0, column: 0, key: "start", message: "another file of \(spot.key) speaks of \(error.at), too",
                mend: "Let each unit stand in one file.")
        }
    }

    /// Whether the series exist, and whether the examples come out.
    private mutating func check(_ version: TariffVersion) {
        func error(_ key: String, _ message: String, _ mend: String) -> TariffFileError {
            TariffFileError(path: version.path, line: 0, column: 0, key: key, message: message, mend: mend)
        }
        let missing = version.seriesKeys.filter { catalog.prices.series[$0] == nil }
        for key in missing { errors.append(error("series", "there is no series \(key)", "Add it to _series/\(key.set).yaml.")) }
        let unpriced = version.spotKeys.filter { catalog.prices.spots[$0] == nil }
        for key in unpriced { errors.append(error("series", "there are no spot prices \(key)", "Add them as _series/….csv.")) }
        // Shown as an amount, or as what the gas emits: only a price of energy, load or time is one, and only kg/kWh the other.
        for rule in version.breakdown {
            guard let unit = catalog.prices.series[rule.series]?.unit else { continue }
            switch unit {
            case .centsPerKilowattHour: break
            case .eurosPerYear, .kilogramsPerKilowattHour, .eurosPerKilowattYear:
                if !rule.registers.isEmpty {
                    errors.append(
                        error(
                            "breakdown", "\(rule.series) counts \(unit.rawValue), which no register has",
                            "Leave `registers` out, or name a series in ct/kWh."))
                }
                if unit == .eurosPerKilowattYear, !version.needsIntervals {
                    errors.append(
                        error(
                            "breakdown", "\(rule.series) is a price of the highest load, which this tariff does not measure",
                            "Name a series in ct/kWh or EUR/a, or charge the highest load by a component."))
                }
            default:
                errors.append(
                    error(
                        "breakdown", "\(rule.series) counts \(unit.rawValue), which is no price of energy",
                        "Name a series in ct/kWh, EUR/a, EUR/kW/a or kg/kWh."))
            }
        }
        if version.status != .withdrawn, version.owesBurdens, !version.showsBurdens { silent.append(version) }
        guard missing.isEmpty, unpriced.isEmpty else { return }
        for (index, example) in version.examples.enumerated() {
            do {
                for mismatch in try example.mismatches(in: version, catalog.prices) {
                    errors.append(
                        error(
                            "examples[\(index)].expect.\(mismatch.name)",
                            "expected \(mismatch.expected?.description ?? "nothing"), computed \(mismatch.computed?.description ?? "nothing")",
                            "Compute it by hand and mend the price or the example."))
                }
            } catch let problem {
                errors.append(error("examples[\(index)]", "cannot be computed: \(problem)", "Give the attributes and series it needs."))
            }
        }
    }

    private static func describe(_ problem: TariffChain.Problem, _ key: TariffKey) -> TariffFileError {
        let (path, message, mend): (String, String, String) =
            switch problem {
            case .empty: ("\(key)", "the tariff has no version", "Publish one.")
            case .mixed(let first, let second): ("\(key)", "versions of \(first) and \(second) are mixed", "Keep one tariff a folder.")
            case .sameDay(_, let day): ("\(key)/\(day).yaml", "two versions begin on \(day)", "Keep one.")
            case .missingRevision(_, let day, let revision):
                ("\(key)/\(day).yaml", "revision \(revision) corrects a revision that is not there", "Count revisions from 1 on.")
            case .brokenLink(_, let version, let supersedes, let predecessor):
                (
                    "\(key)/\(version).yaml",
                    "the version says it follows \(supersedes?.description ?? "none"), and before it lies \(predecessor?.description ?? "none")",
                    predecessor.map { "Write `supersedes: \($0)`." } ?? "Leave `supersedes` out."
                )
            }
        return TariffFileError(path: path, line: 0, column: 0, key: "supersedes", message: message, mend: mend)
    }
}
