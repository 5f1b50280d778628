internal import Metering
public import Postgres
public import VEE
public import Values

/// How much there is of everything, by commodity: the table after a load.
public struct MeteringSummary: Sendable {
    public struct Line: Hashable, Sendable {
        public var meteringPoints = 0
        public var meters = 0
        /// Values that messages brought, whatever became of them: new ones, duplicates, revised and rejected ones.
        public var received = 0
        public var duplicates = 0
        public var revised = 0
        public var rejected = 0
        public var openFindings = 0
        public var findings = 0
        /// Slots whose current value was made here, by method.
        public var estimated: [EstimationMethod: Int] = [:]
        public init() {}
    }
    public struct Result: Hashable, Sendable {
        public var lines: [Commodity: Line] = [:]
        /// What no meter was found for.
        public var unknown = Line()
        /// Messages that came, repeated ones with each time they came.
        public var deliveries = 0
    }

    let pool: Pool
    public init(pool: Pool) { self.pool = pool }

    public func callAsFunction() async throws -> Result {
        try await pool.transaction(isolation: .repeatableRead, readOnly: true) { connection in
            var result = Result()
            for commodity in Commodity.allCases { result.lines[commodity] = Line() }
            func change(_ name: String?, _ body: (inout Line) throws -> Void) rethrows {
                if let commodity = name.flatMap({ Commodity(rawValue: $0) }) {
                    try body(&result.lines[commodity, default: Line()])
                } else {
                    try body(&result.unknown)
                }
            }
            for row in try connection.query(
                """
                SELECT p.commodity, count(*), count(DISTINCT i.meter_id) FROM metering_point p LEFT JOIN installation i ON i.metering_point_id = p.id
                GROUP BY p.commodity
                """)
            {
                try change(row.get(0)) { $0.meters = try row.get(2) }
            }
            for row in try connection.query("SELECT commodity, count(*) FROM metering_point GROUP BY commodity") {
                try change(row.get(0)) { $0.meteringPoints = try row.get(1) }
            }
            for row in try connection.query(
                """
                SELECT commodity, sum(accepted)::bigint, sum(duplicates)::bigint, sum(revised)::bigint, sum(rejected)::bigint
                FROM (
                    SELECT commodity, accepted, duplicates, revised, rejected FROM delivery_tally
                    UNION ALL
                    SELECT t.commodity, 0, r.times * (t.accepted + t.duplicates + t.revised), 0, r.times * t.rejected
                    FROM (SELECT delivery_id, count(*) AS times FROM delivery_repeat GROUP BY delivery_id) r JOIN delivery_tally t USING (delivery_id)
                ) counts GROUP BY commodity
                """)
            {
                try change(row.get(0)) { line in
                    let accepted: Int = try row.get(1)
                    line.duplicates = try row.get(2)
                    line.revised = try row.get(3)
                    line.rejected = try row.get(4)
                    line.received = accepted + line.duplicates + line.revised + line.rejected
                }
            }
            for row in try connection.query(
                """
                SELECT p.commodity, count(*), count(*) FILTER (WHERE f.state = 'open')
                FROM finding f LEFT JOIN metering_point p ON p.id = f.metering_point_id GROUP BY p.commodity
                """)
            {
                try change(row.get(0)) { line in
                    line.findings = try row.get(1)
                    line.openFindings = try row.get(2)
                }
            }
            result.deliveries = try connection.one("SELECT (SELECT count(*) FROM delivery) + (SELECT count(*) FROM delivery_repeat)")
            for (commodity, methods) in try connection.estimatedSlots() { result.lines[commodity, default: Line()].estimated = methods }
            return result
        }
    }
}

extension Connection {
    /// Slots whose current value is an estimate of ours. Only days that hold one are read.
    fileprivate func estimatedSlots() throws -> [Commodity: [EstimationMethod: Int]] {
        var counts: [Commodity: [EstimationMethod: Int]] = [:]
        let days = try query(
            """
            SELECT DISTINCT b.register_id, b.day, r.resolution_seconds,
                (SELECT p.commodity FROM installation i JOIN metering_point p ON p.id = i.metering_point_id
                 WHERE i.meter_id = r.meter_id ORDER BY lower(i.valid) DESC LIMIT 1)
            FROM day_block b JOIN register r ON r.id = b.register_id WHERE b.delivery_id IS NULL AND r.resolution_seconds IS NOT NULL
            """
        ).map { row in
            (
                register: try row.get(0, as: Int64.self), day: try row.get(1, as: Day.self), seconds: try row.get(2, as: Int32.self),
                commodity: try row.get(3, as: String?.self).flatMap { Commodity(rawValue: $0) }
            )
        }
        var start = 0
        while start < days.count {
            let page = days[start..<min(start + 2_000, days.count)]
            let stored = try dayBlocks(page.map { ($0.register, $0.day, $0.day.adding(days: 1)) })
            for item in page {
                guard let commodity = item.commodity, let resolution = Resolution(storedSeconds: item.seconds),
                    let fold = stored[item.register]?.fold(item.day, resolution: resolution)
                else { continue }
                for slot in 0..<fold.count where fold.status(slot) == .estimated {
                    if let method = EstimationMethod(rawValue: fold.methods[slot]), method.isCascade {
                        counts[commodity, default: [:]][method, default: 0] += 1
                    }
                }
            }
            start += page.count
        }
        return counts
    }
}
