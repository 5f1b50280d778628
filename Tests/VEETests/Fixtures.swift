import Metering
import VEE
import Values

/// The same numbers on every run and machine (SplitMix64).
struct Seeded: RandomNumberGenerator {
    private var state: UInt64
    init(_ seed: Int) { state = UInt64(truncatingIfNeeded: seed) &* 0x9E37_79B9_7F4A_7C15 &+ 1 }
    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }
}

let point = Identifier<MeteringPoint>(7)

/// 10^-6 of a unit from a decimal.
func micro(_ text: String) -> Int64 { DecimalText.parse(text, scale: 6) ?? .min }
func midnight(_ day: Day) -> Instant { LocalTime.berlin.start(of: day) }

func register(
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

func reading(_ day: Day, _ value: String, _ status: ValueStatus = .measured) -> RegisterReading {
    RegisterReading(at: midnight(day), micro: micro(value), status: status)
}

let channelCapacity = Measure(micro: 43_000_000, unit: .kilowatt)

func channel(
    _ resolution: Resolution = .quarterHour, obis: String = "1-0:1.29.0", unit: UnitCode = .kilowattHour, factor: String = "1",
    capacity: Measure? = channelCapacity
) -> Register {
    register(id: 2, obis: obis, unit: unit, resolution: resolution, decimals: 3, factor: factor, capacity: capacity)
}

/// A day of measured values; nil is a gap.
func slots(_ values: [Int64?], _ mark: Mark = .measured) -> DaySlots {
    var day = DaySlots(empty: values.count)
    day.lay(
        Overlay(
            version: 1, knownSince: Instant(seconds: 0), firstSlot: 0, values: values.map { $0 ?? 0 },
            marks: MarkRun.runs(of: values.map { $0 == nil ? Mark.absent : mark })))
    return day
}
func fullDay(_ day: Day, _ value: Int64, _ resolution: Resolution = .quarterHour) -> DaySlots {
    slots(Array(repeating: value, count: resolution.slots(of: day)))
}
/// What is stored once the estimates are written.
func applied(_ result: Estimation.Result, to days: [Day: DaySlots], resolution: Resolution = .quarterHour) -> [Day: DaySlots] {
    var days = days
    for estimate in result.estimates {
        var day = days[estimate.day] ?? DaySlots(empty: resolution.slots(of: estimate.day))
        day.lay(estimate.overlay(version: day.nextVersion, knownSince: Instant(seconds: 1)))
        days[estimate.day] = day
    }
    return days
}
func decimals(_ values: some Sequence<Int64>) -> [String] { values.map { Measure(micro: $0, unit: .kilowattHour).number } }
