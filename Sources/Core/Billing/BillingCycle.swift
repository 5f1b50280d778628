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

/// Why contracts are billed now.
public enum BillingOccasion: Hashable, Sendable, CustomStringConvertible {
    /// A period of the cycle is over.
    case cycle(BillingCycle)
    /// They have ended (Schlussrechnung): due at once, whatever is left of the cycle's year (§ 40c(2) EnWG: six weeks). Of one
    /// cycle, or of all.
    case ended(of: BillingCycle?)
    /// Somebody asks for a bill before the period is over (Zwischenrechnung): from where billing stands up to a day.
    case demand

    /// `annual-12`, `monthly`, `final`, `final-annual-12`, `final-monthly`, `interim`; nil for anything else.
    public init?(_ text: String) {
        if text == "interim" { self = .demand; return }
        if text == "final" { self = .ended(of: nil); return }
        let isFinal = text.hasPrefix("final-")
        guard let cycle = BillingCycle(isFinal ? String(text.dropFirst(6)) : text) else { return nil }
        self = isFinal ? .ended(of: cycle) : .cycle(cycle)
    }
    public var description: String {
        switch self {
        case .cycle(let cycle): cycle.description
        case .ended(let cycle): cycle.map { "final-\($0)" } ?? "final"
        case .demand: "interim"
        }
    }

    /// The days that a run looks at; nil if the cycle has no period that ends there. For what has ended: a year back, in which the
    /// contract's last day lies; on demand: a year back, in which the cycle's period began.
    /// - Parameter day: exclusive.
    public func period(endingAt day: Day) -> DayRange? {
        switch self {
        case .cycle(let cycle): cycle.period(endingAt: day)
        case .ended, .demand: DayRange(from: day.adding(months: -12), until: day)
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
