internal import Metering
public import Postgres
public import Values

/// A channel of another meter that checks a channel of a point.
public struct CheckMeterRecord: Hashable, Sendable {
    public let meteringPoint: String
    public let obis: ObisCode
    /// Serial of the meter that checks, and its channel.
    public let checkMeter: String
    public let checkObis: ObisCode
    public let isCalibrated: Bool
    public let valid: DayRange
    public let author: String
    public let reason: String
    public let knownSince: Instant
}

/// A node of the network that is fully metered: what flows in is what flows out.
public struct NodeRecord: Hashable, Sendable {
    public struct Member: Hashable, Sendable {
        public let meteringPoint: String
        public let obis: ObisCode
        public let isInflow: Bool
    }
    /// What flowed on a day; nil where nothing is known of one side.
    public struct Balance: Hashable, Sendable {
        public let day: Day
        /// 10^-6 of `unit`, after the factors of the meters.
        public let inflow: Int64?
        public let outflow: Int64?
        public let unit: UnitCode
        /// Whether every slot of every member is known.
        public let isComplete: Bool
        /// What came in and did not go out: losses, or a wrong meter.
        public var difference: Int64? {
            guard let inflow, let outflow, case let (difference, false) = inflow.subtractingReportingOverflow(outflow) else { return nil }
            return difference
        }
    }
    public let id: Int64
    public let name: String
    public let valid: DayRange
    public let members: [Member]
    public let author: String
    public let reason: String
    public let knownSince: Instant
}

/// Tells which channels check which, and which nodes there are.
public struct ListReferences: Sendable {
    let pool: Pool
    public init(pool: Pool) { self.pool = pool }

    /// The check meters of a point, the latest first, ended ones included.
    /// - Throws: `UnknownMeteringPoint`.
    public func checkMeters(of code: String) async throws -> [CheckMeterRecord] {
        try await pool.transaction(readOnly: true) { connection in
            let point = try connection.meteringPointId(code)
            return try connection.query(
                """
                SELECT c.obis, m.serial, r.obis, c.is_calibrated, c.valid, c.author, c.reason, c.known_since
                FROM check_meter c JOIN register r ON r.id = c.check_register_id JOIN meter m ON m.id = r.meter_id
                WHERE c.metering_point_id = \(point) ORDER BY lower(c.valid) DESC, c.obis
                """
            ).map { row in
                CheckMeterRecord(
                    meteringPoint: code, obis: try StoredValueError.parsed(row.get(0), "an OBIS code") { ObisCode($0) },
                    checkMeter: try row.get(1), checkObis: try StoredValueError.parsed(row.get(2), "an OBIS code") { ObisCode($0) },
                    isCalibrated: try row.get(3), valid: try row.get(4), author: try row.get(5), reason: try row.get(6),
                    knownSince: try row.get(7))
            }
        }
    }

    /// Nodes by number, of one point if one is named.
    /// - Parameter cursor: the `next` of the page before.
    /// - Throws: `UnknownMeteringPoint`, `ReadSeries.BadCursor`.
    public func nodes(of code: String? = nil, cursor: String? = nil, limit: Int = 100) async throws -> (items: [NodeRecord], next: String?)
    {
        let after = try cursor.map { text throws(ReadSeries.BadCursor) in
            guard let id = Int64(text) else { throw ReadSeries.BadCursor() }
            return id
        }
        let size = min(max(limit, 1), 1_000)
        return try await pool.transaction(readOnly: true) { connection in
            let point = try code.map { try connection.meteringPointId($0) }
            var items = try connection.query(
                """
                SELECT n.id, n.name, n.valid, n.author, n.reason, n.known_since,
                    array_agg(p.code ORDER BY NOT m.is_inflow, p.code), array_agg(m.obis ORDER BY NOT m.is_inflow, p.code),
                    array_agg(m.is_inflow ORDER BY NOT m.is_inflow, p.code)
                FROM network_node n JOIN network_node_member m ON m.node_id = n.id JOIN metering_point p ON p.id = m.metering_point_id
                WHERE (\(after)::bigint IS NULL OR n.id > \(after)) AND (\(point)::bigint IS NULL
                    OR EXISTS (SELECT FROM network_node_member own WHERE own.node_id = n.id AND own.metering_point_id = \(point)))
                GROUP BY n.id ORDER BY n.id LIMIT \(size + 1)
                """
            ).map { row in
                let codes: [String] = try row.get(6)
                let channels: [String] = try row.get(7)
                let inflows: [Bool] = try row.get(8)
                return NodeRecord(
                    id: try row.get(0), name: try row.get(1), valid: try row.get(2),
                    members: try codes.indices.map { index in
                        NodeRecord.Member(
                            meteringPoint: codes[index],
                            obis: try StoredValueError.parsed(channels[index], "an OBIS code") { ObisCode($0) }, isInflow: inflows[index])
                    }, author: try row.get(3), reason: try row.get(4), knownSince: try row.get(5))
            }
            guard items.count > size else { return (items, nil) }
            items.removeLast()
            return (items, items.last.map { String($0.id) })
        }
    }

    /// What flowed into a node and out of it, day by day; days on which the node is none are left out.
    public func balance(of node: NodeRecord, over days: DayRange) async throws -> [NodeRecord.Balance] {
        guard let shown = node.valid.intersection(days), let until = shown.until else { return [] }
        return try await pool.transaction(readOnly: true) { connection in
            var sides: [Day: (flow: [Bool: Int64], isComplete: Bool)] = [:]
            var unit: UnitCode?
            for member in node.members {
                let point = try connection.meteringPointId(member.meteringPoint)
                let channels = try connection.registers(ofMeters: connection.meterIds(ofPoints: [point])).filter {
                    $0.obis == member.obis && $0.resolution != nil
                }
                let stored = try connection.dayBlocks(channels.map { ($0.id.number, shown.from, until) })
                for day in shown.days {
                    let channel = channels.first { $0.installations[day] == point }
                    let sum = try channel.flatMap { channel in
                        try channel.resolution.flatMap { try stored[channel.id.number]?.fold(day, resolution: $0)?.sum() }
                    }
                    guard let channel, let sum, sum.usable > 0 else {
                        sides[day, default: ([:], true)].isComplete = false
                        continue
                    }
                    let wanted = unit ?? channel.unit
                    unit = wanted
                    let micro = try channel.parameters(on: day).factor.times(micro: sum.micro)
                    guard let converted = try channel.unit.convert(micro: micro, to: wanted) else {
                        sides[day, default: ([:], true)].isComplete = false
                        continue
                    }
                    let before = sides[day]?.flow[member.isInflow] ?? 0
                    let (total, isTooMuch) = before.addingReportingOverflow(converted)
                    sides[day, default: ([:], true)].flow[member.isInflow] = isTooMuch ? nil : total
                    if !sum.isComplete || isTooMuch { sides[day]?.isComplete = false }
                }
            }
            return shown.days.map { day in
                NodeRecord.Balance(
                    day: day, inflow: sides[day]?.flow[true], outflow: sides[day]?.flow[false], unit: unit ?? .kilowattHour,
                    isComplete: sides[day]?.isComplete ?? false)
            }
        }
    }
}
