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

    /// What contracts paid in advance, and how they go on.
    private struct Advance {
        let requested: [String: [RequestedInstalment]]
        /// Instalments for days before the bill that nobody has billed: another bill sets them off.
        let earlier: [String: [RequestedInstalment]]
        let rules: [String: InstalmentRule]
    }

    /// Each contract, the first day of its bill, and the day before which its instalments belong to the bill; to the last bill of a
    /// contract belong all.
    ///
    /// Instalments are paid for a contract, not for a stretch of it: its last stretch decides, and it is asked for once.
    private static func dueDays(_ due: [DueContract]) -> [String: DayRange] {
        var days: [String: DayRange] = [:]
        for due in due {
            let until = due.kind == .final ? Day(9999, 12, 31) : due.period.until ?? due.period.from
            let known = days[due.number]
            days[due.number] = DayRange(
                from: min(known?.from ?? due.period.from, due.period.from), until: max(known?.until ?? until, until))
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
        let due = known.map { due in
            var due = due
            if disturbed.contains(due.point) || elsewhere[due.id]?.isDisjoint(with: disturbed) == false, case .success = due.contract {
                due.contract = .failure(.readingsInMotion)
            }
            return due
        }
        var profiles = DivisionProfiles()
        var plans = BillPlans(catalog)
        let previous = try PreviousPeriod.load(due, in: connection)
        let requested = try InstalmentStore.requested(ComputeBills.dueDays(due), in: connection)
        let advance = try Advance(
            requested: requested.mapValues { $0.filter { !$0.isForEarlierBill } },
            earlier: requested.mapValues { $0.filter(\.isForEarlierBill) }.filter { !$0.value.isEmpty },
            rules: InstalmentStore.rules(due.map(\.number), issuedOn: today, in: connection))
        let expectations = try Expectations(due, previous, in: connection)
        var outcomes: [Outcome] = []
        var start = 0
        while start < due.count {
            var end = start + 1
            while end < due.count, due[end].group == due[start].group { end += 1 }
            outcomes.append(
                try group(
                    due[start..<end], measured.usage, measured.intervals, elsewhere, &profiles, &plans, previous, advance, expectations))
            start = end
        }
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
        _ members: ArraySlice<DueContract>, _ usage: [Identifier<MeteringPoint>: UsageInput],
        _ intervals: [Identifier<MeteringPoint>: [IntervalUsage]], _ elsewhere: [Int64: Set<Identifier<MeteringPoint>>],
        _ profiles: inout DivisionProfiles, _ plans: inout BillPlans, _ previous: [Int64: PreviousPeriod], _ advance: Advance,
        _ expectations: Expectations
    ) throws -> Outcome {
        // Instalments are paid for a contract, not for a stretch of it: they stand with its last one.
        var lastStretch: [String: Int64] = [:]
        for due in members { lastStretch[due.number] = due.id }
        var setOff: [SetOff] = []
        var unpaid: [RequestedInstalment] = []
        var outcome = Outcome()
        var parts: [(due: DueContract, inputs: BillingCase, draft: InvoiceDraft, expected: ExpectedConsumption?)] = []
        var stopped: (contract: String, text: String)?
        func hold(_ due: DueContract, _ code: String, _ text: String) {
            outcome.held.append((due, code, text))
            stopped = stopped ?? (due.number, text)
        }
        for due in members {
            do {
                let isLast = lastStretch[due.number] == due.id
                let requested = isLast ? advance.requested[due.number] ?? [] : []
                // The last bill ends the plan and pays out what is left: it comes after all others.
                if isLast, due.kind == .final, let first = advance.earlier[due.number]?.first {
                    throw Hindrance.earlierDaysOpen(before: due.period.from, instalment: first.due)
                }
                let paid = try SetOffInstalments.paid(requested)
                let own = DeductionMeters.joined(
                    usage[due.point] ?? UsageInput(meters: []), try due.contract.get(), elsewhere[due.id] ?? [], usage)
                let (inputs, draft) = try bill(
                    due, own, intervals[due.point] ?? [], &profiles, &plans, previous[due.id],
                    instalments: paid.map { Instalment(paidOn: $0.paidOn, gross: $0.gross, tax: $0.tax) },
                    // A bill on demand leaves the plan as it is: the year's own bill makes the next one.
                    rule: isLast && due.kind != .interim ? advance.rules[due.number] : nil)
                setOff += paid
                unpaid += requested.filter { $0.open > .zero }
                parts.append((due, inputs, draft, expectations.expected(of: draft, due, &profiles)))
            } catch let hindrance as Hindrance {
                if hindrance == .notDue {
                    outcome.void.append(due)
                } else if hindrance.isSettled {
                    outcome.held.append((due, hindrance.code, hindrance.explanation))
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
            for part in parts { outcome.held.append((part.due, waits.code, waits.explanation)) }
            return outcome
        }
        guard let lead = parts.min(by: { $0.due.id < $1.due.id })?.due else { return outcome }
        do {
            let draft = try InvoiceDraft.combined(parts.map(\.draft))
            var ready = ReadyBill(
                contract: lead.id, account: lead.account,
                covers: parts.map { ReadyBill.Covered(contract: $0.due.id, number: $0.due.number, period: $0.due.period) },
                inputs: StoredInputs(parts: parts.map { StoredCase($0.inputs) }), draft: draft, setOff: setOff, unpaid: unpaid,
                endedPlans: Set(parts.map(\.due.number)).filter { number in
                    advance.rules[number] != nil && !draft.plans.contains { $0.contract == number }
                        && parts.contains { $0.due.number == number && ![.monthly, .interim].contains($0.due.kind) }
                }.sorted(),
                expected: Dictionary(
                    uniqueKeysWithValues: parts.enumerated().compactMap { index, part in part.expected.map { (index, $0) } })
            )
            ready.payOut(after: draft)
            outcome.ready = ready
        } catch {
            for part in parts { outcome.held.append((part.due, BillingProblem.overflow.code, BillingProblem.overflow.explanation)) }
        }
        return outcome
    }

    /// - Throws: `Hindrance`, `BillingProblem`, `Overflow`, `InvoiceEntry.Unpostable`: the contract is held. Anything else is
    ///   nothing that the contract could be blamed for.
    private func bill(
        _ due: DueContract, _ usage: UsageInput, _ intervals: [IntervalUsage], _ profiles: inout DivisionProfiles, _ plans: inout BillPlans,
        _ previous: PreviousPeriod?, instalments: [Instalment], rule: InstalmentRule?
    ) throws -> (BillingCase, InvoiceDraft) {
        let contract = try due.contract.get()
        guard let chain = catalog.chains[contract.tariff], let plan = plans.plan(contract.tariff, due.period) else {
            throw Hindrance.unknownTariff(contract.tariff.description)
        }
        var usage = usage
        if let rules = chain.rules(over: due.period) {
            usage.totals = profiles.totals(rules, contract.tariff.commodity, attributes: contract.attributes, around: due.period)
        }
        let told = try Usage.pieces(usage, period: due.period, cuts: plan.cuts(for: contract))
        let billingCase = BillingCase(
            contract: contract, supplier: supplier, plan: plan, kind: due.kind, usage: told.pieces,
            intervals: intervals.compactMap { $0.cut(to: due.period) }, findings: told.findings, instalments: instalments,
            previous: previous, instalmentRule: rule)
        let draft = try Bill.compute(billingCase)
        if let rate = InvoiceEntry.unpostable(draft) { throw InvoiceEntry.Unpostable(rate: rate) }
        return (billingCase, draft)
    }

    private func needsIntervals(_ due: DueContract) -> Bool {
        guard case .success(let contract) = due.contract else { return false }
        return catalog.chains[contract.tariff]?.needsIntervals(in: due.period) ?? false
    }
}
