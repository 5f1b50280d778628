internal import InvoiceFormats
internal import Metering
internal import Tariffs
internal import VEE
internal import Values

/// The weights by which advances are divided: a profile is summed once for a page of bills. Which one it is, `DividingProfile` says.
struct DivisionProfiles {
    private struct Key: Hashable {
        let name: String
        let state: String
        let days: DayRange
    }
    private var known: [Key: ProfileTotals?] = [:]

    /// The readings around a period lie this near, or their days are divided in equal parts.
    private static let reach = 800

    /// - Returns: nil: day by day in equal parts.
    mutating func totals(_ rules: RatingRules, _ commodity: Commodity, attributes: [String: String], around period: DayRange)
        -> ProfileTotals?
    {
        guard let until = period.until, let name = DividingProfile.name(rules, commodity, attributes: attributes) else { return nil }
        let days = DayRange(
            from: period.from.adding(days: -DivisionProfiles.reach), until: until.adding(days: DivisionProfiles.reach))
        let key = Key(name: name, state: attributes[DividingProfile.stateAttribute] ?? "", days: days)
        if let found = known[key] { return found }
        let profile = DividingProfile.profile(
            name, commodity, holidays: HolidayCalendar(code: attributes[DividingProfile.stateAttribute]))
        let totals = profile.flatMap { ProfileTotals($0.dayWeights(period: days), over: days) }
        known[key] = .some(totals)
        return totals
    }
}

extension TariffChain {
    /// The rules of the version that holds on the last day: a bill divides by one method.
    func rules(over period: DayRange) -> RatingRules? { timeline[period.lastDay ?? period.from]?.version.rules }
    /// Whether a version that holds in the period is priced slot by slot, or by the highest load.
    func needsIntervals(in period: DayRange) -> Bool { timeline.pieces(in: period).contains { $0.value.version.needsIntervals } }
}
