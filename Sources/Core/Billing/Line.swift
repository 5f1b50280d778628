public import Metering
public import Tariffs
public import Values

/// Which file a line's price stands in.
public struct TariffReference: Hashable, Sendable {
    public let key: TariffKey
    public let version: Day
    /// Hexadecimal SHA-256 of the file.
    public let hash: String
    /// Where the file stands below `Tariffs/`; a correction has a name of its own.
    public let path: String
    /// What people call it.
    public let title: Label?
    /// How its quantities and amounts are rounded.
    public let rules: RatingRules
    public init(key: TariffKey, version: Day, hash: String, path: String, title: Label? = nil, rules: RatingRules = RatingRules()) {
        self.rules = rules
        self.key = key
        self.version = version
        self.hash = hash
        self.path = path
        self.title = title
    }
}

/// One position of a bill: a component over days in which price, device and tax do not change.
public struct Line: Hashable, Sendable {
    public internal(set) var position: Int
    /// Which of the bill's supplies it charges, counted from 0.
    public let supply: Int
    public let component: String
    public let label: Label
    public let service: BilledService
    public let period: DayRange
    public private(set) var explanation: Explanation
    public let tax: Tax
    public let tariff: TariffReference
    /// The consumption behind it; empty for what is not measured.
    public let parts: [LinePart]
    /// What is left out of them, of meters behind the main one.
    public let deducted: [LinePart]
    /// 10^-6 m³ left out here that deduction meters counted on other days of the bill; below zero: counted here, left out there.
    public let carried: Int64
    /// The areas it is charged for, where it is one of rain water.
    public let areas: [SealedArea]
    /// Where its price comes from beside the tariff's file; nil: from there alone.
    public var origin: PriceOrigin? { if case .of(let origin)? = priced { origin } else { nil } }
    private let priced: Priced?
    /// Apart from the line, which is copied often.
    indirect enum Priced: Hashable, Sendable { case of(PriceOrigin) }
    /// How the quantity was told: the weaker of its two ends, since cuts between them move nothing; nil where nothing is measured.
    public let division: Division?
    /// Of the explanation, rounded once; negative on a cancellation.
    public private(set) var amount: Money
    /// Whether this line takes another back: same numbers, other sign.
    public let isReversal: Bool

    /// A line that has no place on a bill yet.
    /// - Throws: `Overflow`.
    init(
        component: PriceComponent, period: DayRange, explanation: Explanation, tax: Tax, tariff: TariffReference, parts: [LinePart],
        deducted: [LinePart] = [], carried: Int64 = 0, areas: [SealedArea] = [], priced: Priced? = nil, rounding: Rounding
    ) throws(Overflow) {
        self.priced = priced
        position = 0
        supply = 0
        self.component = component.id
        label = component.label
        service = component.service
        self.period = period
        self.explanation = explanation
        self.tax = tax
        self.tariff = tariff
        self.parts = parts
        self.deducted = deducted
        self.carried = carried
        self.areas = areas
        division = Line.division(of: parts)
        amount = try explanation.amount(rounding)
        isReversal = false
    }
    private init(_ line: Line, position: Int, supply: Int, isReversal: Bool) {
        self.position = position
        self.supply = supply
        component = line.component
        label = line.label
        service = line.service
        period = line.period
        explanation = line.explanation
        tax = line.tax
        tariff = line.tariff
        parts = line.parts
        deducted = line.deducted
        carried = line.carried
        areas = line.areas
        priced = line.priced
        division = line.division
        amount = isReversal == line.isReversal ? line.amount : -line.amount
        self.isReversal = isReversal
    }
    /// How what is left out was told, as `division` says it of the quantity.
    public var deductedDivision: Division? { Line.division(of: deducted) }
    /// How the quantity was divided where prices or conditions change between its ends; nil where that is not weaker than the ends.
    public var innerDivision: Division? {
        guard parts.count > 1, let division, let inner = parts.map(\.piece.division).max(), inner > division else { return nil }
        return inner
    }
    private static func division(of parts: [LinePart]) -> Division? {
        if parts.isEmpty { return nil }
        if parts.count == 1 {
            let piece = parts[0].piece
            return max(piece.begin?.origin ?? piece.division, piece.end?.origin ?? piece.division)
        }
        var weakest: Division?
        for part in parts {
            let piece = part.piece
            func isNeighbour(_ other: LinePart) -> Bool { other.piece.obis == piece.obis && other.piece.serial == piece.serial }
            let begins = !parts.contains { $0.piece.range.until == piece.range.from && isNeighbour($0) }
            let ends = !parts.contains { $0.piece.range.from == piece.range.until && isNeighbour($0) }
            if begins { weakest = max(weakest ?? .measured, piece.begin?.origin ?? piece.division) }
            if ends { weakest = max(weakest ?? .measured, piece.end?.origin ?? piece.division) }
        }
        return weakest
    }
    func at(position: Int, supply: Int? = nil) -> Line {
        Line(self, position: position, supply: supply ?? self.supply, isReversal: isReversal)
    }
    /// The same line taken back. Nothing is rounded again.
    public var reversed: Line { Line(self, position: position, supply: supply, isReversal: !isReversal) }

