internal import Digests
internal import Postgres
internal import TariffFiles
internal import Tariffs
internal import Values

/// Published files as rows.
enum TariffStore {
    /// The newest state of each file.
    static func current(in connection: Connection) throws -> [TariffFolder.Source] {
        try connection.query("SELECT DISTINCT ON (path) path, body, sha256 FROM tariff_file ORDER BY path, id DESC").map(source)
    }
    /// Files by their contents; a file that said the same twice comes once.
    static func files(hashes: [String], in connection: Connection) throws -> [TariffFolder.Source] {
        let bytes = hashes.compactMap { Hexadecimal.decode($0) }
        return try connection.query("SELECT DISTINCT ON (path, sha256) path, body, sha256 FROM tariff_file WHERE sha256 = ANY(\(bytes))")
            .map(source)
    }
    private static func source(_ row: Row) throws -> TariffFolder.Source {
        TariffFolder.Source(path: try row.get(0), bytes: try row.get(1), hash: Hexadecimal.encode(try row.get(2)))
    }

    static func insert(_ sources: [TariffFolder.Source], kinds: [String], author: String, now: Instant, in connection: Connection) throws {
        let feedIn = sources.map { (try? TariffFile(parsing: $0.bytes, path: $0.path))?.isFeedIn ?? false }
        try connection.execute(
            """
            INSERT INTO tariff_file (path, kind, sha256, body, is_feed_in, published_at, published_by)
            SELECT path, kind, sha256, body, is_feed_in, \(now), \(author)
            FROM unnest(\(sources.map(\.path)), \(kinds), \(sources.map { Hexadecimal.decode($0.hash) ?? [] }), \(sources.map(\.bytes)), \(feedIn))
                AS f (path, kind, sha256, body, is_feed_in)
            """)
    }
}

extension TariffFile {
    /// A tariff that measures nothing but what is fed in; a contract with it stands beside one that supplies the point.
    var isFeedIn: Bool {
        guard case .tariff(let version) = self else { return false }
        let registers = version.components.compactMap(\.charge.measured).map(\.register)
        return !registers.isEmpty && registers.allSatisfy { $0 == .feedIn }
    }

    /// The word in the column `kind`.
    var kind: String {
        switch self {
        case .tariff: "tariff"
        // Spot prices are a series that grows daily.
        case .series, .spot: "series"
        case .vat: "vat"
        case .supplier: "supplier"
        }
    }
}

extension TariffCatalog {
    /// What is published now. Files were checked when they were published, so a fault here is damage.
    static func published(in connection: Connection) throws -> TariffCatalog {
        let folder = TariffFolder(try TariffStore.current(in: connection))
        guard folder.errors.isEmpty else { throw BillingRefusal.faultyTariffs(folder.errors) }
        return folder.catalog
    }
}
