internal import Billing
internal import Metering
internal import Tariffs
internal import Values

/// What comparable households use, for the comparison that § 40(2) No. 9 EnWG wants as a chart.
///
/// Orientation values that German comparison portals and associations use for a year; they are rounded for people and decide
/// nothing about money. They are shares of a year by days, like the bill's own period.
struct CustomerGroups {
    struct Group {
        let label: (de: String, en: String)
        /// kWh or m³ in a year.
        let perYear: Int64
    }
    let unit: UnitCode
    let groups: [Group]

    /// nil: nothing to compare with, such as a business, or a period whose consumption is not told in this unit.
    init?(_ draft: InvoiceDraft) {
        // Who only feeds in uses nothing that others could be compared with.
        guard draft.lines.contains(where: { $0.service != .feedIn }) else { return nil }
        guard let consumption = draft.consumption, draft.contract.attributes["usage"].map({ $0 == "household" }) ?? true else { return nil }
        switch draft.commodity {
        case .electricity:
            unit = .kilowattHour
            groups = CustomerGroups.persons([1_500, 2_500, 3_500, 4_250])
        case .gas:
            unit = .kilowattHour
            groups = [50: 5_000, 100: 12_000, 150: 18_000, 180: 20_000].sorted { $0.key < $1.key }.map {
                Group(label: ("Wohnung \($0.key) m²", "Home of \($0.key) m²"), perYear: $0.value)
            }
        case .water:
            unit = .cubicMetre
            groups = CustomerGroups.persons([46, 92, 138, 184])
        case .heat: return nil
        }
        guard consumption.unit == unit else { return nil }
    }

    private static func persons(_ values: [Int64]) -> [Group] {
        values.enumerated().map { index, value in
            let count = index + 1
            return Group(
                label: (count == 1 ? "1 Person" : "\(count) Personen", count == 1 ? "1 person" : "\(count) people"), perYear: value)
        }
    }

    /// 10^-6 of the unit in so many days.
    func micro(_ group: Group, days: Int) -> Int64 { group.perYear * 1_000_000 * Int64(days) / 365 }
}
