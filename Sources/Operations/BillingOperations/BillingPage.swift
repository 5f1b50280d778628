internal import Billing
internal import InvoiceFormats
internal import Ledger
internal import LedgerOperations
internal import MeteringOperations
internal import Postgres
internal import Tariffs
internal import Values

/// One page of a run: read, compute, check, draw numbers, write. It is done or it is not: one transaction.
struct BillingPage: Sendable {
    let run: Int64
    let cycle: String
    let isSimulation: Bool
    let compute: ComputeBills
    /// Thresholds of the checks before issue.
    let checks: ThresholdBook<CheckParameters>
    var author: String
    let today: Day
    let size: Int
    /// Which numbers this page and those beside it are going to draw.
    let numbers: NumberForecast

    /// Ends a simulation at the place where a real page would commit.
    private struct Simulated: Error {}

    private typealias Held = HeldInvoiceStore.New
    /// A bill that passed the checks, or was released by a person.
    private struct Passed {
        var ready: ReadyBill
        let members: [DueContract]
        let notices: [HeldReason]
    }

    /// - Parameters:
    ///   - only: the group to work on, for what a person has released; nil takes the next ones.
    ///   - now: when the page is written.
    /// - Returns: how many contracts were worked on; 0 when none is free.
    func work(in connection: Connection, only: Int64? = nil, now: Instant) throws -> Int {
        let due = try DueContract.lock(run, cycle: cycle, limit: size, only: only, in: connection)
        guard !due.isEmpty else { return 0 }
        if !isSimulation {
            // Before payments are looked at: what is paid from now on waits for the bill.
            try Clearing.lock(Set(due.map(\.account)), in: connection)
        }
        let released = isSimulation ? [:] : try HeldInvoiceStore.released(run, contracts: due.map(\.id), in: connection)
        let byId = Dictionary(uniqueKeysWithValues: due.map { ($0.id, $0) })
        var passed: [Passed] = []
        var held: [Held] = []
        var void: [DueContract] = []
        for outcome in try compute(due, in: connection) {
            held += outcome.held.map { Held(due: $0.due, reasons: [HeldReason(code: $0.code, text: $0.text)]) }
            void += outcome.void
            guard var ready = outcome.ready else { continue }
            let members = ready.covers.compactMap { byId[$0.contract] }
            let results =
                CheckedBill(
                    ready.draft, issuedOn: today, parameters: checks.parameters(of: ready.draft, on: today),
                    ofSupplies: checks.parametersOfSupplies(of: ready.draft, on: today), expected: ready.expected
                ).results + ready.contradictions + ready.remarks
            let reasons = results.reasons(.hold)
            let release = released[ready.contract]
            if reasons.isEmpty || release?.allows(reasons, ready.inputs) == true {
                if !reasons.isEmpty { ready.reason = release?.reason }
                let notices = results.reasons(.notice)
                passed.append(Passed(ready: ready, members: members, notices: notices))
            } else {
                held += members.map { Held(due: $0, reasons: reasons, bill: $0.id == ready.contract ? ready : nil) }
            }
        }
        try BillingPage.takeCredits(&passed, in: connection)
        let issued = try issue(passed, &held, in: connection, now: now)
        try mark(issued, in: connection, now: now)
        try markHeld(held, in: connection, now: now)
        guard !void.isEmpty else { return due.count }
        try connection.execute("DELETE FROM billing_job WHERE run_id = \(run) AND contract_id = ANY(\(void.map(\.id)))")
        return due.count
    }

    /// What stands on an account pays its bills, one after the other. Instalments that were not paid are owed no longer: the bill
    /// takes them back. It is decided after a release was looked at: what a customer has paid meanwhile makes no other bill of it.
    private static func takeCredits(_ passed: inout [Passed], in connection: Connection) throws {
        var free = try AccountCredit.free(
            accounts: Set(passed.map(\.ready.account)).sorted(), less: passed.flatMap(\.ready.unpaid).map { ($0.account, $0.open) },
            in: connection)
        for index in passed.indices {
            let account = passed[index].ready.account
            let credit = free[account] ?? .zero
            let draft = passed[index].ready.draft.crediting(credit)
            guard draft.credit != passed[index].ready.draft.credit else { continue }
            free[account] = credit - draft.credit
            passed[index].ready.take(draft)
        }
    }

