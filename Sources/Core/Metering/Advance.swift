public import Values

/// By how much a register moved between two of its readings, in 10^-6 of its unit and before its factor. Readings of two
/// meters have no advance: an exchange ends one sequence and begins another (rule C5).
public enum Advance: Hashable, Sendable {
    case plain(Int64)
    /// Past the last digit and on from zero; what it counted in all (rule C3).
    case rollover(Int64)
    /// Fell by so much without a plausible rollover.
    case backwards(Int64)

    /// The counted amount; nil if it fell.
    public var micro: Int64? {
        switch self {
        case .plain(let micro), .rollover(let micro): micro
        case .backwards: nil
        }
    }

    /// Between an earlier and a later reading of one register.
    ///
    /// A fall is a rollover only if the digits are known, the way over the top is the shorter one, and what it would have counted can
    /// have flowed: factor × wrap ÷ time ≤ 1.1 × capacity. Without the second condition alone a register of five digits that is read
    /// once a year would accept every misread figure, because a house connection can carry more than it can count. Where nobody has
    /// told the capacity, the register must have stood so near its end that a twentieth of its range covers the way.
    /// - Throws: `Overflow`.
    public static func between(
        _ first: RegisterReading, _ second: RegisterReading, parameters: Register.Parameters, capacity: Capacity?
    ) throws(Overflow) -> Advance {
        let difference = Int128(second.micro) - Int128(first.micro)
        if difference >= 0 { return .plain(try Overflow.checked(difference)) }
        let fall = Advance.backwards(try Overflow.checked(-difference))
        guard let turn = parameters.wrapMicro else { return fall }
        let wrap = difference + Int128(turn)
        guard wrap >= 0, wrap < -difference else { return fall }
        guard let capacity else { return wrap * 20 <= Int128(turn) ? .rollover(try Overflow.checked(wrap)) : fall }
        let microseconds = second.at.microseconds - first.at.microseconds
        guard let most = try capacity.most(in: microseconds, factor: parameters.factor), wrap <= Int128(most) else { return fall }
        return .rollover(try Overflow.checked(wrap))
    }
}

/// The most that can pass a register in a time: what makes a rollover plausible and an interval impossible.
public struct Capacity: Hashable, Sendable {
    /// Power or flow at the point: fuse, Q3, nominal flow.
    public let limit: Measure
    /// The unit the register counts in.
    public let unit: UnitCode
    /// What is allowed beyond the limit, in percent of it: 110 by default (rules B6, C3).
    public let percent: Int64

    /// - Returns: nil if there is no limit or it does not fit the unit (a power for a volume).
    public init?(limit: Measure?, unit: UnitCode, percent: Int64 = 110) {
        guard let limit, limit.micro > 0 else { return nil }
        switch (limit.unit.dimension, unit.dimension) {
        case (.power, .energy), (.flow, .volume), (.power, .reactiveEnergy): break
        default: return nil
        }
        self.limit = limit
        self.unit = unit
        self.percent = percent
    }

    /// The most a register with this factor can count in the time, in 10^-6 of its unit, rounded down; nil if the time is not
    /// positive or the factor is zero. A result beyond Int64 is Int64.max: it limits nothing.
    public func most(in microseconds: Int64, factor: Ratio) throws(Overflow) -> Int64? {
        guard microseconds > 0, factor.millionths > 0 else { return nil }
        // Limits and quantities meet in the base units of their dimensions: kW and kWh, m³/h and m³, and the hour between.
        let from = limit.unit.ratioToBase
        let to = unit.ratioToBase
        let (a, overA) = (Int128(limit.micro) * Int128(from.numerator) * Int128(to.denominator)).multipliedReportingOverflow(
            by: Int128(percent))
        let (b, overB) = a.multipliedReportingOverflow(by: Int128(microseconds))
        if overA || overB { throw Overflow() }
        let divisor = Int128(from.denominator) * Int128(to.numerator) * 100 * 3_600_000_000
        let counted = Rounding.towardsZero.divide(b, by: divisor)
        if factor == .one { return Int64(clamping: counted) }
        let (scaled, overC) = counted.multipliedReportingOverflow(by: 1_000_000)
        if overC { throw Overflow() }
        return Int64(clamping: Rounding.towardsZero.divide(scaled, by: Int128(factor.millionths)))
    }
}

extension Register {
    /// The capacity of its point in a form its unit can be compared with.
    public func capacity(percent: Int64 = 110) -> Capacity? { Capacity(limit: capacity, unit: unit, percent: percent) }

    /// What cannot have flowed (rules B6, C3): beyond the capacity by the percentage. Water is sized by what flows for hours, Q3; for a
    /// short time Q4 = 1.25 × Q3 does (ISO 4064), so a burst pipe is real water that somebody pays.
    public func ceiling(percent: Int64 = 110) -> Capacity? {
        capacity(percent: commodity == .water ? Int64(clamping: Rounding.halfAwayFromZero.divide(Int128(percent) * 5, by: 4)) : percent)
    }
}
