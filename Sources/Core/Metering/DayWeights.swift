import Values

/// How much of an advance falls on which days: the sums of a channel, a profile, or every day the same.
enum DayWeights {
    case sums([Day: DaySum])
    case profile([Day: Int64])
    case even

    /// One unit of weight is so fine that a part of a day (an hour of 23, 24 or 25) is told apart.
    private static let fine: Int128 = 86_400

    /// The weight between two instants; nil if a day between them has none or only a part.
    func between(_ first: Instant, _ last: Instant, in time: LocalTime) throws(Overflow) -> Int128? {
        guard first < last else { return 0 }
        switch self {
        case .sums(let days) where days.isEmpty: return nil
        case .profile(let days) where days.isEmpty: return nil
        default: break
        }
        let from = time.day(of: first)
        let until = time.day(of: last)
        var total: Int128 = 0
        var day = from
        while day <= until {
            let start = time.start(of: day)
            defer { day = day.adding(days: 1) }
            if start == last { break }
            guard let weight = weight(of: day) else { return nil }
            var part = DayWeights.fine
            if day == from || day == until {
                let length = Int128(time.length(of: day)) * 1_000_000
                let begin = max(first.microseconds, start.microseconds)
                let end = min(last.microseconds, start.microseconds + Int64(length))
                part = DayWeights.fine * Int128(end - begin) / length
            }
            let (sum, over) = total.addingReportingOverflow(Int128(weight) * part)
            if over { throw Overflow() }
            total = sum
        }
        return total
    }

    private func weight(of day: Day) -> Int64? {
        switch self {
        case .even: 1
        case .profile(let days): days[day].flatMap { $0 >= 0 ? $0 : nil }
        case .sums(let days): days[day].flatMap { $0.isComplete && $0.micro >= 0 ? $0.micro : nil }
        }
    }

    /// The weight of sums as an amount of the channel, in 10^-6 of its unit.
    static func amount(_ weight: Int128) throws(Overflow) -> Int64 {
        try Overflow.checked(Rounding.halfAwayFromZero.divide(weight, by: fine))
    }
}
