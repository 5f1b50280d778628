import Foundation
import Metering
import VEE
import Values

/// A meter with a year of hourly values that are taken as true: what rules and estimation are measured on.
struct Home: Sendable {
    let name: String
    let channel: Register
    /// Beside the channel; shows as many decimals as a channel counts, so that what is left of a gap's total is the method's.
    let register: Register
    /// Complete days only.
    let days: [Day: DaySlots]
    /// The register at the begin of each local day of the year, in 10^-6 of its unit.
    let readings: [Day: Int64]
    var commodity: Commodity { channel.commodity }
    /// The mean of a slot, in 10^-6.
    let mean: Double

    /// - Parameter values: quantities in 10^-6 of the unit, by local day and slot; a day that lacks one is left out.
    init(_ name: String, _ commodity: Commodity, values: [Day: [Int64?]]) {
        self.name = name
        let (unit, capacity, obis): (UnitCode, Measure, ObisCode) =
            switch commodity {
            case .gas: (.cubicMetre, Measure(micro: 6_000_000, unit: .cubicMetrePerHour), ObisCode(7, 0, 3, 21, 0))
            case .water: (.cubicMetre, Measure(micro: 2_500_000, unit: .cubicMetrePerHour), ObisCode(8, 0, 1, 29, 0))
            case .electricity, .heat: (.kilowattHour, Measure(micro: 43_000_000, unit: .kilowatt), ObisCode(1, 0, 1, 29, 0))
            }
        func register(_ id: Int64, _ obis: ObisCode, _ resolution: Resolution?) -> Register {
            Register(
                id: Identifier(id), meter: Identifier(1), serial: name, obis: obis, unit: unit, resolution: resolution,
                parameters: Timeline(constant: Register.Parameters(digits: 9, decimals: 3)), commodity: commodity,
                installations: Timeline(constant: Identifier(1)), capacity: capacity)
        }
        channel = register(2, obis, .hour)
        self.register = register(1, obis.registerOfChannel ?? obis, nil)
        var days: [Day: DaySlots] = [:]
        var readings: [Day: Int64] = [:]
        var total: Int64 = 0
        var (sum, count) = (0.0, 0)
        for (day, list) in values.sorted(by: { $0.key < $1.key }) {
            readings[day] = total
            guard list.count == Resolution.hour.slots(of: day) else { continue }
            for value in list { total += value ?? 0 }
            let complete = list.compactMap(\.self)
            guard complete.count == list.count else { continue }
            var slots = DaySlots(empty: list.count)
            slots.lay(
                Overlay(
                    version: 1, knownSince: Instant(seconds: 0), firstSlot: 0, values: complete,
                    marks: [MarkRun(count: complete.count, mark: .measured)]))
            days[day] = slots
            sum += complete.reduce(0.0) { $0 + Double($1) }
            count += complete.count
        }
        if let last = values.keys.max() { readings[last.adding(days: 1)] = total }
        self.days = days
        self.readings = readings
        mean = count == 0 ? 0 : sum / Double(count)
    }

    /// The register at a moment within a day of the year: at its begin and what the slots since then counted.
    func reading(at instant: Instant) -> RegisterReading? {
        let time = LocalTime.berlin
        let day = time.day(of: instant)
        guard let start = readings[day] else { return nil }
        let slots = Int(time.start(of: day).seconds(until: instant) / 3_600)
        guard slots == 0 || days[day] != nil else { return nil }
        let counted = slots == 0 ? 0 : days[day].map { $0.values[..<slots].reduce(0, +) } ?? 0
        return RegisterReading(at: instant, micro: start + counted, status: .measured, version: 1)
    }
}

/// The homes of the opengrid package as CSV (Scripts/quality), or a fleet made up from a seed.
enum Homes {
    /// What a folder holds.
    struct Data: Sendable {
        var homes: [Home] = []
        var temperatures: [Day: Temperature] = [:]
        var source: String
    }

