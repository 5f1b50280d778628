internal import Digests
public import Postgres
public import TariffFiles
public import Tariffs
public import Values

/// What is published, for people: `tariff list`, the cockpit.
public struct ListTariffs: Sendable {
    /// A version with the days on which it holds.
    public struct Entry: Hashable, Sendable {
        public let tariff: PublishedTariff
        public let holds: DayRange
        public let publishedAt: Instant
        public let publishedBy: String
    }
    /// What a version from a day on touches.
    public struct Effect: Hashable, Sendable {
        /// Contracts that are supplied by it on that day or later.
        public let contracts: Int64
        /// Bills of days on which it would hold.
        public let invoices: [String]
    }
    let pool: Pool

    public init(pool: Pool) { self.pool = pool }

    /// All versions in order of tariff and day.
    public func callAsFunction() async throws -> [Entry] {
        try await pool.transaction(readOnly: true) { connection in
            var published: [String: (at: Instant, by: String)] = [:]
            for row in try connection.query("SELECT sha256, published_at, published_by FROM tariff_file WHERE kind = 'tariff'") {
                published[Hexadecimal.encode(try row.get(0))] = (at: try row.get(1), by: try row.get(2))
            }
            let catalog = try TariffCatalog.published(in: connection)
            return catalog.chains.sorted { $0.key < $1.key }.flatMap { chain in
                chain.value.timeline.entries.compactMap { entry in
                    published[entry.value.hash].map {
                        Entry(tariff: entry.value, holds: entry.range, publishedAt: $0.at, publishedBy: $0.by)
                    }
                }
            }
        }
    }

    /// Path and hash of every file of a tariff as it was published last, corrected revisions among them.
    public func files() async throws -> [String: String] {
        try await pool.transaction(readOnly: true) { connection in
            var files: [String: String] = [:]
            for row in try connection.query(
                "SELECT DISTINCT ON (path) path, sha256 FROM tariff_file WHERE kind = 'tariff' ORDER BY path, id DESC")
            {
                files[try row.get(0)] = Hexadecimal.encode(try row.get(1))
            }
            return files
        }
    }

    /// Every file as it was published last, series and the supplier among them, in order of their paths.
    public func sources() async throws -> [TariffFolder.Source] {
        try await pool.transaction(readOnly: true) { try TariffStore.current(in: $0) }
    }

    /// The bytes of every published version of a tariff, by path, as it was published last.
    public func bodies(of key: TariffKey) async throws -> [String: [UInt8]] {
        try await pool.transaction(readOnly: true) { connection in
            var bodies: [String: [UInt8]] = [:]
            for row in try connection.query(
                """
                SELECT DISTINCT ON (path) path, body FROM tariff_file
                WHERE kind = 'tariff' AND starts_with(path, \(key.description + "/")) ORDER BY path, id DESC
                """)
            {
                bodies[try row.get(0)] = try row.get(1)
            }
            return bodies
        }
    }

    /// Whom a version from `day` on touches: before it is published, and after a correction.
    public func effect(of key: TariffKey, from day: Day) async throws -> Effect {
        try await pool.transaction(readOnly: true) { connection in
            let contracts = try connection.one(
                "SELECT count(*) FROM contract WHERE tariff = \(key.description) AND valid && daterange(\(day), NULL)", as: Int64.self)
            let invoices = try connection.query(
                """
                SELECT i.number FROM invoice i WHERE EXISTS (
                    SELECT 1 FROM invoice_coverage v JOIN contract c ON c.id = v.contract_id
                    WHERE v.invoice_id = i.id AND v.is_standing AND c.tariff = \(key.description) AND upper(v.period) > \(day))
                ORDER BY i.id
                """
            ).map { try $0.get(0) as String }
            return Effect(contracts: contracts, invoices: invoices)
        }
    }
}
