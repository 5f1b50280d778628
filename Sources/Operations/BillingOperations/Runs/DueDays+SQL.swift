internal import Billing
internal import Postgres
internal import Values

/// Which days of a contract a run bills, and of which contracts, said in SQL over the contract `c`.
struct DueDays: Sendable {
    /// The days; null or empty where there are none.
    let days: SQL
    /// Whether the contract is due; null is no.
    let condition: SQL

    init(_ occasion: BillingOccasion, _ period: DayRange) {
        switch occasion {
        case .cycle(let cycle):
            // Hardly ever is there an interim bill: whether there is any at all is asked once.
            days = "c.valid * CASE WHEN \(DueDays.anyInterim) THEN contract_cycle_days(c.number, \(period)) ELSE \(period) END"
            condition = """
                c.cycle = \(cycle.description) AND c.valid && \(period)
                AND (NOT \(DueDays.anyInterim) OR c.valid && contract_cycle_days(c.number, \(period)))
                """
        case .ended(let cycle):
            days = "c.valid * contract_final_days(c.number, \(period))"
            let ofCycle: SQL = cycle.map { " AND c.cycle = \($0.description)" } ?? ""
            // The first condition is what an index answers; whether it ended for good is asked of those alone.
            condition = """
                c.number IN (SELECT e.number FROM contract e WHERE upper(e.valid) > \(period.from) AND upper(e.valid) <= \(period.until))
                AND c.valid && contract_final_days(c.number, \(period))\(ofCycle)
                """
        case .demand:
            // A run on demand is over some contracts, never over all.
            days = "c.valid * contract_interim_days(c.number, c.cycle, upper(\(period)))"
            condition = "c.valid && contract_interim_days(c.number, c.cycle, upper(\(period)))"
        }
    }

    /// The days of a contract `c` in a run `r` of whichever occasion.
    static let ofRun: SQL =
        """
        c.valid * CASE WHEN r.cycle LIKE 'final%' THEN contract_final_days(c.number, r.period)
            WHEN r.cycle = 'interim' THEN contract_interim_days(c.number, c.cycle, upper(r.period))
            WHEN \(anyInterim) THEN contract_cycle_days(c.number, r.period) ELSE r.period END
        """

    private static let anyInterim: SQL = "(SELECT EXISTS (SELECT FROM billing_run WHERE cycle = 'interim' AND NOT is_simulation))"

    /// Whether the days `v` of a bill reach beyond the end of the contract `c`: it ended after it was billed. New terms under the
    /// same number are no end, and a bill that was corrected since is right.
    static let isBeyondEnd: SQL = """
        (NOT v.period <@ c.valid AND NOT EXISTS (
            SELECT 1 FROM contract s WHERE s.number = c.number AND (upper_inf(s.valid) OR upper(s.valid) >= upper(v.period)))
         AND NOT EXISTS (SELECT 1 FROM invoice k WHERE k.corrects = v.invoice_id AND k.type = 'correction' AND k.cancelled_by IS NULL)
         AND NOT \(isRecomputed))
        """

    /// Whether the bill behind the days `v` was computed again with the terms `c` that came or changed behind it, and nothing that came
    /// of it waits for a decision: the difference was released or dismissed, or there is none.
    static let isRecomputed: SQL = """
        (EXISTS (SELECT 1 FROM recomputed_terms t WHERE t.invoice_id = v.invoice_id AND t.contract_id = c.id)
         AND NOT EXISTS (SELECT 1 FROM correction k WHERE k.invoice_id = v.invoice_id AND k.state = 'proposed'))
        """
}

extension BillingRunStore {
    /// What an earlier run over ended contracts kept back is the newer one's work: a clerk sees it once.
    static func takeOverEnded(_ run: Int64, in connection: Connection) throws {
        try connection.execute(
            """
            WITH taken AS (
                DELETE FROM billing_job o USING billing_job j, billing_run r
                WHERE j.run_id = \(run) AND o.contract_id = j.contract_id AND o.run_id <> \(run) AND r.id = o.run_id AND r.cycle LIKE 'final%'
                    AND NOT r.is_simulation AND o.state IN ('open', 'held')
                RETURNING o.run_id, o.contract_id)
            UPDATE held_invoice h SET state = 'withdrawn' FROM taken t
            WHERE h.run_id = t.run_id AND h.contract_id = t.contract_id AND h.state IN ('held', 'released')
            """)
    }
}
