internal import Billing
internal import InvoiceFormats
internal import Ledger
internal import Metering
internal import MeteringOperations
internal import Postgres
internal import TariffFiles
internal import Tariffs
internal import Values

/// Contracts into bills: what is due together becomes one draft, or the reason why it cannot.
struct ComputeBills: Sendable {
    let catalog: TariffCatalog
    let supplier: Supplier
    let today: Day

    /// With what is published now.
    /// - Throws: ``BillingRefusal``.
    static func published(today: Day, in connection: Connection) throws -> ComputeBills {
        let catalog = try TariffCatalog.published(in: connection)
        guard let supplier = catalog.supplier else { throw BillingRefusal.noSupplier }
        return ComputeBills(catalog: catalog, supplier: supplier, today: today)
    }

    /// What became of contracts that go on one paper.
    struct Outcome {
        /// The bill, if it came to one.
        var ready: ReadyBill?
        /// Contracts kept back, each with its reason.
        var held: [(due: DueContract, code: String, text: String)] = []
        /// Contracts with nothing to bill.
        var void: [DueContract] = []
    }

    /// A contract's part of a paper. A reference: a draft and its inputs hold a hundred texts, and each list they are handed on in would
    /// count them all.
    private final class Part {
        let due: DueContract
        let inputs: BillingCase
        let draft: InvoiceDraft
        let expected: ExpectedConsumption?

        init(_ due: DueContract, _ inputs: BillingCase, _ draft: InvoiceDraft, _ expected: ExpectedConsumption?) {
            self.due = due
            self.inputs = inputs
            self.draft = draft
            self.expected = expected
        }
    }

    /// What contracts paid in advance, and how they go on.
    private struct Advance {
        let requested: [Advancing: [RequestedInstalment]]
        /// Instalments for days before the bill that nobody has billed: another bill sets them off.
        let earlier: [Advancing: [RequestedInstalment]]
        let rules: [Advancing: NextPlan]
    }

    /// What was loaded for a page of contracts at once.
    private struct Page {
        let usage: [Identifier<MeteringPoint>: UsageInput]
        let intervals: [Identifier<MeteringPoint>: [IntervalUsage]]
        /// The days for which values were loaded.
        let loaded: DayRange
        /// Points of deduction meters, by contract.
        let elsewhere: [Int64: Set<Identifier<MeteringPoint>>]
        let earlier: EarlierTerms
        let previous: [Int64: PreviousPeriod]
        let advance: Advance
        let expectations: Expectations
        let contradictions: Contradictions
    }

    /// Each contract of an account, the first day of its bill, and the day before which its instalments belong to the bill; to the last
    /// bill of a contract belong all.
    ///
    /// Instalments are paid for a contract, not for a stretch of it: its last stretch decides, and it is asked for once. That an earlier
    /// stretch ended says nothing: after a pause the contract goes on, and so do its instalments.
    private static func dueDays(_ due: [DueContract]) -> [Advancing: DayRange] {
        var last: [Advancing: DueContract] = [:]
        var first: [Advancing: Day] = [:]
        for due in due {
            if last[due.advancing].map({ $0.period.from < due.period.from }) ?? true { last[due.advancing] = due }
            first[due.advancing] = min(first[due.advancing] ?? due.period.from, due.period.from)
        }
        var days: [Advancing: DayRange] = [:]
        for (advancing, due) in last {
            let until = due.kind == .final ? Day(9999, 12, 31) : due.period.until ?? due.period.from
            days[advancing] = DayRange(checked: first[advancing] ?? due.period.from, until: until)
        }
        return days
    }

