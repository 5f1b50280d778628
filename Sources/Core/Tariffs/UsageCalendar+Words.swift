internal import Values

extension UsageCalendar {
    /// The windows that make a zone: its own; of the zone of all other times those of all others.
    public func windows(telling zone: String) -> [Window] { zone == otherwise ? windows : windows.filter { $0.zone == zone } }

    /// Whether holidays count as Sundays, because no window speaks of them.
    public var holidaysAreSundays: Bool { holidays != nil && !windows.contains { $0.days.contains(UsageCalendar.holiday) } }

    /// "Zone peak: Mo–Fr 07:00–20:00 (winter, ab 01.10. bis vor dem 01.04.); Feiertage in SH wie Sonntage".
    public func words(of zone: String) -> Label {
        func said(_ isGerman: Bool) -> String {
            let told = windows(telling: zone).map { window in
                let name = zone == otherwise ? "\(window.zone): " : ""
                return name + UsageCalendar.text(window, seasons, isGerman)
            }.joined(separator: ", ")
            var text =
                zone != otherwise
                ? told
                : isGerman
                    ? (told.isEmpty ? "alle Zeiten" : "alle Zeiten außer \(told)")
                    : (told.isEmpty ? "all times" : "all times except \(told)")
            if holidaysAreSundays {
                let state = holidays?.state?.rawValue
                text +=
                    isGerman
                    ? "; Feiertage\(state.map { " in \($0)" } ?? "") wie Sonntage"
                    : "; public holidays\(state.map { " of \($0)" } ?? "") as Sundays"
            }
            return "Zone \(zone): \(text)"
        }
        return Label(de: said(true), en: said(false))
    }

    /// "07:00".
    public static func clock(_ quarter: Int) -> String {
        DecimalText.padded(UInt64(quarter / 4), to: 2) + ":" + DecimalText.padded(UInt64(quarter % 4 * 15), to: 2)
    }

    private static func text(_ window: Window, _ seasons: [Season], _ isGerman: Bool) -> String {
        let names = isGerman ? ["Mo", "Di", "Mi", "Do", "Fr", "Sa", "So"] : ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"]
        var days: [String] = []
        var first: Int?
        for day in 1...7 where window.days.contains(day) {
            if first == nil { first = day }
            if window.days.contains(day + 1), day < 7 { continue }
            if let begin = first { days.append(begin == day ? names[day - 1] : "\(names[begin - 1])–\(names[day - 1])") }
            first = nil
        }
        if window.days.contains(holiday) { days.append(isGerman ? "Feiertage" : "public holidays") }
        var text = "\(days.joined(separator: "/")) \(clock(window.quarters.lowerBound))–\(clock(window.quarters.upperBound))"
        if let season = seasons.first(where: { $0.name == window.season }) {
            let (from, until) = (date(season.from, isGerman), date(season.until, isGerman))
            text += isGerman ? " (\(season.name), ab \(from) bis vor dem \(until))" : " (\(season.name), from \(from) to before \(until))"
        }
        return text
    }

    private static func date(_ number: Int, _ isGerman: Bool) -> String {
        let (month, day) = (number / 100, number % 100)
        if isGerman { return "\(DecimalText.padded(UInt64(day), to: 2)).\(DecimalText.padded(UInt64(month), to: 2))." }
        let names = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
        return "\(day) \((1...12).contains(month) ? names[month - 1] : "\(month)")"
    }
}
