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
    /// - Returns: the bill, what it is computed from, and the terms that came or were changed behind the bill of then.
    /// - Throws: `BillingProblem`, `Hindrance` where a bill of today would be held, `FindCorrections.OtherAccount`, `FindCorrections.OtherTerms` where a contract has none of its days any more, `StoredBill.Damage`.
    static func compute(
        _ inputs: StoredInputs, _ covered: [StandingBill.Covered], _ invoice: Int64, _ catalog: TariffCatalog,
        _ profiles: inout DivisionProfiles, in connection: Connection
    ) throws -> (draft: InvoiceDraft, inputs: StoredInputs, terms: [Int64]) {
        var pieces: [RecomputedPiece] = []
        var terms: [Int64] = []
        for stored in inputs.parts {
            let own = covered.filter { $0.number == stored.contract.number && stored.period.contains($0.period) }
            guard !own.isEmpty else { throw StoredBill.Damage(what: "the covered days are not those of the inputs") }
            let now = try RecomputedPiece.pieces(stored, own, invoice, in: connection)
            pieces += now.pieces
            terms += now.looked
        }
        pieces = RecomputedPiece.joined(pieces)
        let earlier = try EarlierTerms(
            pieces.compactMap { EarlierTerms.question($0.contract, $0.point, $0.period.from) }, in: connection)
        // How rows are rounded is that of the bill, or its correction would be full of thousandths.
        let form: BillForm = inputs.parts.contains { $0.form == .third } ? .third : .second
        var cases: [BillingCase] = []
        for piece in pieces {
            let window = pieces.reduce(into: piece.period) { window, other in
                if other.point == piece.point { window = window.spanning(other.period) }
            }
            var known = try billingCase(piece, window, earlier, catalog, &profiles, in: connection)
            known.form = form
            cases.append(known)
        }
        if let gap = BillingCase.gap(between: cases) { throw gap }
        var drafts: [InvoiceDraft] = []
        for billingCase in cases { drafts.append(try Bill.compute(billingCase)) }
        return (
            try InvoiceDraft.combined(drafts, previous: inputs.previous),
            StoredInputs(parts: cases.map { StoredCase($0) }, previous: inputs.previous), terms
        )
    }

    /// - Parameter window: the days of its point on the paper, so that its parts meet.
    private static func billingCase(
        _ piece: RecomputedPiece, _ window: DayRange, _ earlier: EarlierTerms, _ catalog: TariffCatalog, _ profiles: inout DivisionProfiles,
        in connection: Connection
    ) throws -> BillingCase {
        let contract = piece.contract
        let point = Identifier<MeteringPoint>(piece.point)
        guard let chain = catalog.chains[contract.tariff], let supplier = catalog.supplier else {
            throw BillingProblem.noTariff(contract.tariff, piece.period)
        }
        // Of all that was agreed: a garden meter of the first half of the year is none of the second.
        var agreed = [contract]
        for terms in piece.terms {
            agreed.append(contract)
            agreed[agreed.count - 1].attributes = terms.attributes
        }
        let meters = try DeductionMeters(of: agreed, in: connection)
        var others: Set<Identifier<MeteringPoint>> = []
        for contract in agreed { others.formUnion(try meters.elsewhere(contract, at: point)) }
        let all = try LoadUsage.load([point] + others.sorted(), period: window, in: connection)
        let usage = DeductionMeters.joined(all[point] ?? UsageInput(meters: []), contract, piece.terms, others, all)
        let asked = chain.needsIntervals(in: piece.period) ? [point] : []
        let intervals = try LoadIntervals.load(asked, period: piece.period, in: connection)[point] ?? []
        let plan = BillPlan(
            tariffs: chain.timeline, prices: catalog.prices, period: piece.period, terms: AgreedTerms.changes(piece.terms))
        let told = try AgreedDays(contract: contract, point: piece.point, period: piece.period, terms: piece.terms)
            .usage(usage, plan, chain, earlier, catalog, &profiles)
        return BillingCase(
            contract: contract, supplier: supplier, plan: plan, kind: piece.kind, usage: told.pieces, intervals: intervals,
            findings: told.findings, instalments: piece.instalments, previous: piece.previous)
    }
}
