public import Postgres
internal import Values

/// Lists what people did to values, newest first.
public struct ListEdits: Sendable {
    public struct Filter: Hashable, Sendable {
        public var meteringPoint: String?
        public var author: String?
        public var action: EditAction?
        public init(meteringPoint: String? = nil, author: String? = nil, action: EditAction? = nil) {
            self.meteringPoint = meteringPoint
            self.author = author
            self.action = action
        }
    }

    let pool: Pool
    public init(pool: Pool) { self.pool = pool }

    /// - Parameters:
    ///   - cursor: the `next` of the page before.
    ///   - limit: 1…1000.
    /// - Throws: `ReadSeries.BadCursor`.
    public func callAsFunction(_ filter: Filter = Filter(), cursor: String? = nil, limit: Int = 100) async throws -> (
        items: [EditRecord], next: String?
    ) {
        let before = try cursor.map { text throws(ReadSeries.BadCursor) in
            guard let id = Int64(text) else { throw ReadSeries.BadCursor() }
            return id
        }
        let size = min(max(limit, 1), 1000)
        return try await pool.with { connection in
            var items = try connection.edits(
                """
                WHERE (\(before)::bigint IS NULL OR e.id < \(before)) AND (\(filter.author)::text IS NULL OR e.author = \(filter.author))
                AND (\(filter.action?.rawValue)::text IS NULL OR e.action = \(filter.action?.rawValue))
                AND (\(filter.meteringPoint)::text IS NULL OR EXISTS (
                    SELECT FROM edit_version v JOIN register r ON r.id = v.register_id JOIN installation i ON i.meter_id = r.meter_id
                    JOIN metering_point p ON p.id = i.metering_point_id
                    WHERE v.edit_id = e.id AND p.code = \(filter.meteringPoint) AND i.valid @> coalesce(v.day, (v.at AT TIME ZONE 'Europe/Berlin')::date)))
                ORDER BY e.id DESC LIMIT \(size + 1)
                """)
            guard items.count > size else { return (items, nil) }
            items.removeLast()
            return (items, items.last.map { String($0.id) })
        }
    }

    /// One edit.
    /// - Throws: `EditRefusal.unknownEdit`.
    public func callAsFunction(_ id: Int64) async throws -> EditRecord {
        guard let record = try await pool.with({ try $0.edits("WHERE e.id = \(id)").first }) else { throw EditRefusal.unknownEdit(id) }
        return record
    }
}

extension Connection {
    func edits(_ tail: SQL) throws -> [EditRecord] {
        let select: SQL = """
            SELECT e.id, e.action, e.author, e.reason, e.at, e.undoes, (SELECT u.id FROM edit u WHERE u.undoes = e.id), e.slots,
                ARRAY(SELECT DISTINCT p.code FROM edit_version v JOIN register r ON r.id = v.register_id
                    JOIN installation i ON i.meter_id = r.meter_id JOIN metering_point p ON p.id = i.metering_point_id
                    WHERE v.edit_id = e.id AND i.valid @> coalesce(v.day, (v.at AT TIME ZONE 'Europe/Berlin')::date) ORDER BY p.code),
                ARRAY(SELECT f.finding_id FROM edit_finding f WHERE f.edit_id = e.id ORDER BY f.finding_id)
            FROM edit e
            """
        return try query(select + "\n" + tail).map { row in
            EditRecord(
                id: try row.get(0), action: try StoredValueError.parsed(row.get(1), "an action") { EditAction(rawValue: $0) },
                author: try row.get(2), reason: try row.get(3), at: try row.get(4), undoes: try row.get(5), undoneBy: try row.get(6),
                slots: Int(try row.get(7, as: Int32.self)), meteringPoints: try row.get(8), findings: try row.get(9))
        }
    }
}
