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
                SetOff(instalment: instalment.id, paidOn: instalment.paidOn, shares: try instalment.shares.paid(instalment.paid)))
        }
        return setOff
    }

    /// After a bill has its number: remembers what it set off, takes back what was not paid, and starts the next plan.
    static func record(
        _ bill: ReadyBill, invoice: Int64, number: PrintedNumber, author: String, today: Day, now: Instant, in connection: Connection
    ) throws {
        let setOff = bill.setOff
        if !setOff.isEmpty {
            try connection.execute(
                """
                INSERT INTO invoice_instalment (invoice_id, instalment_id, paid_on, gross_cents, tax_cents, shares)
                SELECT \(invoice), * FROM unnest(\(setOff.map(\.instalment)), \(setOff.map(\.paidOn)), \(setOff.map(\.gross.cents)),
                                                 \(setOff.map(\.tax.cents)), \(setOff.map { InstalmentStore.json($0.shares) }))
                """)
        }
        try withdraw(bill.unpaid, of: number, author: author, today: today, now: now, in: connection)
        for plan in bill.draft.plans {
            guard let covered = bill.covers.last(where: { $0.number == plan.contract }) else { continue }
            _ = try InstalmentStore.insert(
                plan, contract: covered.contract, account: bill.account.number, invoice: invoice, author: author, now: now, in: connection)
        }
        if !bill.endedPlans.isEmpty { try InstalmentStore.end(bill.endedPlans, now: now, in: connection) }
    }

    private static func withdraw(
        _ unpaid: [RequestedInstalment], of bill: PrintedNumber, author: String, today: Day, now: Instant, in connection: Connection
    ) throws {
        guard !unpaid.isEmpty else { return }
        let items = Dictionary(
            try ClearItem.items(of: unpaid.map(\.entry), in: connection).map { ($0.key.entry, $0) }, uniquingKeysWith: { first, _ in first }
        )
        var withdrawals: [(item: OpenItem, by: JournalEntry)] = []
        for instalment in unpaid {
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
        let rests = unpaid.compactMap { instalment in items[instalment.entry].map { (instalment.id, $0.remaining.cents) } }
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
