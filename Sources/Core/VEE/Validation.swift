public import Metering
public import Values

/// Runs the rules over one subject. Findings are results, not exceptions: all of them are reported.
public enum Validation {
    /// What the rules say of a piece of a series.
    public struct PieceVerdict: Hashable, Sendable {
        public var findings: [Finding] = []
        /// Slots of the local day to be stored as `rejected`; ordered, not overlapping with themselves only if the rules agree.
        public var rejected: [Range<Int>] = []
        public init() {}
        public func rejects(_ slot: Int) -> Bool { rejected.contains { $0.contains(slot) } }
    }

    /// What the rules say of a reading.
    public struct ReadingVerdict: Hashable, Sendable {
        public var findings: [Finding] = []
        /// To be stored as `rejected`.
        public var isRejected = false
        /// What to store beside it; `rolledOver` where a rollover was checked.
        public var reason = EstimationReason.none
        public init() {}
    }

    public static let intervalRules: [Rule<IntervalPiece>] = [
        Rules.gap, Rules.negative, Rules.physicalCeiling, Rules.futureInterval, Rules.collapsedHour, Rules.spike, Rules.step,
    ]
    /// Rules that object only to a register that fell; hardly one in a thousand readings is asked about them.
    private static let fallRules: [Rule<ReadingPair>] = [Rules.backwards, Rules.rollover, Rules.belowEstimate]
    private static let riseRules: [Rule<ReadingPair>] = [Rules.advanceCeiling, Rules.futureReading]
    public static let readingRules: [Rule<ReadingPair>] = fallRules + riseRules
    private static let intervalChecks = intervalRules.map(\.check)
    private static let readingChecks = readingRules.map(\.check)

    /// E2, for what flows in pipes: a burst is told at once, not in the night.
    public static let flowRules: [Rule<FlowObservation>] = [Rules.burst, Rules.backflow]

    /// All rules about consecutive slots of a day. A clean piece costs a pass per rule and allocates nothing.
    public static func check(_ piece: IntervalPiece, parameters: ValidationParameters = .init()) -> PieceVerdict {
        var verdict = PieceVerdict()
        // A rule with its texts is much to copy, and hardly one of them objects.
        for (place, check) in intervalChecks.enumerated() where !check(piece, parameters).isEmpty {
            let rule = intervalRules[place]
            for hit in rule.hits(piece, parameters) {
                verdict.findings.append(hit.finding(of: rule.text, piece.register))
                if rule.text.effect == .rejects, let slots = hit.slots { verdict.rejected.append(slots) }
            }
        }
        // A meter's size and a direction belong to the water in the pipe, not to the energy a heat meter makes of it.
        if piece.register.commodity == .water || piece.register.commodity == .heat, piece.register.unit.dimension == .volume {
            let flow = FlowObservation(piece: piece)
            for rule in flowRules {
                verdict.findings += rule.hits(flow, parameters).map { $0.finding(of: rule.text, piece.register) }
            }
        }
        return verdict
    }

    /// All rules about a reading and its neighbours.
    public static func check(_ pair: ReadingPair, parameters: ValidationParameters = .init()) -> ReadingVerdict {
        var verdict = ReadingVerdict()
        let falls = pair.previous.map { pair.reading.micro < $0.micro } ?? false || pair.next.map { $0.micro < pair.reading.micro } ?? false
        for place in (falls ? 0 : fallRules.count)..<readingChecks.count where !readingChecks[place](pair, parameters).isEmpty {
            let rule = readingRules[place]
            for hit in rule.hits(pair, parameters) {
                verdict.findings.append(hit.finding(of: rule.text, pair.register))
                if rule.text.effect == .rejects { verdict.isRejected = true }
                if rule.text.name == Rules.rollover.text.name, hit.until == pair.reading.at { verdict.reason = .rollover }
            }
        }
        if verdict.isRejected { verdict.reason = .failedValidation }
        return verdict
    }

    /// C1: the sum of the intervals against the register's advance.
    public static func check(_ span: ChannelSpan, parameters: ValidationParameters = .init()) -> [Finding] {
        Rules.registerAgainstIntervals.hits(span, parameters).map { $0.finding(of: Rules.registerAgainstIntervals.text, span.channel) }
    }

    /// C2: tariff registers against the total.
    public static func check(_ advances: TariffAdvances, parameters: ValidationParameters = .init()) -> [Finding] {
        Rules.tariffSum.hits(advances, parameters).map { $0.finding(of: Rules.tariffSum.text, advances.total.register) }
    }

    /// B2, if it is switched on.
    public static func check(_ usage: DailyUsage, parameters: ValidationParameters = .init()) -> [Finding] {
        Rules.zeroConsumption.hits(usage, parameters).map { $0.finding(of: Rules.zeroConsumption.text, usage.register) }
    }

    /// A7: items of one message for the same channel and day.
    public static func check(_ items: OverlappingItems, parameters: ValidationParameters = .init()) -> PieceVerdict {
        var verdict = PieceVerdict()
        for hit in Rules.overlap.hits(items, parameters) {
            verdict.findings.append(hit.finding(of: Rules.overlap.text, items.register))
            if let slots = hit.slots { verdict.rejected.append(slots) }
        }
        return verdict
    }

    /// C5: the event of an exchange.
    public static func check(_ exchange: MeterExchange, parameters: ValidationParameters = .init()) -> [Finding] {
        Rules.exchange.hits(exchange, parameters).map { $0.finding(of: Rules.exchange.text, exchange.removed.register) }
    }
}
