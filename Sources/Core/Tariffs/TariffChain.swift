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
    }
    public let key: TariffKey
    /// Each version holds until the next begins; the last has no end.
    public let timeline: Timeline<PublishedTariff>

    /// - Throws: `Problem`. Withdrawn and draft versions do not belong here; the caller leaves them out.
    public init(_ versions: [PublishedTariff]) throws(Problem) {
        let sorted = versions.sorted { $0.version.from < $1.version.from }
        guard let first = sorted.first else { throw .empty }
        var previous: TariffVersion?
        for version in sorted.map(\.version) {
            guard version.key == first.version.key else { throw .mixed(first.version.key, version.key) }
            if previous?.from == version.from { throw .sameDay(version.key, version.from) }
            guard version.supersedes == previous?.from else {
                throw .brokenLink(version.key, version: version.from, supersedes: version.supersedes, predecessor: previous?.from)
            }
            previous = version
        }
        key = first.version.key
        timeline = Timeline(steps: sorted.map { ($0.version.from, $0) })
    }
}

/// Everything published: all chains, the series and the tax table.
public struct TariffCatalog: Hashable, Sendable {
    public var chains: [TariffKey: TariffChain]
    public var prices: PriceCatalog
    public var supplier: Supplier?

    public init(chains: [TariffKey: TariffChain] = [:], prices: PriceCatalog = PriceCatalog(), supplier: Supplier? = nil) {
        self.chains = chains
        self.prices = prices
        self.supplier = supplier
    }
}
