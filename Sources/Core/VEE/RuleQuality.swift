import Metering
public import Values

/// How good a rule is, measured: how often it cries on clean data, and what it catches of errors put in on purpose.
public struct RuleQuality: Hashable, Sendable, Codable {
    public let rule: String
    /// Clean subjects, and those of them the rule objected to.
    public let clean: Int
    public let falseAlarms: Int
    /// Subjects with an error, and those of them in which the rule pointed at it.
    public let seeded: Int
    public let detected: Int
    /// Objections in those subjects that pointed elsewhere.
    public let stray: Int

    /// False alarms per clean subject; nil without any.
    public var falseAlarmRate: Ratio? { RuleQuality.share(falseAlarms, of: clean) }
    /// Caught errors per error (recall); nil without any.
    public var recall: Ratio? { RuleQuality.share(detected, of: seeded) }
    /// Right objections per objection; nil for a rule that never spoke.
    public var precision: Ratio? { RuleQuality.share(detected, of: detected + falseAlarms + stray) }

    private static func share(_ part: Int, of whole: Int) -> Ratio? {
        whole == 0 ? nil : Ratio(millionths: Int64(clamping: Rounding.halfAwayFromZero.divide(Int128(part) * 1_000_000, by: Int128(whole))))
    }

    /// A subject with an error in it, and where.
    public struct Seeded<Subject: Sendable>: Sendable {
        public var subject: Subject
        public var from: Instant
        public var until: Instant
        public init(_ subject: Subject, from: Instant, until: Instant) {
            self.subject = subject
            self.from = from
            self.until = until
        }
    }

    /// Asks a rule about both kinds of subjects. An error counts as detected if an objection overlaps it; a moment (a reading)
    /// overlaps what touches it.
    public static func measure<Subject>(
        _ rule: Rule<Subject>, clean: [Subject], seeded: [Seeded<Subject>], parameters: ValidationParameters = .init()
    ) -> RuleQuality {
        var detected = 0
        var stray = 0
        for item in seeded {
            let hits = rule.check(item.subject, parameters)
            let right = hits.filter { hit in
                item.from == item.until || hit.from == hit.until
                    ? hit.from <= item.until && hit.until >= item.from : hit.from < item.until && hit.until > item.from
            }
            if !right.isEmpty { detected += 1 }
            stray += hits.count - right.count
        }
        return RuleQuality(
            rule: rule.text.name, clean: clean.count, falseAlarms: clean.count { !rule.check($0, parameters).isEmpty },
            seeded: seeded.count,
            detected: detected, stray: stray)
    }
}

/// Errors as they occur, to be put into clean data: what makes the quality of a rule measurable and a demonstration lively.
public enum SeededFault: Hashable, Sendable, Codable {
    /// One value times so many: a decimal shift, a lightning.
    case factor(Int64)
    /// One value so many times the mean of the piece.
    case timesMean(Int64)
    /// One value below zero.
    case negated
    /// Values that were never delivered.
    case missing(Int)

    /// The piece with the error at a slot (relative to the piece), and where it is; nil if the error would not change it.
    public func applied(to piece: IntervalPiece, at slot: Int) -> RuleQuality.Seeded<IntervalPiece>? {
        guard slot >= 0, slot < piece.values.count else { return nil }
        var values = Array(piece.values)
        var statuses = Array(piece.statuses)
        var length = 1
        switch self {
        case .factor(let factor):
            let (product, over) = values[slot].multipliedReportingOverflow(by: factor)
            guard !over else { return nil }
            values[slot] = product
        case .timesMean(let factor):
            let sum = values.reduce(Int128(0)) { $0 + Int128($1) }
            guard let value = Int64(exactly: sum / Int128(values.count) * Int128(factor)) else { return nil }
            values[slot] = value
        case .negated: values[slot] = -max(values[slot], -Int64.max)
        case .missing(let count):
            length = min(max(0, count), values.count - slot)
            for missing in slot..<slot + length {
                values[missing] = 0
                statuses[missing] = ValueStatus.absent.rawValue
            }
        }
        guard values[...] != piece.values || statuses[...] != piece.statuses else { return nil }
        var changed = piece
        changed.values = values[...]
        changed.statuses = statuses[...]
        return RuleQuality.Seeded(changed, from: piece.instant(slot), until: piece.instant(slot + length))
    }
}
