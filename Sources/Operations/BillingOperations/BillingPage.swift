internal import Billing
internal import InvoiceFormats
internal import Ledger
internal import LedgerOperations
internal import Metering
internal import MeteringOperations
internal import Postgres
internal import Tariffs
internal import Values

/// One page of a run: read, compute, draw numbers, write. It is done or it is not: one transaction.
struct BillingPage: Sendable {
    let run: Int64
    let cycle: String
    let isSimulation: Bool
    let catalog: TariffCatalog
    let supplier: Supplier
    let author: String
    let today: Day
    let size: Int

    /// A bill that waits for its number.
    private struct Computed {
        let due: DueContract
        let inputs: BillingCase
        let draft: InvoiceDraft
    }
    private struct Held {
        let due: DueContract
        let code: String
        let text: String
    }
    /// Ends a simulation at the place where a real page would commit.
    private struct Simulated: Error {}

    /// - Parameter now: when the page is written.
    /// - Returns: how many contracts were worked on; 0 when none is free.
    func work(in connection: Connection, now: Instant) throws -> Int {
        let due = try DueContract.lock(run, cycle: cycle, limit: size, in: connection)
        guard !due.isEmpty else { return 0 }
        let page = try compute(due, in: connection)
        let computed = page.computed
        var held = page.held
        var issued: [(bill: Computed, number: Int64?)] = []
        if isSimulation {
            do {
                try connection.savepoint {
                    _ = try issue(computed, in: connection, now: now)
                    throw Simulated()
                }
            } catch is Simulated {
                issued = computed.map { ($0, nil) }
            } catch let error as DatabaseError where isBilledTwice(error) {
                // The real run would come to the same place and go on one by one; this one need not.
                issued = computed.map { ($0, nil) }
            }
        } else {
            do {
                let numbers = try connection.savepoint { try issue(computed, in: connection, now: now) }
                issued = zip(computed, numbers).map { ($0, $1) }
            } catch let error as DatabaseError where isBilledTwice(error) {
                // Between the look for standing bills and here somebody billed one of these contracts. It alone is held.
                for bill in computed {
                    do {
                        let numbers = try connection.savepoint { try issue([bill], in: connection, now: now) }
                        issued.append((bill, numbers.first))
                    } catch let error as DatabaseError where isBilledTwice(error) {
                        let hindrance = try DueContract.standing([bill.due], in: connection)[bill.due.id] ?? .alreadyBilled(by: "?")
                        held.append(Held(due: bill.due, code: hindrance.code, text: hindrance.explanation))
                    }
                }
            }
        }
        try mark(issued.map(\.bill), issued.map(\.number), in: connection)
        try markHeld(held, in: connection)
        return due.count
    }

    private func isBilledTwice(_ error: DatabaseError) -> Bool {
        error.isExclusionViolation && error.constraint == "invoice_period_once"
    }

    private func compute(_ due: [DueContract], in connection: Connection) throws -> (computed: [Computed], held: [Held]) {
        guard let first = due.map(\.period.from).min(), let until = due.compactMap(\.period.until).max() else { return ([], []) }
        let usage = try LoadUsage.load(due.map(\.point), period: DayRange(from: first, until: until), in: connection)
        let previous = try DueContract.previous(due, in: connection)
        var computed: [Computed] = []
        var held: [Held] = []
        for due in due {
            do {
                computed.append(try bill(due, usage[due.point] ?? UsageInput(meters: []), previous[due.id]))
            } catch let hindrance as Hindrance {
                held.append(Held(due: due, code: hindrance.code, text: hindrance.explanation))
            } catch let problem as BillingProblem {
                held.append(Held(due: due, code: problem.code, text: problem.explanation))
            } catch is Overflow {
                held.append(Held(due: due, code: BillingProblem.overflow.code, text: BillingProblem.overflow.explanation))
            } catch let unpostable as InvoiceEntry.Unpostable {
                held.append(
                    Held(
                        due: due, code: "no-ledger-account",
                        text: "Der Kontenplan hat kein Konto für den Steuersatz \(unpostable.rate). Bitte anlegen."))
            }
        }
        return (computed, held)
    }