    /// The same line as the customer writes it who is paid for it: price and amount with the other sign.
    var fromFeeder: Line {
        var line = self
        line.explanation = explanation.negated
        line.amount = -amount
        return line
    }

    /// What the highest load was read from: its slots, and what they say of themselves; nil where it charges no load, and on bills
    /// from before this was kept.
    public var peak: SlotRuns? {
        guard case .peak(let load, _, _, _) = explanation, let at = load.at else { return nil }
        return parts.first?.intervals?.told(from: at, seconds: DemandPrice.seconds(for: tariff.key.commodity))
    }

    /// Of each part what it is of the quantity on the line, in the places of the line: they add up to it. What is lost by rounding goes to
    /// the largest remainders, the earlier part first. nil where the line has no quantity that is the sum of its parts.
    public var shares: [Int64]? {
        let whole: Int64
        switch explanation.product {
        case .quantity(let quantity, _), .reduced(let quantity, _, _): whole = quantity.micro
        case .tiers: whole = explanation.quantity?.micro ?? 0
        default: return nil
        }
        guard !parts.isEmpty else { return nil }
        let unit = Int128(DecimalText.power(6 - tariff.rules.quantityPlaces))
        var shares = parts.map { Rounding.floor.divide(Int128($0.micro), by: unit) * unit }
        var rest = (Int128(whole) - shares.reduce(0, +)) / unit
        let byRemainder = parts.indices.sorted { left, right in
            let (first, second) = (Int128(parts[left].micro) - shares[left], Int128(parts[right].micro) - shares[right])
            return first == second ? left < right : first > second
        }
        // A line may differ from its own parts by a unit, which a line before it has more or less.
        for place in byRemainder where rest > 0 { (shares[place], rest) = (shares[place] + unit, rest - 1) }
        for place in byRemainder.reversed() where rest < 0 { (shares[place], rest) = (shares[place] - unit, rest + 1) }
        let fitting = shares.compactMap { Int64(exactly: $0) }
        return rest == 0 && fitting.count == parts.count && fitting.reduce(Int128(0)) { $0 + Int128($1) } == Int128(whole) ? fitting : nil
    }

    /// How the amount came about; what is taken back is taken back in its formula, too.
    public func formula(_ style: NumberStyle = .plain) -> String {
        isReversal ? "−(\(explanation.formula(style)))" : explanation.formula(style)
    }

    /// Meters whose consumption it charges.
    public var serials: [String] {
        var seen: [String] = []
        for part in parts where !seen.contains(part.piece.serial) { seen.append(part.piece.serial) }
        return seen
    }
}

/// A piece of usage in the unit it is charged in.
public struct LinePart: Hashable, Sendable {
    public let piece: UsagePiece
    /// Zustandszahl and Brennwert, for gas that was counted in m³.
    public let conversion: Conversion?
    /// 10^-6 of kWh or m³.
    public let micro: Int64
    /// The intervals it is the sum of; nil where registers tell it.
    public var intervals: IntervalUsage?

    /// The slots of its days, those of a price zone among them, and what they say of themselves; nil where registers tell it.
    public var slots: SlotRuns? {
        guard let own = intervals?.cut(to: piece.range) else { return piece.slots }
        // A bill from before versions were kept knows the statuses alone.
        let runs =
            own.runs.isEmpty
            ? MarkRun.runs(ofStatuses: own.series.statuses[...]).map { VersionRun(count: $0.count, version: 0, mark: $0.mark) } : own.runs
        return SlotRuns(start: own.series.start, resolution: .seconds(own.series.secondsPerSlot), runs: runs, channel: own.channel)
    }

    public struct Conversion: Hashable, Sendable {
        public let factor: Ratio
        /// kWh/m³.
        public let calorific: Ratio
    }
}
