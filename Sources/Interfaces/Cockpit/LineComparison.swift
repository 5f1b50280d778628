internal import Billing
internal import Metering
internal import Tariffs
internal import Values

/// Lines of a bill beside the lines that are right: what says the same on both sides, what was changed, what came or went.
struct LineComparison: Sendable {
    struct Pair: Sendable {
        let billed: Line?
        let right: Line?
        /// Whether both sides charge the same for the same.
        var isSame: Bool {
            guard let billed, let right else { return false }
            return billed.amount == right.amount && billed.explanation == right.explanation && billed.period == right.period
        }
    }
    let pairs: [Pair]

    /// - Parameters:
    ///   - billed: the bill with its corrections, in order: what a correction took back is no longer on the left.
    ///   - right: in the order in which they are shown.
    init(billed: [Line], right: [Line]) {
        var left = LineComparison.standing(billed)
        var pairs: [Pair] = []
        // The same days first, then the same component on other days, so that a cut that moved still stands beside what it replaces.
        var exact: [Int: Line] = [:]
        for (index, line) in right.enumerated() {
            if let place = left.firstIndex(where: { LineComparison.isSameThing($0, line) && $0.period == line.period }) {
                exact[index] = left.remove(at: place)
            }
        }
        for (index, line) in right.enumerated() {
            if let known = exact[index] {
                pairs.append(Pair(billed: known, right: line))
            } else if let place = left.firstIndex(where: { LineComparison.isSameThing($0, line) }) {
                pairs.append(Pair(billed: left.remove(at: place), right: line))
            } else {
                pairs.append(Pair(billed: nil, right: line))
            }
        }
        self.pairs = pairs + left.map { Pair(billed: $0, right: nil) }
    }

    private static func isSameThing(_ left: Line, _ right: Line) -> Bool {
        left.supply == right.supply && left.service == right.service && left.component == right.component && left.tax == right.tax
    }

    /// Lines that nothing has taken back.
    private static func standing(_ lines: [Line]) -> [Line] {
        var standing: [Line] = []
        for line in lines {
            let taken =
                line.isReversal
                ? standing.firstIndex {
                    isSameThing($0, line) && $0.period == line.period && $0.explanation == line.explanation && $0.amount == -line.amount
                } : nil
            if let taken { standing.remove(at: taken) } else { standing.append(line) }
        }
        return standing
    }
}

/// What meters showed as billed and as known now, where the two differ.
struct ReadingComparison: Sendable {
    struct Change: Sendable {
        let serial: String
        let obis: ObisCode
        /// The moment of a reading; nil for what was counted over the days.
        let at: Instant?
        let range: DayRange
        let billed: Said?
        let right: Said?
    }
    /// A reading or a quantity as it is compared.
    struct Said: Sendable {
        let measure: Measure
        /// What a register showed, and from what it was worked out if nobody read it; nil for a quantity.
        var end: ReadingRef?
        var basis: ReadingBasis?

        /// Whether it says the same, found in the same way. Another version that says the same is no change.
        func isSame(as other: Said?) -> Bool {
            guard let other else { return false }
            return measure == other.measure && end?.status == other.end?.status && end?.method == other.end?.method
                && end?.isRead == other.end?.isRead && end?.origin == other.end?.origin
        }
    }
    private struct Key: Hashable {
        let serial: String
        let obis: ObisCode
        let from: Day
    }
    let changes: [Change]

    init(billed: [MeterRow], right: [MeterRow]) {
        func key(_ row: MeterRow) -> Key { Key(serial: row.serial, obis: row.obis, from: row.range.from) }
        let before = Dictionary(billed.map { (key($0), $0) }, uniquingKeysWith: { first, _ in first })
        let now = Dictionary(right.map { (key($0), $0) }, uniquingKeysWith: { first, _ in first })
        var changes: [Change] = []
        var seen: Set<Key> = []
        for row in right + billed where seen.insert(key(row)).inserted {
            let (old, new) = (before[key(row)], now[key(row)])
            func add(_ at: Instant?, _ left: Said?, _ right: Said?) {
                guard left.map({ !$0.isSame(as: right) }) ?? (right != nil) else { return }
                changes.append(Change(serial: row.serial, obis: row.obis, at: at, range: row.range, billed: left, right: right))
            }
            func said(_ reading: ReadingRef?, _ basis: ReadingBasis?) -> Said? {
                reading.map { Said(measure: Measure(micro: $0.micro, unit: $0.unit), end: $0, basis: basis) }
            }
            add(new?.begin?.at ?? old?.begin?.at, said(old?.begin, old?.beginBasis), said(new?.begin, new?.beginBasis))
            add(new?.end?.at ?? old?.end?.at, said(old?.end, old?.endBasis), said(new?.end, new?.endBasis))
            add(nil, (old?.quantity).map { Said(measure: $0) }, (new?.quantity).map { Said(measure: $0) })
        }
        self.changes = changes
    }
}
