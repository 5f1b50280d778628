internal import Billing
internal import InvoiceFormats
internal import JSON
internal import Metering
internal import MeteringOperations
internal import Postgres
internal import TariffFiles
internal import Tariffs
internal import Values

/// A bill that comes out differently by what is known now.
struct StaleBill {
    let cause: CorrectionProposal.Cause
    /// What the right bill is computed from, and the documents whose lines a correction takes back.
    let inputs: StoredInputs
    /// Gross of the bill with its corrections, and of what is right.
    let billed: Money
    let right: Money
    let difference: InvoiceDraft
    /// For what the checks before issue would hold the right bill.
    let checks: [HeldReason]
}

/// Standing bills, looked at by what is known in this transaction; it has to be one snapshot. Who proposes and who releases look at the
/// same, so that nothing is released that would not be proposed.
struct BillExamination {
    enum Verdict {
        /// Nothing that anybody knows of has touched it.
        case notLooked
        /// All of its documents together are what is right.
        case right
        case stale(StaleBill)
        case unclear(FindCorrections.Unclear)
    }
    struct Examined {
        var isTouched = false
        var verdict = Verdict.notLooked
        /// Terms that came or changed behind the bill and are in what was computed.
        var terms: [Int64] = []
    }

    private let catalog: TariffCatalog
    private let coverage: [Int64: [StandingBill.Covered]]
    private let checks: ThresholdBook<CheckParameters>
    private let contradictions: Contradictions
    /// Bills of whose points something became known since.
    private let changed: Set<Int64>
    private let today: Day
    private var stored = StoredBill()
    private var profiles = DivisionProfiles()

    init(_ bills: [StandingBill], now: Instant, in connection: Connection) throws {
        catalog = try TariffCatalog.published(in: connection)
        coverage = try StandingBill.coverage(bills, in: connection)
        checks = try connection.thresholdBook(of: CheckParameters.self)
        today = LocalTime.berlin.day(of: now)
        contradictions = try Contradictions(coverage.values.flatMap { $0.map { Identifier($0.point) } }, in: connection)
        var questions: [ChangedSince.Question] = []
        var asked: [Int64] = []
        for bill in bills {
            for covered in coverage[bill.id] ?? [] {
                for point in [covered.point] + covered.others {
                    questions.append(.init(point: Identifier(point), period: covered.period, since: bill.knownAt))
                    asked.append(bill.id)
                }
            }
        }
        changed = Set(try ChangedSince.ask(questions, in: connection).map { asked[$0] })
    }

    /// - Parameter always: computes it whether or not something is known to have touched it.
    mutating func callAsFunction(_ bill: StandingBill, always: Bool, in connection: Connection) throws -> Examined {
        func unclear(_ code: String, _ explanation: String) -> Verdict {
            .unclear(.init(invoice: bill.number, code: code, explanation: explanation))
        }
        var examined = Examined()
        let inputs: StoredInputs
        let last: StoredInputs
        do {
            inputs = try StoredInputs(parsing: bill.inputs)
            last = try bill.corrected.map { bytes throws(JSONError) in try StoredInputs(parsing: bytes) } ?? inputs
        } catch {
            examined.verdict = unclear("invoice-damaged", "\(error)")
            return examined
        }
        let covered = coverage[bill.id] ?? []
        let hasOtherPrices = inputs.parts.contains { hasChanged($0) }
        examined.isTouched = changed.contains(bill.id) || hasOtherPrices || covered.contains(where: \.isShortened)
        // What was found before is asked again: its reason may be gone without a trace, as an end of the contract that was put right.
        guard always || examined.isTouched || bill.isProposed || bill.isUnclear || bill.corrected != nil else { return examined }
        if let limit = CorrectionLimit(inputs), limit.isOver(on: today) {
            guard examined.isTouched || bill.isProposed || bill.isUnclear else { return examined }
            examined.verdict = unclear(CorrectionLimit.code, limit.explanation)
            return examined
        }
        do {
            var right = try RecomputedBill.compute(inputs, covered, bill.id, catalog, &profiles, in: connection)
            right.inputs.corrects = bill.documents
            examined.terms = right.terms
            let billed = try stored.drafts(of: bill.documents, in: connection)
            guard let difference = try right.draft.correction(of: billed) else {
                let stranded = try StrandedInstalments.explanation(bill, covered.map(\.number), in: connection)
                examined.verdict = stranded.map { unclear(StrandedInstalments.code, $0) } ?? .right
                return examined
            }
            let contradicting = covered.flatMap { contradictions.results(Identifier($0.point), $0.period, right.draft) }
                .reasons(.hold)
            examined.verdict = .stale(
                StaleBill(
                    cause: cause(bill, right.inputs, inputs, last, hasOtherPrices: hasOtherPrices), inputs: right.inputs,
                    billed: billed.map(\.totals.gross).total(), right: right.draft.totals.gross, difference: difference,
                    checks: checks.holds(difference, to: right.draft, on: today) + contradicting.prefix(1)))
        } catch let problem as BillingProblem {
            examined.verdict = unclear(problem.code, problem.explanation)
        } catch let terms as FindCorrections.OtherTerms {
            examined.verdict = unclear(FindCorrections.OtherTerms.code, terms.explanation)
        } catch let account as FindCorrections.OtherAccount {
            examined.verdict = unclear(FindCorrections.OtherAccount.code, account.explanation)
        } catch let hindrance as Hindrance {
            // A bill of today would be held: nothing can be said about the one of then.
            examined.verdict = unclear(hindrance.code, hindrance.explanation)
        } catch let damage as StoredBill.Damage {
            examined.verdict = unclear("invoice-damaged", damage.what)
        } catch is Overflow {
            examined.verdict = unclear(BillingProblem.overflow.code, BillingProblem.overflow.explanation)
        }
        return examined
    }

    /// - Parameters:
    ///   - billed: what the bill was computed from.
    ///   - last: what the last of its documents was computed from.
    private func cause(
        _ bill: StandingBill, _ right: StoredInputs, _ billed: StoredInputs, _ last: StoredInputs, hasOtherPrices: Bool
    ) -> CorrectionProposal.Cause {
        let isShortened = coverage[bill.id]?.contains(where: \.isShortened) ?? false
        if isShortened || right.parts.map(\.period) != last.parts.map(\.period) { return .contract }
        guard hasOtherPrices else { return .readings }
        // That something was recorded since says little: what counts is whether the quantities are others.
        return changed.contains(bill.id) && !right.hasQuantities(of: billed) ? .both : .tariff
    }

    /// Whether other files would be used now: a version that corrects, or a series that says more. Who supplies moves no amount.
    private func hasChanged(_ part: StoredCase) -> Bool {
        guard let chain = catalog.chains[part.contract.tariff] else { return true }
        let standing = chain.timeline.pieces(in: part.period).map(\.value)
        if standing.map(\.hash) != part.tariffs { return true }
        return catalog.prices.hashes(behind: standing.map(\.version), over: part.period).contains {
            $0.key != catalog.supplierFile && part.priceHashes[$0.key] != $0.value
        }
    }
}
