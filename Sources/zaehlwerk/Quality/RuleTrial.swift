import Metering
import VEE
import Values

/// What rules say of days on which nothing was wrong, and of days on which something was put wrong on purpose.
struct RuleTrial: Sendable {
    struct Row: Sendable {
        let rule: RuleText
        /// Switched on for the home's commodity by default.
        let isOn: Bool
        var days = 0
        var flagged = 0
        var rate: Double { days == 0 ? 0 : Double(flagged) / Double(days) }
    }
    struct Faults: Sendable {
        var seeded = 0
        /// Of these, those after which the sum of the day is no longer what its register counted.
        var breaking = 0
        var caught = 0
        /// Caught although the sum still fits within the rounding of the register.
        var caughtOthers = 0
    }

    private(set) var rows: [String: Row] = [:]
    /// Clean meter-days, and those of them that a rule flagged that is on.
    private(set) var days = 0
    private(set) var flaggedDays = 0
    private(set) var faults: [String: Faults] = [:]
    /// How many decimals the register of a home of today shows.
    private static func decimals(_ commodity: Commodity) -> Int { commodity == .electricity ? 1 : commodity == .gas ? 2 : 3 }

    private mutating func count(_ rule: RuleText, isOn: Bool, flagged: Int, of days: Int) {
        rows[rule.name + (isOn ? "" : " off"), default: Row(rule: rule, isOn: isOn)].days += days
        rows[rule.name + (isOn ? "" : " off"), default: Row(rule: rule, isOn: isOn)].flagged += flagged
    }

    /// The thresholds with everything switched on that has a usual value.
    private static func everything(_ commodity: Commodity) -> ValidationParameters {
        var parameters = ValidationParameters.defaults(for: commodity)
        parameters.spikePercent = parameters.spikePercent ?? 180
        parameters.stepPercent = parameters.stepPercent ?? 200
        parameters.outlierMultiple = parameters.outlierMultiple ?? 6
        parameters.peakPercent = parameters.peakPercent ?? 200
        parameters.advanceChangePercent = parameters.advanceChangePercent ?? 300
        parameters.zeroDays = parameters.zeroDays ?? ValidationParameters.suggestedZeroDays(for: commodity)
        parameters.usageBands = parameters.usageBands ?? [UsageBand()]
        if commodity == .water { parameters.leakLeastDigits = parameters.leakLeastDigits ?? 1 }
        return parameters
    }

    private static func piece(_ home: Home, _ day: Day, _ slots: DaySlots) -> IntervalPiece {
        IntervalPiece(
            register: home.channel, day: day, firstSlot: 0, values: slots.values[...], statuses: slots.statuses[...],
            now: LocalTime.berlin.start(of: day.adding(days: 2)))
    }

    mutating func run(_ home: Home, seed: UInt64) throws {
        let usual = ValidationParameters.defaults(for: home.commodity)
        let all = Self.everything(home.commodity)
        let sorted = home.days.sorted { $0.key < $1.key }
        var flagged: Set<Day> = []
        /// Asks one rule on each day, by the usual thresholds or, where these leave it off, by the suggested ones.
        func ask<Subject: Sendable>(_ rule: Rule<Subject>, isOn: Bool, _ subjects: [(days: DayRange, subject: Subject)]) -> (Int, Int) {
            var hits = 0
            var asked = 0
            for (days, subject) in subjects {
                asked += days.count ?? 1
                if !rule.hits(subject, isOn ? usual : all).isEmpty {
                    hits += 1
                    if isOn { flagged.insert(days.from) }
                }
            }
            return (hits, asked)
        }
        let pieces = sorted.map {
            (days: DayRange(from: $0.key, until: $0.key.adding(days: 1)), subject: Self.piece(home, $0.key, $0.value))
        }
        for rule in Validation.intervalRules {
            let isOn =
                rule.text.name == Rules.spike.text.name
                ? usual.spikePercent != nil : rule.text.name != Rules.step.text.name || usual.stepPercent != nil
            let (hits, asked) = ask(rule, isOn: isOn, pieces)
            count(rule.text, isOn: isOn, flagged: hits, of: asked)
        }
        let histories = pieces.map { days, piece in
            let near = home.days.filter { $0.key < days.from && $0.key.days(until: days.from) <= 35 }
            return (days: days, subject: LikeDayHistory(piece: piece, folded: near, parameters: all))
        }
        let (outliers, outlierDays) = ask(Rules.outlier, isOn: usual.outlierMultiple != nil, histories)
        count(Rules.outlier.text, isOn: usual.outlierMultiple != nil, flagged: outliers, of: outlierDays)
        if home.commodity == .water {
            let flows = pieces.map { (days: $0.days, subject: FlowObservation(piece: $0.subject)) }
            for rule in Validation.flowRules {
                let (hits, asked) = ask(rule, isOn: true, flows)
                count(rule.text, isOn: true, flagged: hits, of: asked)
            }
            let minima = pieces.map { days, _ in
                let near = home.days.filter { $0.key <= days.from && $0.key.days(until: days.from) < all.leakDays }
                return (days: days, subject: DailyMinima(register: home.channel, folded: near))
            }
            let (hits, asked) = ask(Rules.leak, isOn: usual.leakLeastDigits != nil, minima)
            count(Rules.leak.text, isOn: usual.leakLeastDigits != nil, flagged: hits, of: asked)
        }
        let spans = sorted.compactMap { day, slots in
            span(home, day, slots).map { (days: DayRange(from: day, until: day.adding(days: 1)), subject: $0) }
        }
        let (sums, sumDays) = ask(Rules.registerAgainstIntervals, isOn: true, spans)
        count(Rules.registerAgainstIntervals.text, isOn: true, flagged: sums, of: sumDays)
        let months = Months(home)
        let (usages, usageDays) = ask(Rules.unusualUsage, isOn: usual.usageBands != nil, months.usages)
        count(Rules.unusualUsage.text, isOn: usual.usageBands != nil, flagged: usages, of: usageDays)
        let (peaks, peakDays) = ask(Rules.historicalPeak, isOn: usual.peakPercent != nil, months.peaks)
        count(Rules.historicalPeak.text, isOn: usual.peakPercent != nil, flagged: peaks, of: peakDays)
        let (changes, changeDays) = ask(Rules.advanceChange, isOn: usual.advanceChangePercent != nil, months.advances)
        count(Rules.advanceChange.text, isOn: usual.advanceChangePercent != nil, flagged: changes, of: changeDays)
        days += sorted.count
        flaggedDays += flagged.count
        seedFaults(home, sorted, usual, seed: seed)
    }

