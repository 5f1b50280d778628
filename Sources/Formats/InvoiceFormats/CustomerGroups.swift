internal import Billing
internal import Metering
internal import Tariffs
internal import VEE
internal import Values

/// What comparable customers use, for the comparison that § 40(2) No. 9 EnWG wants as a chart and § 5 FFVAV of heat.
///
/// Orientation values for a year; they are rounded for people and decide nothing about money. Those of electricity, gas and water are what
/// German comparison portals and associations use. Those of heat are examples of ours, in the range of published comparisons of heated
/// buildings, and say so. Bills over other days than a year are compared with what the usual profile gives to their days, so that a month
/// of winter is not held against a twelfth of a year.
struct CustomerGroups {
    struct Group {
        let label: (de: String, en: String)
        /// 10^-6 kWh or m³ in a year.
        let perYear: Int64
    }
    let unit: UnitCode
    let groups: [Group]
    /// Whether households are compared with households.
    let isOfHouseholds: Bool
    /// What has to be known of the values.
    let note: (de: String, en: String)?
    /// Share of a year, in 10^-6, that the usual profile gives to the days of the bill; nil: a year, or no profile: by days.
    private let share: Int64?

    /// The attribute of a contract that names the heated area of the building in m², a plain decimal.
    static let heatedAreaAttribute = "heatedArea"

    /// nil: nothing to compare with, such as a business, or a period whose consumption is not told in this unit.
    init?(_ draft: InvoiceDraft) {
        // Who only feeds in uses nothing that others could be compared with.
        guard draft.lines.contains(where: { $0.service != .feedIn }), let consumption = draft.consumption else { return nil }
        let attributes = draft.contract.attributes
        isOfHouseholds = attributes["usage"].map { $0 == "household" } ?? true
        guard isOfHouseholds || draft.commodity == .heat else { return nil }
        unit = draft.commodity == .water ? .cubicMetre : .kilowattHour
        switch draft.commodity {
        case .electricity: groups = CustomerGroups.persons([1_500, 2_500, 3_500, 4_250])
        case .gas: groups = CustomerGroups.homes([(50, 5_000), (100, 12_000), (150, 18_000), (180, 20_000)])
        case .water: groups = CustomerGroups.persons([46, 92, 138, 184])
        case .heat:
            guard let heated = CustomerGroups.heated(attributes, isHousehold: isOfHouseholds) else { return nil }
            groups = heated
        }
        note =
            draft.commodity == .heat
            ? (de: "Für Fernwärme sind es Beispielwerte.", en: "For district heat they are sample values.") : nil
        guard consumption.unit == unit else { return nil }
        share = CustomerGroups.share(of: draft.period, draft.commodity, attributes)
    }

    private static func persons(_ values: [Int64]) -> [Group] {
        values.enumerated().map { index, value in
            let count = index + 1
            return Group(
                label: (count == 1 ? "1 Person" : "\(count) Personen", count == 1 ? "1 person" : "\(count) people"),
                perYear: value * 1_000_000)
        }
    }
    private static func homes(_ values: [(area: Int, perYear: Int64)]) -> [Group] {
        values.map { Group(label: ("Wohnung \($0.area) m²", "Home of \($0.area) m²"), perYear: $0.perYear * 1_000_000) }
    }

    /// By the heated area of the building where it is known, in kWh per m² and year; else homes of usual size at 110 kWh per m², and
    /// nothing for others, whose size says too little.
    private static func heated(_ attributes: [String: String], isHousehold: Bool) -> [Group]? {
        guard let text = attributes[heatedAreaAttribute], let area = DecimalText.parse(text, scale: 6), area > 0, area <= 1_000_000_000_000
        else { return isHousehold ? homes([(50, 5_500), (80, 8_800), (110, 12_100), (150, 16_500)]) : nil }
        // 10^-6 m² × kWh/m² = 10^-6 kWh.
        return (isHousehold ? [60, 100, 150, 220] : [50, 90, 140, 200]).map { perArea in
            Group(label: ("\(perArea) kWh je m²", "\(perArea) kWh per m²"), perYear: area * Int64(perArea))
        }
    }

    /// Whether the values are those of the bill's season.
    var isSeasonal: Bool { share != nil }

    /// 10^-6 of the unit in the days of the bill.
    func micro(_ group: Group, in period: DayRange) -> Int64 {
        let (part, whole) = share.map { (Int128($0), Int128(1_000_000)) } ?? (Int128(period.count ?? 365), 365)
        return Int64(clamping: Int128(group.perYear) * part / whole)
    }

    private static func share(of period: DayRange, _ commodity: Commodity, _ attributes: [String: String]) -> Int64? {
        guard let days = period.count, days < 360 else { return nil }
        let name = DividingProfile.name(RatingRules(consumption: .loadProfile), commodity, attributes: attributes)
        let holidays = HolidayCalendar(code: attributes[DividingProfile.stateAttribute])
        guard let profile = name.flatMap({ DividingProfile.profile($0, commodity, holidays: holidays) }) else { return nil }
        // A year of the profile, whichever day it begins on.
        return profile.share(of: period, in: DayRange(from: period.from, until: period.from.adding(months: 12)))?.millionths
    }
}
