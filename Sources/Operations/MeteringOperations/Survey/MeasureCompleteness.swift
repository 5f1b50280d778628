internal import Metering
public import Postgres
internal import VEE
public import Values

/// How complete the interval readings of a period are: what was due, what came, what stands in for the rest, what is missing.
public struct MeasureCompleteness: Sendable {
    /// Values of one commodity.
    public struct Total: Hashable, Sendable {
        public var commodity: Commodity
        public var meteringPoints = 0
        public var channels = 0
        public var expected = 0
        public var received = 0
        public var estimated = 0
        public var missing: Int { max(0, expected - received - estimated) }
        /// What was received of what was due; nil if nothing was.
        public var share: Ratio? { MeasureCompleteness.share(received, of: expected) }
    }
    /// One channel at one point of which something is not as delivered.
    public struct Item: Hashable, Sendable {
        public var meteringPoint: String
        public var meter: String
        public var obis: ObisCode
        public var commodity: Commodity
        public var days: DayRange
        public var expected: Int
        public var received: Int
        public var estimated: Int
        public var missing: Int { max(0, expected - received - estimated) }
        public var share: Ratio? { MeasureCompleteness.share(received, of: expected) }
    }
    public struct Report: Hashable, Sendable {
        public var period: DayRange
        /// In the order of commodities; those without a channel are left out.
        public var totals: [Total]
        /// The least complete first.
        public var items: [Item]
    }

    let pool: Pool
    public init(pool: Pool) { self.pool = pool }

    /// - Parameters:
    ///   - period: has an end; days that are not over are not due.
    ///   - limit: at most so many incomplete channels.
    public func callAsFunction(_ period: DayRange, commodity: Commodity? = nil, today: Day, limit: Int = 100) async throws -> Report {
        guard let over = DayRange(checked: period.from, until: min(period.until ?? today, today)) else {
            return Report(period: period, totals: [], items: [])
        }
        return try await pool.transaction(isolation: .repeatableRead, readOnly: true) { connection in
            let counts = try connection.channelCounts(over, commodity: commodity)
            var totals: [Commodity: Total] = [:]
            for (commodity, counts) in Dictionary(grouping: counts, by: \.key.commodity) {
                var total = Total(commodity: commodity)
                total.meteringPoints = Set(counts.map(\.point)).count
                total.channels = Set(counts.map(\.register)).count
                for count in counts {
                    total.expected += count.expected
                    total.received += count.received
                    total.estimated += count.estimated
                }
                totals[commodity] = total
            }
            let worst = counts.filter { $0.received < $0.expected }.sorted {
                ($0.received * $1.expected, $0.register) < ($1.received * $0.expected, $1.register)
            }.prefix(limit)
            return Report(
                period: over, totals: Commodity.allCases.compactMap { totals[$0] }, items: try connection.items(Array(worst)))
        }
    }

    static func share(_ part: Int, of whole: Int) -> Ratio? {
        whole <= 0
            ? nil : Ratio(millionths: Int64(clamping: Rounding.towardsZero.divide(Int128(part) * 1_000_000, by: Int128(whole))))
    }
}

extension Connection {
    fileprivate func items(_ counts: [ChannelCount]) throws -> [MeasureCompleteness.Item] {
        try query(
            """
            SELECT w.place, p.code, m.serial, r.obis
            FROM unnest(\(counts.map(\.register)), \(counts.map(\.point))) WITH ORDINALITY AS w (register_id, point_id, place)
            JOIN register r ON r.id = w.register_id JOIN meter m ON m.id = r.meter_id JOIN metering_point p ON p.id = w.point_id ORDER BY w.place
            """
        ).map { row in
            let place: Int64 = try row.get(0)
            let count = counts[Int(place) - 1]
            return MeasureCompleteness.Item(
                meteringPoint: try row.get(1), meter: try row.get(2),
                obis: try StoredValueError.parsed(row.get(3), "an OBIS code") { ObisCode($0) }, commodity: count.key.commodity,
                days: count.days, expected: count.expected, received: count.received, estimated: count.estimated)
        }
    }
}
