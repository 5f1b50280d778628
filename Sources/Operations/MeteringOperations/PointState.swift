internal import Metering
public import Postgres
public import VEE
public import Values

/// Says that nobody is to use anything at a point for some days, or that it is as usual again.
///
/// Rule B3 watches such days, and a gap within them is honestly zero.
public struct SetPointState: Sendable {
    /// `active` takes a state away.
    public enum State: String, Hashable, Sendable, CaseIterable { case active, disconnected, inactive, vacant }

    let pool: Pool
    public init(pool: Pool) { self.pool = pool }

    /// - Throws: `UnknownMeteringPoint`.
    public func callAsFunction(
        _ code: String, _ state: State, _ days: DayRange, author: String, reason: String, now: Instant
    ) async throws {
        try await pool.transaction { connection in
            let point = try connection.meteringPointId(code)
            try connection.execute(
                """
                INSERT INTO metering_point_state (metering_point_id, state, valid, author, reason, recorded_at)
                VALUES (\(point), \(state.rawValue), \(days), \(author), \(reason), \(now))
                """)
        }
    }
}

/// The days on which nobody was to use anything at a point.
public struct GetPointStates: Sendable {
    public struct Entry: Hashable, Sendable {
        public var state: InactiveUsage.State
        public var days: DayRange
    }

    let pool: Pool
    public init(pool: Pool) { self.pool = pool }

    /// In order of days.
    /// - Throws: `UnknownMeteringPoint`.
    public func callAsFunction(_ code: String) async throws -> [Entry] {
        try await pool.transaction(readOnly: true) { connection in
            let point = try connection.meteringPointId(code)
            return try connection.pointStates([point], until: Day(9999, 1, 1))[point]?.map { Entry(state: $0.state, days: $0.days) } ?? []
        }
    }
}