    private func issue(
        _ passed: [Passed], _ held: inout [Held], in connection: Connection, now: Instant
    ) throws -> [(bill: Passed, number: Int64?)] {
        func stops(_ error: DatabaseError) -> Bool { IssueBills.isBilledTwice(error) || IssueBills.isOnHold(error) }
        if isSimulation {
            do {
                try connection.savepoint {
                    _ = try IssueBills.issue(passed.map(\.ready), run: run, author: author, today: today, now: now, in: connection)
                    throw Simulated()
                }
            } catch is Simulated {
            } catch let error as DatabaseError where stops(error) {
                // The real run would come to the same place and go on one by one; this one need not.
            }
            return passed.map { ($0, nil) }
        }
        do {
            let serials = try connection.savepoint {
                try IssueBills.issue(passed.map(\.ready), as: numbers, run: run, author: author, today: today, now: now, in: connection)
            }
            return zip(passed, serials).map { ($0, $1) }
        } catch let error as DatabaseError where stops(error) {
            // Since we looked, somebody billed one of these contracts or put it on hold. It alone is held.
            var issued: [(bill: Passed, number: Int64?)] = []
            for one in passed {
                // Alone it finds another credit: what the others take back or leave is not there.
                var alone = [one]
                try BillingPage.takeCredits(&alone, in: connection)
                let bill = alone[0]
                do {
                    let serials = try connection.savepoint {
                        try IssueBills.issue([bill.ready], run: run, author: author, today: today, now: now, in: connection)
                    }
                    issued.append((bill, serials.first))
                } catch let error as DatabaseError where stops(error) {
                    let standing = try DueContract.standing(bill.members, in: connection)
                    for due in bill.members {
                        let hindrance: Hindrance =
                            IssueBills.isOnHold(error) ? .onHold(reason: error.detail ?? "") : standing[due.id] ?? .alreadyBilled(by: "?")
                        held.append(Held(due: due, reasons: [HeldReason(code: hindrance.code, text: hindrance.explanation)]))
                    }
                }
            }
            return issued
        }
    }

    private typealias Share = (net: Money, tax: Money)

    /// What each contract on a paper comes to. The tax is that of the paper: what its rounding leaves is the leading contract's.
    private static func shares(_ bill: Passed) -> [Int64: Share] {
        let totals = bill.ready.draft.totals
        var shares: [Int64: Share] = [:]
        var rest: Share = (totals.net, totals.tax)
        for own in bill.ready.draft.perContract where bill.members.count > 1 {
            guard let member = bill.members.first(where: { $0.number == own.contract.number }), member.id != bill.ready.contract else {
                continue
            }
            shares[member.id] = (own.totals.net, own.totals.tax)
            rest = (rest.net - own.totals.net, rest.tax - own.totals.tax)
        }
        shares[bill.ready.contract] = rest
        return shares
    }

    /// Sums of a bill stand with the contract that leads it, where its lines say the rest; those of a trial, which has no lines, with each
    /// contract that is on it.
    private func mark(_ issued: [(bill: Passed, number: Int64?)], in connection: Connection, now: Instant) throws {
        guard !issued.isEmpty else { return }
        let rows = issued.flatMap { bill, number in
            let totals = bill.ready.draft.totals
            let shares = isSimulation ? BillingPage.shares(bill) : [bill.ready.contract: (net: totals.net, tax: totals.tax)]
            return bill.members.map { (due: $0, number: number, share: shares[$0.id] ?? (net: .zero, tax: .zero), notices: bill.notices) }
        }
        try connection.execute(
            """
            UPDATE billing_job j SET state = \(isSimulation ? "simulated" : "billed"), period = d.period, invoice_id = d.invoice_id, net_cents = d.net, tax_cents = d.tax,
                gross_cents = d.gross, problem_code = NULL, problem_text = NULL, notices = d.notices, done_at = \(now)
            FROM unnest(\(rows.map(\.due.id)), \(rows.map(\.due.period)), \(rows.map(\.number)), \(rows.map(\.share.net.cents)),
                        \(rows.map(\.share.tax.cents)), \(rows.map { ($0.share.net + $0.share.tax).cents }), \(rows.map { HeldReason.json($0.notices) }))
                AS d (contract_id, period, invoice_id, net, tax, gross, notices)
            WHERE j.run_id = \(run) AND j.contract_id = d.contract_id
            """)
        if !isSimulation {
            let leads = issued.compactMap { bill, number in number.map { (bill.ready.contract, $0) } }
            try HeldInvoiceStore.issued(run, leads, in: connection)
        }
    }

    private func markHeld(_ held: [Held], in connection: Connection, now: Instant) throws {
        guard !held.isEmpty else { return }
        try connection.execute(
            """
            UPDATE billing_job j SET state = 'held', period = d.period, problem_code = d.code, problem_text = d.text, done_at = \(now)
            FROM unnest(\(held.map(\.due.id)), \(held.map(\.due.period)), \(held.map { $0.reasons.first?.code ?? "" }),
                        \(held.map { $0.reasons.map(\.text).joined(separator: " ") })) AS d (contract_id, period, code, text)
            WHERE j.run_id = \(run) AND j.contract_id = d.contract_id
            """)
        guard !isSimulation else { return }
        try HeldInvoiceStore.hold(held, run: run, now: now, in: connection)
    }
}
