internal import Billing
internal import Ledger
internal import LedgerOperations
internal import Postgres
internal import Tariffs
internal import Values

/// Requests for instalments against the journal, and their papers against their hashes.
enum InstalmentCheck {
    struct Page: Sendable {
        var last: Int64?
        var requests = 0
        var papers = 0
        var discrepancies: [VerifyInvoices.Discrepancy] = []
    }

    /// Instalments behind `after`, planned ones among them: their amounts are the sums of their shares; what is requested is booked so.
    static func page(after: Int64, limit: Int, in connection: Connection) throws -> Page {
        var page = Page()
        for row in try connection.query(
            """
            SELECT s.id, s.number, s.contract_number, s.account_id, s.due_on, s.gross_cents, s.tax_cents, s.shares, s.state, s.withdrawn_cents,
                   s.requested_on, p.contract_id, e.kind, e.key, e.document, e.booking_date,
                   CASE WHEN s.entry_id IS NOT NULL THEN \(Written.postings(of: "s.entry_id")) END
            FROM instalment s LEFT JOIN instalment_plan p ON p.id = s.plan_id LEFT JOIN journal_entry e ON e.id = s.entry_id
            WHERE s.id > \(after) ORDER BY s.id LIMIT \(limit)
            """)
        {
            let id: Int64 = try row.get(0)
            page.last = id
            let number: String? = try row.get(1)
            let name = try number ?? "instalment \(id) of \(row.get(2, as: String.self))"
            func wrong(_ what: String) { page.discrepancies.append(.init(number: name, what: what)) }
            let gross: Money = try row.get(5)
            let tax: Money = try row.get(6)
            let shares: [InstalmentShare]
            do { shares = try InstalmentStore.shares(try row.get(7)) } catch {
                wrong("the shares by rate cannot be read: \(error)")
                continue
            }
            if shares.map(\.gross).total() != gross || shares.map(\.amount).total() != tax {
                wrong("\(gross) with a tax of \(tax) is not the sum of its shares by rate")
            }
            guard let number else { continue }
            page.requests += 1
            guard let contract = try row.get(11, as: Int64?.self) else {
                wrong("its plan is gone")
                continue
            }
            let isWithdrawn = try row.get(9, as: Money.self) == gross
            if try row.get(8, as: String.self) != (isWithdrawn ? "withdrawn" : "requested") {
                wrong("its state is \(try row.get(8, as: String.self)), and \(try row.get(9, as: Money.self)) of \(gross) were withdrawn")
            }
            guard let kind = try row.get(12, as: String?.self) else {
                wrong("the journal entry that asks for it is gone")
                continue
            }
            if try kind != "instalment" || row.get(13, as: String?.self) != "instalment:\(id)" || row.get(14, as: String?.self) != number
                || row.get(15, as: Day?.self) != row.get(10, as: Day?.self)
            {
                wrong("its journal entry books something else")
            }
            var postings: [Posting] = [
                .customer(
                    Identifier(try row.get(3)), owes: gross, .instalment, due: try row.get(4), contract: Identifier(contract))
            ]
            do { postings += try InstalmentEntry.prepayments(shares, sign: -1) } catch {
                wrong("no journal entry comes out of it: \(error)")
                continue
            }
            if let difference = Written.difference(try row.get(16, as: [String]?.self) ?? [], postings.map(Written.text)) {
                wrong("its journal entry is not over what it asks for: posting \(difference)")
            }
        }
        if let last = page.last { try papers(after + 1...last, &page, in: connection) }
        return page
    }

    private static func papers(_ range: ClosedRange<Int64>, _ page: inout Page, in connection: Connection) throws {
        for row in try connection.query(
            """
            SELECT s.number, d.kind, d.sha256 = sha256(d.body) FROM instalment_document d JOIN instalment s ON s.id = d.instalment_id
            WHERE d.instalment_id BETWEEN \(range.lowerBound) AND \(range.upperBound) ORDER BY d.instalment_id, d.kind
            """)
        {
            page.papers += 1
            if try !row.get(2, as: Bool.self) {
                page.discrepancies.append(
                    .init(
                        number: try row.get(0, as: String?.self) ?? "",
                        what: "the file \(try row.get(1, as: String.self)) is not the one that was written"))
            }
        }
    }

    /// Entries whose request is gone, and withdrawals that the journal does not know. At most a hundred of each.
    static func entries(in connection: Connection) throws -> [VerifyInvoices.Discrepancy] {
        var found: [VerifyInvoices.Discrepancy] = []
        for row in try connection.query(
            """
            SELECT e.id, e.document FROM journal_entry e LEFT JOIN instalment s ON s.entry_id = e.id
            WHERE e.kind = 'instalment' AND e.key NOT LIKE 'instalment-withdrawn:%' AND s.id IS NULL ORDER BY 1 LIMIT 100
            """)
        {
            let entry: Int64 = try row.get(0)
            found.append(
                .init(
                    number: StoredEntry.number(of: Identifier(entry)),
                    what: "it books the request \(try row.get(1, as: String?.self) ?? ""), which is gone"))
        }
        for row in try connection.query(
            """
            SELECT coalesce(s.number, w.document), coalesce(s.withdrawn_cents, 0), coalesce(w.cents, 0)::bigint FROM instalment s
            FULL JOIN (SELECT e.document, -sum(p.amount_cents) AS cents FROM journal_entry e JOIN posting p ON p.entry_id = e.id
                       WHERE e.kind = 'instalment' AND e.key LIKE 'instalment-withdrawn:%' AND p.account_id IS NOT NULL GROUP BY 1) w
                ON w.document = s.number
            WHERE coalesce(s.withdrawn_cents, 0) <> coalesce(w.cents, 0) ORDER BY 1 LIMIT 100
            """)
        {
            found.append(
                .init(
                    number: try row.get(0, as: String?.self) ?? "an instalment without a number",
                    what: "\(try row.get(1, as: Money.self)) of it were withdrawn, and \(try row.get(2, as: Money.self)) by the journal"))
        }
        return found
    }
}
