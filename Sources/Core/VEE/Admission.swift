public import Metering
public import Values

/// Why one item of a message is not stored in a series. It stays in the delivery and is named in the answer.
public struct Refusal: Hashable, Sendable {
    public let code: ItemFault.Code
    /// The rule behind it.
    public let rule: RuleText
    /// For the sender's developer, in English: what is wrong and how to mend it.
    public let message: String
}

/// What decides whether an item enters a series at all: identity, raster, digits and the far future (A1, A3, A5, C4).
///
/// The good path allocates nothing: it is walked for each single reading.
public enum Admission {
    static let identity = RuleText(
        "identity", "A1", .rejection, .refuses, german: "Zähler, Kennzahl und Einheit sind bekannt, der Zähler ist eingebaut",
        english: "Meter, OBIS code and unit are known and the meter is installed")
    static let raster = RuleText(
        "interval-length", "A3", .rejection, .refuses, german: "Raster des Kanals wird eingehalten",
        english: "Intervals keep the channel's raster")
    static let future = RuleText(
        "far-future", "A5", .rejection, .refuses, german: "Zeitstempel mehr als 24 Stunden voraus",
        english: "Time stamp more than 24 hours ahead")
    static let digits = RuleText(
        "digits", "C4", .rejection, .refuses, german: "Stand hat nicht mehr Stellen als das Zählwerk, und ist nicht negativ",
        english: "A reading has no more digits than its register and is not negative")

    /// The reason to refuse a reading; nil if it is admitted. `register` is nil if the meter has none of this code.
    ///
    /// A unit of the same dimension is admitted and converted. Without known digits there is no digit check (contract, master data).
    public static func refusal(
        of item: ReadingBatch.RegisterItem, meterIsKnown: Bool = true, register: Register?, now: Instant,
        parameters: ValidationParameters = .init()
    ) -> Refusal? {
        guard let register else { return unknown(meterIsKnown, item.obis) }
        guard item.unit.dimension == register.unit.dimension else { return wrongUnit(item.unit, register) }
        guard item.at <= now.adding(seconds: parameters.futureLimitSeconds) else { return tooFar(item.at, now, parameters) }
        guard register.isInstalled(at: item.at) else { return notInstalled(item.at, register) }
        guard item.micro >= 0 else {
            return Refusal(
                code: .negativeReading, rule: digits,
                message: "a register reading cannot be negative: \(Measure(micro: item.micro, unit: item.unit))")
        }
        guard let micro = try? item.unit.convert(micro: item.micro, to: register.unit) else {
            return Refusal(code: .badNumber, rule: digits, message: "the value is beyond what can be stored in \(register.unit.rawValue)")
        }
        let reading = register.parameters(on: LocalTime.berlin.day(of: item.at))
        guard let known = reading.digits else { return nil }
        if let turn = reading.wrapMicro, micro >= turn {
            return Refusal(
                code: .tooManyDigits, rule: digits,
                message: "the register has \(known) digits before the point; \(Measure(micro: micro, unit: register.unit)) does not fit")
        }
        if item.unit == register.unit, micro % reading.leastDigitMicro != 0 {
            return Refusal(
                code: .tooManyDigits, rule: digits,
                message: "the register shows \(reading.decimals) decimals; \(Measure(micro: micro, unit: register.unit)) has more")
        }
        return nil
    }

    /// The reason to refuse a series of intervals; nil if it is admitted, of which `admittedSlots` says how much.
    public static func refusal(
        of item: ReadingBatch.IntervalItem, meterIsKnown: Bool = true, register: Register?, now: Instant,
        parameters: ValidationParameters = .init()
    ) -> Refusal? {
        guard let register else { return unknown(meterIsKnown, item.obis) }
        guard let resolution = register.resolution else {
            return Refusal(
                code: .badResolution, rule: raster,
                message: "\(register.obis) of meter \(register.serial) is a register, not a channel: send readings")
        }
        guard item.unit.dimension == register.unit.dimension else { return wrongUnit(item.unit, register) }
        guard item.resolution == resolution else {
            // Daily values are known by where they begin; hours are never made of a day.
            let mend =
                resolution.isDaily && item.resolution.isDaily
                ? "; a day from 06:00 is a gas day: declare the register with P1D@06:00 in the master data if it gives those" : ""
            return Refusal(
                code: .badResolution, rule: raster, message: "the channel has \(resolution), the item says \(item.resolution)\(mend)")
        }
        let day = LocalTime.berlin.day(of: item.start)
        guard resolution.slot(at: item.start, of: day) != nil else {
            return Refusal(
                code: .offRaster, rule: raster, message: "\(item.start) is not the begin of a \(resolution) interval of its local day")
        }
        guard item.slots.isEmpty || admittedSlots(of: item, now: now, parameters: parameters) > 0 else {
            return tooFar(item.start, now, parameters)
        }
        // A series may begin before its meter hung there: of the rest of it `holdsSlot` says which values count.
        let last = LocalTime.berlin.day(of: resolution.instant(max(0, item.slots.count - 1), after: item.start))
        guard !register.installations.pieces(in: DayRange(from: day, until: last.adding(days: 1))).isEmpty else {
            return notInstalled(item.start, register)
        }
        return nil
    }

    /// How many leading slots of an item end within the limit of the future; the rest is refused value by value (`future`).
    public static func admittedSlots(of item: ReadingBatch.IntervalItem, now: Instant, parameters: ValidationParameters = .init()) -> Int {
        let limit = now.adding(seconds: parameters.futureLimitSeconds)
        switch item.resolution {
        case .seconds(let seconds):
            let room = item.start.seconds(until: limit) / Int64(seconds)
            return min(item.slots.count, max(0, Int(clamping: room)))
        case .day, .gasDay:
            let first = LocalTime.berlin.day(of: item.start)
            let last = item.resolution == .gasDay ? LocalTime.berlin.gasDay(of: limit) : LocalTime.berlin.day(of: limit)
            return min(item.slots.count, max(0, first.days(until: last)))
        }
    }

    private static func unknown(_ meterIsKnown: Bool, _ obis: ObisCode) -> Refusal {
        meterIsKnown
            ? Refusal(code: .unknownRegister, rule: identity, message: "the meter has no register \(obis); import it with the master data")
            : Refusal(code: .unknownMeter, rule: identity, message: "no meter has this serial; import it with the master data")
    }
    private static func wrongUnit(_ unit: UnitCode, _ register: Register) -> Refusal {
        Refusal(
            code: .wrongUnit, rule: identity,
            message: "\(unit.rawValue) does not convert to \(register.unit.rawValue), the unit of \(register.obis)")
    }
    private static func notInstalled(_ at: Instant, _ register: Register) -> Refusal {
        Refusal(
            code: .notInstalled, rule: identity,
            message: "meter \(register.serial) is not installed at any metering point at \(LocalTime.berlin.text(at))")
    }
    private static func tooFar(_ at: Instant, _ now: Instant, _ parameters: ValidationParameters) -> Refusal {
        let seconds = parameters.futureLimitSeconds
        let limit = seconds.isMultiple(of: 3_600) ? "\(seconds / 3_600) hours" : "\(seconds) seconds"
        return Refusal(code: .future, rule: future, message: "\(at) is more than \(limit) ahead of \(now)")
    }
}
