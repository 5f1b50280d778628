internal import Metering
internal import Tariffs
internal import VEE
internal import Values

/// The profiles that divide an advance between two readings, where law and tariff ask for one (StromGVV and GasGVV § 12(2),
/// AVBFernwärmeV § 24(3): in proportion to time, with the season's experience). A profile is summed once for a page of bills.
///
/// A household's H0 is dynamised, as BDEW publishes it: up to 30 June 2026 it has used 51.72 %. The table without that is
/// `H0-static` (49.33 %): it is the shape of a day, and knows the season only by its three seasons of the clock.
struct DivisionProfiles {
    private struct Key: Hashable {
        let name: String
        let state: String
        let days: DayRange
    }
    private var known: [Key: ProfileTotals?] = [:]

    /// The readings around a period lie this near, or their days are divided in equal parts.
    private static let reach = 800

    /// The attributes of a contract that choose a profile and whose holidays count.
    static let profileAttribute = "profile"
    static let stateAttribute = "state"

    /// - Returns: nil: day by day in equal parts.
    mutating func totals(_ rules: RatingRules, _ commodity: Commodity, attributes: [String: String], around period: DayRange)
        -> ProfileTotals?
    {
        guard let until = period.until else { return nil }
        let name: String
        switch rules.consumption {
        case .dayLinear, .none: return nil
        case .degreeDay: name = rules.profile ?? "GTZ"
        case .measured, .loadProfile:
            name =
                rules.profile ?? attributes[DivisionProfiles.profileAttribute]
                ?? "\(commodity.rawValue)/\(attributes["usage"] ?? "household")"
        }
        let days = DayRange(
            from: period.from.adding(days: -DivisionProfiles.reach), until: until.adding(days: DivisionProfiles.reach))
        let key = Key(name: name, state: attributes[DivisionProfiles.stateAttribute] ?? "", days: days)
        if let found = known[key] { return found }
        let profile = DivisionProfiles.profile(
            name, commodity, holidays: HolidayCalendar(code: attributes[DivisionProfiles.stateAttribute]))
        let totals = profile.flatMap { ProfileTotals($0.dayWeights(period: days), over: days) }
        known[key] = .some(totals)
        return totals
    }

    /// A profile by the name a tariff or a contract gives it, or the usual one of `commodity/usage`.
    static func profile(_ name: String, _ commodity: Commodity, holidays: HolidayCalendar) -> (any ConsumptionProfile)? {
        if let usage = name.split(separator: "/", maxSplits: 1).last, name.contains("/") {
            let customer: CustomerClass = usage == "household" ? .household : usage == "industrial" ? .industrial : .commercial
            return ProfileChoice.usual(for: commodity, of: customer, holidays: holidays)
        }
        if name.lowercased().hasSuffix("-static"), let table = LoadProfile.Name(rawValue: name.dropLast(7).uppercased()) {
            return LoadProfile(table, holidays: holidays, dynamisation: Dynamisation.none)
        }
        // A gas profile without the temperatures of its area: the season of heating is the experience that is left.
        if let named = ProfileChoice.named(name, holidays: holidays) { return named }
        return commodity == .gas || commodity == .heat ? DegreeDays() : nil
    }
}

extension TariffChain {
    /// The rules of the version that holds on the last day: a bill divides by one method.
    func rules(over period: DayRange) -> RatingRules? { timeline[period.lastDay ?? period.from]?.version.rules }
    /// Whether a version that holds in the period is priced slot by slot, or by the highest load.
    func needsIntervals(in period: DayRange) -> Bool { timeline.pieces(in: period).contains { $0.value.version.needsIntervals } }
}
