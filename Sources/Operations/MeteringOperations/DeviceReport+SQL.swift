internal import Metering
internal import Postgres
internal import Values

/// What was said of a meter, on its way to the table.
struct NewReport {
    let meter: Identifier<Meter>
    let report: DeviceReport
    let delivery: Identifier<Delivery>
}

extension Connection {
    /// Keeps reports; one that is known already stays as it was first told.
    func insert(_ reports: [NewReport], knownSince: Instant) throws {
        guard !reports.isEmpty else { return }
        let columns = reports.map { $0.report.stored }
        // Arrays of arrays have one width in SQL: the numbers travel as four columns.
        func number(_ place: Int) -> [Int64?] { columns.map { $0.numbers.count > place ? $0.numbers[place] : nil } }
        try execute(
            """
            INSERT INTO device_report (meter_id, kind, word, at, until_at, numbers, delivery_id, known_since)
            SELECT meter, kind, word, at, until_at, array_remove(ARRAY[a, b, c, d], NULL), delivery, \(knownSince)
            FROM unnest(\(reports.map(\.meter)), \(columns.map(\.kind)), \(columns.map(\.word)), \(reports.map(\.report.at)),
                \(reports.map(\.report.until)), \(number(0)), \(number(1)), \(number(2)), \(number(3)), \(reports.map(\.delivery)))
                AS r (meter, kind, word, at, until_at, a, b, c, d, delivery)
            ON CONFLICT DO NOTHING
            """)
    }

    /// When these meters gave this alarm last, since a moment.
    func lastAlarms(_ alarm: DeviceAlarm, of meters: [Identifier<Meter>], since: Instant) throws -> [Identifier<Meter>: (
        from: Instant, until: Instant
    )] {
        var alarms: [Identifier<Meter>: (from: Instant, until: Instant)] = [:]
        for row in try query(
            """
            SELECT meter_id, min(at), max(until_at) FROM device_report
            WHERE meter_id = ANY(\(meters)) AND kind = 'alarm' AND word = \(alarm.rawValue) AND until_at >= \(since) GROUP BY meter_id
            """)
        {
            alarms[try row.get(0)] = (try row.get(1), try row.get(2))
        }
        return alarms
    }

    /// Registers of which this is on the worklist, or was settled by a person since a moment.
    func registersTold(_ rules: [String], of registers: [Int64], since: Instant) throws -> Set<ToldFinding> {
        Set(
            try query(
                """
                SELECT DISTINCT register_id, rule FROM finding WHERE register_id = ANY(\(registers)) AND rule = ANY(\(rules))
                AND (state = 'open' OR (resolved_by NOT IN ('system', 'VEE') AND resolved_at >= \(since)))
                """
            ).map { ToldFinding(register: try $0.get(0), rule: try $0.get(1)) })
    }
}

/// A rule that has spoken of a register.
struct ToldFinding: Hashable {
    let register: Int64
    let rule: String
}

extension DeviceReport {
    fileprivate var stored: (kind: String, word: String, numbers: [Int64]) {
        switch content {
        case .alarm(let alarm): ("alarm", alarm.rawValue, [])
        case .factor(let obis, let factor): ("factor", obis?.description ?? "", [factor.millionths])
        case .temperatures(let flow, let back): ("temperatures", "", [Int64(flow), Int64(back)])
        case .heat(let power, let volumeFlow, let flow, let back): ("heat", "", [power, volumeFlow, Int64(flow), Int64(back)])
        case .conversion(let z): ("conversion", "", [z.millionths])
        }
    }
}
