public import Values

/// A standard load profile of gas, SigLinDe (BDEW/VKU/GEODE Leitfaden, KoV XV): by temperature and weekday.
///
/// Weights are h(T_alloc) × F_WT in 10^-9. The gas day runs from 06:00 to 06:00; the slots of a local day therefore lie in two.
public struct GasProfile: ConsumptionProfile, Hashable {
    /// The published profiles.
    public enum Name: String, Hashable, Sendable, Codable, CaseIterable {
        case hef = "HEF", hmf = "HMF", hko = "HKO"
        case gko = "GKO", gha = "GHA", gmk = "GMK", gbd = "GBD", gbh = "GBH", gwa = "GWA", gga = "GGA", gba = "GBA", ggb = "GGB"
        case gpd = "GPD", gmf = "GMF", ghd = "GHD"

        /// Whose consumption it is.
        public var german: String {
            switch self {
            case .hef: "Einfamilienhaus"
            case .hmf: "Mehrfamilienhaus"
            case .hko: "Kochgas und Warmwasser"
            case .gko: "Gebietskörperschaften, Kleingewerbe"
            case .gha: "Einzel- und Großhandel"
            case .gmk: "Metall, Kraftfahrzeuge"
            case .gbd: "sonstige betriebliche Dienstleistungen"
            case .gbh: "Beherbergung"
            case .gwa: "Wäschereien"
            case .gga: "Gaststätten"
            case .gba: "Bäckereien"
            case .ggb: "Gartenbau"
            case .gpd: "Papier und Druck"
            case .gmf: "haushaltsähnliche Gewerbebetriebe"
            case .ghd: "Summe Gewerbe, Handel, Dienstleistung"
            }
        }
    }
    /// How much of the curve is the linear part; the network operator chooses.
    public enum Variant: Int, Hashable, Sendable, Codable, CaseIterable {
        /// 45 % linear.
        case v33 = 33
        /// 57 % linear, the default.
        case v34 = 34
    }

    public let label: String
    public let sigmoid: Sigmoid
    /// Monday … Sunday in 10^-4.
    public let weekdayFactors: [Int64]
    /// Daily means, with the four days before the first day that is asked for.
    public let temperatures: [Day: Temperature]
    /// Whose holidays are Sundays; nil: no holidays.
    public let holidays: HolidayCalendar?

    public var dependsOnTemperature: Bool { true }

    /// A published profile.
    public init(
        _ name: Name, variant: Variant = .v34, temperatures: [Day: Temperature], holidays: HolidayCalendar? = HolidayCalendar(state: nil)
    ) {
        self.init(
            label: "\(name.rawValue) (Variante \(variant.rawValue))", sigmoid: SigmoidTable.sigmoid(name, variant),
            weekdayFactors: SigmoidTable.weekdayFactors[name], temperatures: temperatures, holidays: holidays)
    }

    /// A curve of the network operator's own.
    /// - Parameter weekdayFactors: Monday to Sunday in 10^-4; nil: every day alike.
    /// - Precondition: there are seven weekday factors, none negative.
    public init(
        label: String, sigmoid: Sigmoid, weekdayFactors: [Int64]? = nil, temperatures: [Day: Temperature],
        holidays: HolidayCalendar? = HolidayCalendar(state: nil)
    ) {
        let factors = weekdayFactors ?? Array(repeating: 10_000, count: 7)
        precondition(factors.count == 7 && factors.allSatisfy { $0 >= 0 }, "a week has seven factors, none negative")
        self.label = label
        self.sigmoid = sigmoid
        self.weekdayFactors = factors
        self.temperatures = temperatures
        self.holidays = holidays
    }

    /// h(T_alloc) × F_WT of a gas day in 10^-9; nil without the temperatures of the day and the three before it.
    public func gasDayWeight(_ day: Day) -> Int64? {
        guard let temperature = Temperature.allocation(of: day, from: temperatures) else { return nil }
        let factor = weekdayFactors[(holidays?.loadWeekday(day) ?? day.weekday) - 1]
        let product = Int128(sigmoid.demand(at: temperature)) * Int128(factor)
        return Int64(clamping: Rounding.halfAwayFromZero.divide(product, by: 10_000))
    }

    /// The weight of the gas day of the same name. Gas is contracted, read and priced by gas days: a price of 1 July holds from
    /// 06:00, so a bill's day is the gas day.
    public func dayWeight(_ day: Day) -> Int64? { gasDayWeight(day) }

    /// The weights of the slots of a local day, each an even part of the gas day it lies in: up to 06:00 that of the day before.
    /// A slot of a whole day gets its hours of both.
    public func slotWeights(of day: Day, resolution: Resolution, time: LocalTime) -> [Int64]? {
        let before = day.adding(days: -1)
        guard let early = gasDayWeight(before), let late = gasDayWeight(day) else { return nil }
        let (start, six) = (time.start(of: day), time.gasDayStart(day))
        let (earlyLength, lateLength) = (Int128(time.gasDayLength(before)), Int128(time.gasDayLength(day)))
        func weight(_ from: Instant, _ until: Instant) -> Int64 {
            let morning = from < six ? Int128(from.seconds(until: min(until, six))) : 0
            let rest = until > six ? Int128(max(from, six).seconds(until: until)) : 0
            let sum = Int128(early) * morning * lateLength + Int128(late) * rest * earlyLength
            return Int64(clamping: Rounding.halfAwayFromZero.divide(sum, by: earlyLength * lateLength))
        }
        return (0..<resolution.slots(of: day, in: time)).map { slot in
            if resolution == .gasDay { return weight(six, time.gasDayStart(day.adding(days: 1))) }
            guard case .seconds(let seconds) = resolution else { return weight(start, time.start(of: day.adding(days: 1))) }
            return weight(start.adding(seconds: Int64(slot) * Int64(seconds)), start.adding(seconds: Int64(slot + 1) * Int64(seconds)))
        }
    }

    /// The customer value KW = Q ÷ Σ h·F_WT over gas days, in 10^-6 of the unit of Q per unit of h, rounded half away from zero.
    ///
    /// - Parameter quantity: what was used on those gas days, in 10^-6 of its unit.
    /// - Returns: nil if a day has no temperature or the days weigh nothing.
    /// - Throws: `Overflow`.
    /// - Precondition: the period has an end.
    public func customerValue(quantity: Int64, gasDays: DayRange) throws(Overflow) -> Int64? {
        var sum: Int128 = 0
        for day in gasDays.days {
            guard let weight = gasDayWeight(day) else { return nil }
            sum += Int128(weight)
        }
        guard sum > 0 else { return nil }
        return try Overflow.checked(Rounding.halfAwayFromZero.divide(Int128(quantity) * 1_000_000_000, by: sum))
    }

    /// Q(D) = KW × h(T_alloc) × F_WT of a gas day, in 10^-6 of the unit, rounded half away from zero; nil without temperatures.
    /// - Throws: `Overflow`.
    public func quantity(on gasDay: Day, customerValue: Int64) throws(Overflow) -> Int64? {
        guard let weight = gasDayWeight(gasDay) else { return nil }
        return try Overflow.checked(Rounding.halfAwayFromZero.divide(Int128(customerValue) * Int128(weight), by: 1_000_000_000))
    }
}
