internal import Billing
internal import Ledger
internal import LedgerOperations
internal import Postgres
internal import Tariffs
internal import Values

/// What a bill does to the instalments of its contracts: paid ones are set off, unpaid ones withdrawn, and a new plan follows.
enum SetOffInstalments {
    /// The paid part of each, with its tax as booked; what was not paid at all is not on the bill.
    static func paid(_ instalments: [RequestedInstalment]) throws(Overflow) -> [SetOff] {
        var setOff: [SetOff] = []
        for instalment in instalments where instalment.paid > .zero {
            setOff.append(
                SetOff(
                    instalment: instalment.id, number: instalment.number, paidOn: instalment.paidOn,
                    shares: try instalment.shares.paid(instalment.paid)))
        }
        return setOff
    }

    /// After bills have their numbers: remembers what they set off, takes back what was not paid, and starts the next plans. A page of
    /// bills takes as many statements as one bill.
    static func record(
        _ issued: [(bill: ReadyBill, number: PrintedNumber)], author: String, today: Day, now: Instant, in connection: Connection
    ) throws {
        let setOff = issued.flatMap { bill, number in bill.setOff.map { (invoice: number.serial, own: $0) } }
        if !setOff.isEmpty {
            try connection.execute(
                """
                INSERT INTO invoice_instalment (invoice_id, instalment_id, paid_on, gross_cents, tax_cents, shares)
                SELECT * FROM unnest(\(setOff.map(\.invoice)), \(setOff.map(\.own.instalment)), \(setOff.map(\.own.paidOn)), \(setOff.map(\.own.gross.cents)),
                                     \(setOff.map(\.own.tax.cents)), \(setOff.map { InstalmentStore.json($0.own.shares) }))
                """)
        }
        try withdraw(
            issued.flatMap { bill, number in bill.unpaid.map { ($0, number) } }, author: author, today: today, now: now, in: connection)
        var plans: [InstalmentStore.New] = []
        for (bill, number) in issued {
            for plan in bill.draft.plans {
                guard let covered = bill.covers.last(where: { $0.number == plan.contract }) else { continue }
                plans.append(
                    InstalmentStore.New(plan: plan, contract: covered.contract, account: bill.account.number, invoice: number.serial))
            }
        }
        try InstalmentStore.insert(plans, author: author, now: now, in: connection)
        try InstalmentStore.end(
            issued.flatMap { bill, _ in bill.endedPlans.map { (contract: $0, account: bill.account) } }, now: now, in: connection)
    }

    /// What a bill withdrew, over all contracts on it.
    static func withdrawn(by number: String, _ invoice: Int64, in connection: Connection) throws -> Money {
        try connection.one(
            """
            SELECT coalesce(-sum(p.amount_cents), 0)::bigint FROM instalment s
            JOIN journal_entry e ON e.key = 'instalment-withdrawn:' || s.id || ':' || \(number)
            JOIN posting p ON p.entry_id = e.id AND p.account_id IS NOT NULL
            WHERE s.contract_number IN (SELECT v.contract_number FROM invoice_coverage v 
                WHERE v.invoice_id = (SELECT coalesce(i.corrects, i.id) FROM invoice i WHERE i.id = \(invoice)))
                AND s.withdrawn_cents > 0
            """, as: Money.self)
    }

    private static func withdraw(
        _ unpaid: [(instalment: RequestedInstalment, by: PrintedNumber)], author: String, today: Day, now: Instant,
        in connection: Connection
    ) throws {
        guard !unpaid.isEmpty else { return }
        let items = Dictionary(
            try ClearItem.items(of: unpaid.map(\.instalment.entry), in: connection).map { ($0.key.entry, $0) },
            uniquingKeysWith: { first, _ in first })
        var withdrawals: [(item: OpenItem, by: JournalEntry)] = []
        for (instalment, bill) in unpaid {
            guard let item = items[instalment.entry], item.remaining > .zero else { continue }
            let shares = instalment.shares.less(try instalment.shares.paid(instalment.gross - item.remaining))
            var postings: [Posting] = [.customer(item.account, owes: -item.remaining, .instalment, due: today, contract: item.contract)]
            postings += try InstalmentEntry.prepayments(shares, sign: 1)
            withdrawals.append(
                (
                    item,
                    try JournalEntry(
                        .instalment, bookingDate: today, key: "instalment-withdrawn:\(instalment.id):\(bill)", document: instalment.number,
                        text: "Abschlag zurückgenommen, abgerechnet mit \(bill)", author: author, postings: postings)
                ))
        }
        try ClearItem.withdraw(withdrawals, in: connection, author: author, today: today, now: now)
        let rests = unpaid.compactMap { unpaid in items[unpaid.instalment.entry].map { (unpaid.instalment.id, $0.remaining.cents) } }
        try connection.execute(
            """
            UPDATE instalment s SET withdrawn_cents = s.withdrawn_cents + u.cents,
                state = CASE WHEN s.withdrawn_cents + u.cents = s.gross_cents THEN 'withdrawn' ELSE s.state END
            FROM unnest(\(rests.map(\.0)), \(rests.map(\.1))) AS u (id, cents) WHERE s.id = u.id
            """)
    }
}

/// Where an instalment becomes postings: prepayments and tax by rate, no revenue.
enum InstalmentEntry {
    /// - Parameter sign: 1 debits (set off, withdrawn), -1 credits (requested).
    /// - Throws: `InvoiceEntry.Unpostable` where the chart has no account for a rate.
    static func prepayments(_ shares: [InstalmentShare], sign: Int64) throws(InvoiceEntry.Unpostable) -> [Posting] {
        var postings: [Posting] = []
        for share in shares {
            let code = InvoiceEntry.code(share.tax)
            guard let ledger = ChartOfAccounts.prepayments(share.tax.rate) else { throw InvoiceEntry.Unpostable(rate: share.tax.rate) }
            let net = share.gross - share.amount
            if net != .zero { postings.append(.debit(ledger, Money(cents: sign * net.cents), taxCode: code)) }
            guard share.amount != .zero else { continue }
            guard let tax = ChartOfAccounts.valueAddedTax(share.tax.rate) else { throw InvoiceEntry.Unpostable(rate: share.tax.rate) }
            postings.append(.debit(tax, Money(cents: sign * share.amount.cents), taxCode: code))
        }
        return postings
    }
}
