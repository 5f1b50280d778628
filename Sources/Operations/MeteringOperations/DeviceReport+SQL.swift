internal import Metering
internal import Postgres
internal import VEE
internal import Values

/// What was said of a meter, on its way to the table.
struct NewReport {
    let meter: Identifier<Meter>
    let report: DeviceReport
    let delivery: Identifier<Delivery>
    /// Its message was here before: it may add what is not known, and correct nothing.
    let isRepeated: Bool

    enum Outcome { case new, corrected, known }
}

extension Connection {
    /// Keeps reports. What says something else of the same moment is a new version; what is known already adds nothing.
    /// - Returns: what became of each, in their order.
    func insert(_ reports: [NewReport], knownSince: Instant) throws -> [NewReport.Outcome] {
        struct Key: Hashable {
            let meter: Identifier<Meter>
            let kind: String
            let word: String
            let at: Instant
        }
        var outcomes = [NewReport.Outcome](repeating: .known, count: reports.count)
        // One statement sees of each moment only what was known before it: what contradicts itself comes one after the other.
        var rounds: [[Int]] = []
        var said: [Key: (round: Int, last: NewReport)] = [:]
        for (place, report) in reports.enumerated() {
            let (kind, word, numbers) = report.report.stored
            let key = Key(meter: report.meter, kind: kind, word: word, at: report.report.at)
            let before = said[key]
            // Said twice in a row it is known, and costs no round.
            if let last = before?.last, last.report.until == report.report.until, last.report.stored.numbers == numbers,
                report.isRepeated || !last.isRepeated
            {
                continue
            }
            let round = before.map { $0.round + 1 } ?? 0
            said[key] = (round, report)
            if round == rounds.count { rounds.append([]) }
            rounds[round].append(place)
        }
        for places in rounds {
            for (place, version) in try insert(places.map { reports[$0] }, knownSince) {
                outcomes[places[place]] = version == 1 ? .new : .corrected
            }
        }
        return outcomes
    }

    /// - Returns: the places of what was written, with its version.
    private func insert(_ reports: [NewReport], _ knownSince: Instant) throws -> [(place: Int, version: Int32)] {
        let columns = reports.map { $0.report.stored }
        // Arrays of arrays have one width in SQL: the numbers travel as four columns.
        func number(_ place: Int) -> [Int64?] { columns.map { $0.numbers.count > place ? $0.numbers[place] : nil } }
        return try query(
            """
            WITH said AS (
                SELECT r.*, array_remove(ARRAY[a, b, c, d], NULL) AS numbers, k.version AS known, k.until_at AS known_until, k.numbers AS known_numbers
                FROM unnest(\(reports.map(\.meter)), \(columns.map(\.kind)), \(columns.map(\.word)), \(reports.map(\.report.at)),
                    \(reports.map(\.report.until)), \(number(0)), \(number(1)), \(number(2)), \(number(3)), \(reports.map(\.delivery)), \(reports.map(\.isRepeated)))
                    WITH ORDINALITY AS r (meter, kind, word, at, until_at, a, b, c, d, delivery, is_repeated, place)
                LEFT JOIN LATERAL (SELECT * FROM device_report d WHERE d.meter_id = r.meter AND d.kind = r.kind AND d.word = r.word AND d.at = r.at
                    ORDER BY d.version DESC LIMIT 1) k ON true
            ), news AS (
                SELECT * FROM said WHERE known IS NULL OR NOT is_repeated AND (until_at, numbers) IS DISTINCT FROM (known_until, known_numbers)
            ), written AS (
                INSERT INTO device_report (meter_id, kind, word, at, version, until_at, numbers, delivery_id, known_since)
                SELECT meter, kind, word, at, coalesce(known, 0) + 1, until_at, numbers, delivery, \(knownSince) FROM news
            )
            SELECT place, coalesce(known, 0) + 1 FROM news ORDER BY place
            """
        ).map { (Int(try $0.get(0, as: Int64.self)) - 1, try $0.get(1)) }
    }

    /// When these meters gave this alarm last, since a moment.
    func lastAlarms(_ alarm: DeviceAlarm, of meters: [Identifier<Meter>], since: Instant) throws -> [Identifier<Meter>: (
        from: Instant, until: Instant
    )] {
        var alarms: [Identifier<Meter>: (from: Instant, until: Instant)] = [:]
        for row in try query(
            """
            SELECT meter_id, min(at), max(until_at) FROM (
                SELECT DISTINCT ON (meter_id, at) * FROM device_report
                WHERE meter_id = ANY(\(meters)) AND kind = 'alarm' AND word = \(alarm.rawValue) ORDER BY meter_id, at, version DESC
            ) r WHERE until_at >= \(since) GROUP BY meter_id
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
                SELECT DISTINCT register_id, rule, alarm FROM finding WHERE register_id = ANY(\(registers)) AND rule = ANY(\(rules))
                AND (state = 'open' OR (resolved_by NOT IN ('system', 'VEE') AND resolved_at >= \(since)))
                """
            ).map { ToldFinding(register: try $0.get(0), rule: try $0.get(1), alarm: try $0.get(2)) })
    }
}

/// A rule that has spoken of a register; where it speaks of several kinds of alarm, of this one.
struct ToldFinding: Hashable {
    let register: Int64
    let rule: String
    let alarm: String
}

extension Finding {
    /// The kind of alarm it is about, of rules that speak of several; else empty. As the column `finding.alarm`.
    var alarm: String {
        let rules = [Rules.deviceAlarm, Rules.deviceEvent].map(\.text.name) + [Rules.backflow.text.name]
        return rules.contains(rule) ? inputs.first { $0.name == "meter alarm" }?.value ?? "" : ""
    }
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
