public import Values

extension Usage {
    /// What a register shows at the first moment of a day, where nobody read it: by its neighbours, by its channel, or carried
    /// on from the average day, as a boundary of a bill would be found.
    ///
    /// - Parameter usage: with the readings before the day; its channel's day sums help.
    /// - Returns: nil if nothing is known that it could be told from.
    /// - Throws: `Overflow`.
    public static func reading(_ usage: MeterUsage, at day: Day, time: LocalTime = .berlin) throws(Overflow) -> ReadingRef? {
        let chain = try ReadingChain(usage.readings, of: usage.register, installed: usage.installation, time: time)
        let from = chain.knots.first.map { time.day(of: $0.reading.at) } ?? day
        let span = DayRange(checked: min(from, day.adding(days: -1)), until: day) ?? DayRange(from: day, until: day.adding(days: 1))
        let ways = DivisionWays(usage, chain: chain, span: span, profile: [:], totals: nil, time: time)
        return try Boundary.at(day, edge: .inner, chain: chain, usage: usage, ways: ways, time: time)?.ref
    }
}
