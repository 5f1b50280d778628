public import Postgres
public import Values

/// What changed, for systems that keep a copy: every change once, in an order in which none is ever inserted before a cursor.
public struct ListChanges: Sendable {
    /// A register has new versions within days, or means something else; or a series that is computed from it does.
    public struct Change: Hashable, Sendable {
        /// What happened; `device` also stands for a new formula.
        public enum Kind: String, Hashable, Sendable, CaseIterable {
            case delivery, estimate, edit, device
        }
        public var meteringPoint: String
        /// The serial; of a computed series the code of its point.
        public var meter: String
        public var obis: String
        public var days: DayRange
        public var knownSince: Instant
        public var kind: Kind
        /// Whether it is a computed series: a part of it changed, or its formula.
        public var isDerived: Bool
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
    /// none is passed over. What a row of the journal means for computed series stands right behind it, each series once.
    /// - Parameters:
    ///   - cursor: the `next` of the page before; nil: from the beginning.
    ///   - limit: 1…10,000. What one row says of a series may exceed it, if it is more than one range of days.
    /// - Throws: `ReadSeries.BadCursor`.
    public func callAsFunction(cursor: String? = nil, limit: Int = 1_000) async throws -> Page {
        let start = try cursor.map { try Position($0) } ?? Position(transaction: 0, id: 0, place: 0)
        let size = min(max(limit, 1), 10_000)
        return try await pool.transaction(isolation: .repeatableRead, readOnly: true) { connection in
            let most = size + 64
            var rows = try connection.query(ListChanges.statement(from: start, rows: size + 1, lines: most)).map(\.self)
            // The rest of a position that was cut off comes with the next page.
            let isCut = rows.count == most
            if isCut, let torn = try rows.last.map({ try Position($0) }), try rows.first.map({ try Position($0) }) != torn {
                while try rows.last.map({ try Position($0) }) == torn { rows.removeLast() }
            }
            var items: [Change] = []
            var last = start
            for row in rows {
                let position = try Position(row)
                // What one register did is not torn apart.
                if items.count >= size, position != last { return Page(items: items, next: last.text, hasMore: true) }
                last = position
                // A row of which nothing is to be told, such as one of a meter that hung nowhere.
                guard let point: String = try row.get(3) else { continue }
                items.append(
                    Change(
                        meteringPoint: point, meter: try row.get(4), obis: try row.get(5), days: try row.get(6), knownSince: try row.get(7),
                        kind: try StoredValueError.parsed(row.get(8), "a kind of change") { Change.Kind(rawValue: $0) },
                        isDerived: position.place >= StoredFormula.offset))
            }
            let isFull = try rows.last.map { try $0.get(9, as: Int64.self) > size } ?? false
            return Page(items: items, next: last.text, hasMore: isCut || isFull)
        }
    }

    /// Rows of the journal with their registers by place, and behind them the computed series that are made of these, by the number
    /// of the formula: a later formula has a later number and tells of itself, so that no cursor passes one. Of each formula only
    /// the days count on which no later one holds.
    private static func statement(from start: Position, rows: Int, lines: Int) -> SQL {
        """
        SELECT c.xid::text::bigint, c.id, coalesce(x.place, \(Int64.max)), x.code, x.meter, x.obis, x.days, c.known_since, c.kind, c.total
        FROM (
            SELECT *, count(*) OVER () AS total FROM (
                SELECT * FROM reading_change
                WHERE (xid, id) >= (\("\(start.transaction)")::text::xid8, \(start.id)) AND xid < pg_snapshot_xmin(pg_current_snapshot())
                ORDER BY xid, id LIMIT \(rows)
            ) j ORDER BY xid, id
        ) c
        LEFT JOIN LATERAL (
            WITH RECURSIVE told AS MATERIALIZED (
                SELECT * FROM unnest(day_block_values(c.registers, c.count)) WITH ORDINALITY AS u (number, place)
            ), own AS MATERIALIZED (
                SELECT t.place, i.metering_point_id AS point, m.serial, r.obis, c.days * i.valid AS days
                FROM told t JOIN register r ON r.id = t.number JOIN meter m ON m.id = r.meter_id
                JOIN installation i ON i.meter_id = r.meter_id AND i.valid && c.days
            ), reached AS (
                SELECT 0::bigint AS formula, point, obis, datemultirange(days) AS days FROM own
                UNION
                SELECT f.id, f.metering_point_id, f.obis, n.days FROM told t JOIN virtual_formula f ON f.id = t.number - \(StoredFormula.offset)
                CROSS JOIN LATERAL (SELECT \(ListChanges.ownDays) * datemultirange(c.days) AS days) n WHERE NOT isempty(n.days)
                UNION
                SELECT f.id, f.metering_point_id, f.obis, n.days FROM reached s
                JOIN virtual_term v ON v.source_point_id = s.point AND v.obis = s.obis JOIN virtual_formula f ON f.id = v.formula_id
                CROSS JOIN LATERAL (SELECT \(ListChanges.ownDays) * s.days AS days) n WHERE NOT isempty(n.days)
            )
            SELECT o.place, p.code, o.serial AS meter, o.obis, o.days FROM own o JOIN metering_point p ON p.id = o.point
            UNION ALL
            SELECT d.formula + \(StoredFormula.offset), p.code, p.code, d.obis, e.days
            FROM (SELECT formula, point, obis, range_agg(days) AS days FROM reached WHERE formula > 0 GROUP BY formula, point, obis) d
            JOIN metering_point p ON p.id = d.point CROSS JOIN LATERAL unnest(d.days) AS e (days)
        ) x ON true
        WHERE (c.xid, c.id, coalesce(x.place, \(Int64.max))) > (\("\(start.transaction)")::text::xid8, \(start.id), \(start.place))
        ORDER BY c.xid, c.id, x.place, x.days LIMIT \(lines)
        """
    }

    /// The days of a formula `f` that no later one of its series took from it.
    private static let ownDays: SQL = """
        (datemultirange(f.valid) - coalesce((SELECT range_agg(l.valid) FROM virtual_formula l WHERE l.metering_point_id = f.metering_point_id
            AND l.obis = f.obis AND (l.known_since, l.id) > (f.known_since, f.id)), '{}'::datemultirange))
        """

    /// A register in a row of the journal, or a formula that follows from it.
    private struct Position: Hashable {
        let transaction: Int64
        let id: Int64
        let place: Int64

        init(transaction: Int64, id: Int64, place: Int64) {
            self.transaction = transaction
            self.id = id
            self.place = place
        }
        init(_ row: Row) throws { self.init(transaction: try row.get(0), id: try row.get(1), place: try row.get(2)) }
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
