internal import Billing
internal import InvoiceFormats
internal import Metering
internal import MeteringOperations
internal import Postgres
internal import TariffFiles
internal import Tariffs
internal import Values

/// A bill again, over the same days, from what is known now: current terms, current readings, the versions that hold now.
enum RecomputedBill {
    /// Days of a contract under one set of terms.
    private struct Piece {
        var terms: Billing.BilledContract
        var point: Int64
        var period: DayRange
        var kind: BillKind
        /// What was paid in advance and what the year before cost; of a contract whose terms changed since, each stands once.
        var instalments: [Instalment]
        var previous: PreviousPeriod?
    }

    /// - Throws: `BillingProblem`, `FindCorrections.Undecided`, `FindCorrections.OtherTerms` where a contract has none of its days any more, `StoredBill.Damage`.
    static func compute(
        _ inputs: StoredInputs, _ covered: [StandingBill.Covered], _ invoice: Int64, _ catalog: TariffCatalog,
        _ profiles: inout DivisionProfiles, in connection: Connection
    ) throws -> (draft: InvoiceDraft, inputs: StoredInputs) {
        var pieces: [Piece] = []
        var added: [Piece] = []
        for stored in inputs.parts {
            guard let own = covered.first(where: { $0.number == stored.contract.number && $0.period == stored.period }) else {
                throw StoredBill.Damage(what: "the covered days are not those of the inputs")
            }
            let (kept, other) = try Self.pieces(stored, own, invoice, in: connection)
            pieces += kept
            added += other
        }
        // Contracts keep their places on the paper, so that a difference compares each with itself; stretches stand in order of days.
        pieces += added
        if Set(pieces.map(\.terms.number)).count == 1 { pieces.sort { $0.period.from < $1.period.from } }
        var parts: [StoredCase] = []
        var drafts: [InvoiceDraft] = []
        for piece in pieces {
            let billingCase = try billingCase(piece, catalog, &profiles, in: connection)
            drafts.append(try Bill.compute(billingCase))
            parts.append(StoredCase(billingCase))
        }
        return (try InvoiceDraft.combined(drafts, previous: inputs.previous), StoredInputs(parts: parts, previous: inputs.previous))
    }

    /// The days of a part that are still its own, and those that have other terms by now.
    private static func pieces(
        _ stored: StoredCase, _ own: StandingBill.Covered, _ invoice: Int64, in connection: Connection
    ) throws -> (kept: [Piece], other: [Piece]) {
        let whole = Piece(
            terms: stored.contract, point: own.point, period: stored.period, kind: stored.kind, instalments: stored.instalments,
            previous: stored.previous)
        guard own.isShortened else { return ([whole], []) }
        var pieces: [Piece] = []
        if let remaining = own.remaining {
            var piece = whole
            piece.period = remaining
            piece.terms.valid = own.valid
            pieces.append(piece)
        }
        let kept = pieces.count
        for row in try connection.query(
            """
            SELECT c.id, c.valid * \(own.period), \(DueContract.columns), false, true FROM \(DueContract.tables)
            WHERE c.number = \(own.number) AND c.id <> \(own.contract) AND c.valid && \(own.period)
                AND NOT EXISTS (SELECT 1 FROM invoice_coverage o WHERE o.invoice_id = \(invoice) AND o.contract_id = c.id)
            ORDER BY lower(c.valid)
            """)
        {
            do {
                let terms = try DueContract.contract(row, try row.get(5), began: stored.contract.began ?? stored.contract.valid.from)
                pieces.append(
                    Piece(terms: terms, point: try row.get(18), period: try row.get(1), kind: stored.kind, instalments: [], previous: nil))
            } catch is Hindrance { throw FindCorrections.OtherTerms(contract: own.number) }
        }
        guard let last = pieces.indices.max(by: { pieces[$0].period.from < pieces[$1].period.from }) else {
            throw FindCorrections.OtherTerms(contract: own.number)
        }
        for place in pieces.indices {
            pieces[place].instalments = place == last ? stored.instalments : []
            pieces[place].previous = place == last ? stored.previous : nil
            // A contract that ends inside the days that were billed ends with this bill.
            let isEnd = pieces[place].terms.valid.until == pieces[place].period.until && pieces[place].period.until != own.period.until
            pieces[place].kind = place == last ? (isEnd ? .final : stored.kind) : .interim
        }
        return (Array(pieces[..<kept]), Array(pieces[kept...]))
    }

    private static func billingCase(
        _ piece: Piece, _ catalog: TariffCatalog, _ profiles: inout DivisionProfiles, in connection: Connection
    ) throws -> BillingCase {
        let contract = piece.terms
        let point = Identifier<MeteringPoint>(piece.point)
        guard let chain = catalog.chains[contract.tariff], let supplier = catalog.supplier else {
            throw BillingProblem.noTariff(contract.tariff, piece.period)
        }
        let others: Set<Identifier<MeteringPoint>>
        do { others = try DeductionMeters(of: [contract], in: connection).elsewhere(contract, at: point) } catch {
            // Without it, its water would be charged in silence.
            guard let hindrance = error as? Hindrance else { throw error }
            throw FindCorrections.Undecided(hindrance)
        }
        let all = try LoadUsage.load([point] + others.sorted(), period: piece.period, in: connection)
        var usage = DeductionMeters.joined(all[point] ?? UsageInput(meters: []), contract, others, all)
        if let rules = chain.rules(over: piece.period) {
            usage.totals = profiles.totals(rules, contract.tariff.commodity, attributes: contract.attributes, around: piece.period)
        }
        let asked = chain.needsIntervals(in: piece.period) ? [point] : []
        let intervals = try LoadIntervals.load(asked, period: piece.period, in: connection)[point] ?? []
        let plan = BillPlan(tariffs: chain.timeline, prices: catalog.prices, period: piece.period)
        let told = try Usage.pieces(usage, period: piece.period, cuts: plan.cuts(for: contract))
        return BillingCase(
            contract: contract, supplier: supplier, plan: plan, kind: piece.kind, usage: told.pieces, intervals: intervals,
            findings: told.findings, instalments: piece.instalments, previous: piece.previous)
    }
}
