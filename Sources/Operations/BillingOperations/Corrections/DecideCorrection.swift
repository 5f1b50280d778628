internal import Billing
internal import InvoiceFormats
internal import Ledger
internal import LedgerOperations
internal import MeteringOperations
public import Postgres
public import Values

/// A person's decision about a proposal: release it as a document, or dismiss it.
public struct DecideCorrection: Sendable {
    let pool: Pool
    public init(pool: Pool) { self.pool = pool }

    /// Issues the correction and books it, at once.
    ///
    /// By difference the bill stands and a document over the difference refers to it (BT-25). By `rebill` the bill is taken back
    /// with its corrections and written anew.
    /// - Throws: ``BillingRefusal``, `LedgerRefusal`.
    public func release(
        _ id: Int64, method: CorrectionProposal.Method = .difference, reason: String, author: String, today: Day, now: Instant
    ) async throws -> CorrectionProposal {
        guard reason.contains(where: { !$0.isWhitespace }) else { throw BillingRefusal.noReason }
        try await confirm(id, now: now)
        return try await issue(id, method: method, reason: reason, author: author, today: today, now: now)
    }

    /// Looks at the bill once more: what is released is what is known now. What came since is proposed in its place.
    /// - Throws: ``BillingRefusal/outdatedCorrection(_:)``.
    func confirm(_ id: Int64, now: Instant) async throws {
        // One snapshot, which what draws numbers cannot be. What comes between this look and the issue is later than what the document is
        // said to know, so the next search finds it.
        let outdated = try await pool.transaction(isolation: .repeatableRead, readOnly: true) { connection -> String? in
            let found = try connection.optional(
                "SELECT i.number, i.id, k.state, k.inputs FROM correction k JOIN invoice i ON i.id = k.invoice_id WHERE k.id = \(id)"
            ) {
                (
                    number: try $0.get(0) as String, bill: try $0.get(1) as Int64, state: try $0.get(2) as String,
                    inputs: try $0.get(3) as [UInt8]
                )
            }
            guard let found else { throw BillingRefusal.unknownCorrection(id) }
            let bills = try StandingBill.page(after: found.bill - 1, limit: 1, numbers: [found.number], in: connection)
            guard found.state == CorrectionProposal.State.proposed.rawValue, let bill = bills.first else {
                throw BillingRefusal.notProposed(id)
            }
            var examination = try BillExamination(bills, now: now, in: connection)
            // Another version of a value that stayed what it was makes no other bill.
            guard case .stale(let right) = try examination(bill, always: true, in: connection).verdict,
                right.inputs.bare.bytes == (try? StoredInputs(parsing: found.inputs))?.bare.bytes
            else { return found.number }
            return nil
        }
        guard let outdated else { return }
        _ = try await FindCorrections(pool: pool)(invoices: [outdated], author: SearchForCorrections.author, now: now)
        throw BillingRefusal.outdatedCorrection(id)
    }

    /// Issues what was confirmed.
    func issue(
        _ id: Int64, method: CorrectionProposal.Method, reason: String, author: String, today: Day, now: Instant
    ) async throws -> CorrectionProposal {
        try await pool.transaction { connection in
            let found = try DecideCorrection.lock(id, in: connection)
            // The bill is locked, too: a Storno at the same moment comes before or after, never between.
            let bills = try StandingBill.page(after: found.invoice - 1, limit: 1, numbers: [found.number], in: connection)
            var inputs = try StoredInputs(parsing: found.inputs)
            guard let bill = bills.first, bill.documents == inputs.corrects else { throw BillingRefusal.notProposed(id) }
            // Before payments are looked at: what is paid from now on waits for the document.
            try Clearing.lock([Identifier(bill.account)], in: connection)
            let serials: [Int64]
            do {
                var stored = StoredBill()
                let covers: [ReadyBill.Covered]
                var corrects: (id: Int64, number: PrintedNumber)?
                switch method {
                case .difference:
                    covers = []
                    corrects = (bill.id, try PrintedNumber(bill.number))
                case .rebill:
                    covers = try DecideCorrection.covers(inputs, of: bill, in: connection)
                    for number in bill.documents.reversed() {
                        _ = try CancelInvoice.cancel(number, reason: reason, author: author, today: today, now: now, in: connection)
                    }
                    inputs.corrects = []
                    inputs.replaces = bill.number
                }
                var alone = inputs
                alone.corrects = []
                let right = try stored.draft(alone.bytes, in: connection)
                let advance = try CorrectedAdvance(
                    of: right, account: Identifier(bill.account), isNew: method == .rebill, in: connection)
                advance.setOff(on: &inputs)
                let draft = try stored.draft(inputs.bytes, in: connection)
                // What was shown is what is released: where the checks say more by now, it is to be found again.
                let holds = try connection.thresholdBook(of: CheckParameters.self).holds(draft, to: right, on: today)
                guard Set(holds.map(\.code)).isSubset(of: found.checks) else { throw BillingRefusal.notProposed(id) }
                var ready = ReadyBill(
                    contract: bill.contract, account: Identifier(bill.account), covers: covers, inputs: inputs, draft: draft)
                ready.corrects = corrects
                ready.setOff = advance.paid
                ready.unpaid = advance.unpaid
                ready.endedPlans = advance.ended
                ready.reason = String(reason.prefix(500))
                ready.payOut(after: right)
                if method == .difference { try ready.meetAccount(today: today, in: connection) }
                if method == .rebill {
                    // What was paid for the bill that was taken back stands on the account now.
                    try ready.takeCredit(in: connection)
                }
                serials = try IssueBills.issue([ready], run: nil, author: author, today: today, now: now, in: connection)
                if method == .difference, let serial = serials.first {
                    try CorrectedCoverage.insert(serial, of: bill, ready.draft, in: connection)
                }
            } catch let error as DatabaseError where IssueBills.isOnHold(error) {
                throw BillingRefusal.onHold(error.detail ?? "")
            } catch is StoredBill.Damage { throw BillingRefusal.damaged(bill.number) }
            try connection.execute(
                """
                UPDATE correction SET state = 'released', decided_at = \(now), decided_by = \(author), reason = \(String(reason.prefix(500))),
                    method = \(method.rawValue), document_id = \(serials.first), known_at = greatest(known_at, \(now)) WHERE id = \(id)
                """)
            try BillingRunStore.settleHeld(on: [found.invoice], in: connection)
            return try CorrectionProposal.load(id, in: connection)
        }
    }

