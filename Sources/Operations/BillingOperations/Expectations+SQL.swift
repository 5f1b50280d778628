internal import Billing
internal import Metering
internal import Postgres
internal import Tariffs
internal import Values

/// What contracts are expected to use where the same days a year ago say nothing: months of the first year, the first year itself,
/// and bills whose year before is of another length. By the yearly consumption that is named, else by what was billed in the last
/// year; the season's share of the days is that of the usual profile of the customer.
struct Expectations {
    private struct Billed {
        let days: DayRange
        let micro: Int64
        let unit: UnitCode
    }
    private var billed: [Int64: [Billed]] = [:]
    private var asked: Set<Int64> = []

    /// - Parameter previous: what was billed a year before; comparable days need no other expectation.
    init(_ due: [DueContract], _ previous: [Int64: PreviousPeriod], in connection: Connection) throws {
        let lone = due.filter { due in
            // What meters say of the same days is better than what was named or billed.
            if let same = previous[due.id]?.sameDays, same.consumption.micro > 0, same.basis == .values || same.basis == .divided {
                return false
            }
            guard let before = previous[due.id]?.period.count, let days = due.period.count else { return true }
            return abs(before - days) * 10 > max(before, days)
        }
        asked = Set(lone.map(\.id))
        // A contract that begins with this bill has no bill before it.
        let older = lone.filter { due in
            guard case .success(let contract) = due.contract, due.forecast(of: contract) == nil else { return false }
            return contract.start < due.period.from
        }
        guard !older.isEmpty else { return }
        for row in try connection.query(
            """
            SELECT d.id, CASE WHEN v.consumption_micro IS NULL THEN i.period ELSE v.period END,
                   coalesce(k.consumption_micro, v.consumption_micro, i.consumption_micro), coalesce(v.consumption_unit, i.consumption_unit)
            FROM unnest(\(older.map(\.id)), \(older.map(\.number)), \(older.map(\.period.from))) AS d (id, number, first)
            JOIN invoice_coverage v ON v.contract_number = d.number AND v.is_standing
                AND v.period && daterange((d.first - interval '1 year')::date, d.first) AND upper(v.period) <= d.first
            JOIN invoice i ON i.id = v.invoice_id AND coalesce(v.consumption_micro, i.consumption_micro) IS NOT NULL
            CROSS JOIN LATERAL (\(PreviousPeriod.corrected)) k
            """)
        {
            guard let unit = UnitCode(rawValue: try row.get(3)) else { continue }
            billed[try row.get(0), default: []].append(Billed(days: try row.get(1), micro: try row.get(2), unit: unit))
        }
    }

    /// - Returns: nil where the year before is comparable, or nothing is known.
    func expected(of draft: InvoiceDraft, _ due: DueContract, _ profiles: inout DivisionProfiles) -> ExpectedConsumption? {
        guard asked.contains(due.id), let now = draft.consumption, let until = due.period.until, let days = due.period.count else {
            return nil
        }
        if let yearly = due.forecast(of: draft.contract).flatMap({ Expectations.inUnit(of: now, $0, draft) }) {
            let year = DayRange(from: due.period.from, until: max(until, due.period.from.adding(months: 12)))
            let micro = profiles.share(of: yearly, over: year, in: due.period, draft.contract, days: (days, year.count ?? 365))
            return micro.map { ExpectedConsumption(Measure(micro: $0, unit: now.unit), basis: .forecast) }
        }
        let known = (billed[due.id] ?? []).filter { $0.unit == now.unit }
        guard let from = known.map(\.days.from).min(), let last = known.compactMap(\.days.until).max() else { return nil }
        let whole = DayRange(from: from, until: last)
        // Months that are missing between bills would make them look small.
        let covered = known.compactMap(\.days.count).reduce(0, +)
        guard let length = whole.count, covered == length else { return nil }
        guard let sum = Int64(exactly: known.reduce(Int128(0)) { $0 + Int128($1.micro) }) else { return nil }
        return profiles.share(of: sum, over: whole, in: due.period, draft.contract, days: (days, length)).map {
            ExpectedConsumption(Measure(micro: $0, unit: now.unit), basis: .billed(whole))
        }
    }

    /// A forecast in the unit of the bill. Gas is told in m³ at its point and charged in kWh: this bill says what a m³ was worth.
    private static func inUnit(of now: Measure, _ forecast: DueContract.Forecast, _ draft: InvoiceDraft) -> Int64? {
        switch forecast {
        case .ofContract(let micro): return micro
        case .ofPoint(let micro):
            let volumes = draft.meters.filter { $0.quantity.unit == .cubicMetre }
            guard now.unit == .kilowattHour, !volumes.isEmpty else { return micro }
            let counted = volumes.reduce(Int128(0)) { $0 + Int128($1.quantity.micro) }
            guard counted > 0 else { return nil }
            return Int64(exactly: Int128(micro) * Int128(now.micro) / counted)
        }
    }
}

extension DivisionProfiles {
    /// What falls on `days` of what was used over `whole`: by the usual profile of the customer, or by equal days.
    mutating func share(
        of micro: Int64, over whole: DayRange, in period: DayRange, _ contract: Billing.BilledContract, days: (Int, Int)
    ) -> Int64? {
        share(
            of: micro, over: whole, in: period, contract, rules: RatingRules(consumption: .loadProfile), around: period, days: days)?.micro
    }

    /// The same by the profile that the rules name, and whether it was by one.
    ///
    /// - Parameter around: the weights are summed from two years before to two years behind it: once for all who ask with the same days.
    mutating func share(
        of micro: Int64, over whole: DayRange, in period: DayRange, _ contract: Billing.BilledContract, rules: RatingRules,
        around: DayRange, days: (Int, Int)
    ) -> (micro: Int64, isSeasonal: Bool)? {
        if let totals = totals(rules, contract.tariff.commodity, attributes: contract.attributes, around: around),
            let own = totals.weight(of: period), let all = totals.weight(of: whole), all > 0
        {
            let (product, over) = Int128(micro).multipliedReportingOverflow(by: own)
            return over ? nil : Int64(exactly: product / all).map { ($0, true) }
        }
        return Int64(exactly: Int128(micro) * Int128(days.0) / Int128(max(1, days.1))).map { ($0, false) }
    }
}
