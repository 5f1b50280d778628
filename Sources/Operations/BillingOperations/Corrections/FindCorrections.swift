internal import Billing
internal import InvoiceFormats
internal import Metering
internal import MeteringOperations
public import Postgres
internal import TariffFiles
internal import Tariffs
public import Values

/// Finds bills whose inputs have changed since (late readings, corrected tariffs), computes what is right, and proposes the
/// difference. It issues nothing, and running it twice proposes nothing new.
public struct FindCorrections: Sendable {
    public struct Report: Hashable, Sendable {
        /// Bills that stand.
        public var bills = 0
        /// Bills that something has touched since.
        public var touched = 0
        /// New proposals.
        public var proposed = 0
        /// Bills that cannot be computed from what is known now, each with the reason.
        public var unclear: [Unclear] = []
    }
    public struct Unclear: Hashable, Sendable {
        public let invoice: String
        public let code: String
        public let explanation: String
        /// Nothing is to be computed: the contract has none of the billed days any more, and the bill is to be taken back.
        public var isToBeCancelled: Bool { code == OtherTerms.code }
    }
    let pool: Pool
    public init(pool: Pool) { self.pool = pool }

    /// - Parameters:
    ///   - invoices: numbers of the bills to look at; empty: all that stand.
    ///   - pageSize: bills of a transaction.
    public func callAsFunction(
        invoices: [String] = [], author: String, now: Instant, pageSize: Int = 200
    ) async throws -> Report {
        var report = Report()
        var after: Int64 = 0
        while true {
            // One snapshot: a reading that comes in between is found the next time, not half.
            let page = try await pool.transaction(isolation: .repeatableRead) { [after] connection in
                try FindCorrections.page(after: after, limit: pageSize, invoices, author: author, now: now, in: connection)
            }
            guard let last = page.last else { return report }
            after = last
            report.bills += page.report.bills
            report.touched += page.report.touched
            report.proposed += page.report.proposed
            report.unclear += page.report.unclear
        }
    }

    private static func page(
        after: Int64, limit: Int, _ numbers: [String], author: String, now: Instant, in connection: Connection
    ) throws -> (last: Int64?, report: Report) {
        let bills = try StandingBill.page(after: after, limit: limit, numbers: numbers, in: connection)
        var report = Report()
        guard !bills.isEmpty else { return (nil, report) }
        report.bills = bills.count
        let catalog = try TariffCatalog.published(in: connection)
        let coverage = try StandingBill.coverage(bills, in: connection)
        let checks = try connection.thresholdBook(of: CheckParameters.self)
        let today = LocalTime.berlin.day(of: now)
        var questions: [ChangedSince.Question] = []
        var asked: [Int64] = []
        for bill in bills {
            for covered in coverage[bill.id] ?? [] {
                for point in [covered.point] + covered.others {
                    questions.append(.init(point: Identifier(point), period: covered.period, since: bill.computedAt))
                    asked.append(bill.id)
                }
            }
        }
        let changed = Set(try ChangedSince.ask(questions, in: connection).map { asked[$0] })
        var stored = StoredBill()
        var profiles = DivisionProfiles()
        for bill in bills {
            let inputs: StoredInputs
            do { inputs = try StoredInputs(parsing: bill.inputs) } catch {
                report.unclear.append(Unclear(invoice: bill.number, code: "invoice-damaged", explanation: "\(error)"))
                continue
            }
            let covered = coverage[bill.id] ?? []
            let isShortened = covered.contains(where: \.isShortened)
            let hasOtherPrices = inputs.parts.contains { hasChanged($0, catalog) }
            guard changed.contains(bill.id) || hasOtherPrices || isShortened else { continue }
            report.touched += 1
            if let limit = TimeLimit(inputs), limit.isOver(now) {
                report.unclear.append(Unclear(invoice: bill.number, code: "time-limit", explanation: limit.explanation))
                continue
            }
            do {
                var right = try RecomputedBill.compute(inputs, covered, bill.id, catalog, &profiles, in: connection)
                right.inputs.corrects = bill.documents
                let billed = try stored.drafts(of: bill.documents, in: connection)
                guard let difference = try right.draft.correction(of: billed) else {
                    try CorrectionStore.withdraw(bill, in: connection)
                    continue
                }
                // That something was recorded since says little: what counts is whether the quantities are others.
                let hasOtherReadings = changed.contains(bill.id) && !right.inputs.hasQuantities(of: inputs)
                let cause: CorrectionProposal.Cause =
                    isShortened ? .contract : !hasOtherPrices ? .readings : hasOtherReadings ? .both : .tariff
                let isNew = try CorrectionStore.propose(
                    bill, cause: cause, inputs: right.inputs, billed: billed.map(\.totals.gross).total(), right: right.draft.totals.gross,
                    difference: difference, checks: checks.holds(difference, to: right.draft, on: today), author: author, now: now,
                    in: connection)
                if isNew { report.proposed += 1 }
            } catch let problem as BillingProblem {
                report.unclear.append(Unclear(invoice: bill.number, code: problem.code, explanation: problem.explanation))
            } catch let terms as OtherTerms {
                report.unclear.append(Unclear(invoice: bill.number, code: OtherTerms.code, explanation: terms.explanation))
            } catch let undecided as Undecided {
                report.unclear.append(
                    Unclear(invoice: bill.number, code: undecided.hindrance.code, explanation: undecided.hindrance.explanation))
            } catch let damage as StoredBill.Damage {
                report.unclear.append(Unclear(invoice: bill.number, code: "invoice-damaged", explanation: damage.what))
            } catch is Overflow {
                report.unclear.append(
                    Unclear(invoice: bill.number, code: BillingProblem.overflow.code, explanation: BillingProblem.overflow.explanation))
            }
        }
        return (bills.last?.id, report)
    }