    /// - Parameter due: in groups, as ``DueContract/lock(_:cycle:limit:only:in:)`` returns them.
    func callAsFunction(_ due: [DueContract], in connection: Connection) throws -> [Outcome] {
        guard let first = due.map(\.period.from).min(), let until = due.compactMap(\.period.until).max() else { return [] }
        let period = DayRange(from: first, until: until)
        let (known, elsewhere) = try ComputeBills.deductions(due, in: connection)
        let points = known.map(\.point) + Set(elsewhere.values.flatMap { $0 }).sorted()
        let inSlots = due.filter(needsIntervals).map(\.point)
        let (measured, disturbed) = try UndisturbedRead.read(points, in: connection) {
            (
                usage: try LoadUsage.load(points, period: period, in: connection),
                intervals: try LoadIntervals.load(inSlots, period: period, in: connection)
            )
        }
        let due = DueContract.joined(
            known.map { due in
                var due = due
                if disturbed.contains(due.point) || elsewhere[due.id]?.isDisjoint(with: disturbed) == false, case .success = due.contract {
                    due.contract = .failure(.readingsInMotion)
                }
                return due
            })
        let earlier = try EarlierTerms(
            due.compactMap { due in
                (try? due.contract.get()).flatMap { EarlierTerms.question($0, due.point.number, due.period.from) }
            }, in: connection)
        var profiles = DivisionProfiles()
        var plans = BillPlans(catalog)
        var previous = try PreviousPeriod.load(due, in: connection)
        try SameDaysLastYear(catalog: catalog).complete(&previous, of: due, &profiles, in: connection)
        let requested = try InstalmentStore.requested(ComputeBills.dueDays(due), in: connection)
        let advance = try Advance(
            requested: requested.mapValues { $0.filter { !$0.isForEarlierBill } },
            earlier: requested.mapValues { $0.filter(\.isForEarlierBill) }.filter { !$0.value.isEmpty },
            rules: InstalmentStore.rules(Set(due.map(\.advancing)), issuedOn: today, in: connection))
        let page = Page(
            usage: measured.usage, intervals: measured.intervals, loaded: period, elsewhere: elsewhere, earlier: earlier,
            previous: previous,
            advance: advance, expectations: try Expectations(due, previous, in: connection),
            contradictions: try Contradictions(due.map(\.point), in: connection))
        var outcomes: [Outcome] = []
        var start = 0
        while start < due.count {
            var end = start + 1
            while end < due.count, due[end].group == due[start].group { end += 1 }
            outcomes.append(try group(due[start..<end], page, &profiles, &plans))
            start = end
        }
        try UnbilledDays.tell(on: &outcomes, in: connection)
        return outcomes
    }

    /// Contracts whose deduction meters hang at other points, with those points; what names an unknown one cannot be billed.
    private static func deductions(
        _ due: [DueContract], in connection: Connection
    ) throws -> (due: [DueContract], elsewhere: [Int64: Set<Identifier<MeteringPoint>>]) {
        let deducting = due.compactMap { try? $0.contract.get() }.filter { !$0.deductionMeters.isEmpty }
        guard !deducting.isEmpty else { return (due, [:]) }
        let meters = try DeductionMeters(of: deducting, in: connection)
        var due = due
        var elsewhere: [Int64: Set<Identifier<MeteringPoint>>] = [:]
        for place in due.indices {
            guard case .success(let contract) = due[place].contract else { continue }
            do throws(Hindrance) {
                let others = try meters.elsewhere(contract, at: due[place].point)
                if !others.isEmpty { elsewhere[due[place].id] = others }
            } catch { due[place].contract = .failure(error) }
        }
        return (due, elsewhere)
    }

    private func group(
        _ members: ArraySlice<DueContract>, _ page: Page, _ profiles: inout DivisionProfiles, _ plans: inout BillPlans
    ) throws -> Outcome {
        // Instalments are paid for a contract, not for a stretch of it: they stand with its last one.
        var lastStretch: [String: Int64] = [:]
        for due in members { lastStretch[due.number] = due.id }
        var setOff: [SetOff] = []
        var unpaid: [RequestedInstalment] = []
        var outcome = Outcome()
        var parts: [Part] = []
        var contradicting: [CheckResult] = []
        var stopped: (contract: String, text: String)?
        func keep(_ due: [DueContract], _ code: String, _ text: String) {
            for due in due.flatMap(\.all) { outcome.held.append((due, code, text)) }
        }
        func hold(_ due: DueContract, _ code: String, _ text: String) {
            keep([due], code, text)
            stopped = stopped ?? (due.number, text)
        }
        for due in members {
            do {
                let isLast = lastStretch[due.number] == due.id
                let requested = isLast ? page.advance.requested[due.advancing] ?? [] : []
                // The last bill ends the plan and pays out what is left: it comes after all others.
                if isLast, due.kind == .final, let first = page.advance.earlier[due.advancing]?.first {
                    throw Hindrance.earlierDaysOpen(before: due.period.from, instalment: first.due)
                }
                let paid = try SetOffInstalments.paid(requested)
                var own = DeductionMeters.joined(
                    page.usage[due.point] ?? UsageInput(meters: []), try due.contract.get(), due.terms, due.elsewhere(page.elsewhere),
                    page.usage)
                // What others on the page asked for is none of its business; what stands on its paper is, so that its parts meet.
                let window = due.window(members)
                if window != page.loaded { own.narrow(to: window) }
                let (inputs, draft) = try bill(
                    due, own, page, &profiles, &plans,
                    instalments: paid.map { Instalment(paidOn: $0.paidOn, gross: $0.gross, tax: $0.tax, number: $0.number) },
                    // A bill on demand leaves the plan as it is: the year's own bill makes the next one.
                    rule: isLast && due.kind != .interim ? page.advance.rules[due.advancing].map { rule(of: due, $0) } : nil)
                setOff += paid
                unpaid += requested.filter { $0.open > .zero }
                parts.append(Part(due, inputs, draft, page.expectations.expected(of: draft, due, &profiles)))
                contradicting += page.contradictions.results(due.point, due.period, draft)
            } catch let hindrance as Hindrance {
                if hindrance == .notDue {
                    outcome.void += due.all
                } else if hindrance.isSettled {
                    keep([due], hindrance.code, hindrance.explanation)
                } else {
                    hold(due, hindrance.code, hindrance.explanation)
                }
            } catch let problem as BillingProblem {
                hold(due, problem.code, problem.explanation)
            } catch is Overflow {
                hold(due, BillingProblem.overflow.code, BillingProblem.overflow.explanation)
            } catch let unpostable as InvoiceEntry.Unpostable {
                hold(due, "no-ledger-account", "Der Kontenplan hat kein Konto für den Steuersatz \(unpostable.rate). Bitte anlegen.")
            }
        }
        // What belongs on one paper waits together.
        if let stopped {
            let waits = Hindrance.waits(for: stopped.contract, stopped.text)
            keep(parts.map(\.due), waits.code, waits.explanation)
            return outcome
        }
        if parts.count > 1, let gap = BillingCase.gap(between: parts.map(\.inputs)) {
            keep(parts.map(\.due), gap.code, gap.explanation)
            return outcome
        }
        guard let lead = parts.lazy.map(\.due.least).min(by: { $0.id < $1.id }) else { return outcome }
        do {
            let draft = try InvoiceDraft.combined(parts.map(\.draft))
            var ready = ReadyBill(
                contract: lead.id, account: lead.account,
                covers: parts.flatMap(\.due.all).map { .init(contract: $0.id, number: $0.number, period: $0.period) },
                inputs: StoredInputs(parts: parts.map { StoredCase($0.inputs) }), draft: draft)
            ready.setOff = setOff
            ready.unpaid = unpaid
            let ending = parts.lazy.map(\.due).filter {
                page.advance.rules[$0.advancing] != nil && ![.monthly, .interim].contains($0.kind)
            }
            ready.endedPlans = Set(ending.map(\.number)).filter { number in !draft.plans.contains { $0.contract == number } }.sorted()
            for (index, part) in parts.enumerated() { ready.expected[index] = part.expected }
            ready.contradictions = contradicting
            ready.payOut(after: draft)
            outcome.ready = ready
        } catch {
            keep(parts.map(\.due), BillingProblem.overflow.code, BillingProblem.overflow.explanation)
        }
        return outcome
    }

