internal import Postgres
internal import Values

/// Instalments that were asked for days on which their account is supplied no longer, where no bill follows that would settle them: the
/// contract ended, or went to another account, on the very day up to which it is billed.
enum StrandedInstalments {
    static let code = "instalments-after-end"

    /// For a clerk: how much, and what to do; nil where there are none.
    /// - Parameter numbers: of the contracts on the bill.
    static func explanation(_ bill: StandingBill, _ numbers: [String], in connection: Connection) throws -> String? {
        let rows = try connection.query(
            """
            SELECT s.contract_number, min(s.due_on), sum(s.gross_cents)::bigint FROM instalment s
            WHERE s.account_id = \(bill.account) AND s.contract_number = ANY(\(Array(Set(numbers)).sorted())) AND s.state = 'requested'
                AND NOT EXISTS (SELECT 1 FROM invoice_instalment x JOIN invoice i ON i.id = x.invoice_id
                                WHERE x.instalment_id = s.id AND i.cancelled_by IS NULL)
                AND NOT EXISTS (SELECT 1 FROM contract c WHERE c.number = s.contract_number AND c.account_id = s.account_id
                                AND NOT isempty(c.valid) AND (c.valid @> s.due_on OR lower(c.valid) > s.due_on))
                AND NOT EXISTS (SELECT 1 FROM contract c JOIN invoice_coverage v ON v.contract_id = c.id AND v.is_standing
                                JOIN invoice i ON i.id = v.invoice_id
                                WHERE c.number = s.contract_number AND i.account_id = s.account_id AND upper(v.period) > s.due_on)
            GROUP BY s.contract_number ORDER BY s.contract_number LIMIT 1
            """)
        guard let row = rows.first else { return nil }
        let (number, first, gross) = (try row.get(0, as: String.self), try row.get(1, as: Day.self), try row.get(2, as: Money.self))
        return
            "Vom \(first.german) an sind Abschläge über \(gross.description) EUR für den Vertrag \(number) angefordert, der da nicht mehr über dieses "
            + "Konto beliefert wird; keine Rechnung rechnet sie noch ab. Bitte die letzte Rechnung stornieren und als Schlussrechnung neu "
            + "abrechnen: Sie rechnet an, was bezahlt ist, und nimmt zurück, was offen ist."
    }
}
