public import Tariffs
public import VEE
public import Values

/// Which profile divides an advance between two readings, where law and tariff ask for one (StromGVV and GasGVV § 12(2),
/// AVBFernwärmeV § 24(3): in proportion to time, with the season's experience).
///
/// A household's H0 is dynamised, as BDEW publishes it: up to 30 June 2026 it has used 51.72 %. The table without that is
/// `H0-static` (49.33 %): it is the shape of a day, and knows the season only by its three seasons of the clock.
public enum DividingProfile {
    /// The attributes of a contract that choose a profile and whose holidays count.
    public static let profileAttribute = "profile"
    public static let stateAttribute = "state"

    /// The name that tariff or contract give, else that of the usual one, `commodity/usage`; nil: day by day in equal parts.
    public static func name(_ rules: RatingRules, _ commodity: Commodity, attributes: [String: String]) -> String? {
        switch rules.consumption {
        case .dayLinear, .none: nil
        case .degreeDay: rules.profile ?? "GTZ"
        case .measured, .loadProfile:
            rules.profile ?? attributes[profileAttribute] ?? "\(commodity.rawValue)/\(attributes["usage"] ?? "household")"
        }
    }

    /// A profile by the name a tariff or a contract gives it, or the usual one of `commodity/usage`.
    public static func profile(_ name: String, _ commodity: Commodity, holidays: HolidayCalendar) -> (any ConsumptionProfile)? {
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
