public import Values

/// The weights of a profile as running totals, made once and shared by all points that have it. A year of a bill then costs two
/// look-ups per boundary instead of a walk over 365 weights.
public struct ProfileTotals: Hashable, Sendable {
    /// The days it speaks of; beyond them an advance is divided in equal days.
    public let days: DayRange
    let weights: DayWeights

    /// - Parameters:
    ///   - weights: of days, not negative; a day without one is divided in equal days.
    ///   - days: with an end, and so far that the readings around a period lie within.
    /// - Returns: nil for a range without an end.
    public init?(_ weights: [Day: Int64], over days: DayRange, time: LocalTime = .berlin) {
        guard let until = days.until, let made = DayWeights(days.from.number..<until.number, in: time, weight: { weights[$0] }) else {
            return nil
        }
        self.days = days
        self.weights = made
    }

    /// How much weighs what lies on these days, in a unit of no meaning; nil where a day has no weight or the days have no end.
    public func weight(of days: DayRange) -> Int128? {
        guard let until = days.until else { return nil }
        return weights.between(LocalTime.berlin.start(of: days.from), LocalTime.berlin.start(of: until))
    }

    public static func == (left: ProfileTotals, right: ProfileTotals) -> Bool {
        left.days == right.days && left.weights.isSame(as: right.weights)
    }
    public func hash(into hasher: inout Hasher) { hasher.combine(days) }
}
