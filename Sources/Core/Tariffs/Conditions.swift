public import Values

/// When a component applies. All that is named must hold.
public struct Conditions: Hashable, Sendable {
    /// From `min` on and below `max`.
    public struct Bounds: Hashable, Sendable {
        public let min: Int64?
        public let max: Int64?
        public init(min: Int64?, max: Int64?) {
            self.min = min
            self.max = max
        }
        public func contains(_ value: Int64) -> Bool { (min.map { $0 <= value } ?? true) && (max.map { value < $0 } ?? true) }
    }
    /// Whole months since the contract began.
    public var contractMonths: Bounds?
    /// 10^-6 hours: the year's energy over its highest load (Jahresbenutzungsdauer).
    public var utilisationHours: Bounds?
    public var window: DayRange?
    /// Attributes of the contract that must have one of these values.
    public var attributes: [String: [String]]

    public init(
        contractMonths: Bounds? = nil, utilisationHours: Bounds? = nil, window: DayRange? = nil, attributes: [String: [String]] = [:]
    ) {
        self.contractMonths = contractMonths
        self.utilisationHours = utilisationHours
        self.window = window
        self.attributes = attributes
    }

    /// Whether there is none.
    public var isEmpty: Bool { contractMonths == nil && utilisationHours == nil && window == nil && attributes.isEmpty }

    /// Whether they hold on the first day of a span in which they do not change.
    ///
    /// - Parameters:
    ///   - contractStart: nil: not known, as in an example; then nothing that counts months applies.
    ///   - utilisation: 10^-6 hours; nil: not known, then nothing that needs it applies.
    public func hold(on day: Day, contractStart: Day?, utilisation: Int64?, attributes found: [String: String]) -> Bool {
        if isEmpty { return true }
        if let window, !window.contains(day) { return false }
        if let contractMonths {
            guard let contractStart else { return false }
            if let least = contractMonths.min, day < contractStart.adding(months: Int(clamping: least)) { return false }
            if let most = contractMonths.max, day >= contractStart.adding(months: Int(clamping: most)) { return false }
        }
        if let utilisationHours {
            guard let utilisation, utilisationHours.contains(utilisation) else { return false }
        }
        for (name, allowed) in attributes { if !(found[name].map(allowed.contains) ?? false) { return false } }
        return true
    }

    /// The days inside `range` on which they may begin or cease to hold.
    public func changes(in range: DayRange, contractStart: Day?) -> [Day] {
        var days: [Day] = []
        if let window { days += [window.from, window.until].compactMap(\.self) }
        if let contractStart, let contractMonths {
            days += [contractMonths.min, contractMonths.max].compactMap(\.self).map { contractStart.adding(months: Int(clamping: $0)) }
        }
        return days.filter { $0 != range.from && range.contains($0) }
    }
}

extension TariffVersion {
    /// The days inside `range` on which a component is split because it begins or ceases to apply, or because something that is
    /// computed from it does: a discount until July takes its share of the energy until July.
    ///
    /// Other components do not matter: the steps of an energy price are one year's, whatever window a discount on the base price has.
    /// A bonus is of the whole bill and splits nothing.
    public func conditionChanges(_ component: PriceComponent, in range: DayRange, contractStart: Day?) -> [Day] {
        // Most tariffs have no condition at all.
        guard components.contains(where: { !$0.conditions.isEmpty }) else { return [] }
        var days = component.conditions.changes(in: range, contractStart: contractStart)
        // A free quantity of so much a year is given only while there is something to give it on.
        if case .discount(.quantity, let of) = component.charge {
            for base in components where of.contains(base.id) { days += base.conditions.changes(in: range, contractStart: contractStart) }
        }
        // What a component is computed from stands before it.
        let behind = components.drop { $0.id != component.id }.dropFirst()
        for other in behind where other.charge.isSplitWithBase && other.charge.components.contains(component.id) {
            days += conditionChanges(other, in: range, contractStart: contractStart)
        }
        return days
    }
}

extension Charge {
    /// Whether what it is computed from is split on the same days.
    fileprivate var isSplitWithBase: Bool {
        switch self {
        case .minimum, .maximum, .discount: true
        default: false
        }
    }
}

/// For whom a tariff is. A contract that lacks an attribute is not refused for it: master data grow.
public struct SelectionKeys: Hashable, Sendable {
    /// Attribute of the contract to the values it may have: region, usage, customer group, kind of meter.
    public var attributes: [String: [String]]
    /// Yearly consumption from `min` on and up to `max`, 10^-6 kWh or m³.
    public var annual: Conditions.Bounds?

    public init(attributes: [String: [String]] = [:], annual: Conditions.Bounds? = nil) {
        self.attributes = attributes
        self.annual = annual
    }

    /// The attribute of the expected yearly consumption, a plain decimal.
    public static let annualAttribute = "annualConsumption"

    /// The first attribute, in order of names, for which the tariff is not for this contract; nil: it is.
    public func objection(to contract: [String: String]) -> (attribute: String, value: String)? {
        func isObjection(_ name: String, _ allowed: [String]) -> Bool { contract[name].map { !allowed.contains($0) } ?? false }
        // In order only where there is one: most contracts have the tariff that fits.
        if attributes.contains(where: { isObjection($0.key, $0.value) }) {
            for (name, allowed) in attributes.sorted(by: { $0.key < $1.key }) where isObjection(name, allowed) {
                return (name, contract[name] ?? "")
            }
        }
        if let annual, let text = contract[SelectionKeys.annualAttribute] {
            guard let micro = DecimalText.parse(text, scale: 6), (annual.min.map { $0 <= micro } ?? true),
                annual.max.map({ micro <= $0 }) ?? true
            else { return (SelectionKeys.annualAttribute, text) }
        }
        return nil
    }
}