    /// - Throws: `Hindrance`, `BillingProblem`, `Overflow`, `InvoiceEntry.Unpostable`: the contract is held. Anything else is
    ///   nothing that the contract could be blamed for.
    private func bill(_ due: DueContract, _ usage: UsageInput, _ previous: PreviousPeriod?) throws -> Computed {
        let contract = try due.contract.get()
        guard let chain = catalog.chains[contract.tariff] else { throw Hindrance.unknownTariff(contract.tariff.description) }
        let cuts = Bill.cuts(contract: contract, period: due.period, tariffs: chain.timeline, prices: catalog.prices)
        let told = try Usage.pieces(usage, period: due.period, cuts: cuts)
        let billingCase = BillingCase(
            contract: contract, supplier: supplier, period: due.period, kind: due.kind, usage: told.pieces, findings: told.findings,
            tariffs: chain.timeline, prices: catalog.prices, previous: previous)
        let draft = try Bill.compute(billingCase)
        if let rate = InvoiceEntry.unpostable(draft) { throw InvoiceEntry.Unpostable(rate: rate) }
        return Computed(due: due, inputs: billingCase, draft: draft)
    }

    /// Numbers, entries, invoices, open items: together.
    private func issue(
        _ bills: [Computed], in connection: Connection, now: Instant
    ) throws -> [Int64] {
        guard !bills.isEmpty else { return [] }
        let first = try BillingRunStore.draw(bills.count, from: "invoice", in: connection)
        var rows: [InvoiceStore.New] = []
        rows.reserveCapacity(bills.count)
        var entries: [JournalEntry] = []
        var placeOfEntry: [Int] = []
        for (offset, bill) in bills.enumerated() {
            let invoice = Invoice(number: PrintedNumber(.invoice, serial: first + Int64(offset)), issuedOn: today, draft: bill.draft)
            if let entry = try InvoiceEntry.entry(invoice, account: bill.due.account, contract: bill.due.id, author: author) {
                entries.append(entry)
                placeOfEntry.append(offset)
            }
            rows.append(.init(invoice: invoice, contract: bill.due.id, account: bill.due.account, inputs: StoredCase(bill.inputs).bytes))
        }
        let posted = try LedgerPosting.post(entries: entries, in: connection, now: now)
        for (place, entry) in zip(placeOfEntry, posted) { rows[place].entry = entry.id }
        try InvoiceStore.insert(rows, run: run, author: author, now: now, in: connection)
        let accounts = Set(bills.map(\.due.account)).sorted()
        try SettleAccounts.settle(accounts: accounts, in: connection, author: author, today: today, now: now)
        return rows.map { $0.invoice.number.serial }
    }

    private func mark(
        _ bills: [Computed], _ numbers: [Int64?], in connection: Connection
    ) throws {
        guard !bills.isEmpty else { return }
        let totals = bills.map(\.draft.totals)
        try connection.execute(
            """
            UPDATE billing_job j SET state = \(isSimulation ? "simulated" : "billed"), period = d.period, invoice_id = d.invoice_id, net_cents = d.net, tax_cents = d.tax,
                gross_cents = d.gross, problem_code = NULL, problem_text = NULL
            FROM unnest(\(bills.map(\.due.id)), \(bills.map(\.due.period)), \(numbers), \(totals.map(\.net.cents)), \(totals.map(\.tax.cents)), \(totals.map(\.gross.cents)))
                AS d (contract_id, period, invoice_id, net, tax, gross)
            WHERE j.run_id = \(run) AND j.contract_id = d.contract_id
            """)
    }
    private func markHeld(_ held: [Held], in connection: Connection) throws {
        guard !held.isEmpty else { return }
        try connection.execute(
            """
            UPDATE billing_job j SET state = 'held', period = d.period, problem_code = d.code, problem_text = d.text
            FROM unnest(\(held.map(\.due.id)), \(held.map(\.due.period)), \(held.map(\.code)), \(held.map(\.text))) AS d (contract_id, period, code, text)
            WHERE j.run_id = \(run) AND j.contract_id = d.contract_id
            """)
    }
}
