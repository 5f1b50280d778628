public import Metering
public import Postgres
public import Values

/// Tells for which metering points something is known by now that was not known at a moment: whose bills are stale.
public struct ChangedSince: Sendable {
    /// A point, the days that were looked at, and since when changes count.
    public struct Question: Hashable, Sendable {
        public var point: Identifier<MeteringPoint>
        /// Has an end.
        public var period: DayRange
        public var since: Instant
        public init(point: Identifier<MeteringPoint>, period: DayRange, since: Instant) {
            self.point = point
            self.period = period
            self.since = since
        }
    }

    let pool: Pool
    public init(pool: Pool) { self.pool = pool }

    /// - Parameters:
    ///   - slack: values carry the moment at which their message arrived and appear when it is stored; what was known so many
    ///     seconds before `since` may have appeared after it. A question too many costs a comparison, one too few a wrong bill.
    /// - Returns: the places of the questions whose answer is yes, in order.
    public func callAsFunction(_ questions: [Question], slack: Int64 = 60) async throws -> [Int] {
        try await pool.transaction(isolation: .repeatableRead, readOnly: true) { connection in
            try ChangedSince.ask(questions, slack: slack, in: connection)
        }
    }

    /// The same, inside the caller's transaction.
    ///
    /// What touches a period: values of its days; readings that are, or now are, the nearest ones around it, because a boundary
    /// between two readings needs both; values between those, which divide what they counted; and devices, factors, resets and
    /// formulas that hold in it. Of a virtual point, the same of the points it is made of.
    public static func ask(_ questions: [Question], slack: Int64 = 60, in connection: Connection) throws -> [Int] {
        guard !questions.isEmpty else { return [] }
        let since = questions.map { $0.since.adding(seconds: -slack) }
        let time = LocalTime.berlin
        let lows = questions.map { time.start(of: $0.period.from) }
        let highs = questions.map { time.start(of: $0.period.until ?? $0.period.from) }
        return try connection.query(
            """
            WITH RECURSIVE asked AS (
                SELECT place::integer, point, since, low, high, days
                FROM unnest(\(questions.map(\.point)), \(since), \(lows), \(highs), \(questions.map(\.period)))
                    WITH ORDINALITY AS w (point, since, low, high, days, place)
            ), parts AS (
                SELECT place, point FROM asked
                UNION
                SELECT p.place, t.source_point_id FROM parts p JOIN virtual_formula f ON f.metering_point_id = p.point
                JOIN virtual_term t ON t.formula_id = f.id
            ), registers AS (
                SELECT a.place, a.since, a.low, a.high, a.days, r.id, r.resolution_seconds
                FROM asked a JOIN parts p ON p.place = a.place
                JOIN installation i ON i.metering_point_id = p.point AND i.valid && a.days JOIN register r ON r.meter_id = i.meter_id
            ), hulls AS (
                SELECT r.place, r.since, min(coalesce(b.at, r.low)) AS low, max(coalesce(n.at, r.high)) AS high
                FROM registers r
                LEFT JOIN LATERAL (
                    SELECT at FROM register_reading x WHERE x.register_id = r.id AND x.at <= r.low AND x.status < 5 AND x.known_since <= r.since
                    ORDER BY x.at DESC LIMIT 1) b ON r.resolution_seconds IS NULL
                LEFT JOIN LATERAL (
                    SELECT at FROM register_reading x WHERE x.register_id = r.id AND x.at >= r.high AND x.status < 5 AND x.known_since <= r.since
                    ORDER BY x.at LIMIT 1) n ON r.resolution_seconds IS NULL
                GROUP BY r.place, r.since
            )
            SELECT a.place FROM asked a WHERE EXISTS (
                SELECT FROM registers r JOIN hulls h USING (place)
                CROSS JOIN LATERAL (
                    SELECT FROM day_block d WHERE d.register_id = r.id
                    AND d.day BETWEEN (h.low AT TIME ZONE 'Europe/Berlin')::date
                        AND ((h.high - interval '1 microsecond') AT TIME ZONE 'Europe/Berlin')::date
                    AND d.known_since > r.since LIMIT 1) c
                WHERE r.place = a.place AND r.resolution_seconds IS NOT NULL
            ) OR EXISTS (
                SELECT FROM registers r JOIN hulls h USING (place)
                CROSS JOIN LATERAL (
                    SELECT FROM register_reading x WHERE x.register_id = r.id AND x.known_since > r.since
                    AND x.at >= coalesce((SELECT b.at FROM register_reading b WHERE b.register_id = r.id AND b.at <= r.low AND b.status < 5
                        AND b.known_since <= r.since ORDER BY b.at DESC LIMIT 1), '-infinity')
                    AND x.at <= coalesce((SELECT n.at FROM register_reading n WHERE n.register_id = r.id AND n.at >= r.high AND n.status < 5
                        AND n.known_since <= r.since ORDER BY n.at LIMIT 1), 'infinity')
                    LIMIT 1) c
                WHERE r.place = a.place AND r.resolution_seconds IS NULL
            ) OR EXISTS (
                SELECT FROM reading_change g JOIN registers r ON r.place = a.place AND r.id = ANY(day_block_values(g.registers, g.count))
                WHERE g.kind = 'device' AND g.known_since > a.since AND g.days && a.days
            ) OR EXISTS (
                SELECT FROM parts p JOIN virtual_formula f ON f.metering_point_id = p.point
                WHERE p.place = a.place AND f.known_since > a.since AND f.valid && a.days
            )
            ORDER BY a.place
            """
        ).map { Int(try $0.get(0, as: Int32.self)) - 1 }
    }
}
