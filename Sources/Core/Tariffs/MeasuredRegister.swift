/// Which counters of a meter a component looks at, or which part of its load profile.
public enum MeasuredRegister: Hashable, Sendable, RawRepresentable, Codable {
    /// The total register; where a meter has none, HT and NT together.
    case total
    case high
    case low
    /// What was fed into the network (OBIS 2.8.0).
    case feedIn
    /// Reactive energy drawn, in kvarh (OBIS 3.8.0).
    case reactive
    /// Meters behind the main one whose water does not reach the sewer; the contract's attribute `deductionMeter` names them.
    case deduction
    /// The highest average of a quarter hour, in kW.
    case demand
    /// A zone of the tariff's calendar, summed from the intervals.
    case zone(String)

    /// The registers that exist without a calendar.
    static let known: [MeasuredRegister] = [.total, .high, .low, .feedIn, .reactive, .deduction, .demand]

    public var rawValue: String {
        switch self {
        case .total: "ET"
        case .high: "HT"
        case .low: "NT"
        case .feedIn: "feed_in"
        case .reactive: "kvarh"
        case .deduction: "deduction"
        case .demand: "kW"
        case .zone(let name): name
        }
    }
    /// A known register, or the zone of this name. Whether a calendar has the zone is asked by the reader of the tariff.
    public init?(rawValue: String) {
        guard !rawValue.isEmpty else { return nil }
        self = MeasuredRegister.known.first { $0.rawValue == rawValue } ?? .zone(rawValue)
    }
    public var isZone: Bool { if case .zone = self { true } else { false } }
}