    /// After the bill of a year the next instalments fall into the year up to the next bill.
    private func rule(of due: DueContract, _ next: NextPlan) -> InstalmentRule {
        guard due.kind == .annual, let end = due.period.until else { return next.rule }
        return next.rule(yearAfter: end)
    }

    /// - Throws: `Hindrance`, `BillingProblem`, `Overflow`, `InvoiceEntry.Unpostable`: the contract is held. Anything else is
    ///   nothing that the contract could be blamed for.
    private func bill(
        _ due: DueContract, _ usage: UsageInput, _ page: Page, _ profiles: inout DivisionProfiles, _ plans: inout BillPlans,
        instalments: [Instalment], rule: InstalmentRule?
    ) throws -> (BillingCase, InvoiceDraft) {
        let contract = try due.contract.get()
        guard let chain = catalog.chains[contract.tariff],
            let plan = plans.plan(contract.tariff, due.period)?.agreed(AgreedTerms.changes(due.terms))
        else {
            throw Hindrance.unknownTariff(contract.tariff.description)
        }
        let told = try AgreedDays(contract: contract, point: due.point.number, period: due.period, terms: due.terms)
            .usage(usage, plan, chain, page.earlier, catalog, &profiles)
        let billingCase = BillingCase(
            contract: contract, supplier: supplier, plan: plan, kind: due.kind, usage: told.pieces,
            intervals: (page.intervals[due.point] ?? []).compactMap { $0.cut(to: due.period) }, findings: told.findings,
            instalments: instalments, previous: page.previous[due.id], instalmentRule: rule)
        let draft = try Bill.compute(billingCase)
        if let rate = InvoiceEntry.unpostable(draft) { throw InvoiceEntry.Unpostable(rate: rate) }
        return (billingCase, draft)
    }

    private func needsIntervals(_ due: DueContract) -> Bool {
        guard case .success(let contract) = due.contract else { return false }
        return catalog.chains[contract.tariff]?.needsIntervals(in: due.period) ?? false
    }
}

extension DueContract {
    /// The points beside its own whose meters any of its stretches deducts.
    fileprivate func elsewhere(_ known: [Int64: Set<Identifier<MeteringPoint>>]) -> Set<Identifier<MeteringPoint>> {
        if known.isEmpty { return [] }
        return all.reduce(into: []) { $0.formUnion(known[$1.id] ?? []) }
    }

    /// The days of its point on its paper.
    fileprivate func window(_ members: ArraySlice<DueContract>) -> DayRange {
        if members.count == 1 { return period }
        var window = period
        for member in members where member.point == point {
            window = window.spanning(member.period)
        }
        return window
    }
}
