/// The public holidays of a federal state, which have the load of a Sunday.
public struct HolidayCalendar: Hashable, Sendable {
    public enum State: String, Hashable, Sendable, Codable, CaseIterable {
        case badenWuerttemberg = "BW", bavaria = "BY", berlin = "BE", brandenburg = "BB", bremen = "HB", hamburg = "HH", hesse = "HE"
        case mecklenburg = "MV", lowerSaxony = "NI", northRhine = "NW", palatinate = "RP", saarland = "SL", saxony = "SN", saxonyAnhalt =
            "ST"
        case schleswigHolstein = "SH", thuringia = "TH"
    }
    /// nil: only the nine of the whole country.
    public let state: State?

    public init(state: State?) { self.state = state }
    /// By the code of the master data (`SH`); an unknown code gives the nationwide holidays.
    public init(code: String?) { state = code.flatMap(State.init) }

    /// Easter Sunday of a Gregorian year (Gauss, in the form of Meeus, Jones and Butcher).
    public static func easter(_ year: Int) -> Day {
        // The rule counts from the year 0 on; nobody asks for Easter before it.
        let counted = max(year, 0)
        let a = counted % 19
        let (b, c) = (counted / 100, counted % 100)
        let (d, e) = (b / 4, b % 4)
        let g = (8 * b + 13) / 25
        let h = (19 * a + b - d - g + 15) % 30
        let (i, k) = (c / 4, c % 4)
        let l = (32 + 2 * e + 2 * i - h - k) % 7
        let m = (a + 11 * h + 19 * l) / 433
        let month = (h + l - 7 * m + 90) / 25
        return Day(year, month, (h + l - 7 * m + 33 * month + 19) % 32)
    }

    public func isHoliday(_ day: Day) -> Bool {
        let (year, month, number) = day.components
        switch (month, number) {
        case (1, 1), (5, 1), (10, 3), (12, 25), (12, 26): return true
        case (10, 31) where year == 2017: return true  // 500 years of the Reformation, once in the whole country
        default: break
        }
        // Good Friday, Easter Monday, Ascension, Whit Monday.
        let fromEaster = HolidayCalendar.easter(year).days(until: day)
        if [-2, 1, 39, 50].contains(fromEaster) { return true }
        guard let state else { return false }
        switch (month, number) {
        case (1, 6): return [.badenWuerttemberg, .bavaria, .saxonyAnhalt].contains(state)
        case (3, 8): return (state == .berlin && year >= 2019) || (state == .mecklenburg && year >= 2023)
        case (5, 8) where state == .berlin && (year == 2020 || year == 2025): return true
        case (8, 15): return state == .saarland
        case (9, 20): return state == .thuringia && year >= 2019
        case (10, 31):
            if [.brandenburg, .mecklenburg, .saxony, .saxonyAnhalt, .thuringia].contains(state) { return true }
            return year >= 2018 && [.bremen, .hamburg, .lowerSaxony, .schleswigHolstein].contains(state)
        case (11, 1): return [.badenWuerttemberg, .bavaria, .northRhine, .palatinate, .saarland].contains(state)
        case (11, 16...22): return state == .saxony && day.weekday == 3
        default:
            return fromEaster == 60 && [.badenWuerttemberg, .bavaria, .hesse, .northRhine, .palatinate, .saarland].contains(state)
        }
    }

    /// The weekday whose load a day has: Monday 1 … Sunday 7. Holidays are Sundays; Christmas Eve and New Year's Eve are Saturdays
    /// unless they are Sundays (BDEW).
    public func loadWeekday(_ day: Day) -> Int {
        if isHoliday(day) { return 7 }
        let (_, month, number) = day.components
        if month == 12, number == 24 || number == 31, day.weekday != 7 { return 6 }
        return day.weekday
    }
}
