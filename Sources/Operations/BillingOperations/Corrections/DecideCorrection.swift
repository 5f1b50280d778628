internal import Billing
internal import InvoiceFormats
internal import Ledger
internal import LedgerOperations
internal import MeteringOperations
public import Postgres
public import Values

/// Proposals as a worklist, and one with its lines.
public struct ListCorrections: Sendable {
    let pool: Pool
    public init(pool: Pool) { self.pool = pool }

    /// The oldest first.
    /// - Parameters:
    ///   - account: number or key.
    ///   - cursor: what the page before ended with.
    public func callAsFunction(
        state: CorrectionProposal.State? = .proposed, account: String? = nil, invoice: String? = nil, cursor: String? = nil,
        limit: Int = 100
    ) async throws -> (items: [CorrectionProposal], next: String?) {
        let after = try BillingRefusal.place(cursor) ?? 0
        return try await pool.transaction(readOnly: true) { connection in
            var conditions: [SQL] = ["k.id > \(after)"]
            if let state { conditions.append("k.state = \(state.rawValue)") }
            if let account { conditions.append("(a.number = \(account) OR a.key = \(account))") }
            if let invoice { conditions.append("i.number = \(invoice)") }
            let found = try connection.query(
                "\(CorrectionProposal.select) WHERE \(conditions.joined(separator: " AND ")) ORDER BY k.id LIMIT \(limit + 1)"
            ).map(CorrectionProposal.init)
            let page = found.prefix(limit)
            return (Array(page), found.count > limit ? page.last.map { String($0.id) } : nil)
        }
    }

    /// Old lines, new lines, and what a document over the difference would say.
    /// - Throws: ``BillingRefusal``.
    public func details(_ id: Int64) async throws -> CorrectionDetails {
        try await pool.transaction(readOnly: true) { connection in
            let proposal = try CorrectionProposal.load(id, in: connection)
            let bytes = try connection.one("SELECT inputs FROM correction WHERE id = \(id)", as: [UInt8].self)
            do {
                var stored = StoredBill()
                var inputs = try StoredInputs(parsing: bytes)
                let billed = try stored.drafts(of: inputs.corrects, in: connection)
                let difference = try stored.draft(bytes, in: connection)
                inputs.corrects = []
                let right = try stored.draft(inputs.bytes, in: connection)
                return CorrectionDetails(
                    proposal: proposal, billed: billed.flatMap(\.lines), right: right.lines, difference: difference)
            } catch is StoredBill.Damage { throw BillingRefusal.damaged(proposal.invoice) }
        }
    }
}

/// A person's decision about a proposal: release it as a document, or dismiss it.
public struct DecideCorrection: Sendable {
    let pool: Pool
    /// Whether another person must release than the one who had it found.
    let needsSecondPerson: Bool

    public init(pool: Pool, needsSecondPerson: Bool = false) {
        self.pool = pool
        self.needsSecondPerson = needsSecondPerson
    }

