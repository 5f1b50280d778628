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
            WHERE j.run_id = \(run) AND r.id = j.run_id AND j.contract_id = c.id AND j.state IN ('open', 'held') AND EXISTS (
                SELECT 1 FROM invoice_coverage v JOIN invoice i ON i.id = v.invoice_id
                WHERE v.contract_id = c.id AND v.is_standing AND v.period @> (\(DueDays.ofRun)) AND NOT isempty(\(DueDays.ofRun))
                    AND NOT \(DueDays.isBeyondEnd)
                    AND i.run_id IS DISTINCT FROM j.run_id)
            """)
    }
}
