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
    let now: Instant
    let size: Int

    /// What became of a contract.
    private enum Outcome {
        case computed(DueContract, BillingCase, InvoiceDraft)
        case held(DueContract, code: String, text: String)
    }
    /// Ends a simulation at the place where a real page would commit.
    private struct Simulated: Error {}

    /// - Returns: how many contracts were worked on; 0 when none is free.
    func work(in connection: Connection) throws -> Int {
        let due = try DueContract.lock(run, cycle: cycle, limit: size, in: connection)
        guard !due.isEmpty else { return 0 }
        let outcomes = try compute(due, in: connection)
        var computed: [(due: DueContract, inputs: BillingCase, draft: InvoiceDraft)] = []
        var held: [(due: DueContract, code: String, text: String)] = []
        for outcome in outcomes {
            switch outcome {
            case .computed(let due, let inputs, let draft): computed.append((due, inputs, draft))
            case .held(let due, let code, let text): held.append((due, code, text))
            }
        }
        var numbers: [Int64?] = computed.map { _ in nil }
        if isSimulation {
            do {
                try connection.savepoint {
                    _ = try issue(computed, in: connection)
                    throw Simulated()
                }
            } catch is Simulated {}
        } else {
            numbers = try issue(computed, in: connection)
        }
        try mark(computed, numbers, in: connection)
        try markHeld(held, in: connection)
        return due.count
    }

    private func compute(_ due: [DueContract], in connection: Connection) throws -> [Outcome] {
        guard let first = due.map(\.period.from).min(), let until = due.compactMap(\.period.until).max() else { return [] }
        let usage = try LoadUsage.load(due.map(\.point), period: DayRange(from: first, until: until), in: connection)
        let previous = try DueContract.previous(due, in: connection)
        return due.map { due in
            guard let contract = due.contract, let chain = catalog.chains[contract.tariff] else {
                return .held(
                    due, code: "no-tariff",
                    text: "Der Tarif \(due.tariff) ist nicht veröffentlicht. Bitte veröffentlichen oder am Vertrag berichtigen.")
            }
            guard contract.tariff.commodity == due.commodity else {
                return .held(
                    due, code: "wrong-commodity",
                    text: "Der Tarif \(due.tariff) passt nicht zur Sparte \(due.commodity.rawValue) der Messstelle.")
            }
            do {
                let cuts = Bill.cuts(contract: contract, period: due.period, tariffs: chain.timeline, prices: catalog.prices)
                let told = try Usage.pieces(usage[due.point] ?? UsageInput(meters: []), period: due.period, cuts: cuts)
                let billingCase = BillingCase(
                    contract: contract, supplier: supplier, period: due.period, kind: due.kind, usage: told.pieces, findings: told.findings,
                    tariffs: chain.timeline, prices: catalog.prices, previous: previous[contract.number])
                let draft = try Bill.compute(billingCase)
                if let rate = InvoiceEntry.unpostable(draft) {
                    return .held(
                        due, code: "no-ledger-account", text: "Der Kontenplan hat kein Konto für den Steuersatz \(rate). Bitte anlegen.")
                }
                return .computed(due, billingCase, draft)
            } catch let problem as BillingProblem {
                return .held(due, code: problem.code, text: problem.explanation)
            } catch {
                return .held(due, code: BillingProblem.overflow.code, text: BillingProblem.overflow.explanation)
            }
        }
    }

    /// Numbers, entries, invoices, open items: together.
    private func issue(
        _ bills: [(due: DueContract, inputs: BillingCase, draft: InvoiceDraft)], in connection: Connection
    ) throws -> [Int64?] {
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
        _ bills: [(due: DueContract, inputs: BillingCase, draft: InvoiceDraft)], _ numbers: [Int64?], in connection: Connection
    ) throws {
        guard !bills.isEmpty else { return }
        let totals = bills.map(\.draft.totals)
        try connection.execute(
            """
            UPDATE billing_job j SET state = \(isSimulation ? "simulated" : "billed"), invoice_id = d.invoice_id, net_cents = d.net, tax_cents = d.tax,
                gross_cents = d.gross, problem_code = NULL, problem_text = NULL
            FROM unnest(\(bills.map(\.due.id)), \(numbers), \(totals.map(\.net.cents)), \(totals.map(\.tax.cents)), \(totals.map(\.gross.cents)))
                AS d (contract_id, invoice_id, net, tax, gross)
            WHERE j.run_id = \(run) AND j.contract_id = d.contract_id
            """)
    }
    private func markHeld(_ held: [(due: DueContract, code: String, text: String)], in connection: Connection) throws {
        guard !held.isEmpty else { return }
        try connection.execute(
            """
            UPDATE billing_job j SET state = 'held', problem_code = d.code, problem_text = d.text
            FROM unnest(\(held.map(\.due.id)), \(held.map(\.code)), \(held.map(\.text))) AS d (contract_id, code, text)
            WHERE j.run_id = \(run) AND j.contract_id = d.contract_id
            """)
    }
}
