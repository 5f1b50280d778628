import Values

/// The quarter hours of a load profile, unpacked from its text at first use.
struct LoadTable: Sendable {
    /// The two shapes in which BDEW has published.
    enum Edition: Sendable {
        /// Winter, summer, transition × workday, Saturday, Sunday; tenths of a watt.
        case seasons1999
        /// Twelve months × workday, Saturday, Sunday; 10^-3 kWh at a million a year.
        case months2025

        /// One unit of the table in 10^-9 kWh at 1,000 kWh a year: a tenth of a watt for a quarter of an hour is 25 · 10^-6 kWh.
        var nanoKilowattHours: Int64 {
            switch self {
            case .seasons1999: 25_000
            case .months2025: 1_000
            }
        }
    }
    let edition: Edition
    /// Rows of 96.
    private let values: [Int32]
    /// The sum of each row: a year of a bill looks up 365 of them instead of adding 35,040 values.
    private let sums: [Int64]

    private init(_ text: String, _ edition: Edition) {
        self.edition = edition
        values = text.split(whereSeparator: \.isWhitespace).compactMap { Int32($0) }
        sums = stride(from: 0, to: values.count, by: 96).map { [values] start in
            values[start..<min(start + 96, values.count)].reduce(0) { $0 + Int64($1) }
        }
        precondition(values.count == 96 * (edition == .months2025 ? 36 : 9), "a load profile has whole days")
    }

    /// The 96 values that hold on a day.
    func row(_ day: Day, holidays: HolidayCalendar?) -> ArraySlice<Int32> {
        let start = index(day, holidays: holidays) * 96
        return values[start..<start + 96]
    }
    /// Their sum.
    func sum(_ day: Day, holidays: HolidayCalendar?) -> Int64 { sums[index(day, holidays: holidays)] }

    private func index(_ day: Day, holidays: HolidayCalendar?) -> Int {
        let weekday = holidays?.loadWeekday(day) ?? day.weekday
        let kind = weekday == 7 ? 2 : weekday == 6 ? 1 : 0
        let span = edition == .months2025 ? day.month - 1 : LoadTable.season(day)
        return span * 3 + kind
    }

    /// Winter 0 (1 November to 20 March), summer 1 (15 May to 14 September), transition 2.
    private static func season(_ day: Day) -> Int {
        let (_, month, number) = day.components
        switch month * 100 + number {
        case ...320, 1101...: return 0
        case 515...914: return 1
        default: return 2
        }
    }

    static func of(_ name: LoadProfile.Name) -> LoadTable { all[name] ?? h0 }

    private static let h0 = LoadTable(HouseholdAndFarmProfiles1999.h0, .seasons1999)
    private static let all: [LoadProfile.Name: LoadTable] = [
        .h0: h0,
        .l0: LoadTable(HouseholdAndFarmProfiles1999.l0, .seasons1999),
        .l1: LoadTable(HouseholdAndFarmProfiles1999.l1, .seasons1999),
        .l2: LoadTable(HouseholdAndFarmProfiles1999.l2, .seasons1999),
        .g0: LoadTable(TradeProfiles1999.g0, .seasons1999),
        .g1: LoadTable(TradeProfiles1999.g1, .seasons1999),
        .g2: LoadTable(TradeProfiles1999.g2, .seasons1999),
        .g3: LoadTable(TradeProfiles1999.g3, .seasons1999),
        .g4: LoadTable(TradeProfiles1999.g4, .seasons1999),
        .g5: LoadTable(TradeProfiles1999.g5, .seasons1999),
        .g6: LoadTable(TradeProfiles1999.g6, .seasons1999),
        .h25: LoadTable(H25Profile.text, .months2025),
        .g25: LoadTable(G25Profile.text, .months2025),
        .l25: LoadTable(L25Profile.text, .months2025),
        .p25: LoadTable(P25Profile.text, .months2025),
        .s25: LoadTable(S25Profile.text, .months2025),
    ]
}