    /// Whether other files would be used now: a version that corrects, or a series that says more. Who supplies moves no amount.
    private static func hasChanged(_ part: StoredCase, _ catalog: TariffCatalog) -> Bool {
        guard let chain = catalog.chains[part.contract.tariff] else { return true }
        let standing = chain.timeline.pieces(in: part.period).map(\.value)
        if standing.map(\.hash) != part.tariffs { return true }
        return catalog.prices.hashes(behind: standing.map(\.version), over: part.period).contains {
            $0.key != catalog.supplierFile && part.priceHashes[$0.key] != $0.value
        }
    }

    /// The contract has none of the days that were billed: the bill is to be taken back.
    struct OtherTerms: Error {
        static let code = "other-terms"
        let contract: String
        var explanation: String {
            "Vertrag \(contract) hat von den abgerechneten Tagen inzwischen keinen mehr. Bitte die Rechnung stornieren."
        }
    }

    /// A bill of today would be held: nothing can be said about the one of then.
    struct Undecided: Error {
        let hindrance: Hindrance
        init(_ hindrance: Hindrance) { self.hindrance = hindrance }
    }

    /// How long errors may be corrected (§ 18(2) StromGVV and GasGVV: three years; § 21(2) AVBFernwärmeV: two).
    private struct TimeLimit {
        let end: Day
        let years: Int
        init?(_ inputs: StoredInputs) {
            guard let end = inputs.parts.compactMap(\.period.until).max() else { return nil }
            self.end = end
            years = inputs.parts.contains { $0.contract.tariff.commodity == .heat } ? 2 : 3
        }
        func isOver(_ now: Instant) -> Bool { LocalTime.berlin.day(of: now) > end.adding(months: 12 * years) }
        var explanation: String {
            "Der Abrechnungszeitraum endete vor mehr als \(years) Jahren; so lange lassen sich Fehler berichtigen (\(years == 2 ? "§ 21 AVBFernwärmeV" : "§ 18 StromGVV"))."
        }
    }
}
