public import Values

/// Which thresholds hold for whom and when: a timeline per commodity and class. A threshold that changes today does not change
/// what was right yesterday, and a bill of last year is checked again by last year's thresholds.
public struct ParameterBook: Sendable {
    /// Whose thresholds.
    public struct Key: Hashable, Sendable, Codable {
        public let commodity: Commodity
        public let customer: CustomerClass
        public init(_ commodity: Commodity, _ customer: CustomerClass) {
            self.commodity = commodity
            self.customer = customer
        }
    }
    private var timelines: [Key: Timeline<ValidationParameters>]

    /// The defaults, always.
    public init() { timelines = [:] }
    /// - Parameter timelines: what an operator has set; where they say nothing, the defaults hold.
    public init(_ timelines: [Key: Timeline<ValidationParameters>]) { self.timelines = timelines }

    /// The thresholds of a day.
    public func parameters(for commodity: Commodity, of customer: CustomerClass = .household, on day: Day) -> ValidationParameters {
        timelines[Key(commodity, customer)]?[day] ?? .defaults(for: commodity, of: customer)
    }
    /// All keys, in a stable order, with what holds on the day: the page of thresholds.
    public func all(on day: Day) -> [(key: Key, parameters: ValidationParameters)] {
        Commodity.allCases.flatMap { commodity in
            CustomerClass.allCases.map { (Key(commodity, $0), parameters(for: commodity, of: $0, on: day)) }
        }
    }
}
