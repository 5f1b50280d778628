public import Postgres
public import Values

/// What changed, for systems that keep a copy: every change once, in an order in which none is ever inserted before a cursor.
public struct ListChanges: Sendable {
    /// A register has new versions within days, or means something else.
    public struct Change: Hashable, Sendable {
        public enum Kind: String, Hashable, Sendable, CaseIterable {
            case delivery, estimate, edit, device
        }
        public var meteringPoint: String
        public var meter: String
        public var obis: String
        public var days: DayRange
        public var knownSince: Instant
        public var kind: Kind
    }
    public struct Page: Hashable, Sendable {
        public var items: [Change]
        /// Where to go on, now or later: never nil.
        public var next: String
        /// Whether there is more already.
        public var hasMore: Bool
    }

    let pool: Pool
    public init(pool: Pool) { self.pool = pool }

    /// Changes appear once no transaction that began before theirs is still writing: a long run of anything delays them, and
    /// none is passed over.
    /// - Parameters:
    ///   - cursor: the `next` of the page before; nil: from the beginning.
    ///   - limit: 1…10,000. A register that moved within the days of one change may exceed it by its points.
    /// - Throws: `ReadSeries.BadCursor`.
    public func callAsFunction(cursor: String? = nil, limit: Int = 1_000) async throws -> Page {
        let start = try cursor.map { try Position($0) } ?? Position(transaction: 0, id: 0, place: 0)
        let size = min(max(limit, 1), 10_000)
        return try await pool.transaction(isolation: .repeatableRead, readOnly: true) { connection in
            let rows = try connection.query(
                """
                SELECT c.xid::text::bigint, c.id, u.place, p.code, m.serial, r.obis, c.days * i.valid, c.known_since, c.kind
                FROM (
                    SELECT * FROM reading_change
                    WHERE (xid, id) >= (\("\(start.transaction)")::text::xid8, \(start.id)) AND xid < pg_snapshot_xmin(pg_current_snapshot())
                    ORDER BY xid, id LIMIT \(size + 1)
                ) c
                CROSS JOIN LATERAL unnest(day_block_values(c.registers, c.count)) WITH ORDINALITY AS u (register_id, place)
                JOIN register r ON r.id = u.register_id JOIN meter m ON m.id = r.meter_id
                JOIN installation i ON i.meter_id = r.meter_id AND i.valid && c.days JOIN metering_point p ON p.id = i.metering_point_id
                WHERE (c.xid, c.id, u.place) > (\("\(start.transaction)")::text::xid8, \(start.id), \(start.place))
                ORDER BY c.xid, c.id, u.place, i.valid LIMIT \(size + 64)
                """)
            var items: [Change] = []
            var last = start
            for row in rows {
                let position = Position(transaction: try row.get(0), id: try row.get(1), place: try row.get(2))
                // What one register did is not torn apart.
                if items.count >= size, position != last { return Page(items: items, next: last.text, hasMore: true) }
                items.append(
                    Change(
                        meteringPoint: try row.get(3), meter: try row.get(4), obis: try row.get(5), days: try row.get(6),
                        knownSince: try row.get(7),
                        kind: try StoredValueError.parsed(row.get(8), "a kind of change") { Change.Kind(rawValue: $0) }))
                last = position
            }
            return Page(items: items, next: last.text, hasMore: false)
        }
    }

    /// A register in a row of the journal.
    private struct Position: Hashable {
        let transaction: Int64
        let id: Int64
        let place: Int64

        init(transaction: Int64, id: Int64, place: Int64) {
            self.transaction = transaction
            self.id = id
            self.place = place
        }
        init(_ text: String) throws(ReadSeries.BadCursor) {
            let parts = text.split(separator: ".", omittingEmptySubsequences: false).map { Int64($0) }
            guard parts.count == 3, let transaction = parts[0], let id = parts[1], let place = parts[2], transaction >= 0 else {
                throw ReadSeries.BadCursor()
            }
            self.init(transaction: transaction, id: id, place: place)
        }
        var text: String { "\(transaction).\(id).\(place)" }
    }
}
