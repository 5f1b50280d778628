internal import Billing
internal import Metering
internal import MeteringOperations
internal import Postgres
internal import TariffFiles
internal import Tariffs
internal import Values

/// What contracts used in the same days of the year before, where the bill of the year before is over others: a month, half a year, the
/// last weeks of a contract.
///
/// The stored values of those days say it where the contract had the metering point then; else the bill of then is brought to these days by
/// the usual course of the season. What others used at the point before the contract began is none of its business.
struct SameDaysLastYear {
    private struct Asked {
        let due: DueContract
        let contract: Billing.BilledContract
        let version: PublishedTariff
        let days: DayRange
    }
    let catalog: TariffCatalog

    /// - Parameter previous: what was billed a year before; gets the same days where it is of others.
    func complete(
        _ previous: inout [Int64: PreviousPeriod], of due: [DueContract], _ profiles: inout DivisionProfiles, in connection: Connection
    ) throws {
        let asked = due.compactMap { due -> Asked? in
            guard let before = previous[due.id], !before.isOfSameDays(as: due.period), case .success(let contract) = due.contract,
                let version = catalog.chains[contract.tariff]?.timeline[due.period.lastDay ?? due.period.from]
            else { return nil }
            return Asked(due: due, contract: contract, version: version, days: due.period.aYearBefore)
        }
        guard !asked.isEmpty else { return }
        let usage = try usage(asked, in: connection)
        for asked in asked {
            guard let before = previous[asked.due.id] else { continue }
            previous[asked.due.id]?.sameDays =
                measured(asked, usage[asked.due.point], before.consumption.unit, &profiles) ?? scaled(asked, before, &profiles)
        }
    }

    /// The values of last year's days, of contracts that had their point on all of them.
    private func usage(_ asked: [Asked], in connection: Connection) throws -> [Identifier<MeteringPoint>: UsageInput] {
        let own = Set(
            try connection.query(
                """
                SELECT d.id FROM unnest(\(asked.map(\.due.id)), \(asked.map(\.due.number)), \(asked.map(\.due.point)), \(asked.map(\.days)))
                    AS d (id, number, point, days)
                WHERE d.days <@ (SELECT range_agg(c.valid) FROM contract c WHERE c.number = d.number AND c.metering_point_id = d.point)
                """
            ).map { try $0.get(0) as Int64 })
        let known = asked.filter { own.contains($0.due.id) }
        guard let first = known.map(\.days.from).min(), let until = known.compactMap(\.days.until).max() else { return [:] }
        let points = known.map(\.due.point)
        let (usage, disturbed) = try UndisturbedRead.read(points, in: connection) {
            try LoadUsage.load(points, period: DayRange(from: first, until: until), in: connection)
        }
        return usage.filter { !disturbed.contains($0.key) }
    }

    /// - Returns: nil where values are missing, or are estimates that no reading bears out.
    private func measured(
        _ asked: Asked, _ input: UsageInput?, _ unit: UnitCode, _ profiles: inout DivisionProfiles
    ) -> PreviousPeriod.SameDays? {
        guard var input else { return nil }
        // What others on the page asked for is none of its business.
        input.narrow(to: asked.days)
        input.totals = profiles.totals(
            asked.version.version.rules, asked.contract.tariff.commodity, attributes: asked.contract.attributes, around: asked.due.period)
        let cuts = Bill.consumptionCuts(of: asked.contract, by: asked.version, prices: catalog.prices, over: asked.days)
        // Days without a meter and numbers beyond bounds are no reason to hold a bill of this year.
        guard let told = try? Usage.pieces(input, period: asked.days, cuts: cuts), !told.pieces.isEmpty,
            !told.findings.contains(where: { $0.severity >= .failure && $0.severity != .event }),
            let used = try? Bill.consumption(
                of: asked.contract, by: asked.version, prices: catalog.prices, over: asked.days, usage: told.pieces),
            used.unit == unit
        else { return nil }
        // Inside a register's days the weakest boundary counts; cuts between measured ends move nothing of the sum.
        let ends = told.pieces.flatMap { piece in
            [piece.range.from == asked.days.from ? piece.begin : nil, piece.range.until == asked.days.until ? piece.end : nil]
        }.compactMap { $0?.origin }
        let weakest = ends.max() ?? told.pieces.map(\.division).max() ?? .measured
        let basis: PreviousPeriod.SameDays.Basis
        switch weakest {
        case .measured, .intervals: basis = .values
        case .profile: basis = .divided
        case .dayLinear: basis = .days
        case .estimated: return nil
        }
        return PreviousPeriod.SameDays(period: asked.days, consumption: used, basis: basis)
    }

    /// The bill of the year before, by the profile of the tariff or the usual one.
    private func scaled(_ asked: Asked, _ before: PreviousPeriod, _ profiles: inout DivisionProfiles) -> PreviousPeriod.SameDays? {
        guard let days = asked.days.count, let length = before.period.count, length > 0 else { return nil }
        var rules = RatingRules(consumption: .loadProfile)
        rules.profile = asked.version.version.rules.profile
        let share = profiles.share(
            of: before.consumption.micro, over: before.period, in: asked.days, asked.contract, rules: rules, around: asked.due.period,
            days: (days, length))
        return share.map {
            PreviousPeriod.SameDays(
                period: asked.days, consumption: Measure(micro: $0.micro, unit: before.consumption.unit),
                basis: $0.isSeasonal ? .profile : .days)
        }
    }
}
