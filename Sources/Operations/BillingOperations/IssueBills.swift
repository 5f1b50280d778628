internal import Billing
internal import InvoiceFormats
internal import Ledger
internal import LedgerOperations
internal import Postgres
internal import Tariffs
internal import Values

/// A bill that waits for its number: one paper, whatever number of contracts is on it.
struct ReadyBill: Sendable {
    /// A contract's days on it.
    struct Covered: Sendable {
        let contract: Int64
        let number: String
        let period: DayRange
    }
    /// The contract whose number stands in the list of invoices.
    let contract: Int64
    let account: Identifier<CustomerAccount>
    let covers: [Covered]
    private var paper: Paper
    /// The bill it corrects; then it covers no days of its own.
    var corrects: (id: Int64, number: PrintedNumber)?
    /// Paid instalments that it sets off, and requested ones that were not paid, or not in full.
    var setOff: [SetOff] = []
    var unpaid: [RequestedInstalment] = []
    /// Numbers of contracts on it that pay in advance and will do so no longer: they have ended, or cost too little.
    var endedPlans: [String] = []
    /// What was to be expected of a supply where its year before says little.
    var expected: [Int: ExpectedConsumption] = [:]
    /// Where registers of its points contradict each other.
    var contradictions: [CheckResult] = []
    /// What else is to be said of it where it goes out.
    var remarks: [CheckResult] = []
    /// Why it was issued although something was unusual, or why a bill is corrected.
    var reason: String?

    /// What is on it, behind one reference: a bill is handed on a dozen times, and each copy of a draft counts its fifty texts.
    private final class Paper: Sendable {
        let inputs: StoredInputs
        let draft: InvoiceDraft
        init(_ inputs: StoredInputs, _ draft: InvoiceDraft) {
            self.inputs = inputs
            self.draft = draft
        }
    }
    var inputs: StoredInputs { paper.inputs }
    var draft: InvoiceDraft { paper.draft }

    init(contract: Int64, account: Identifier<CustomerAccount>, covers: [Covered], inputs: StoredInputs, draft: InvoiceDraft) {
        self.contract = contract
        self.account = account
        self.covers = covers
        paper = Paper(inputs, draft)
    }

    /// Its credit is paid out where a contract on it has ended, for what no bill follows (§ 40c(3) EnWG). It is one amount: where others
    /// on the paper go on, their share is paid out with it. Stored with it like the rest.
    /// - Parameter right: the bill, or of a correction the bill that would have been right.
    mutating func payOut(after right: InvoiceDraft) {
        guard right.endsContract, draft.due.isNegative else { return }
        var inputs = inputs
        inputs.isPaidOut = true
        paper = Paper(inputs, draft.payingOut)
    }

    /// With what of the account's credit it takes; stored with it, so that it is computed again as it was issued.
    mutating func take(_ credited: InvoiceDraft) {
        var inputs = inputs
        inputs.credit = credited.setsOff.isEmpty ? credited.credit : .zero
        inputs.setsOff = credited.setsOff
        paper = Paper(inputs, credited)
    }

    /// With what stands on the account, what the paper takes back included.
    mutating func takeCredit(in connection: Connection) throws {
        let free = try AccountCredit.free(accounts: [account], less: unpaid.map { ($0.account, $0.open) }, in: connection)
        take(draft.crediting(free[account] ?? .zero))
    }

    /// With what the ledger does at once when a correction goes out: what is owed more takes from what stands on the account, what is
    /// given back pays the bill that it corrects and what else is due. The paper says it, so that who follows all of his papers pays
    /// what he owes. The account is locked already.
    mutating func meetAccount(today: Day, in connection: Connection) throws {
        if draft.due > .zero {
            try takeCredit(in: connection)
        } else if draft.due.isNegative {
            let claims = try AccountCredit.paying(
                -draft.due, of: account, isPaidOut: draft.isPaidOut, corrects: corrects?.number.description,
                withdrawn: Set(unpaid.map(\.entry)), today: today, in: connection)
            take(draft.settingOff(claims.map { SetOffClaim(document: $0.document, amount: $0.amount, left: $0.left) }))
        }
    }
}

/// The one road on which a bill gets its number: entries, invoices, open items, together. Runs, releases and corrections take it.
enum IssueBills {
    /// Draws numbers, then writes: for one bill, and where nothing is known of what others draw.
    ///
    /// - Parameter author: who issues; for a run, who started it.
    /// - Returns: the serial numbers, in order.
    /// - Throws: `DatabaseError` of the constraint `invoice_period_once` where a day is billed already, and of the state `ZW102`
    ///   where a contract is on hold.
    static func issue(
        _ bills: [ReadyBill], run: Int64?, author: String, today: Day, now: Instant, in connection: Connection
    ) throws -> [Int64] {
        guard !bills.isEmpty else { return [] }
        // Who puts an account on hold locks it first, as we do: one of the two sees the other.
        try Clearing.lock(Set(bills.map(\.account)), in: connection)
        let first = try BillingRunStore.draw(bills.count, from: BillingRunStore.invoices, in: connection)
        return try write(bills, from: first, run: run, author: author, today: today, now: now, in: connection)
    }

