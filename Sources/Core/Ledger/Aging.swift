public import Values

/// How old a debt is.
public struct Aging: Hashable, Sendable {
    /// Days past due.
    public enum Bucket: String, Sendable, Hashable, CaseIterable, Comparable {
        case notDue = "not-due"
        case upTo30 = "1-30"
        case upTo60 = "31-60"
        case upTo90 = "61-90"
        case beyond90 = "over-90"

        /// The bucket of an item on a day. On its due day it is not overdue yet.
        public init(due: Day, asOf: Day) {
            switch due.days(until: asOf) {
            case ...0: self = .notDue
            case 1...30: self = .upTo30
            case 31...60: self = .upTo60
            case 61...90: self = .upTo90
            default: self = .beyond90
            }
        }
        public static func < (left: Bucket, right: Bucket) -> Bool { left.order < right.order }
        private var order: Int { Bucket.allCases.firstIndex(of: self) ?? 0 }
    }

    /// What customers owe, by bucket; every bucket is there.
    public private(set) var debts: [Bucket: Money]
    /// What we owe customers (credits on account), as a negative amount.
    public private(set) var credits: Money

    /// Ages items as of a day.
    public init(_ items: some Sequence<OpenItem>, asOf day: Day) {
        debts = Dictionary(uniqueKeysWithValues: Bucket.allCases.map { ($0, .zero) })
        credits = .zero
        for item in items { add(item.remaining, due: item.due, asOf: day) }
    }

    /// Adds an amount that a query has summed already.
    public mutating func add(_ remaining: Money, due: Day, asOf day: Day) {
        if remaining.isNegative {
            credits = credits + remaining
        } else {
            debts[Bucket(due: due, asOf: day), default: .zero] += remaining
        }
    }

    /// Debts and credits: the balance of the control account.
    public var total: Money { debts.values.total() + credits }
}
