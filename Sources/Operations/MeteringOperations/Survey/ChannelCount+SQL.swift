internal import Metering
internal import Postgres
internal import VEE
internal import Values

/// How much of what was due on a channel in a period is there.
struct ChannelCount {
    let register: Identifier<Register>
    let meter: Identifier<Meter>
    let point: Identifier<MeteringPoint>
    let key: ThresholdKey
    /// The days of the period on which the meter hung there.
    let days: DayRange
    let expected: Int
    /// Delivered, whatever the sender says of its quality.
    var received: Int
    /// Stand-ins made here.
    var estimated: Int = 0
    var missing: Int { max(0, expected - received - estimated) }
}

extension Connection {
    /// The counts of all channels that hung anywhere in the period, in the order of registers.
    ///
    /// Days of nothing but measured values are counted by the database from the ranges of their rows; the others, few, are
    /// unpacked here.
    /// - Precondition: the period has an end.
    func channelCounts(
        _ period: DayRange, commodity: Commodity? = nil, point: Identifier<MeteringPoint>? = nil
    ) throws -> [ChannelCount] {
        var counts: [ChannelCount] = []
        var unclear: [(place: Int, resolution: Resolution, day: Day)] = []
        // Marks of a single run of measured values: a length of one or two bytes, then status 1.
        for row in try query(
            """
            WITH channel AS (
                SELECT r.id, r.meter_id, r.resolution_seconds AS width, i.metering_point_id AS point, p.commodity, p.customer_class, i.valid * \(period) AS days
                FROM register r JOIN installation i ON i.meter_id = r.meter_id JOIN metering_point p ON p.id = i.metering_point_id
                WHERE r.resolution_seconds IS NOT NULL AND i.valid && \(period) AND (\(commodity?.rawValue)::text IS NULL OR p.commodity = \(commodity?.rawValue))
                    AND (\(point?.number)::bigint IS NULL OR i.metering_point_id = \(point?.number))
            )
            SELECT c.id, c.meter_id, c.point, c.commodity, c.customer_class, c.days, c.width,
                CASE WHEN c.width >= 86400 THEN upper(c.days) - lower(c.days)
                ELSE extract(epoch FROM (upper(c.days)::timestamp AT TIME ZONE 'Europe/Berlin') - (lower(c.days)::timestamp AT TIME ZONE 'Europe/Berlin'))::bigint / c.width END,
                coalesce(b.measured, 0)::bigint, coalesce(b.unclear, '{}'::date[])
            FROM channel c LEFT JOIN LATERAL (
                SELECT sum(s.slots) FILTER (WHERE g.is_plain) AS measured, array_agg(g.day) FILTER (WHERE NOT g.is_plain) AS unclear
                FROM (
                    SELECT d.day, bool_and(d.delivery_id IS NOT NULL AND length(d.marks) <= 5 AND get_byte(d.marks, length(d.marks) - 3) = 1) AS is_plain,
                        range_agg(int4range(d.first_slot, d.first_slot + d.slots)) AS covered
                    FROM day_block d WHERE d.register_id = c.id AND d.day >= lower(c.days) AND d.day < upper(c.days) GROUP BY d.day
                ) g CROSS JOIN LATERAL (SELECT sum(upper(x) - lower(x)) AS slots FROM unnest(g.covered) x) s
            ) b ON true
            ORDER BY c.id
            """)
        {
            let key = ThresholdKey(
                try StoredValueError.parsed(row.get(3), "a commodity") { Commodity(rawValue: $0) },
                try StoredValueError.parsed(row.get(4), "a class") { CustomerClass(rawValue: $0) })
            let width: Int32 = try row.get(6)
            let expected: Int64 = try row.get(7)
            let received: Int64 = try row.get(8)
            let days: [Day] = try row.get(9)
            let resolution = Resolution(storedSeconds: width) ?? .day
            for day in days { unclear.append((counts.count, resolution, day)) }
            counts.append(
                ChannelCount(
                    register: try row.get(0), meter: try row.get(1), point: try row.get(2), key: key, days: try row.get(5),
                    expected: Int(expected), received: Int(received)))
        }
        var rest = unclear[...]
        while !rest.isEmpty {
            let chunk = rest.prefix(5_000)
            rest = rest.dropFirst(5_000)
            let stored = try dayBlocks(chunk.map { (counts[$0.place].register.number, $0.day, $0.day.adding(days: 1)) })
            for (place, resolution, day) in chunk {
                guard let fold = stored[counts[place].register.number]?.fold(day, resolution: resolution) else { continue }
                for slot in 0..<fold.count where fold.status(slot).isUsable {
                    if fold.status(slot) == .estimated, EstimationMethod(rawValue: fold.methods[slot])?.isCascade == true {
                        counts[place].estimated += 1
                    } else {
                        counts[place].received += 1
                    }
                }
            }
        }
        return counts
    }
}
