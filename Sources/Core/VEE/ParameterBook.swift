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
    /// Some thresholds for some days, as an operator set them.
    public struct Change: Hashable, Sendable {
        public var key: Key
        public var valid: DayRange
        /// By name of ``ParameterSetting``; a nil value switches off. Names nobody knows any more are passed over.
        public var values: [String: String?]
        public init(_ key: Key, valid: DayRange, values: [String: String?]) {
            self.key = key
            self.valid = valid
            self.values = values
        }
    }
    private var timelines: [Key: Timeline<ValidationParameters>]

    /// The defaults, always.
    public init() { timelines = [:] }
    /// - Parameter timelines: what an operator has set; where they say nothing, the defaults hold.
    public init(_ timelines: [Key: Timeline<ValidationParameters>]) { self.timelines = timelines }

    /// What was set, in the order in which it was: of two changes that hold on the same day the later wins, threshold by threshold.
    public init(changes: [Change]) {
        timelines = [:]
        for (key, changes) in Dictionary(grouping: changes, by: \.key) {
            let days = Set([ParameterBook.beginning] + changes.flatMap { [$0.valid.from, $0.valid.until].compactMap(\.self) })
            timelines[key] = Timeline(
                steps: days.sorted().map { day in
                    var parameters = ValidationParameters.defaults(for: key.commodity, of: key.customer)
                    for change in changes where change.valid.contains(day) {
                        for (name, text) in change.values { _ = ParameterSetting.named(name)?.set(text, in: &parameters) }
                    }
                    return (day, parameters)
                })
        }
    }

    private static let beginning = Day(1, 1, 1)

    /// The thresholds of a day.
    public func parameters(for commodity: Commodity, of customer: CustomerClass = .household, on day: Day) -> ValidationParameters {
        timelines[Key(commodity, customer)]?[day] ?? .defaults(for: commodity, of: customer)
    }
    /// The thresholds of all days, without a gap: what asks for them often keeps this.
    public func timeline(for commodity: Commodity, of customer: CustomerClass) -> Timeline<ValidationParameters> {
        let defaults = ValidationParameters.defaults(for: commodity, of: customer)
        guard let set = timelines[Key(commodity, customer)] else { return Timeline(constant: defaults) }
        let gaps = set.gaps(in: DayRange(from: ParameterBook.beginning)).map { Timeline.Entry($0, defaults) }
        return (try? Timeline(set.entries + gaps)) ?? set
    }
    /// All keys, in a stable order, with what holds on the day: the page of thresholds.
    public func all(on day: Day) -> [(key: Key, parameters: ValidationParameters)] {
        Commodity.allCases.flatMap { commodity in
            CustomerClass.allCases.map { (Key(commodity, $0), parameters(for: commodity, of: $0, on: day)) }
        }
    }
}
