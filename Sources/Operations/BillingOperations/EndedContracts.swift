internal import Billing
public import Postgres
public import Values

/// A contract that has ended and whose last days nobody has billed.
public struct EndedContract: Hashable, Sendable {
    public let number: String
    public let account: String
    /// Code of the metering point.
    public let meteringPoint: String
    /// The days that its final bill is over; the end is exclusive.
    public let days: DayRange
    /// The last day on which the final bill may be issued: six weeks after the end (§ 40c(2) EnWG). nil for heat and water, whose law
    /// names none.
    public let deadline: Day?
    /// Why it is not billed: a run has kept it back.
    public let problem: String?
}

/// Contracts that wait for their final bill, the most urgent first.
public struct EndedContracts: Sendable {
    /// Days from the first day without the contract to the last on which the bill may come: that day is the first of the 42.
    static let deadline: Int32 = 42 - 1
    let pool: Pool
    public init(pool: Pool) { self.pool = pool }

    /// - Parameters:
    ///   - account: number or key; nil: of all.
    ///   - today: what ends later has not ended; what ended more than a year ago is not looked at.
    public func callAsFunction(account: String? = nil, today: Day, limit: Int = 100) async throws -> [EndedContract] {
        let ended = DayRange(from: today.adding(months: -12), until: today)
        return try await pool.transaction(readOnly: true) { connection in
            let due = DueDays(.ended(of: nil), ended)
            var conditions: [SQL] = [due.condition]
            if let account { conditions.append("(a.number = \(account) OR a.key = \(account))") }
            return try connection.query(
                """
                SELECT d.number, d.account, d.point, d.days, CASE WHEN d.is_energy THEN upper(d.days) + \(EndedContracts.deadline) END,
                       (SELECT h.reasons -> 0 ->> 'text' FROM held_invoice h WHERE h.contract_number = d.number AND h.state = 'held' AND h.period && d.days
                        ORDER BY h.id DESC LIMIT 1)
                FROM (
                    SELECT c.number, (array_agg(a.number ORDER BY lower(c.valid) DESC))[1] AS account, min(m.code) AS point,
                           bool_or(m.commodity IN ('electricity', 'gas')) AS is_energy, range_merge(range_agg(\(due.days))) AS days
                    FROM contract c JOIN account a ON a.id = c.account_id JOIN metering_point m ON m.id = c.metering_point_id
                    WHERE \(conditions.joined(separator: " AND ")) GROUP BY c.number) d
                WHERE NOT EXISTS (
                    SELECT 1 FROM invoice_coverage v WHERE v.contract_number = d.number AND v.is_standing AND v.period @> upper(d.days) - 1)
                ORDER BY upper(d.days), d.number LIMIT \(limit)
                """
            ).map { row in
                EndedContract(
                    number: try row.get(0), account: try row.get(1), meteringPoint: try row.get(2), days: try row.get(3),
                    deadline: try row.get(4), problem: try row.get(5))
            }
        }
    }
}