    /// - Throws: `Failure`.
    static func opengrid(_ folder: String) throws -> Data {
        var data = Data(source: "homes of the opengrid package 0.5.10 (Apache-2.0), hourly values of 2016")
        // W in the mean of an hour are Wh; gas is counted as volume; l/min are sixty litres an hour.
        for (file, commodity, factor) in [
            ("electricity_2016_hour", Commodity.electricity, 1e-3), ("gas_2016_hour", .gas, 1e-3 / 10.85),
            ("water_2016_hour", .water, 0.06),
        ] {
            let table = try CSVTable(folder + "/" + file + ".csv")
            for column in 1..<table.columns.count {
                // A counter shows thousandths: what is rounded is the running total, not the single value.
                var (total, shown) = (0.0, Int64(0))
                let values = table.values(column) { value in
                    total += value * factor
                    let now = Int64((total * 1_000).rounded())
                    defer { shown = now }
                    return max(0, now - shown) * 1_000
                }
                data.homes.append(Home("\(commodity.rawValue) \(table.columns[column])", commodity, values: values))
            }
        }
        let weather = try CSVTable(folder + "/weather_2016_hour.csv")
        if let column = weather.columns.firstIndex(of: "temperature") {
            for (day, values) in weather.values(column, { Int64(($0 * 10_000).rounded()) }) {
                let known = values.compactMap(\.self)
                guard known.count >= 20 else { continue }
                data.temperatures[day] = Temperature(tenThousandths: Int32(clamping: known.reduce(0, +) / Int64(known.count)))
            }
        }
        guard !data.homes.isEmpty else { throw Failure("\(folder) holds no homes") }
        return data
    }

    /// A town from a seed: load profiles with noise, kettles and holidays. No real home is like that, and the output says so.
    static func synthetic(_ count: Int) -> Data {
        var data = Data(source: "a synthetic fleet of \(count) homes from a seed; real homes are rougher, see Scripts/quality")
        var numbers = Numbers(state: 2_016)
        for index in 0..<count {
            let profile = LoadProfile(.h0)
            var values: [Day: [Int64?]] = [:]
            let away = Int.random(in: 0..<330, using: &numbers)
            for (offset, day) in DayRange.year(2016).days.enumerated() {
                let weights = profile.slotWeights(of: day, resolution: .hour, time: .berlin) ?? []
                let level = offset >= away && offset < away + 14 ? 20 : Int64.random(in: 80...120, using: &numbers)
                values[day] = weights.map { weight in
                    let usual = weight / 1_000 * Int64(index % 4 + 2) * level / 100
                    let kettle = Int.random(in: 0..<12, using: &numbers) == 0 ? Int64.random(in: 200...1_500, using: &numbers) * 1_000 : 0
                    return (usual * Int64.random(in: 60...140, using: &numbers) / 100 + kettle) / 1_000 * 1_000
                }
            }
            data.homes.append(Home("synthetic \(index)", .electricity, values: values))
        }
        return data
    }

    /// Numbers that are the same for the same seed (SplitMix64).
    struct Numbers: RandomNumberGenerator {
        var state: UInt64
        mutating func next() -> UInt64 {
            state &+= 0x9E37_79B9_7F4A_7C15
            var mixed = (state ^ (state >> 30)) &* 0xBF58_476D_1CE4_E5B9
            mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
            return mixed ^ (mixed >> 31)
        }
    }

    /// First column the begin of an hour in seconds since 1970 UTC; an empty cell was not measured.
    private struct CSVTable {
        let columns: [String]
        private let rows: [[Substring]]

        init(_ path: String) throws {
            let text = String(decoding: try FileSource.bytes(of: path), as: UTF8.self)
            let lines = text.split(separator: "\n").map { $0.split(separator: ",", omittingEmptySubsequences: false) }
            guard let head = lines.first, head.first == "epoch" else { throw Failure("\(path) is no table of homes") }
            columns = head.map(String.init)
            rows = Array(lines.dropFirst())
        }

        func values(_ column: Int, _ convert: (Double) -> Int64) -> [Day: [Int64?]] {
            let time = LocalTime.berlin
            var values: [Day: [Int64?]] = [:]
            for row in rows where row.count > column {
                guard let epoch = Int64(row[0]) else { continue }
                let instant = Instant(seconds: epoch)
                let day = time.day(of: instant)
                guard let slot = Resolution.hour.slot(at: instant, of: day) else { continue }
                if values[day] == nil { values[day] = Array(repeating: nil, count: Resolution.hour.slots(of: day)) }
                values[day]?[slot] = Double(row[column]).map(convert)
            }
            return values
        }
    }
}
