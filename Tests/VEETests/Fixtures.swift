import CoreKit
import Metering
import VEE
import Values

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
