internal import Tariffs
internal import Values

/// Zones by season, day and hour.
enum CalendarReader {
    private static let days = ["mon", "tue", "wed", "thu", "fri", "sat", "sun", "holiday"]

    static func calendar(_ node: StrictNode?) throws(TariffFileError) -> UsageCalendar? {
        guard let node else { return nil }
        let table = try node.table(only: ["holidays", "seasons", "otherwise", "windows"])
        var holidays: HolidayCalendar?
        if let place = table.optional("holidays") {
            let word = try place.text()
            // `DE`: only what is a holiday in the whole country.
            guard word == "DE" || HolidayCalendar.State(rawValue: word) != nil else {
                throw place.fault("\(word) is no federal state", mend: "Write DE, or a code like SH or BY.")
            }
            holidays = HolidayCalendar(state: HolidayCalendar.State(rawValue: word))
        }
        var seasons: [UsageCalendar.Season] = []
        if let list = table.optional("seasons") {
            let members = try list.anyTable()
            for name in members.names {
                let entry = try members.required(name).table(only: ["from", "to"])
                seasons.append(.init(name: name, from: try date(entry.required("from")), until: try date(entry.required("to"))))
            }
        }
        let windowNode = try table.required("windows")
        var windows: [UsageCalendar.Window] = []
        for item in try windowNode.list() { windows.append(try window(item, seasons)) }
        guard !windows.isEmpty else { throw windowNode.fault("no window", mend: "Add one, or leave the calendar out.") }
        do {
            return try UsageCalendar(
                seasons: seasons, windows: windows, otherwise: try zone(table.required("otherwise")), holidays: holidays)
        } catch let error as TariffFileError { throw error } catch {
            switch error as? UsageCalendar.Problem {
            case .overlap(let first, let second)?:
                throw windowNode.fault("windows \(first + 1) and \(second + 1) hold at the same time", mend: "Let each hour have one zone.")
            case .unknownSeason(let window)?:
                throw windowNode.fault("window \(window + 1) names a season that is not there", mend: "Add it to `seasons`.")
            case .tooManyZones?, nil: throw windowNode.fault("more than 32 zones", mend: "Use fewer.")
            }
        }
    }

    private static func window(_ item: StrictNode, _ seasons: [UsageCalendar.Season]) throws(TariffFileError) -> UsageCalendar.Window {
        let entry = try item.table(only: ["zone", "season", "days", "from", "to"])
        var wanted: [Int] = []
        for name in try entry.required("days").list() {
            let number: Int = try name.parsed("day", mend: "Write one of: \(days.joined(separator: ", ")).") { word in
                days.firstIndex(of: word).map { $0 + 1 }
            }
            wanted.append(number)
        }
        let (from, until) = (try quarter(entry.required("from")), try quarter(entry.required("to")))
        guard from < until else {
            throw try entry.required("to").fault("the window is empty", mend: "End after it begins; write two windows for a night.")
        }
        return .init(
            zone: try zone(entry.required("zone")), season: try entry.optional("season")?.text(), days: wanted, quarters: from..<until)
    }

    private static func zone(_ node: StrictNode) throws(TariffFileError) -> String {
        let word = try node.text()
        guard word.utf8.count <= 32, !["ET", "kW", "kvarh", "feed_in", "deduction"].contains(word) else {
            throw node.fault("\(word) is no name of a zone", mend: "Use another word.")
        }
        return word
    }

    /// Month × 100 + day.
    private static func date(_ node: StrictNode) throws(TariffFileError) -> Int {
        try node.parsed("day of the year", mend: "Write MM-DD, like 04-01.") { text in
            // 2024 has a 29 February.
            guard text.utf8.count == 5, let day = Day("2024-" + text) else { return nil }
            return day.month * 100 + day.dayOfMonth
        }
    }
    /// A quarter hour of the clock, 0…96.
    private static func quarter(_ node: StrictNode) throws(TariffFileError) -> Int {
        try node.parsed("quarter hour", mend: "Write hh:mm in quotes, like \"06:00\", on a quarter hour.") { text in
            let parts = text.split(separator: ":", omittingEmptySubsequences: false)
            guard parts.count == 2, parts.allSatisfy({ $0.utf8.count == 2 }), let hour = Int(parts[0]), let minute = Int(parts[1]) else {
                return nil
            }
            guard (0...24).contains(hour), (0..<60).contains(minute), minute % 15 == 0, hour < 24 || minute == 0 else { return nil }
            return hour * 4 + minute / 15
        }
    }
}
