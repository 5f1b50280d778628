public import Values

/// A version with the hash of its file: what a bill line points to.
public struct PublishedTariff: Hashable, Sendable {
    public let version: TariffVersion
    /// Hexadecimal SHA-256 of the file's bytes.
    public let hash: String
    public init(version: TariffVersion, hash: String) {
        self.version = version
        self.hash = hash
    }
}

/// The versions of one tariff in order of their days. Exists only if they form a chain.
public struct TariffChain: Hashable, Sendable {
    public enum Problem: Error, Hashable, Sendable {
        case empty
        case mixed(TariffKey, TariffKey)
        case sameDay(TariffKey, Day)
        /// The version says it follows another day than that of the version before it.
        case brokenLink(TariffKey, version: Day, supersedes: Day?, predecessor: Day?)
        /// A correction of what does not exist: revisions count 1, 2, 3.
        case missingRevision(TariffKey, Day, Int)
    }
    public let key: TariffKey
    /// Each version holds until the next begins, in its last revision; the last has no end.
    public let timeline: Timeline<PublishedTariff>

    /// - Throws: `Problem`. Withdrawn and draft versions do not belong here; the caller leaves them out.
    public init(_ versions: [PublishedTariff]) throws(Problem) {
        let sorted = versions.sorted { ($0.version.from, $0.version.revision) < ($1.version.from, $1.version.revision) }
        guard let first = sorted.first else { throw .empty }
        var standing: [PublishedTariff] = []
        for next in sorted {
            let version = next.version
            guard version.key == first.version.key else { throw .mixed(first.version.key, version.key) }
            let last = standing.last.flatMap { $0.version.from == version.from ? $0.version : nil }
            if last?.revision == version.revision { throw .sameDay(version.key, version.from) }
            guard version.revision == (last?.revision ?? 0) + 1 else { throw .missingRevision(version.key, version.from, version.revision) }
            if last != nil { standing.removeLast() }
            standing.append(next)
        }
        var previous: TariffVersion?
        for version in standing.map(\.version) {
            guard version.supersedes == previous?.from else {
                throw .brokenLink(version.key, version: version.from, supersedes: version.supersedes, predecessor: previous?.from)
            }
            previous = version
        }
        key = first.version.key
        timeline = Timeline(steps: standing.map { ($0.version.from, $0) })
    }
}

/// Everything published: all chains, the series and the tax table.
public struct TariffCatalog: Hashable, Sendable {
    public var chains: [TariffKey: TariffChain]
    public var prices: PriceCatalog
    public var supplier: Supplier?
    /// The name of the supplier's file among ``PriceCatalog/hashes``.
    public var supplierFile: String?

    public init(chains: [TariffKey: TariffChain] = [:], prices: PriceCatalog = PriceCatalog(), supplier: Supplier? = nil) {
        self.chains = chains
        self.prices = prices
        self.supplier = supplier
    }
}
