internal import Billing
internal import Postgres
internal import Values

/// Days of a contract before its bill that no bill stands for. Each run looks at its own period only: what was entered after its run, or
/// lies between two of them, would be billed by nobody, and nobody would be told.
///
/// The bill goes out all the same: it is right for its own days. It says so as a notice, which is shown until the days are billed.
enum UnbilledDays {
    static let code = "earlier-days-unbilled"

    /// The days of the contract `number` before the day `before` on which nothing stands; null or empty: none.
    private static func open(_ number: SQL, before: SQL) -> SQL {
        """
        (SELECT range_agg(o.valid * daterange(NULL, \(before)))
                - coalesce((SELECT range_agg(w.period) FROM invoice_coverage w WHERE w.contract_number = \(number) AND w.is_standing), '{}')
         FROM contract o WHERE o.number = \(number) AND o.valid && daterange(NULL, \(before)))
        """
    }

    /// Says it of bills that go out. One statement for a page of them.
    ///
    /// Days behind a bill of the contract are surely owed. Days before its first are where its meter was read on them; else they may lie
    /// before the meters were ours, as in a stock that was taken over from another system.
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
            WHERE NOT isempty(g.days) AND (
                EXISTS (SELECT 1 FROM invoice_coverage v WHERE v.contract_number = d.number AND v.is_standing AND upper(v.period) <= lower(g.days))
                OR EXISTS (
                    SELECT 1 FROM contract c JOIN installation n ON n.metering_point_id = c.metering_point_id AND n.valid && g.days
                    JOIN register r ON r.meter_id = n.meter_id
                    WHERE c.number = d.number AND c.valid && g.days AND (
                        -- What was read on the last day is where the bill itself begins.
                        EXISTS (SELECT 1 FROM register_reading k WHERE k.register_id = r.id AND k.at >= lower(g.days)::timestamp AT TIME ZONE 'Europe/Berlin'
                                AND k.at < (upper(g.days) - 1)::timestamp AT TIME ZONE 'Europe/Berlin')
                        OR EXISTS (SELECT 1 FROM day_block b WHERE b.register_id = r.id AND b.day >= lower(g.days) AND b.day < upper(g.days)))))
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
        "Für Tage des Vertrags \(number) zwischen \(from.german) und \(through.german) steht keine Rechnung. Bitte mit einem Lauf über diese Tage "
            + "abrechnen; hat sie ein anderes System abgerechnet, ist nichts zu tun."
    }

    /// What is said of the bill of a job `j` as it stands: without what has been billed since. null where nothing is left.
    static let notices: SQL = """
        CASE WHEN j.notices @> \(JSONB(text: "[{\"code\": \"\(code)\"}]")) AND NOT EXISTS (
                SELECT 1 FROM invoice_coverage v WHERE v.invoice_id = j.invoice_id AND NOT isempty(\(open("v.contract_number", before: "lower(v.period)")))
                UNION ALL
                SELECT 1 FROM contract c WHERE c.id = j.contract_id AND j.invoice_id IS NULL AND NOT isempty(\(open("c.number", before: "lower(j.period)"))))
            THEN (SELECT jsonb_agg(e) FROM jsonb_array_elements(j.notices) e WHERE e ->> 'code' <> \(code))
            ELSE j.notices END
        """
}
