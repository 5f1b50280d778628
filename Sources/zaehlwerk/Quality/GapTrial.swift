import Metering
import VEE
import Values

/// How far estimates are from what was measured, for gaps cut into whole series: each method alone and the cascade.
struct GapTrial: Sendable {
    enum Method: String, CaseIterable, Sendable {
        case linear, previousWeek = "previous week", likeDays = "3 like days", flat, loadProfile = "load profile", temperature, cascade
        var parameters: EstimationParameters {
            var parameters = EstimationParameters.plain
            switch self {
            case .linear:
                parameters.only = [.linear]
                parameters.linearLimitSeconds = .max
            case .previousWeek: parameters.only = [.previousWeek]
            case .likeDays:
                parameters.only = [.likeDay]
                parameters.linearLimitSeconds = -1
            case .flat: parameters.only = []
            case .loadProfile: parameters.only = [.loadProfile]
            case .temperature:
                parameters.only = [.temperatureScaled]
                parameters.temperatureFirstDays = 0
            case .cascade: break
            }
            return parameters
        }
    }
    /// Mean errors in percent of the mean value: of a slot, and of the gap's total.
    struct Errors: Sendable {
        var slot = 0.0
        var total = 0.0
        var gaps = 0
        var text: String {
            gaps == 0 ? "–" : "\(Int((slot / Double(gaps) * 100).rounded())) / \(Int((total / Double(gaps) * 100).rounded()))"
        }
        var meanSlot: Double? { gaps == 0 ? nil : slot / Double(gaps) }
    }
    struct Key: Hashable, Sendable {
        let commodity: Commodity
        let method: Method
        let hours: Int
        let hasRegisters: Bool
    }
    static let lengths = [1, 2, 6, 24, 168]
    private static let reach = EstimationParameters().likeDayDistance

    /// By how much the cascade errs more than a single method on the same gaps; below zero it errs less.
    struct Difference: Sendable {
        var sum = 0.0
        var squares = 0.0
        var gaps = 0.0
        /// Beyond twice its standard error: no chance of the draw.
        var isSure: Bool {
            guard gaps > 1 else { return false }
            let mean = sum / gaps
            let variance = max(0, squares / gaps - mean * mean) / (gaps - 1)
            return mean > 2 * variance.squareRoot()
        }
    }

    let temperatures: [Day: Temperature]
    let gapsPerHome: Int
    private(set) var errors: [Key: Errors] = [:]
    private var differences: [Key: Difference] = [:]

    init(temperatures: [Day: Temperature], gapsPerHome: Int) {
        self.temperatures = temperatures
        self.gapsPerHome = gapsPerHome
    }

    mutating func run(_ home: Home, seed: UInt64) throws {
        var numbers = Homes.Numbers(state: seed)
        guard let first = home.days.keys.min(), let last = home.days.keys.max(), first.days(until: last) > 3 * Self.reach, home.mean > 0
        else {
            return
        }
        for hours in Self.lengths {
            var done = 0
            var tries = 0
            while done < gapsPerHome, tries < gapsPerHome * 10 {
                tries += 1
                let day = first.adding(days: Int.random(in: Self.reach...(first.days(until: last) - Self.reach - 8), using: &numbers))
                let start = LocalTime.berlin.start(of: day).adding(seconds: Int64.random(in: 0..<24, using: &numbers) * 3_600)
                if try cut(home, from: start, hours: hours) { done += 1 }
            }
        }
    }

