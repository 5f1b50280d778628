public import Values

/// The thresholds of the rules for one commodity and class of customers. The defaults are starting values; each is data, none
/// is hidden in a rule. A threshold that is nil switches its rule off.
public struct ValidationParameters: Hashable, Sendable, Codable {
    /// A4: how far a device's clock may differ from ours, in seconds (California VEE).
    public var clockToleranceSeconds: Int64 = 180
    /// B6, C3: what may flow, in percent of the point's capacity.
    public var ceilingPercent: Int64 = 110
    /// A5: further ahead than one interval warns; further than this is refused, in seconds.
    public var futureLimitSeconds: Int64 = 86_400
    /// C1: k, in least digits of the register. Both readings are rounded to one.
    public var sumLeastDigits: Int64 = 2
    /// C1: p, the share of the interval sum.
    public var sumShare = Ratio(millionths: 1_000)
    /// C2: least digits per register.
    public var tariffLeastDigits: Int64 = 2
    /// B2: days without consumption on an active point.
    public var zeroDays: Int?
    /// B3: what a disconnected point may count, in 10^-6 of the register's unit after the factor.
    public var inactiveToleranceMicro: Int64 = 1_000_000
    /// B4: how far the highest value of a delivery may exceed the third highest, in percent.
    public var spikePercent: Int64?
    /// B5: how far a value may differ from the one before it, in percent.
    public var stepPercent: Int64?
    /// B7: t, the multiple of the robust spread.
    public var outlierMultiple: Int64? = 6
    /// B7: how many like days make the history, and how many are too few to judge by.
    public var outlierDays: Int = 8
    public var outlierLeastDays: Int = 4
    /// B7: the spread is at least this share of the day's median.
    public var outlierFloor = Ratio(millionths: 500_000)
    /// B8: limits by size of the customer, smallest first; the first band that holds the reference decides.
    public var usageBands: [UsageBand]? = [UsageBand()]
    /// B9: the highest value against that of a period of equal length before, in percent.
    public var peakPercent: Int64? = 200
    /// B10: by how much the use per day may change between two readings, in percent of the later.
    public var advanceChangePercent: Int64?
    /// D2: how many estimates may follow each other, and for how many days.
    public var estimatedReadings: Int = 3
    public var estimatedDays: Int = 60
    /// D3: how long a channel may be silent, in seconds, and how much of what was due must have come, in percent.
    public var silenceSeconds: Int64 = 129_600
    public var coveragePercent: Int64 = 95
    /// B8 for a reading that a customer tells: how far the use may lie from what was to be expected, in percent of it, and in
    /// 10^-6 of the unit besides, because in a short time a household is not even. Beyond, the digits are to be looked at twice.
    public var customerLowPercent: Int64 = 50
    public var customerHighPercent: Int64 = 200
    public var customerSlackMicro: Int64 = 20_000_000
    /// E1: a flow above so many least digits through each hour of so many days is a leak.
    public var leakLeastDigits: Int64? = 1
    public var leakDays: Int = 3
    /// E2: a flow above this share of the meter's size, for longer than this, is a burst.
    public var burstPercent: Int64 = 80
    public var burstSeconds: Int64 = 1_800
    /// E2: the meter's size in 10^-6 m³/h where the master data name none; nil: then nothing is a burst.
    public var burstSizeMicro: Int64?
    /// E3: energy against volume and temperatures (OIML R 75).
    public var heatTolerance = Ratio(millionths: 50_000)
    /// E4: meter against volume corrector.
    public var gasTolerance = Ratio(millionths: 5_000)
    /// Names of rules that an operator has switched off altogether.
    public var switchedOff: Set<String> = []

    public init() {}

    /// The defaults for households. B2 is off by default: without the vacancy of a home it warns about holidays.
    public static func defaults(for commodity: Commodity) -> ValidationParameters { defaults(for: commodity, of: .household) }

    /// The defaults for a commodity and class.
    ///
    /// B4 is off for households: on clean data it would object to 4.7 % of the days (electricity) and 41 % (water; reference
    /// 2.7). B5 is off everywhere, for the same reason and because no default is published. The limits of B10 are our own
    /// starting values, wide where people live.
    public static func defaults(for commodity: Commodity, of customer: CustomerClass) -> ValidationParameters {
        var parameters = ValidationParameters()
        if customer == .household {
            // Homes are wild: of 8,052 clean days of 22 homes B7 objects to 27 %, B8 at 50…150 % and B9 at 200 % to one month in eight.
            // What is left flags less than one day in a thousand (Docs/quality.md).
            parameters.outlierMultiple = nil
            parameters.usageBands = [UsageBand(lowPercent: 25, highPercent: 350)]
            parameters.peakPercent = 450
        } else {
            parameters.spikePercent = 180
        }
        switch (commodity, customer) {
        case (.gas, _), (.heat, _): parameters.advanceChangePercent = nil  // B8 corrects for the weather, B10 cannot
        case (_, .household): parameters.advanceChangePercent = 300
        case (_, .commercial): parameters.advanceChangePercent = 200
        case (_, .industrial): parameters.advanceChangePercent = 100
        }
        // E1 speaks of water: heating water flows all winter.
        if commodity != .water { parameters.leakLeastDigits = nil }
        // Homes have Q3 = 4 m³/h (reference, B6). How large the meter of a trade is nobody can guess.
        if commodity == .water, customer == .household { parameters.burstSizeMicro = 4_000_000 }
        return parameters
    }

    /// A first value for `zeroDays` of those who try the rule (reference, table B); no default is made of it.
    public static func suggestedZeroDays(for commodity: Commodity) -> Int {
        switch commodity {
        case .electricity: 7
        case .gas: 14
        case .water: 30
        case .heat: 30
        }
    }
}

/// B8's limits for customers up to a size: small ones vary more than large ones.
public struct UsageBand: Hashable, Sendable, Codable {
    /// The greatest reference use per day that the band holds, in 10^-6 of the unit; nil: any.
    public var upToMicroPerDay: Int64?
    /// Percent of the reference.
    public var lowPercent: Int64
    public var highPercent: Int64
    /// A difference below this, in 10^-6 of the unit per day, is never worth a look.
    public var leastDifferenceMicroPerDay: Int64

    public init(
        upToMicroPerDay: Int64? = nil, lowPercent: Int64 = 50, highPercent: Int64 = 150, leastDifferenceMicroPerDay: Int64 = 0
    ) {
        self.upToMicroPerDay = upToMicroPerDay
        self.lowPercent = lowPercent
        self.highPercent = highPercent
        self.leastDifferenceMicroPerDay = leastDifferenceMicroPerDay
    }
}
