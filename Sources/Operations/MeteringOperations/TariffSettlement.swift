internal import Metering
internal import Postgres
internal import VEE
internal import Values

/// Compares a total register with its tariff registers between the moments at which all of them were read (C2), whichever came
/// first, and brings the findings about them into line.
struct TariffSettlement {
    let total: RegisterEntry
    let now: Instant
    /// What made this necessary, in German.
    let cause: String

    /// Registers that are read together are read at least once in so long.
    private static let longestSeconds: Int64 = 800 * 86_400

    /// - Parameters: the first and the last moment of which a reading of one of them was changed, added or withdrawn.
    /// - Returns: how many findings were opened.
    func run(from first: Instant, through last: Instant, message: IngestMessage? = nil, in connection: Connection) throws -> Int {
        guard !total.tariffs.isEmpty else { return 0 }
        // What was counted before a relocation or a reset is compared by itself.
        return try total.spans(from: first, through: last).reduce(0) { opened, home in
            try opened + run(from: max(first, home.from), through: min(max(first, last), home.until), home, message, in: connection)
        }
    }

    private func run(
        from first: Instant, through last: Instant, _ home: (from: Instant, until: Instant), _ message: IngestMessage?,
        in connection: Connection
    ) throws -> Int {
        let moments = try moments(around: first, last, home, in: connection)
        var wanted: [OpenFindings.Wanted] = []
        for (from, until) in zip(moments, moments.dropFirst()) {
            guard let subject = subject(from, until) else { continue }
            wanted += Validation.check(subject, parameters: total.parameters(at: from.at)).map(OpenFindings.Wanted.holds)
        }
        let low = min(moments.first?.at ?? first, first)
        let high = max(moments.last?.at ?? last, last)
        return try OpenFindings(entry: total, now: now, cause: cause, rules: [Rules.tariffSum.text.name]).settle(
            { _ in wanted }, within: low..<Instant(microseconds: max(high.microseconds, low.microseconds + 1)), message, in: connection)
    }

    /// What all registers showed at one moment: the total first.
    private struct Moment {
        let at: Instant
        let readings: [RegisterReading]
    }

    private var registers: [Register] { [total.register] + total.tariffs }

    private func subject(_ from: Moment, _ until: Moment) -> TariffAdvances? {
        let day = LocalTime.berlin.day(of: from.at)
        var parts: [TariffAdvances.Part] = []
        for (place, register) in registers.enumerated() {
            let advance = try? Advance.between(
                from.readings[place], until.readings[place], parameters: register.parameters(on: day), capacity: register.ceiling())
            guard let micro = advance?.micro else { return nil }
            parts.append(.init(register, advance: micro))
        }
        return TariffAdvances(total: parts[0], parts: Array(parts.dropFirst()), from: from.at, until: until.at)
    }

    /// The moments of a time at which all registers have a usable reading, with the last before and the first behind it.
    private func moments(around first: Instant, _ last: Instant, _ home: (from: Instant, until: Instant), in connection: Connection) throws
        -> [Moment]
    {
        let ids = registers.map(\.id.number)
        let low = max(home.from, first.adding(seconds: -Self.longestSeconds))
        let high = min(home.until, last.adding(seconds: Self.longestSeconds))
        // Walks along the first tariff register and asks of each moment for the others: a total may be read every day.
        let common: SQL =
            "(SELECT bool_and(s.status < 5) AND count(*) = \(ids.count) FROM unnest(\(ids)) AS o (id) CROSS JOIN LATERAL (SELECT x.status FROM register_reading x WHERE x.register_id = o.id AND x.at = r.at ORDER BY x.version DESC LIMIT 1) s)"
        var found: [Instant: [Int64: RegisterReading]] = [:]
        for row in try connection.query(
            """
            SELECT r.at, o.id, s.at, s.version, s.value_micro, s.status, s.method, s.reason FROM (
                (SELECT r.at FROM (SELECT DISTINCT at FROM register_reading WHERE register_id = \(ids[1]) AND at >= \(low) AND at < \(first)) r
                    WHERE \(common) ORDER BY r.at DESC LIMIT 1)
                UNION ALL
                (SELECT r.at FROM (SELECT DISTINCT at FROM register_reading WHERE register_id = \(ids[1]) AND at BETWEEN \(first) AND \(last)) r
                    WHERE \(common))
                UNION ALL
                (SELECT r.at FROM (SELECT DISTINCT at FROM register_reading WHERE register_id = \(ids[1]) AND at > \(last) AND at <= \(high)) r
                    WHERE \(common) ORDER BY r.at LIMIT 1)
            ) r CROSS JOIN unnest(\(ids)) AS o (id) CROSS JOIN LATERAL (
                SELECT * FROM register_reading x WHERE x.register_id = o.id AND x.at = r.at ORDER BY x.version DESC LIMIT 1
            ) s
            """)
        {
            found[try row.get(0), default: [:]][try row.get(1)] = try RegisterReading(row, from: 2)
        }
        return found.sorted { $0.key < $1.key }.compactMap { at, readings in
            let all = ids.compactMap { readings[$0] }
            return all.count == ids.count ? Moment(at: at, readings: all) : nil
        }
    }
}
