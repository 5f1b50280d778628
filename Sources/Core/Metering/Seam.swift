public import Values

/// A moment at which the rules change by which advances are divided: other terms, another tariff version, another customer at the same
/// point.
///
/// Where nobody read the meter, it is divided by the rules of the side that ends there, whoever asks: by its own rules each side would
/// find another figure, and what lies between the two would be charged twice or never.
public struct Seam: Hashable, Sendable {
    /// The profile of the side that ends; nil: equal days.
    public var totals: ProfileTotals?
    /// The days of its contract, by which an end is carried on that nobody read; nil: all that is known.
    public var own: DayRange?

    public init(totals: ProfileTotals?, own: DayRange?) {
        self.totals = totals
        self.own = own
    }
}

extension UsageInput {
    /// How many usable readings on each side of a period are looked at.
    private static let neighbours = 4

    /// Leaves out the readings that a question about these days alone would not have found: what others on the same page asked for must
    /// not move an estimate, or hold a bill.
    /// - Parameter days: with an end.
    public mutating func narrow(to days: DayRange, time: LocalTime = .berlin) {
        guard let until = days.until else { return }
        let (low, high) = (time.start(of: days.from), time.start(of: until))
        for place in meters.indices {
            var (before, after) = (0, 0)
            for reading in meters[place].readings where reading.status.isUsable {
                if reading.at < low { before += 1 } else if reading.at > high { after += 1 }
            }
            guard before > UsageInput.neighbours || after > UsageInput.neighbours else { continue }
            let readings = meters[place].readings.sorted { $0.at < $1.at }
            let usable = readings.filter(\.status.isUsable)
            meters[place].readings =
                Array(usable.filter { $0.at < low }.suffix(UsageInput.neighbours))
                + readings.filter { $0.at >= low && $0.at <= high }
                + Array(usable.filter { $0.at > high }.prefix(UsageInput.neighbours))
        }
    }
}
