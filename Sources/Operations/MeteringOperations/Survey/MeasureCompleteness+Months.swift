internal import Postgres
public import Values

extension MeasureCompleteness {
    /// A calendar month of all channels of one point.
    public struct Month: Hashable, Sendable {
        /// Its first day.
        public var first: Day
        public var expected = 0
        public var received = 0
        public var estimated = 0
        public var missing: Int { max(0, expected - received - estimated) }
        /// What was received of what was due; nil if nothing was.
        public var share: Ratio? { MeasureCompleteness.share(received, of: expected) }
    }

    /// The last months of one point up to yesterday, the oldest first; months in which nothing was due are left out.
    /// - Throws: `UnknownMeteringPoint`.
    public func months(of meteringPoint: String, count: Int = 12, today: Day) async throws -> [Month] {
        try await pool.transaction(isolation: .repeatableRead, readOnly: true) { connection in
            let point = try connection.meteringPointId(meteringPoint)
            let this = today.startOfMonth
            var months: [Month] = []
            for back in (0..<max(count, 0)).reversed() {
                let first = this.adding(months: -back)
                let until = min(first.adding(months: 1), today)
                guard first < until else { continue }
                var month = Month(first: first)
                for count in try connection.channelCounts(DayRange(from: first, until: until), point: point) {
                    month.expected += count.expected
                    month.received += count.received
                    month.estimated += count.estimated
                }
                if month.expected > 0 { months.append(month) }
            }
            return months
        }
    }
}
