public import Metering
public import Values

/// The knobs of the cascade; per commodity, because a gas meter is not a light switch.
public struct EstimationParameters: Hashable, Sendable, Codable {
    /// A gap up to here, inclusive, is bridged from point to point (the two-hour rule, 2.3).
    public var linearLimitSeconds: Int64 = 7_200
    /// How many like days make a mean.
    public var likeDays: Int = 3
    /// How far away a like day may be.
    public var likeDayDistance: Int = 35
    /// How many measured days on each side of a gap tell a customer's use per degree.
    public var temperatureDays: Int = 28
    /// From so many days on a gap is carried by temperature rather than by like days, if the temperatures are known: over a week
    /// like days miss a gas total by 33 %, temperature with both sides by 23 %, over 90 days 109 against 38 (reference 2.7).
    public var temperatureFirstDays: Int = 7
    /// How many days of the same kind (workdays, Saturdays, Sundays) before and after a gap speak beside the like days: a customer who is away this week was
    /// at home on the three Tuesdays before. Half the weight is theirs; 0: like days alone.
    public var neighbourDays: Int = 3
    /// Near its ends a gap resembles the values beside it more than any other day: their line has this half-life. 0: it has no say.
    public var edgeHalfSeconds: Int64 = 3_600
    /// The series says how something is: nothing adds up, days are not alike, and a gap keeps the value before it (method 10).
    public var isState = false
    /// The methods that may be used; nil: all. To measure one alone.
    public var only: Set<EstimationMethod>?

    public init() {}
    /// Water comes in draughts: between two of them a straight line says nothing, and more like days say more (Docs/quality.md).
    public static func defaults(for commodity: Commodity) -> EstimationParameters {
        var parameters = EstimationParameters()
        if commodity == .water {
            parameters.linearLimitSeconds = 0
            parameters.likeDays = 6
            parameters.edgeHalfSeconds = 1_800
        }
        return parameters
    }

    /// Those of a channel: pressure and temperature are held.
    public static func defaults(for channel: Register) -> EstimationParameters {
        var parameters = defaults(for: channel.commodity)
        parameters.isState = channel.unit.isState
        return parameters
    }

    /// The cascade as the reference has it: like days alone behind the two hours.
    public static let plain: EstimationParameters = {
        var parameters = EstimationParameters()
        parameters.neighbourDays = 0
        parameters.edgeHalfSeconds = 0
        return parameters
    }()

    func allows(_ method: EstimationMethod) -> Bool { only?.contains(method) ?? true }
}

/// A tariff register beside a channel, with the slots that it counts.
public struct TariffBucket: Sendable {
    public var register: Register
    public var times: TariffTimes
    public var readings: [RegisterReading]
    public init(register: Register, times: TariffTimes, readings: [RegisterReading]) {
        self.register = register
        self.times = times
        self.readings = readings
    }

    /// The tariff registers of a channel on a day with their times; of two of which one has times, the other counts in the rest.
    /// - Returns: empty unless it is known of every slot which of them counts it.
    public static func buckets(of registers: [Register], on day: Day) -> [(register: Register, times: TariffTimes)] {
        let known = registers.map { ($0, $0.parameters(on: day).tariffTimes) }
        if registers.count == 2, let times = known.compactMap(\.1).first, known.count(where: { $0.1 == nil }) == 1 {
            return known.map { ($0.0, $0.1 ?? times.complement) }
        }
        return known.allSatisfy { $0.1 != nil } ? known.compactMap { register, times in times.map { (register, $0) } } : []
    }
}

/// What estimation sees of one channel: the days around a gap, and the register beside it.
///
/// Load `EstimationParameters.likeDayDistance` days around the target, at least the day before and after it. A day that is not
/// in `days` counts as unknown outside the target, and as empty inside.
public struct EstimationWindow: Sendable {
    public var channel: Register
    /// The register whose advance the slots must add up to; nil: nothing is scaled.
    public var register: Register?
    /// Folded days, target and history alike.
    public var days: [Day: DaySlots]
    /// Readings of `register`, around the target. Order does not matter; only measured ones on the channel's raster count.
    public var readings: [RegisterReading]
    /// Whose gaps may be filled. Has an end.
    public var target: DayRange
    /// Whether a gap without a value or a reading behind it is filled as well. Ingest waits (more may be on its way), a period
    /// that somebody asks for does not.
    public var fillsOpenEnds: Bool
    /// When the meter was taken down: nothing comes behind it, so that a gap before it is closed. nil: it hangs.
    public var removal: Instant?
    /// The tariff registers beside the channel: each of its slots belongs to one of them. All of them, or none.
    public var buckets: [TariffBucket] = []
    /// The days of which all that is known was loaded: what is not there is missing, also outside the target. nil: only the target.
    public var known: DayRange?
    /// Of the target's days only this time; nil: all of it.
    public var time: Range<Instant>?
    /// What is stored on days whose `days` leave earlier estimates out: the result tells what differs from it. A day that is not
    /// named stands as it is in `days`.
    public var standing: [Day: DaySlots] = [:]
    /// Whether a register alone closes a gap in which the channel never spoke. Ingest waits: a register that is read at midnight
    /// is here before the day's values are.
    public var closesSilence = true
    /// What else is known of the customer; nothing by default.
    public var aids = EstimationAids()

    public init(
        channel: Register, register: Register? = nil, days: [Day: DaySlots], readings: [RegisterReading] = [],
        target: DayRange, fillsOpenEnds: Bool = false
    ) {
        self.channel = channel
        self.register = register
        self.days = days
        self.readings = readings
        self.target = target
        self.fillsOpenEnds = fillsOpenEnds
    }
}

/// Slots to be written as the next version of a day: consecutive, all with the status `estimated`.
public struct Estimate: Hashable, Sendable {
    public var day: Day
    public var firstSlot: Int
    public var values: [Int64]
    public var marks: [MarkRun]

    public init(day: Day, firstSlot: Int, values: [Int64], marks: [MarkRun]) {
        self.day = day
        self.firstSlot = firstSlot
        self.values = values
        self.marks = marks
    }
    /// As the version it is stored as.
    public func overlay(version: Int32, knownSince: Instant) -> Overlay {
        Overlay(version: version, knownSince: knownSince, firstSlot: firstSlot, values: values, marks: marks)
    }
}
