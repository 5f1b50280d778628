/// A unit that a quantity or a price carries in its type: kWh plus m³ does not compile.
public protocol MeasureUnit: Sendable {
    static var code: UnitCode { get }
}

public enum KilowattHour: MeasureUnit { public static let code = UnitCode.kilowattHour }
public enum CubicMetre: MeasureUnit { public static let code = UnitCode.cubicMetre }
public enum Kilowatt: MeasureUnit { public static let code = UnitCode.kilowatt }
public enum SquareMetre: MeasureUnit { public static let code = UnitCode.squareMetre }
/// A calendar day as the thing a base price is paid for.
public enum ServiceDay: MeasureUnit { public static let code = UnitCode.day }

/// A unit known only when the program runs: of a register, of a message, of a printed line.
public enum UnitCode: String, Sendable, Hashable, Codable, CaseIterable {
    case kilowattHour = "kWh", wattHour = "Wh", megawattHour = "MWh", megajoule = "MJ", gigajoule = "GJ"
    case cubicMetre = "m3", litre = "l"
    case kilowatt = "kW", watt = "W", megawatt = "MW"
    case cubicMetrePerHour = "m3/h", litrePerMinute = "l/min"
    case kilovarHour = "kvarh"
    case celsius = "Cel", bar = "bar", millibar = "mbar"
    case squareMetre = "m2", day = "day", piece = "piece"

    /// What is measured: values convert within a dimension only.
    public enum Dimension: Sendable { case energy, volume, power, flow, reactiveEnergy, area, time, count, temperature, pressure }

    public var dimension: Dimension {
        switch self {
        case .kilowattHour, .wattHour, .megawattHour, .megajoule, .gigajoule: .energy
        case .cubicMetre, .litre: .volume
        case .kilowatt, .watt, .megawatt: .power
        case .cubicMetrePerHour, .litrePerMinute: .flow
        case .kilovarHour: .reactiveEnergy
        case .squareMetre: .area
        case .day: .time
        case .piece: .count
        case .celsius: .temperature
        case .bar, .millibar: .pressure
        }
    }
    /// Whether it measures how something is, and not how much: such values neither add up nor advance.
    public var isState: Bool { dimension == .temperature || dimension == .pressure }

    /// This unit in the base unit of its dimension (Wh·36 = 1/100 kJ…): an exact ratio, MJ = 1/3.6 kWh included.
    public var ratioToBase: (numerator: Int64, denominator: Int64) {
        switch self {
        case .kilowattHour, .cubicMetre, .kilowatt, .cubicMetrePerHour, .kilovarHour, .squareMetre, .day, .piece, .celsius, .bar: (1, 1)
        case .wattHour, .litre, .watt, .millibar: (1, 1_000)
        case .megawattHour, .megawatt: (1_000, 1)
        case .megajoule: (10, 36)
        case .gigajoule: (10_000, 36)
        case .litrePerMinute: (60, 1_000)
        }
    }

    /// As people write it: `m³`, `kWh`.
    public var symbol: String {
        switch self {
        case .cubicMetre: "m³"
        case .squareMetre: "m²"
        case .cubicMetrePerHour: "m³/h"
        case .day: "d"
        case .piece: "St."
        case .celsius: "°C"
        default: rawValue
        }
    }

    /// The unit by its name in messages: case does not count, and `m³`, `KWH`, `MTQ` (UN/ECE) are understood.
    public init?(name: some StringProtocol) {
        if let exact = UnitCode(rawValue: String(name)) { self = exact; return }
        switch name.lowercased() {
        case "kwh": self = .kilowattHour
        case "wh": self = .wattHour
        case "mwh": self = .megawattHour
        case "mj": self = .megajoule
        case "gj": self = .gigajoule
        case "m3", "m³", "mtq", "cbm": self = .cubicMetre
        case "l", "ltr": self = .litre
        case "kw", "kwt": self = .kilowatt
        case "w": self = .watt
        case "m3/h", "m³/h": self = .cubicMetrePerHour
        case "l/min": self = .litrePerMinute
        case "kvarh": self = .kilovarHour
        case "m2", "m²", "mtk": self = .squareMetre
        case "d", "day": self = .day
        case "cel", "°c", "degc": self = .celsius
        case "bar": self = .bar
        case "mbar", "hpa": self = .millibar
        default: return nil
        }
    }

    /// `micro` (10^-6 of this unit) in `other`.
    ///
    /// Rounds only where the ratio does not come out even, by `rounding`.
    /// - Throws: `Overflow` if the result leaves Int64; nil if the dimensions differ.
    public func convert(
        micro: Int64, to other: UnitCode, rounding: Rounding = .halfAwayFromZero
    ) throws(Overflow) -> Int64? {
        guard dimension == other.dimension else { return nil }
        if self == other { return micro }
        let from = ratioToBase
        let to = other.ratioToBase
        let dividend = Int128(micro) * Int128(from.numerator) * Int128(to.denominator)
        return try Overflow.checked(rounding.divide(dividend, by: Int128(from.denominator) * Int128(to.numerator)))
    }
}
