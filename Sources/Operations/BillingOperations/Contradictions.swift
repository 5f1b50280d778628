internal import Billing
internal import Metering
internal import Postgres
internal import Tariffs
internal import VEE
internal import Values

/// Metering points whose registers contradict each other: the sum of the intervals is not the advance of the register (rule C1), or HT and
/// NT are not their total (C2). What is charged by one of them is then not what another shows, and the paper would show both.
///
/// The findings of validation say so from the moment the values came; while one is open, a bill that is charged by the part that differs
/// waits for a person.
struct Contradictions {
    private struct Found {
        let isOfIntervals: Bool
        let from: Instant
        let until: Instant
        let text: String
    }
    private static let intervals = Rules.registerAgainstIntervals.text.name
    private static let rates = Rules.tariffSum.text.name
    private let found: [Int64: [Found]]

    /// - Parameter points: of a page of bills; one statement for all of them.
    init(_ points: [Identifier<MeteringPoint>], in connection: Connection) throws {
        var found: [Int64: [Found]] = [:]
        if !points.isEmpty {
            for row in try connection.query(
                """
                SELECT metering_point_id, rule, from_at, until_at, explanation FROM finding
                WHERE metering_point_id = ANY(\(Set(points.map(\.number)).sorted())) AND state = 'open' AND severity = 'failure'
                    AND rule IN (\(Contradictions.intervals), \(Contradictions.rates)) ORDER BY metering_point_id, from_at, id
                """)
            {
                found[try row.get(0), default: []].append(
                    Found(
                        isOfIntervals: try row.get(1) == Contradictions.intervals, from: try row.get(2), until: try row.get(3),
                        text: try row.get(4)))
            }
        }
        self.found = found
    }

    /// What contradicts a bill over some days of a point.
    func results(_ point: Identifier<MeteringPoint>, _ period: DayRange, _ draft: InvoiceDraft) -> [CheckResult] {
        guard let found = found[point.number] else { return [] }
        let time = LocalTime.berlin
        let byIntervals = draft.lines.contains { line in
            // The highest load is no quantity.
            if case .peak = line.explanation { return false }
            return line.parts.contains { $0.intervals != nil }
        }
        let byRates = draft.lines.contains { $0.parts.contains { $0.piece.tariffRegister == .high || $0.piece.tariffRegister == .low } }
        return found.filter { finding in
            (finding.isOfIntervals ? byIntervals : byRates) && finding.until > time.start(of: period.from)
                && (period.until.map { finding.from < time.start(of: $0) } ?? true)
        }.prefix(1).map { CheckResult(code: "contradicting-registers", weight: .hold, explanation: $0.text) }
    }
}
