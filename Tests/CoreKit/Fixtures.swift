public import Metering
public import Values

/// The same numbers on every run and machine (SplitMix64).
public struct Seeded: RandomNumberGenerator {
    private var state: UInt64
    public init(_ seed: Int) { state = UInt64(truncatingIfNeeded: seed) &* 0x9E37_79B9_7F4A_7C15 &+ 1 }
    public mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }
}

/// Where the registers of these tests hang.
public let point = Identifier<MeteringPoint>(7)

/// 10^-6 of a unit from a decimal.
public func micro(_ text: String) -> Int64 { DecimalText.parse(text, scale: 6) ?? .min }
/// Of a local day.
public func midnight(_ day: Day) -> Instant { LocalTime.berlin.start(of: day) }

/// A register of electricity with six digits, from 2020 on.
public func register(
    _ serial: String = "A", id: Int64 = 1, meter: Int64 = 1, obis: String = "1-0:1.8.0", unit: UnitCode = .kilowattHour,
    resolution: Resolution? = nil,
    digits: Int? = 6, decimals: Int = 1, factor: String = "1", capacity: Measure? = Measure(micro: 43_000_000, unit: .kilowatt),
    installed: DayRange = DayRange(from: Day(2020, 1, 1)), parameters: Timeline<Register.Parameters>? = nil
) -> Register {
    let given = Register.Parameters(digits: digits, decimals: decimals, factor: Ratio(factor) ?? .one)
    let installations = (try? Timeline([.init(installed, point)])) ?? Timeline()
    return Register(
        id: Identifier(id), meter: Identifier(meter), serial: serial, obis: ObisCode(obis) ?? ObisCode(1, 0, 1, 8, 0), unit: unit,
        resolution: resolution,
        parameters: parameters ?? Timeline(constant: given), commodity: .electricity, installations: installations, capacity: capacity)
}

/// At the begin of a day.
public func reading(_ day: Day, _ value: String, _ status: ValueStatus = .measured) -> RegisterReading {
    RegisterReading(at: midnight(day), micro: micro(value), status: status)
}
