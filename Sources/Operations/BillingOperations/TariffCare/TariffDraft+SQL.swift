internal import Digests
internal import Postgres
internal import TariffFiles
internal import Tariffs
internal import Values

extension TariffDraft {
    static func list(open: Bool, in connection: Connection) throws -> [TariffDraft] {
        try connection.query(
            """
            SELECT d.id, d.path, d.state, d.created_at, d.created_by, d.closed_by, t.version, t.saved_at, t.authors FROM tariff_draft d
            CROSS JOIN LATERAL (SELECT max(version) AS version, max(saved_at) AS saved_at, array_agg(saved_by ORDER BY version) AS authors
                                FROM tariff_draft_text WHERE draft_id = d.id) t
            WHERE (d.state = 'open' OR NOT \(open)) ORDER BY d.id DESC LIMIT 200
            """
        ).map { try TariffDraft($0) }
    }

    /// The newest text with the draft; locked against other writers if asked for.
    /// - Throws: ``TariffDraftRefusal/unknownDraft(_:)``.
    static func load(_ id: Int64, lock: Bool = false, in connection: Connection) throws -> (
        draft: TariffDraft, text: [UInt8], basis: [UInt8]
    ) {
        if lock { try connection.query("SELECT 1 FROM tariff_draft WHERE id = \(id) FOR UPDATE") }
        let found = try connection.optional(
            """
            SELECT d.id, d.path, d.state, d.created_at, d.created_by, d.closed_by, t.version, t.saved_at, t.authors, n.body, b.body
            FROM tariff_draft d
            CROSS JOIN LATERAL (SELECT max(version) AS version, max(saved_at) AS saved_at, array_agg(saved_by ORDER BY version) AS authors
                                FROM tariff_draft_text WHERE draft_id = d.id) t
            JOIN tariff_draft_text n ON n.draft_id = d.id AND n.version = t.version
            CROSS JOIN LATERAL (SELECT body FROM tariff_file f WHERE f.sha256 = d.based_on ORDER BY f.id LIMIT 1) b
            WHERE d.id = \(id)
            """
        ) { (draft: try TariffDraft($0), text: try $0.get(9, as: [UInt8].self), basis: try $0.get(10, as: [UInt8].self)) }
        guard let found else { throw TariffDraftRefusal.unknownDraft(id) }
        return found
    }

    private init(_ row: Row) throws {
        id = try row.get(0)
        path = try row.get(1)
        // The path was made from a key and a day when the draft was opened.
        let parts = path.dropLast(".yaml".count).split(separator: "/").map(String.init)
        guard parts.count == 3, let key = TariffKey("\(parts[0])/\(parts[1])"), let from = Day(parts[2]) else {
            throw TariffDraftRefusal.unknownDraft(id)
        }
        self.key = key
        self.from = from
        state = State(rawValue: try row.get(2)) ?? .dropped
        createdAt = try row.get(3)
        createdBy = try row.get(4)
        closedBy = try row.get(5)
        version = try row.get(6)
        savedAt = try row.get(7)
        var authors: [String] = []
        for author in try row.get(8, as: [String].self) where !authors.contains(author) { authors.append(author) }
        self.authors = authors
    }

    static func insert(path: String, basis: String, text: [UInt8], author: String, now: Instant, in connection: Connection) throws -> Int64
    {
        let id = try connection.one(
            """
            INSERT INTO tariff_draft (path, based_on, created_at, created_by) VALUES (\(path), \(Hexadecimal.decode(basis) ?? []), \(now), \(author))
            RETURNING id
            """, as: Int64.self)
        try save(id, version: 1, text: text, author: author, now: now, in: connection)
        return id
    }

    static func save(_ id: Int64, version: Int32, text: [UInt8], author: String, now: Instant, in connection: Connection) throws {
        try connection.execute(
            "INSERT INTO tariff_draft_text (draft_id, version, body, saved_at, saved_by) VALUES (\(id), \(version), \(text), \(now), \(author))"
        )
    }

    static func close(_ id: Int64, as state: State, author: String, now: Instant, in connection: Connection) throws {
        try connection.execute(
            "UPDATE tariff_draft SET state = \(state.rawValue), closed_at = \(now), closed_by = \(author) WHERE id = \(id) AND state = 'open'"
        )
    }
}
