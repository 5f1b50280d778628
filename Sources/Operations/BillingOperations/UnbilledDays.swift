internal import Billing
internal import Postgres
internal import Values

/// Days of a contract before its bill that no bill stands for. Each run looks at its own period only: what was entered after its run, or
/// lies between two of them, would be billed by nobody, and nobody would be told.
///
/// The bill goes out all the same: it is right for its own days. It says so as a notice, which is shown until the days are billed.
enum UnbilledDays {
    static let code = "earlier-days-unbilled"

    /// The days of the contract `number` before the day `before` that are ours to bill and on which nothing stands; null: none.
    ///
    /// What lies behind a bill of the contract is surely owed, and whatever lies in a period that was billed here. What lies before the
    /// first of them was another system's, as of a stock that was taken over.
    private static func open(_ number: SQL, before: SQL) -> SQL {
        """
        (SELECT nullif(
            (SELECT range_agg(o.valid * daterange(least(\(before), (
                    SELECT min(lower(b.period)) FROM billing_run b WHERE NOT b.is_simulation AND (b.cycle LIKE 'annual%' OR b.cycle = 'monthly')), (
                    SELECT min(lower(w.period)) FROM invoice_coverage w WHERE w.contract_number = \(number) AND w.is_standing)), \(before)))
             FROM contract o WHERE o.number = \(number) AND o.valid && daterange(NULL, \(before)))
            - coalesce((SELECT range_agg(w.period) FROM invoice_coverage w WHERE w.contract_number = \(number) AND w.is_standing), '{}'), '{}'))
        """
    }

    /// Says it of bills that go out. One statement for a page of them.
    static func tell(on outcomes: inout [ComputeBills.Outcome], in connection: Connection) throws {
        // What goes out together is billed together.
        var first: [String: Day] = [:]
        for covered in outcomes.flatMap({ $0.ready?.covers ?? [] }) {
            first[covered.number] = min(first[covered.number] ?? covered.period.from, covered.period.from)
        }
        guard !first.isEmpty else { return }
        let asked = first.sorted { $0.key < $1.key }
        var found: [String: CheckResult] = [:]
        for row in try connection.query(
            """
            SELECT d.number, lower(g.days), upper(g.days) - 1
            FROM unnest(\(asked.map(\.key)), \(asked.map(\.value))) AS d (number, first)
            CROSS JOIN LATERAL (SELECT \(open("d.number", before: "d.first")) AS days) g
            WHERE g.days IS NOT NULL
            """)
        {
            let number: String = try row.get(0)
            found[number] = CheckResult(
                code: code, weight: .notice, explanation: explanation(number, from: try row.get(1), through: try row.get(2)))
        }
        guard !found.isEmpty else { return }
        for place in outcomes.indices {
            guard let ready = outcomes[place].ready else { continue }
            outcomes[place].ready?.remarks += Set(ready.covers.map(\.number)).sorted().compactMap { found[$0] }
        }
    }

    private static func explanation(_ number: String, from: Day, through: Day) -> String {
        "Für Tage des \(naming)\(number) zwischen \(from.german) und \(through.german) steht keine Rechnung. Bitte mit einem Lauf über diese Tage "
            + "abrechnen; hat sie ein anderes System abgerechnet, ist nichts zu tun."
    }

    /// What is said of the bill of a job `j` as it stands: without what has been billed since. null where nothing is left.
    static let notices: SQL = """
        CASE WHEN j.notices @> \(JSONB(text: "[{\"code\": \"\(code)\"}]")) THEN (
            SELECT jsonb_agg(e) FROM jsonb_array_elements(j.notices) e WHERE e ->> 'code' <> \(code) OR EXISTS (
                SELECT 1 FROM (
                    SELECT v.contract_number, min(lower(v.period)) FROM invoice_coverage v WHERE v.invoice_id = j.invoice_id GROUP BY 1
                    UNION ALL SELECT c.number, lower(j.period) FROM contract c WHERE c.id = j.contract_id AND j.invoice_id IS NULL) b (number, first)
                -- Of a bill over several contracts each is told of itself.
                WHERE strpos(e ->> 'text', '\(raw: naming)' || b.number || ' ') > 0 AND \(open("b.number", before: "b.first")) IS NOT NULL))
            ELSE j.notices END
        """
    /// How the sentence names the contract.
    private static let naming = "Vertrags "
}