    /// Issues the correction and books it, at once.
    ///
    /// By difference the bill stands and a document over the difference refers to it (BT-25). By `rebill` the bill is taken back
    /// with its corrections and written anew.
    /// - Throws: ``BillingRefusal``, `LedgerRefusal`.
    public func release(
        _ id: Int64, method: CorrectionProposal.Method = .difference, reason: String, author: String, today: Day, now: Instant
    ) async throws -> CorrectionProposal {
        guard reason.contains(where: { !$0.isWhitespace }) else { throw BillingRefusal.noReason }
        return try await pool.transaction { [needsSecondPerson] connection in
            let found = try DecideCorrection.lock(id, in: connection)
            if needsSecondPerson && found.foundBy == author { throw BillingRefusal.secondPerson(author) }
            // The bill is locked, too: a Storno at the same moment comes before or after, never between.
            let bills = try StandingBill.page(after: found.invoice - 1, limit: 1, numbers: [found.number], in: connection)
            var inputs = try StoredInputs(parsing: found.inputs)
            guard let bill = bills.first, bill.documents == inputs.corrects else { throw BillingRefusal.notProposed(id) }
            let serials: [Int64]
            do {
                var stored = StoredBill()
                let covers: [ReadyBill.Covered]
                var setOff: [SetOff] = []
                var corrects: (id: Int64, number: PrintedNumber)?
                switch method {
                case .difference:
                    covers = []
                    corrects = (bill.id, try PrintedNumber(bill.number))
                case .rebill:
                    setOff = try InstalmentStore.setOff(bill.id, in: connection)
                    covers = try DecideCorrection.covers(inputs, of: bill, in: connection)
                    for number in bill.documents.reversed() {
                        _ = try CancelInvoice.cancel(number, reason: reason, author: author, today: today, now: now, in: connection)
                    }
                    inputs.corrects = []
                    inputs.replaces = bill.number
                }
                let draft = try stored.draft(inputs.bytes, in: connection)
                var alone = inputs
                alone.corrects = []
                let right = method == .rebill ? draft : try stored.draft(alone.bytes, in: connection)
                // What was shown is what is released: where the checks say more by now, it is to be found again.
                let holds = try connection.thresholdBook(of: CheckParameters.self).holds(draft, to: right, on: today)
                guard Set(holds.map(\.code)).isSubset(of: found.checks) else { throw BillingRefusal.notProposed(id) }
                var ready = ReadyBill(
                    contract: bill.contract, account: Identifier(bill.account), covers: covers, inputs: inputs,
                    draft: draft, corrects: corrects, setOff: setOff,
                    reason: String(reason.prefix(500)))
                ready.payOut(after: right)
                if method == .rebill {
                    // What was paid for the bill that was taken back stands on the account now.
                    let free = try AccountCredit.free(accounts: [ready.account], in: connection)[ready.account] ?? .zero
                    ready.take(ready.draft.crediting(free))
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
                    method = \(method.rawValue), document_id = \(serials.first) WHERE id = \(id)
                """)
            return try CorrectionProposal.load(id, in: connection)
        }
    }

    /// The days of the new bill, part by part, each with the terms that hold on them.
    private static func covers(
        _ inputs: StoredInputs, of bill: StandingBill, in connection: Connection
    ) throws -> [ReadyBill.Covered] {
        let billed = try StandingBill.coverage([bill], in: connection)[bill.id] ?? []
        var current: [Int: Int64] = [:]
        for row in try connection.query(
            """
            SELECT d.place, c.id FROM unnest(\(inputs.parts.map(\.contract.number)), \(inputs.parts.map(\.period.from))) WITH ORDINALITY AS d (number, first, place)
            JOIN contract c ON c.number = d.number AND c.valid @> d.first
            """)
        {
            current[Int(try row.get(0, as: Int64.self)) - 1] = try row.get(1)
        }
        return try inputs.parts.enumerated().map { place, part in
            let known = billed.first { $0.number == part.contract.number && $0.period.contains(part.period.from) }?.contract
            guard let contract = current[place] ?? known else { throw StoredBill.Damage(what: "a contract of the bill is missing") }
            return ReadyBill.Covered(contract: contract, number: part.contract.number, period: part.period)
        }
    }

    /// Leaves the bill as it is. The same difference is not proposed again.
    /// - Throws: ``BillingRefusal``.
    public func dismiss(_ id: Int64, reason: String, author: String, now: Instant) async throws -> CorrectionProposal {
        guard reason.contains(where: { !$0.isWhitespace }) else { throw BillingRefusal.noReason }
        return try await pool.transaction { connection in
            _ = try DecideCorrection.lock(id, in: connection)
            try connection.execute(
                """
                UPDATE correction SET state = 'dismissed', decided_at = \(now), decided_by = \(author), reason = \(String(reason.prefix(500)))
                WHERE id = \(id)
                """)
            return try CorrectionProposal.load(id, in: connection)
        }
    }

    private static func lock(
        _ id: Int64, in connection: Connection
    ) throws -> (invoice: Int64, number: String, inputs: [UInt8], foundBy: String, checks: Set<String>) {
        let found = try connection.optional(
            """
            SELECT k.state, k.invoice_id, i.number, k.inputs, k.found_by, k.reasons FROM correction k JOIN invoice i ON i.id = k.invoice_id
            WHERE k.id = \(id) FOR UPDATE
            """
        ) { row in
            (
                state: try row.get(0) as String, invoice: try row.get(1) as Int64, number: try row.get(2) as String,
                inputs: try row.get(3) as [UInt8], foundBy: try row.get(4) as String,
                checks: try row.get(5, as: JSONB?.self).map(HeldReason.list) ?? []
            )
        }
        guard let found else { throw BillingRefusal.unknownCorrection(id) }
        guard found.state == CorrectionProposal.State.proposed.rawValue else { throw BillingRefusal.notProposed(id) }
        return (found.invoice, found.number, found.inputs, found.foundBy, Set(found.checks.map(\.code)))
    }
}