    /// The day between two readings of a register that shows as many digits as one in a cellar.
    private func span(_ home: Home, _ day: Day, _ slots: DaySlots) -> ChannelSpan? {
        guard let first = home.readings[day], let second = home.readings[day.adding(days: 1)], let sum = try? slots.sum() else {
            return nil
        }
        let decimals = Self.decimals(home.commodity)
        let register = Register(
            id: home.register.id, meter: home.register.meter, serial: home.name, obis: home.register.obis, unit: home.register.unit,
            resolution: nil, parameters: Timeline(constant: Register.Parameters(digits: 6, decimals: decimals)),
            commodity: home.commodity, installations: home.register.installations, capacity: home.register.capacity)
        let least = DecimalText.power(6 - decimals)
        func reading(_ micro: Int64, _ day: Day) -> RegisterReading {
            RegisterReading(at: LocalTime.berlin.start(of: day), micro: micro / least * least, status: .measured, version: 1)
        }
        return ChannelSpan(
            register: register, channel: home.channel, first: reading(first, day), second: reading(second, day.adding(days: 1)),
            intervals: sum)
    }

    /// One wrong value in a day, of several kinds; judged by the rules that are on.
    private mutating func seedFaults(_ home: Home, _ sorted: [(key: Day, value: DaySlots)], _ usual: ValidationParameters, seed: UInt64) {
        var numbers = Homes.Numbers(state: seed)
        let kinds: [(String, (Int64, Int64) -> Int64)] = [
            ("value × 10", { value, _ in value * 10 }), ("50 × the day's mean", { _, mean in mean * 50 }),
            ("10 × the day's mean", { _, mean in mean * 10 }), ("sign turned", { value, _ in -value }),
            ("a zero instead", { _, _ in 0 }), ("half of it", { value, _ in value / 2_000 * 1_000 }),
        ]
        for (name, change) in kinds {
            var tally = faults[name] ?? Faults()
            for (day, slots) in sorted where Int.random(in: 0..<4, using: &numbers) == 0 {
                let slot = Int.random(in: 0..<slots.count, using: &numbers)
                var wrong = slots
                wrong.values[slot] = change(slots.values[slot], slots.values.reduce(0, +) / Int64(max(1, slots.count)))
                guard wrong.values[slot] != slots.values[slot], let clean = span(home, day, slots), let broken = span(home, day, wrong)
                else { continue }
                // The sum is broken where it differs by more than both readings can have been rounded.
                let difference = Int128(wrong.values[slot]) - Int128(slots.values[slot])
                let rounding = 2 * Int128(clean.register.parameters(on: day).leastDigitMicro)
                let tolerance = max(rounding, Int128(abs(broken.intervals.micro)) / 1_000)
                let breaks = Int128(difference.magnitude) > 2 * tolerance
                let isCaught =
                    !Validation.check(Self.piece(home, day, wrong), parameters: usual).findings.isEmpty
                    || !Validation.check(broken, parameters: usual).isEmpty
                tally.seeded += 1
                if breaks {
                    tally.breaking += 1
                    if isCaught { tally.caught += 1 }
                } else if isCaught {
                    tally.caughtOthers += 1
                }
            }
            faults[name] = tally
        }
    }
}
