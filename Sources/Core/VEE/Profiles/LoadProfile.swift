public import Values

/// A standard load profile of electricity (BDEW): the sets of 1999 and of 2025.
///
/// Weights are 10^-9 kWh at a consumption of about 1,000 kWh a year; computed in integers, so that a bill divided by them
/// recomputes to the last digit on every machine.
public struct LoadProfile: ConsumptionProfile, Hashable {
    /// The published profiles.
    public enum Name: String, Hashable, Sendable, Codable, CaseIterable {
        case h0 = "H0"
        case g0 = "G0", g1 = "G1", g2 = "G2", g3 = "G3", g4 = "G4", g5 = "G5", g6 = "G6"
        case l0 = "L0", l1 = "L1", l2 = "L2"
        case h25 = "H25", g25 = "G25", l25 = "L25", p25 = "P25", s25 = "S25"

        /// Whether the profile follows the season by the polynomial beside its table.
        public var isDynamised: Bool {
            switch self {
            case .h0, .h25, .p25, .s25: true
            default: false
            }
        }
        /// Whose consumption it is.
        public var german: String {
            switch self {
            case .h0, .h25: "Haushalt"
            case .g0, .g25: "Gewerbe allgemein"
            case .g1: "Gewerbe werktags 8–18 Uhr"
            case .g2: "Gewerbe mit starkem Verbrauch am Abend"
            case .g3: "Gewerbe durchlaufend"
            case .g4: "Laden, Friseur"
            case .g5: "Bäckerei mit Backstube"
            case .g6: "Wochenendbetrieb"
            case .l0, .l25: "Landwirtschaft allgemein"
            case .l1: "Landwirtschaft mit Milchwirtschaft oder Nebenerwerbstierzucht"
            case .l2: "übrige Landwirtschaft"
            case .p25: "Haushalt mit Photovoltaik"
            case .s25: "Haushalt mit Photovoltaik und Speicher"
            }
        }
    }

    public let name: Name
    public let dynamisation: Dynamisation
    /// Whose holidays are Sundays; nil: no holidays at all, not even Christmas Eve as a Saturday.
    public let holidays: HolidayCalendar?

    /// - Parameter dynamisation: nil: as BDEW publishes the profile, H0, H25, P25 and S25 with it, the others without.
    public init(_ name: Name, holidays: HolidayCalendar? = HolidayCalendar(state: nil), dynamisation: Dynamisation? = nil) {
        self.name = name
        self.holidays = holidays
        self.dynamisation = dynamisation ?? (name.isDynamised ? .exact : .none)
    }

    /// `H0`, `H0 (statisch)`.
    public var label: String { name.rawValue + (name.isDynamised && dynamisation == .none ? " (statisch)" : "") }

    /// The weight of a day, in 10^-9 kWh: the sum of its 96 quarter hours, on every day. The hour that a clock change takes or
    /// gives would move a year's split by less than 0.002 %, and BDEW counts 96.
    public func dayWeight(_ day: Day) -> Int64? {
        let table = LoadTable.of(name)
        guard dynamisation == .rounded else { return dynamisation.weight(table.sum(day, holidays: holidays), table: table, on: day) }
        return table.row(day, holidays: holidays).reduce(0) { $0 + dynamisation.weight(Int64($1), table: table, on: day) }
    }

    /// The weights of the slots of a local day by the wall clock, in 10^-9 kWh: in March the missing hour is left out, in
    /// October both passes of the hour weigh the same. Of a quarter hour that a slot covers in part, the share counts.
    public func slotWeights(of day: Day, resolution: Resolution, time: LocalTime) -> [Int64]? {
        guard case .seconds(let seconds) = resolution else { return dayWeight(day).map { [$0] } }
        let table = LoadTable.of(name)
        let quarters = table.row(day, holidays: holidays).map { dynamisation.weight(Int64($0), table: table, on: day) }
        let start = time.start(of: day)
        return (0..<resolution.slots(of: day, in: time)).map { slot in
            var weight: Int64 = 0
            var second = Int64(slot) * Int64(seconds)
            let end = second + Int64(seconds)
            while second < end {
                let clock = time.timeOfDay(start.adding(seconds: second))
                // Clocks are changed by whole quarter hours, so that they begin with those of the day.
                let next = min(end, (second / 900 + 1) * 900)
                weight += quarters[clock.hour * 4 + clock.minute / 15] * (next - second)
                second = next
            }
            return weight / 900
        }
    }
}
