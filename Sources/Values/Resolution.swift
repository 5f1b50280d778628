/// The raster of an interval series: fixed seconds within the hour, whole local days, or gas days from 06:00 to 06:00.
public enum Resolution: Hashable, Sendable, Codable, CustomStringConvertible {
    /// A slot of so many seconds; divides the hour.
    case seconds(Int32)
    /// A local day of 23, 24 or 25 hours.
    case day
    /// A gas day from 06:00 to 06:00 local time, kept with the local day it begins on, which it is named after.
    case gasDay

    public static let minute = Resolution.seconds(60)
    public static let quarterHour = Resolution.seconds(900)
    public static let halfHour = Resolution.seconds(1_800)
    public static let hour = Resolution.seconds(3_600)

    /// An ISO 8601 duration that divides the hour or is one day: `PT1M`, `PT15M`, `PT1H`, `P1D`; of a gas day `P1D@06:00`.
    public init?(_ text: some StringProtocol) {
        if text == "P1D" || text == "PT24H" { self = .day; return }
        if text == "P1D@06:00" { self = .gasDay; return }
        guard text.hasPrefix("PT"), let unit = text.last, let number = Int32(text.dropFirst(2).dropLast()), number > 0 else { return nil }
        let factor: Int32
        switch unit {
        case "S": factor = 1
        case "M": factor = 60
        case "H": factor = 3_600
        default: return nil
        }
        guard number <= 3_600, number * factor <= 3_600, 3_600 % (number * factor) == 0 else { return nil }
        self = .seconds(number * factor)
    }

    /// Seconds, 86,400 for a day, 108,000 for one that begins 21,600 s late; 0 never occurs. For storage.
    public var storedSeconds: Int32 {
        switch self {
        case .seconds(let seconds): seconds
        case .day: 86_400
        case .gasDay: 108_000
        }
    }
    /// Seconds of a slot, of a day those of most days.
    public var nominalSeconds: Int32 { isDaily ? 86_400 : storedSeconds }
    /// Whether a slot is a whole day.
    public var isDaily: Bool { self == .day || self == .gasDay }
    /// The inverse of `storedSeconds`.
    public init?(storedSeconds: Int32) {
        if storedSeconds == 86_400 { self = .day; return }
        if storedSeconds == 108_000 { self = .gasDay; return }
        guard storedSeconds > 0, storedSeconds <= 3_600, 3_600 % storedSeconds == 0 else { return nil }
        self = .seconds(storedSeconds)
    }

    public var description: String {
        switch self {
        case .day: "P1D"
        case .gasDay: "P1D@06:00"
        case .seconds(3_600): "PT1H"
        case .seconds(let seconds) where seconds % 60 == 0: "PT\(seconds / 60)M"
        case .seconds(let seconds): "PT\(seconds)S"
        }
    }

    /// The number of slots of a local day: 92, 96 or 100 for quarter hours.
    public func slots(of day: Day, in time: LocalTime = .berlin) -> Int {
        switch self {
        case .day, .gasDay: 1
        case .seconds(let seconds): time.length(of: day) / Int(seconds)
        }
    }

    /// The slot of a local day that begins exactly at `instant`; nil if it lies off the raster.
    public func slot(at instant: Instant, of day: Day, in time: LocalTime = .berlin) -> Int? {
        let micro = instant.microseconds - time.start(of: day).microseconds
        switch self {
        case .day: return micro == 0 ? 0 : nil
        case .gasDay: return instant == time.gasDayStart(day) ? 0 : nil
        case .seconds(let seconds):
            let width = Int64(seconds) * 1_000_000
            guard micro >= 0, micro % width == 0, micro / width < Int64(slots(of: day, in: time)) else { return nil }
            return Int(micro / width)
        }
    }

    /// When the slot of a local day begins; `slot` may be the number of slots, which is the begin of the next day.
    public func start(of slot: Int, of day: Day, in time: LocalTime = .berlin) -> Instant {
        switch self {
        case .day: slot == 0 ? time.start(of: day) : time.start(of: day.adding(days: slot))
        case .gasDay: time.gasDayStart(day.adding(days: slot))
        case .seconds(let seconds): time.start(of: day).adding(seconds: Int64(slot) * Int64(seconds))
        }
    }

    /// Seconds of a slot of this day: a day that the clocks change on has 23 or 25 hours.
    public func length(of day: Day, in time: LocalTime = .berlin) -> Int {
        switch self {
        case .seconds(let width): Int(width)
        case .day: time.length(of: day)
        case .gasDay: time.gasDayLength(day)
        }
    }

    /// When the slot begins that lies so many slots behind the one that begins at `start`.
    public func instant(_ slots: Int, after start: Instant, in time: LocalTime = .berlin) -> Instant {
        switch self {
        case .seconds(let width): start.adding(seconds: Int64(width) * Int64(slots))
        case .day, .gasDay: self.start(of: slots, of: time.day(of: start), in: time)
        }
    }

    /// The raster of a series that begins here: days from 06:00 are gas days.
    public func beginning(at start: Instant, in time: LocalTime = .berlin) -> Resolution {
        self == .day && start == time.gasDayStart(time.day(of: start)) ? .gasDay : self
    }

    public init(from decoder: any Decoder) throws {
        let text = try decoder.singleValueContainer().decode(String.self)
        guard let resolution = Resolution(text) else {
            throw DecodingError.dataCorrupted(.init(codingPath: decoder.codingPath, debugDescription: "\(text) is no resolution"))
        }
        self = resolution
    }
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }
}
