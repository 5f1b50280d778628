internal import Postgres
internal import Values

/// A bill that stands, with the corrections that stand beside it.
struct StandingBill {
    let id: Int64
    let number: String
    let account: Int64
    let contract: Int64
    let inputs: [UInt8]
    /// Up to when what was known is in its documents.
    let knownAt: Instant
    /// Number of the bill and of its corrections, in order.
    let documents: [String]
    /// What the last of its corrections was computed from; nil: there is none.
    let corrected: [UInt8]?
    /// Whether a correction of it waits for a decision.
    let isProposed: Bool
    /// Whether it could not be computed again when it was looked at last.
    let isUnclear: Bool

    /// Bills behind a row, in order; `numbers` empty: all.
    static func page(after: Int64, limit: Int, numbers: [String], in connection: Connection) throws -> [StandingBill] {
        try connection.query(
            """
            SELECT i.id, i.number, i.account_id, i.contract_id, i.inputs, greatest(coalesce(o.known_at, i.recorded_at), c.last), c.numbers, c.inputs,
                   EXISTS (SELECT 1 FROM correction p WHERE p.invoice_id = i.id AND p.state = 'proposed'),
                   EXISTS (SELECT 1 FROM unclear_bill u WHERE u.invoice_id = i.id)
            FROM invoice i LEFT JOIN correction o ON o.document_id = i.id CROSS JOIN LATERAL (
                SELECT max(coalesce(w.known_at, k.recorded_at)) AS last, array_agg(k.number ORDER BY k.id) AS numbers,
                       (array_agg(k.inputs ORDER BY k.id DESC))[1] AS inputs
                FROM invoice k LEFT JOIN correction w ON w.document_id = k.id
                WHERE k.corrects = i.id AND k.type = 'correction' AND k.cancelled_by IS NULL) c
            WHERE i.type = 'invoice' AND i.cancelled_by IS NULL AND i.id > \(after) AND (\(numbers.isEmpty) OR i.number = ANY(\(numbers)))
            ORDER BY i.id LIMIT \(limit)
            """
        ).map { row in
            let number: String = try row.get(1)
            return StandingBill(
                id: try row.get(0), number: number, account: try row.get(2), contract: try row.get(3), inputs: try row.get(4),
                knownAt: try row.get(5), documents: [number] + (try row.get(6, as: [String]?.self) ?? []), corrected: try row.get(7),
                isProposed: try row.get(8), isUnclear: try row.get(9))
        }
    }

    /// A contract's days on a bill, and what has become of the contract since.
    struct Covered {
        let contract: Int64
        let number: String
        let point: Int64
        let period: DayRange
        /// Days of the terms as they are now.
        let valid: DayRange
        /// Points at which deduction meters of the contract hang beside its own.
        let others: [Int64]

        /// The days that are still the contract's; nil: none.
        var remaining: DayRange? { period.intersection(valid) }
        var isShortened: Bool { remaining != period }
    }

    /// What bills cover, in the order of their parts.
    static func coverage(_ bills: [StandingBill], in connection: Connection) throws -> [Int64: [Covered]] {
        try coverage(of: bills.map(\.id), in: connection)
    }
    static func coverage(of bills: [Int64], in connection: Connection) throws -> [Int64: [Covered]] {
        var found: [Int64: [Covered]] = [:]
        for row in try connection.query(
            """
            SELECT v.invoice_id, v.contract_id, v.contract_number, c.metering_point_id, v.period, c.valid,
                   (SELECT array_agg(DISTINCT n.metering_point_id) FROM regexp_split_to_table(c.attributes ->> 'deductionMeter', '[ ,]+') AS s (serial)
                    JOIN meter m ON m.serial = s.serial JOIN installation n ON n.meter_id = m.id WHERE n.metering_point_id <> c.metering_point_id)
            FROM invoice_coverage v JOIN contract c ON c.id = v.contract_id WHERE v.invoice_id = ANY(\(bills))
            ORDER BY v.invoice_id, c.account_id, v.contract_number, lower(v.period)
            """)
        {
            found[try row.get(0), default: []].append(
                Covered(
                    contract: try row.get(1), number: try row.get(2), point: try row.get(3), period: try row.get(4), valid: try row.get(5),
                    others: try row.get(6) ?? []))
        }
        return found
    }
}