    /// One gap, all methods; false if the series is not whole there.
    private mutating func cut(_ home: Home, from start: Instant, hours: Int) throws -> Bool {
        let time = LocalTime.berlin
        let end = start.adding(seconds: Int64(hours) * 3_600)
        let (from, through) = (time.day(of: start.adding(seconds: -3_600)), time.day(of: end))
        var days: [Day: DaySlots] = [:]
        var truth: [(day: Day, slot: Int, value: Int64)] = []
        var day = from.adding(days: -Self.reach)
        while day <= through.adding(days: Self.reach) {
            defer { day = day.adding(days: 1) }
            guard var slots = home.days[day] else {
                if day >= from, day <= through { return false }
                continue
            }
            for slot in slots.values.indices {
                let at = Resolution.hour.start(of: slot, of: day)
                guard at >= start, at < end else { continue }
                truth.append((day, slot, slots.values[slot]))
                slots.values[slot] = 0
                slots.statuses[slot] = ValueStatus.absent.rawValue
            }
            days[day] = slots
        }
        guard truth.count == hours, let before = home.reading(at: start), let after = home.reading(at: end) else { return false }
        let target = DayRange(from: from, until: through.adding(days: 1))
        var found: [Key: Double] = [:]
        for method in Method.allCases {
            if method == .temperature, temperatures.isEmpty || home.commodity != .gas { continue }
            if method == .loadProfile, home.commodity == .water { continue }
            for hasRegisters in [false, true] {
                if !hasRegisters, method == .flat || method == .loadProfile { continue }
                var window = EstimationWindow(
                    channel: home.channel, register: hasRegisters ? home.register : nil, days: days,
                    readings: hasRegisters ? [before, after] : [], target: target, fillsOpenEnds: true)
                window.aids = EstimationAids(
                    profile: method == .temperature || method == .loadProfile || method == .cascade
                        ? ProfileChoice.usual(for: home.commodity, of: .household, temperatures: temperatures) : nil)
                let parameters = method == .cascade ? EstimationParameters.defaults(for: home.commodity) : method.parameters
                let result = try Estimation.fill(window, parameters: parameters)
                var made: [Day: [Int: Int64]] = [:]
                for estimate in result.estimates {
                    for (offset, value) in estimate.values.enumerated() {
                        made[estimate.day, default: [:]][estimate.firstSlot + offset] = value
                    }
                }
                var (wrong, sum) = (0.0, 0.0)
                var isWhole = true
                for (day, slot, value) in truth {
                    guard let estimate = made[day]?[slot] else { isWhole = false; break }
                    wrong += abs(Double(estimate) - Double(value))
                    sum += Double(estimate) - Double(value)
                }
                guard isWhole else { continue }
                let key = Key(commodity: home.commodity, method: method, hours: hours, hasRegisters: hasRegisters)
                found[key] = wrong / Double(hours) / home.mean
                errors[key, default: Errors()].slot += wrong / Double(hours) / home.mean
                errors[key, default: Errors()].total += abs(sum) / Double(hours) / home.mean
                errors[key, default: Errors()].gaps += 1
            }
        }
        for (key, single) in found where key.method != .cascade {
            let rival = Key(commodity: key.commodity, method: .cascade, hours: key.hours, hasRegisters: key.hasRegisters)
            guard let cascade = found[rival] else { continue }
            differences[key, default: Difference()].sum += cascade - single
            differences[key, default: Difference()].squares += (cascade - single) * (cascade - single)
            differences[key, default: Difference()].gaps += 1
        }
        return true
    }

    /// Where a single method was better than the cascade beyond chance; empty is what we want.
    var defeats: [String] {
        errors.keys.filter { $0.method == .cascade }.flatMap { key -> [String] in
            guard let cascade = errors[key]?.meanSlot else { return [] }
            return Method.allCases.compactMap { method -> String? in
                let other = Key(commodity: key.commodity, method: method, hours: key.hours, hasRegisters: key.hasRegisters)
                guard method != .cascade, let single = errors[other]?.meanSlot, differences[other]?.isSure == true else { return nil }
                return "\(key.commodity.rawValue), \(key.hours) h, \(key.hasRegisters ? "with" : "without") registers: \(method.rawValue)"
                    + " \(Int((single * 100).rounded())) against \(Int((cascade * 100).rounded()))"
            }
        }.sorted()
    }
}
