internal import Postgres
internal import Values

extension BillingRunStore {
    /// Puts a run into another state; in that state already, nothing is written.
    /// - Throws: ``BillingRefusal/unknownRun(_:)``, ``BillingRefusal/runEnded(_:_:)`` from any other state than those of `from`.
    static func change(
        _ number: String, to state: BillingRunRecord.State, from: [BillingRunRecord.State], author: String, now: Instant,
        in connection: Connection
    ) throws -> BillingRunRecord {
        let found = try connection.optional("SELECT state FROM billing_run WHERE number = \(number) FOR NO KEY UPDATE", as: String.self)
        guard let word = found, let before = BillingRunRecord.State(rawValue: word) else { throw BillingRefusal.unknownRun(number) }
        guard before == state || from.contains(before) else { throw BillingRefusal.runEnded(number, before.rawValue) }
        if before != state {
            try connection.execute(
                """
                UPDATE billing_run SET state = \(state.rawValue), changed_by = \(author), changed_at = \(now),
                    finished_at = CASE WHEN \(state == .stopped) THEN greatest(started_at, \(now)) END
                WHERE number = \(number)
                """)
        }
        return try BillingRunRecord.load(number, in: connection)
    }

    /// Whether workers may begin a page.
    static func isRunning(_ run: Int64, in connection: Connection) throws -> Bool {
        try connection.one("SELECT state = 'running' FROM billing_run WHERE id = \(run)", as: Bool.self)
    }

    /// Takes from a run what other runs have billed whole: it is nobody's work any more, and no reason to look.
    static func dropSettled(_ run: Int64, in connection: Connection) throws {
        try connection.execute(
            """
            DELETE FROM billing_job j USING contract c, billing_run r
            WHERE j.run_id = \(run) AND r.id = j.run_id AND j.contract_id = c.id AND j.state IN ('open', 'held') AND \(isBilledElsewhere)
            """)
    }

    /// Takes from the worklist what documents over these contracts have settled: what some other run kept back of them is billed whole by
    /// now, or the bill of then was looked at with the terms of today, and nothing of that waits. What somebody is working on at this
    /// moment he settles himself.
    ///
    /// - Parameter contracts: their numbers.
    static func settleHeld(_ contracts: Set<String>, in connection: Connection) throws {
        guard !contracts.isEmpty else { return }
        try connection.execute(
            """
            WITH settled AS (
                -- From the worklist, which is short, and not from the jobs of all runs.
                SELECT h.id, j.run_id, j.contract_id FROM unnest(\(contracts.sorted())) AS d (number)
                JOIN held_invoice h ON h.contract_number = d.number AND h.state = 'held'
                JOIN billing_job j ON j.run_id = h.run_id AND j.contract_id = h.contract_id AND j.state = 'held'
                JOIN contract c ON c.id = h.contract_id JOIN billing_run r ON r.id = h.run_id
                WHERE \(isBilledElsewhere)
                    OR j.problem_code = \(Hindrance.alreadyBilled(by: "").code) AND (
                        SELECT bool_and(\(DueDays.isRecomputed)) FROM invoice_coverage v
                        WHERE v.contract_number = c.number AND v.period && (\(DueDays.ofRun)) AND v.is_standing)
                FOR UPDATE OF h, j SKIP LOCKED
            ), dropped AS (
                DELETE FROM billing_job j USING settled s WHERE j.run_id = s.run_id AND j.contract_id = s.contract_id)
            UPDATE held_invoice h SET state = 'withdrawn' FROM settled s WHERE h.id = s.id
            """)
    }

    /// The same for the contracts on bills.
    static func settleHeld(on bills: [Int64], in connection: Connection) throws {
        guard !bills.isEmpty else { return }
        let numbers = try connection.query("SELECT DISTINCT contract_number FROM invoice_coverage WHERE invoice_id = ANY(\(bills))")
            .map { try $0.get(0) as String }
        try settleHeld(Set(numbers), in: connection)
    }

    /// Whether a bill that the run `r` of a job `j` did not write covers all days that the contract `c` has in it, on the terms as they are.
    private static let isBilledElsewhere: SQL = """
        EXISTS (SELECT 1 FROM invoice_coverage v JOIN invoice i ON i.id = v.invoice_id
                WHERE v.contract_id = c.id AND v.is_standing AND v.period @> (\(DueDays.ofRun)) AND NOT isempty(\(DueDays.ofRun))
                    AND NOT \(DueDays.isBeyondEnd)
                    AND i.run_id IS DISTINCT FROM j.run_id)
        """
}
