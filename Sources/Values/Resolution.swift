/// The raster of an interval series: fixed seconds within the hour, or whole local days.
public enum Resolution: Hashable, Sendable, Codable, CustomStringConvertible {
    /// A slot of so many seconds; divides the hour.
    case seconds(Int32)
    /// A local day of 23, 24 or 25 hours.
    case day

    public static let minute = Resolution.seconds(60)
    public static let quarterHour = Resolution.seconds(900)
    public static let halfHour = Resolution.seconds(1_800)
    public static let hour = Resolution.seconds(3_600)

    /// An ISO 8601 duration that divides the hour or is one day: `PT1M`, `PT15M`, `PT1H`, `P1D`.
    public init?(_ text: some StringProtocol) {
        if text == "P1D" || text == "PT24H" { self = .day; return }
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

    /// Seconds, 86,400 for a day; 0 never occurs. For storage.
    public var storedSeconds: Int32 {
        switch self {
        case .seconds(let seconds): seconds
        case .day: 86_400
        }
    }
    /// The inverse of `storedSeconds`.
    public init?(storedSeconds: Int32) {
        if storedSeconds == 86_400 { self = .day; return }
        guard storedSeconds > 0, storedSeconds <= 3_600, 3_600 % storedSeconds == 0 else { return nil }
        self = .seconds(storedSeconds)
    }

    public var description: String {
        switch self {
        case .day: "P1D"
        case .seconds(3_600): "PT1H"
        case .seconds(let seconds) where seconds % 60 == 0: "PT\(seconds / 60)M"
        case .seconds(let seconds): "PT\(seconds)S"
        }
    }

    /// The number of slots of a local day: 92, 96 or 100 for quarter hours.
    public func slots(of day: Day, in time: LocalTime = .berlin) -> Int {
        switch self {
        case .day: 1
        case .seconds(let seconds): time.length(of: day) / Int(seconds)
        }
    }

    /// The slot of a local day that begins exactly at `instant`; nil if it lies off the raster.
    public func slot(at instant: Instant, of day: Day, in time: LocalTime = .berlin) -> Int? {
        let micro = instant.microseconds - time.start(of: day).microseconds
        switch self {
        case .day: return micro == 0 ? 0 : nil
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
        case .seconds(let seconds): time.start(of: day).adding(seconds: Int64(slot) * Int64(seconds))
        }
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
