public import Values

/// When a tariff register of a meter counts: windows of the local week, as ripple control or a clock switches it.
public struct TariffTimes: Hashable, Sendable, Codable, CustomStringConvertible {
    /// Every week on these days from one minute of the wall clock to another.
    public struct Window: Hashable, Sendable, Codable {
        /// 1 Monday … 7 Sunday.
        public var first: Int
        public var last: Int
        /// Minutes since midnight; `until` may be 1,440.
        public var from: Int
        public var until: Int
    }
    public var windows: [Window]
    /// Counts whenever the windows do not: NT beside HT.
    public var isComplement = false

    /// `mon-fri 06:00-22:00; sat 06:00-13:00`, and `mon-sun 00:00-24:00` for always; nil for anything else.
    public init?(_ text: some StringProtocol) {
        windows = []
        guard text.utf8.count <= 500 else { return nil }
        for part in text.split(separator: ";") {
            let words = part.split(separator: " ")
            guard words.count == 2 else { return nil }
            let days = words[0].split(separator: "-", omittingEmptySubsequences: false).map {
                TariffTimes.days.firstIndex(of: $0.lowercased())
            }
            let clocks = words[1].split(separator: "-", omittingEmptySubsequences: false).map { TariffTimes.minutes($0) }
            guard (1...2).contains(days.count), let first = days[0], let last = days[days.count - 1], first <= last, clocks.count == 2,
                let from = clocks[0], let until = clocks[1], from < until
            else { return nil }
            windows.append(Window(first: first + 1, last: last + 1, from: from, until: until))
        }
        if windows.isEmpty { return nil }
    }

    /// The times of the other register.
    public var complement: TariffTimes {
        var other = self
        other.isComplement.toggle()
        return other
    }

    /// Whether the register counts in the slot that begins at this moment.
    public func holds(_ instant: Instant, in time: LocalTime = .berlin) -> Bool {
        let weekday = time.day(of: instant).weekday
        let (hour, minute, _) = time.timeOfDay(instant)
        let now = hour * 60 + minute
        let isInside = windows.contains { $0.first <= weekday && weekday <= $0.last && $0.from <= now && now < $0.until }
        return isInside != isComplement
    }

    /// As people read it: what it counts, or what it leaves to the other register.
    public var words: (de: String, en: String) {
        let german = ["Mo", "Di", "Mi", "Do", "Fr", "Sa", "So"]
        func said(_ names: [String]) -> String {
            windows.map { window in
                let days = window.first == window.last ? names[window.first - 1] : "\(names[window.first - 1])–\(names[window.last - 1])"
                return "\(days) \(TariffTimes.clock(window.from))–\(TariffTimes.clock(window.until))"
            }.joined(separator: ", ")
        }
        let (de, en) = (said(german), said(["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"]))
        return isComplement ? ("außer \(de)", "except \(en)") : (de, en)
    }

    public var description: String {
        windows.map { window in
            let days =
                window.first == window.last
                ? TariffTimes.days[window.first - 1] : "\(TariffTimes.days[window.first - 1])-\(TariffTimes.days[window.last - 1])"
            return "\(days) \(TariffTimes.clock(window.from))-\(TariffTimes.clock(window.until))"
        }.joined(separator: "; ")
    }

    private static let days = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
    private static func clock(_ minutes: Int) -> String {
        func two(_ value: Int) -> String { value < 10 ? "0\(value)" : "\(value)" }
        return "\(two(minutes / 60)):\(two(minutes % 60))"
    }
    private static func minutes(_ text: some StringProtocol) -> Int? {
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        guard parts.count == 2, parts.allSatisfy({ $0.utf8.count == 2 && $0.utf8.allSatisfy { (0x30...0x39).contains($0) } }),
            let hour = Int(parts[0]), let minute = Int(parts[1]), minute < 60, hour * 60 + minute <= 1_440
        else { return nil }
        return hour * 60 + minute
    }
}
