internal import Metering
internal import Postgres
internal import Values

/// A channel that checks another while these days.
struct StoredCheckMeter {
    let register: Register
    let isCalibrated: Bool
    let valid: DayRange
}

/// A node with all that flows into it and out of it.
struct StoredNode {
    struct Member: Hashable {
        let point: Identifier<MeteringPoint>
        let obis: ObisCode
        let isInflow: Bool
    }
    let valid: DayRange
    let members: [Member]
}

/// A channel that may know better when another one gets values.
struct Dependent: Hashable {
    let register: Int64
    let meter: Identifier<Meter>
}

extension Connection {
    /// The channels that check a channel of a point on any of these days.
    func checkMeters(of channel: Register, at point: Identifier<MeteringPoint>, in days: DayRange) throws -> [StoredCheckMeter] {
        let rows = try query(
            """
            SELECT c.check_register_id, r.meter_id, c.is_calibrated, c.valid FROM check_meter c JOIN register r ON r.id = c.check_register_id
            WHERE c.metering_point_id = \(point) AND c.obis = \(channel.obis.description) AND c.valid && \(days) AND c.check_register_id <> \(channel.id)
            ORDER BY lower(c.valid)
            """
        ).map {
            (
                try $0.get(0, as: Identifier<Register>.self), try $0.get(1, as: Identifier<Meter>.self), try $0.get(2, as: Bool.self),
                try $0.get(3, as: DayRange.self)
            )
        }
        let registers = try registers(ofMeters: rows.map(\.1))
        return rows.compactMap { id, _, isCalibrated, valid in
            registers.first { $0.id == id }.map { StoredCheckMeter(register: $0, isCalibrated: isCalibrated, valid: valid) }
        }
    }

    /// The nodes of which a channel of a point is a member on any of these days.
    func nodes(of channel: Register, at point: Identifier<MeteringPoint>, in days: DayRange) throws -> [StoredNode] {
        var nodes: [Int64: (valid: DayRange, members: [StoredNode.Member])] = [:]
        for row in try query(
            """
            SELECT n.id, n.valid, m.metering_point_id, m.obis, m.is_inflow
            FROM network_node_member own JOIN network_node n ON n.id = own.node_id JOIN network_node_member m ON m.node_id = n.id
            WHERE own.metering_point_id = \(point) AND own.obis = \(channel.obis.description) AND n.valid && \(days)
            """)
        {
            let id: Int64 = try row.get(0)
            let valid: DayRange = try row.get(1)
            nodes[id, default: (valid, [])].members.append(
                .init(
                    point: try row.get(2), obis: try StoredValueError.parsed(row.get(3), "an OBIS code") { ObisCode($0) },
                    isInflow: try row.get(4)))
        }
        return nodes.sorted { $0.key < $1.key }.map { StoredNode(valid: $0.value.valid, members: $0.value.members) }
    }

    /// The channels that each of these channels can stand in for, alone or as part of a node. Nearly always none, and then one look
    /// at two empty tables.
    func dependents(of channels: [Int64]) throws -> [Int64: [Dependent]] {
        guard !channels.isEmpty, try one("SELECT EXISTS (SELECT FROM check_meter) OR EXISTS (SELECT FROM network_node)") else { return [:] }
        var dependents: [Int64: [Dependent]] = [:]
        for row in try query(
            """
            SELECT w.id, r.id, r.meter_id FROM unnest(\(channels)) AS w (id) JOIN check_meter c ON c.check_register_id = w.id
            JOIN installation i ON i.metering_point_id = c.metering_point_id JOIN register r ON r.meter_id = i.meter_id AND r.obis = c.obis AND r.id <> w.id
            UNION
            SELECT w.id, r.id, r.meter_id FROM unnest(\(channels)) AS w (id) JOIN register own ON own.id = w.id
            JOIN installation hung ON hung.meter_id = own.meter_id
            JOIN network_node_member m ON m.metering_point_id = hung.metering_point_id AND m.obis = own.obis
            JOIN network_node_member n ON n.node_id = m.node_id AND (n.metering_point_id, n.obis) <> (m.metering_point_id, m.obis)
            JOIN installation i ON i.metering_point_id = n.metering_point_id
            JOIN register r ON r.meter_id = i.meter_id AND r.obis = n.obis AND r.id <> w.id
            """)
        {
            dependents[try row.get(0), default: []].append(Dependent(register: try row.get(1), meter: try row.get(2)))
        }
        return dependents
    }
}
