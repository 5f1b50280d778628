internal import Values
internal import Web

/// What people type into a field for a quantity or a price.
enum TypedNumber {
    /// The same as ``plain(_:_:)``, 10^-6.
    static func micro(_ text: String, _ language: Language) -> Int64? {
        plain(text, language).flatMap { DecimalText.parse($0, scale: 6) }
    }

    /// A plain decimal with a point, digits as they were typed: `1234.5` for `1.234,5` in German, `1,234.5` in English, and `1234.5` in
    /// both. Nil for what cannot be meant so; whether it is a number at all, the reader of decimals says.
    static func plain(_ text: String, _ language: Language) -> String? {
        let typed = text.filter { !$0.isWhitespace }
        let (point, grouping): (Character, Character) = language == .german ? (",", ".") : (".", ",")
        let halves = typed.split(separator: point, omittingEmptySubsequences: false)
        guard halves.count <= 2, let whole = halves.first else { return nil }
        let groups = whole.split(separator: grouping, omittingEmptySubsequences: false)
        // Grouped means in threes, and never begins with a zero: 0.985 is a factor, not nine hundred and some.
        let isGrouped =
            groups.count > 1 && (1...3).contains(groups[0].count) && groups[0] != "0" && groups.dropFirst().allSatisfy { $0.count == 3 }
        guard groups.count == 1 || isGrouped else {
            return language == .german && halves.count == 1 ? typed : nil
        }
        return groups.joined() + (halves.count == 2 ? "." + halves[1] : "")
    }
}

/// A moment that people choose: local time in a field of the browser, or the exact moment that a link carries.
enum TypedMoment {
    /// `2026-03-30T12:00` or `2026-03-30T12:00:30` in local time, also a moment with offset. Of the two hours in October, the first.
    static func parse(_ text: String) -> Instant? {
        if let exact = try? Instant(text) { return exact }
        let halves = text.split(separator: "T", omittingEmptySubsequences: false)
        guard halves.count == 2, let day = Day(String(halves[0])) else { return nil }
        let clock = halves[1].split(separator: ":", omittingEmptySubsequences: false).map { Int($0) ?? -1 }
        guard (2...3).contains(clock.count), (0..<24).contains(clock[0]), clock.dropFirst().allSatisfy({ (0..<60).contains($0) }) else {
            return nil
        }
        return LocalTime.berlin.instant(day, hour: clock[0], minute: clock[1])?.adding(seconds: Int64(clock.count == 3 ? clock[2] : 0))
    }

    /// The same for a field of the browser; rounded up to a second, so that what was known at the moment still is.
    static func field(_ moment: Instant) -> String {
        let whole = Instant(seconds: Instant(microseconds: moment.microseconds + 999_999).seconds)
        let (hour, minute, second) = LocalTime.berlin.timeOfDay(whole)
        let clock = [hour, minute, second].map { DecimalText.padded(UInt64($0), to: 2) }
        return "\(LocalTime.berlin.day(of: whole))T\(clock.joined(separator: ":"))"
    }
}
