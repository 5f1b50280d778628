/// Whose thresholds.
public struct ThresholdKey: Hashable, Sendable {
    public let commodity: Commodity
    public let customer: CustomerClass
    public init(_ commodity: Commodity, _ customer: CustomerClass) {
        self.commodity = commodity
        self.customer = customer
    }
    /// All, in a stable order.
    public static let all = Commodity.allCases.flatMap { commodity in CustomerClass.allCases.map { ThresholdKey(commodity, $0) } }
}

/// Some thresholds for some days, as an operator set them.
public struct ThresholdChange: Hashable, Sendable {
    public var key: ThresholdKey
    public var valid: DayRange
    /// By name of ``ThresholdSetting``; a nil value switches off. Names nobody knows any more are passed over.
    public var values: [String: String?]
    public init(_ key: ThresholdKey, valid: DayRange, values: [String: String?]) {
        self.key = key
        self.valid = valid
        self.values = values
    }
}

/// Which thresholds hold for whom and when: a timeline per commodity and class. A threshold that changes today does not change
/// what was right yesterday, and a bill of last year is checked again by last year's thresholds.
public struct ThresholdBook<Kind: Thresholds>: Sendable {
    private var timelines: [ThresholdKey: Timeline<Kind>] = [:]

    /// - Parameter changes: in the order in which they were made: of two that hold on the same day the later wins, threshold by
    ///   threshold. Where they say nothing, the defaults hold.
    public init(_ changes: [ThresholdChange] = []) {
        for (key, changes) in Dictionary(grouping: changes, by: \.key) {
            let days = Set([Day(1, 1, 1)] + changes.flatMap { [$0.valid.from, $0.valid.until].compactMap(\.self) })
            timelines[key] = Timeline(
                steps: days.map { day in
                    var thresholds = Kind.defaults(for: key.commodity, of: key.customer)
                    for change in changes where change.valid.contains(day) {
                        for (name, text) in change.values { _ = Kind.setting(named: name)?.set(text, in: &thresholds) }
                    }
                    return (day, thresholds)
                })
        }
    }

    /// The thresholds of all days, without a gap: what asks for them often keeps this.
    public func timeline(for key: ThresholdKey) -> Timeline<Kind> {
        timelines[key] ?? Timeline(constant: .defaults(for: key.commodity, of: key.customer))
    }
    /// The thresholds of a day.
    public subscript(key: ThresholdKey, day: Day) -> Kind {
        timelines[key]?[day] ?? .defaults(for: key.commodity, of: key.customer)
    }
}