    /// The days of the new bill, part by part, each with the terms that hold on them.
    private static func covers(
        _ inputs: StoredInputs, of bill: StandingBill, in connection: Connection
    ) throws -> [ReadyBill.Covered] {
        let billed = try StandingBill.coverage([bill], in: connection)[bill.id] ?? []
        var current: [Int: [(contract: Int64, period: DayRange)]] = [:]
        for row in try connection.query(
            """
            SELECT d.place, c.id, c.valid * daterange(d.first, d.until)
            FROM unnest(\(inputs.parts.map(\.contract.number)), \(inputs.parts.map(\.period.from)), \(inputs.parts.map(\.period.until)))
                WITH ORDINALITY AS d (number, first, until, place)
            JOIN contract c ON c.number = d.number AND c.valid && daterange(d.first, d.until) ORDER BY d.place, lower(c.valid)
            """)
        {
            let place = Int(try row.get(0, as: Int64.self)) - 1
            current[place, default: []].append((contract: try row.get(1), period: try row.get(2)))
        }
        return try inputs.parts.enumerated().flatMap { place, part -> [ReadyBill.Covered] in
            let number = part.contract.number
            let own = current[place] ?? []
            if own.first?.period.from == part.period.from, own.last?.period.until == part.period.until {
                return own.map { ReadyBill.Covered(contract: $0.contract, number: number, period: $0.period) }
            }
            let known = billed.first { $0.number == number && $0.period.contains(part.period.from) }?.contract
            guard let contract = own.first?.contract ?? known else { throw StoredBill.Damage(what: "a contract of the bill is missing") }
            return [ReadyBill.Covered(contract: contract, number: number, period: part.period)]
        }
    }

    /// Leaves the bill as it is. The same difference is not proposed again.
    /// - Throws: ``BillingRefusal``.
    public func dismiss(_ id: Int64, reason: String, author: String, now: Instant) async throws -> CorrectionProposal {
        guard reason.contains(where: { !$0.isWhitespace }) else { throw BillingRefusal.noReason }
        return try await pool.transaction { connection in
            let found = try DecideCorrection.lock(id, in: connection)
            try connection.execute(
                """
                UPDATE correction SET state = 'dismissed', decided_at = \(now), decided_by = \(author), reason = \(String(reason.prefix(500)))
                WHERE id = \(id)
                """)
            try BillingRunStore.settleHeld(on: [found.invoice], in: connection)
            return try CorrectionProposal.load(id, in: connection)
        }
    }

    private static func lock(
        _ id: Int64, in connection: Connection
    ) throws -> (invoice: Int64, number: String, inputs: [UInt8], checks: Set<String>) {
        let found = try connection.optional(
            """
            SELECT k.state, k.invoice_id, i.number, k.inputs, k.reasons FROM correction k JOIN invoice i ON i.id = k.invoice_id
            WHERE k.id = \(id) FOR UPDATE
            """
        ) { row in
            (
                state: try row.get(0) as String, invoice: try row.get(1) as Int64, number: try row.get(2) as String,
                inputs: try row.get(3) as [UInt8], checks: try row.get(4, as: JSONB?.self).map(HeldReason.list) ?? []
            )
        }
        guard let found else { throw BillingRefusal.unknownCorrection(id) }
        guard found.state == CorrectionProposal.State.proposed.rawValue else { throw BillingRefusal.notProposed(id) }
        return (found.invoice, found.number, found.inputs, Set(found.checks.map(\.code)))
    }
}