    /// Writes under the numbers of a forecast and draws them then, so that pages of a run wait for each other only to commit. The
    /// accounts are locked already.
    /// - Throws: as ``issue(_:run:author:today:now:in:)``.
    static func issue(
        _ bills: [ReadyBill], as forecast: NumberForecast, run: Int64?, author: String, today: Day, now: Instant, in connection: Connection
    ) throws -> [Int64] {
        guard !bills.isEmpty else { return [] }
        var tries = 0
        // What was wrong for another page's sake is right the next time, mostly.
        while tries < 3, forecast.isTrusted {
            tries += 1
            var ticket: NumberForecast.Ticket?
            do {
                return try connection.savepoint {
                    let own = try forecast.ticket(bills.count, in: connection)
                    ticket = own
                    let serials = try write(bills, from: own.first, run: run, author: author, today: today, now: now, in: connection)
                    try forecast.redeem(own, bills.count, in: connection)
                    return serials
                }
            } catch {
                let isTaken = isTaken(error)
                if let ticket { forecast.fail(ticket, isTaken: isTaken) }
                guard isTaken else { throw error }
            }
        }
        do {
            let first = try forecast.draw(bills.count, in: connection)
            return try write(bills, from: first, run: run, author: author, today: today, now: now, in: connection)
        } catch {
            forecast.forget()
            throw error
        }
    }

    /// Whether somebody else has these numbers: that is found out at the end, by a document or an entry that is there already, or because
    /// he and we wait for each other.
    private static func isTaken(_ error: any Error) -> Bool {
        switch error {
        case is NumberForecast.Missed, LedgerRefusal.idempotencyConflict: true
        case let error as DatabaseError: error.isUniqueViolation || error.isDeadlock
        default: false
        }
    }

    private static func write(
        _ bills: [ReadyBill], from first: Int64, run: Int64?, author: String, today: Day, now: Instant, in connection: Connection
    ) throws -> [Int64] {
        var rows: [InvoiceStore.New] = []
        rows.reserveCapacity(bills.count)
        var entries: [JournalEntry] = []
        var placeOfEntry: [Int] = []
        for (offset, bill) in bills.enumerated() {
            let invoice = Invoice(
                number: PrintedNumber(.invoice, serial: first + Int64(offset)), issuedOn: today, corrects: bill.corrects?.number,
                replaces: bill.inputs.replaces.flatMap { try? PrintedNumber($0) }, draft: bill.draft)
            if let entry = try InvoiceEntry.entry(
                invoice, account: bill.account, contract: bill.contract, setOff: bill.setOff, author: author)
            {
                entries.append(entry)
                placeOfEntry.append(offset)
            }
            let row = InvoiceStore.New(invoice: invoice, contract: bill.contract, account: bill.account, inputs: bill.inputs.bytes)
            row.corrects = bill.corrects?.id
            row.reason = bill.reason
            rows.append(row)
        }
        let posted = try LedgerPosting.post(entries: entries, in: connection, now: now)
        for (place, entry) in zip(placeOfEntry, posted) { rows[place].entry = entry.id }
        try InvoiceStore.insert(rows, run: run, author: author, now: now, in: connection)
        let serials = rows.map(\.invoice.number.serial)
        try cover(bills, serials, in: connection)
        try BillingRunStore.settleHeld(Set(bills.flatMap { $0.covers.map(\.number) }), in: connection)
        try SetOffInstalments.record(
            Array(zip(bills, rows.map(\.invoice.number))), author: author, today: today, now: now, in: connection)
        let documents = zip(bills, rows).compactMap { bill, row in
            row.entry.map { Clearing.Issued(entry: $0, takes: max(.zero, bill.draft.credit), corrects: bill.corrects?.number.description) }
        }
        let accounts = Set(bills.map(\.account)).sorted()
        try SettleAccounts.settle(accounts: accounts, issuing: documents, in: connection, author: author, today: today, now: now)
        return serials
    }

    private static func cover(_ bills: [ReadyBill], _ serials: [Int64], in connection: Connection) throws {
        let rows = try zip(bills, serials).flatMap { bill, serial in
            try bill.covers.map { covered in
                (
                    serial: serial, covered: covered, kind: bill.draft.kind(of: covered.number)?.rawValue,
                    own: try own(covered.number, of: bill.draft, covered.period)
                )
            }
        }
        guard !rows.isEmpty else { return }
        try connection.execute(
            """
            INSERT INTO invoice_coverage (invoice_id, contract_id, contract_number, period, consumption_micro, consumption_unit, gross_cents, kind)
            SELECT * FROM unnest(\(rows.map(\.serial)), \(rows.map(\.covered.contract)), \(rows.map(\.covered.number)), \(rows.map(\.covered.period)),
                                 \(rows.map { $0.own?.consumption.micro }), \(rows.map { $0.own?.consumption.unit.rawValue }), \(rows.map { $0.own?.gross.cents }),
                                 \(rows.map(\.kind)))
            """)
    }

    /// What a contract has on the bill of an account: the bill itself says it only of the whole.
    ///
    /// - Parameter number: of the contract.
    static func own(_ number: String, of draft: InvoiceDraft, _ period: DayRange) throws -> PreviousPeriod? {
        guard draft.consumption == nil, draft.supplies.count > 1,
            // Of stretches that were billed as one, none has a figure of its own.
            let supply = draft.supplies.firstIndex(where: { $0.contract.number == number && $0.period == period }),
            let consumption = draft.supplies[supply].consumption
        else { return nil }
        var nets: [Tax: Money] = [:]
        for line in draft.lines where line.supply == supply { nets[line.tax, default: .zero] += line.amount }
        let gross = try nets.map { tax, net in tax.isOutside ? net : net + (try tax.rate.tax(on: net)) }.total()
        return PreviousPeriod(period: period, consumption: consumption, gross: gross)
    }

    /// Some day of a bill is billed already.
    static func isBilledTwice(_ error: DatabaseError) -> Bool {
        error.isExclusionViolation && error.constraint == "invoice_period_once"
    }
    /// Somebody has stopped a contract or account since it was looked at.
    static func isOnHold(_ error: DatabaseError) -> Bool { error.sqlState == "ZW102" }
}
