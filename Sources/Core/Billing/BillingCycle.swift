public import Values

/// When a contract is billed (Abrechnungsturnus).
public enum BillingCycle: Hashable, Sendable, CustomStringConvertible {
    /// The year that ends with the last day of this month (1…12).
    case annual(month: Int)
    /// Each calendar month.
    case monthly

    /// `annual-12` or `monthly`; nil for anything else.
    public init?(_ text: String) {
        if text == "monthly" { self = .monthly; return }
        guard text.hasPrefix("annual-"), text.utf8.count == 9, let month = Int(text.dropFirst(7)), (1...12).contains(month) else {
            return nil
        }
        self = .annual(month: month)
    }
    public var description: String {
        switch self {
        case .annual(let month): "annual-\(month < 10 ? "0" : "")\(month)"
        case .monthly: "monthly"
        }
    }

    /// The period that ends at `day` (exclusive); nil if this cycle has no period that ends there.
    public func period(endingAt day: Day) -> DayRange? {
        guard day.dayOfMonth == 1 else { return nil }
        switch self {
        case .monthly: return DayRange(from: day.adding(months: -1), until: day)
        case .annual(let month):
            guard day.adding(days: -1).month == month else { return nil }
            return DayRange(from: day.adding(months: -12), until: day)
        }
    }
}

/// What a bill is for (BO4E Rechnungstyp).
public enum BillKind: String, Sendable, Hashable, Codable, CaseIterable {
    /// The whole period of the cycle (Turnusrechnung).
    case annual
    /// A month (Monatsrechnung).
    case monthly
    /// A part of the period, the contract goes on (Zwischenrechnung).
    case interim
    /// The contract ended (Schlussrechnung).
    case final
    /// The difference to a bill that stands (Rechnungskorrektur).
    case correction
}
