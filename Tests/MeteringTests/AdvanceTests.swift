import CoreKit
import Metering
import Testing
import Values

@Suite struct `The advance of a register` {
    /// digits, first, second, days between, capacity in kW → what is expected, in units.
    static let table: [(Int?, String, String, Int, String?, String)] = [
        (5, "4500", "4620", 30, "43", "plain 120"),
        (5, "4500", "4500", 30, "43", "plain 0"),
        (5, "99987", "12", 1, "43", "rollover 25"),  // reference, C3
        (6, "999999.9", "0.3", 1, "43", "rollover 0.4"),
        (5, "99987", "12", 1, nil, "rollover 25"),  // no capacity, but it stood at its end
        (5, "94987", "12", 1, nil, "backwards 94975"),  // no capacity, and more than a twentieth to go
        (nil, "99987", "12", 1, "43", "backwards 99975"),  // no digits, no rollover
        (5, "4620", "4500", 30, "43", "backwards 120"),  // 99,880 kWh in a month: no
        (5, "50010", "50000", 365, "43", "backwards 10"),  // could have flowed, but the way back is shorter
        (5, "99000", "4000", 1, "43", "backwards 95000"),  // 5,000 kWh in a day: no
        (5, "99000", "4000", 10, "43", "rollover 5000"),
    ]
    @Test(arguments: table) func `is plain, past the top, or a fall`(
        digits: Int?, first: String, second: String, days: Int, capacity: String?, expected: String
    ) throws {
        let limit = capacity.map { Measure(micro: micro($0), unit: .kilowatt) }
        let counter = register(digits: digits, capacity: limit)
        let day = Day(2026, 1, 5)
        let advance = try Advance.between(
            reading(day, first), reading(day.adding(days: days), second), parameters: counter.parameters(on: day),
            capacity: counter.capacity())
        let text =
            switch advance {
            case .plain(let value): "plain \(Measure(micro: value, unit: .kilowattHour).number)"
            case .rollover(let value): "rollover \(Measure(micro: value, unit: .kilowattHour).number)"
            case .backwards(let value): "backwards \(Measure(micro: value, unit: .kilowattHour).number)"
            }
        #expect(text == expected)
    }

    @Test func `a transformer's factor counts against the capacity`() throws {
        // 5 units × 40 = 200 kWh in an hour through 43 kW: no; with factor 1 they are 5 kWh.
        let counter = register(digits: 5, factor: "40")
        let first = RegisterReading(at: Instant(seconds: 0), micro: micro("99997"))
        let second = RegisterReading(at: Instant(seconds: 3_600), micro: micro("2"))
        #expect(
            try Advance.between(first, second, parameters: counter.parameters(on: Day(2026, 1, 1)), capacity: counter.capacity())
                == .backwards(micro("99995")))
        let plain = register(digits: 5)
        #expect(
            try Advance.between(first, second, parameters: plain.parameters(on: Day(2026, 1, 1)), capacity: plain.capacity())
                == .rollover(micro("5")))
    }

    @Test(arguments: [
        (Measure(micro: 43_000_000, unit: .kilowatt), UnitCode.kilowattHour, Int64(900), "11.825"),
        (Measure(micro: 6_000_000, unit: .cubicMetrePerHour), .cubicMetre, 3_600, "6.6"),
        (Measure(micro: 5_000_000, unit: .cubicMetrePerHour), .litre, 900, "1375"),
        (Measure(micro: 10_000_000, unit: .kilowatt), .gigajoule, 3_600, "0.0396"),
    ])
    func `what can flow is 110 percent of the capacity in the register's unit`(
        limit: Measure, unit: UnitCode, seconds: Int64, expected: String
    ) throws {
        #expect(try Capacity(limit: limit, unit: unit)?.most(in: seconds * 1_000_000, factor: .one) == micro(expected))
    }
    @Test func `a power is no limit for a volume`() {
        #expect(Capacity(limit: Measure(micro: 1, unit: .kilowatt), unit: .cubicMetre) == nil)
        #expect(Capacity(limit: nil, unit: .cubicMetre) == nil)
    }
    @Test func `a limit beyond all integers limits nothing and does not trap`() throws {
        let most = try Capacity(limit: Measure(micro: .max / 1_000, unit: .kilowatt), unit: .wattHour)?.most(
            in: 3_600_000_000, factor: Ratio(millionths: 1))
        #expect(most == .max)
        #expect(
            try Advance.between(
                RegisterReading(at: Instant(seconds: 0), micro: .max), RegisterReading(at: Instant(seconds: 1), micro: 0),
                parameters: .init(digits: 6), capacity: nil) == .backwards(.max))
    }

    @Test(
        arguments: [("999700", "0", 300), ("999700", "300", 600), ("120000", "12000", nil), ("940000", "1000", nil)]
            as [(String, String, Int64?)])
    func `without a capacity only a register near its end can have rolled over`(first: String, second: String, counted: Int64?) throws {
        let advance = try Advance.between(
            reading(Day(2026, 1, 1), first), reading(Day(2026, 2, 1), second), parameters: .init(digits: 6), capacity: nil)
        #expect(advance.micro == counted.map { $0 * 1_000_000 })
    }

    @Test func `an exchange never subtracts across meters`() throws {
        // Reference, C5: old 4,500 to 4,620, new 0 to 35, together 155.
        let exchange = MeterExchange(
            day: Day(2026, 6, 1),
            removed: .init(register: register("old"), begin: reading(Day(2026, 1, 1), "4500"), end: reading(Day(2026, 6, 1), "4620")),
            installed: .init(
                register: register("new", id: 2, meter: 2), begin: reading(Day(2026, 6, 1), "0"), end: reading(Day(2026, 12, 31), "35")))
        #expect(try exchange.consumption() == micro("155"))
        var open = exchange
        open.installed.end = nil
        #expect(try open.consumption() == micro("120"))
        var fallen = exchange
        fallen.removed.end = reading(Day(2026, 6, 1), "4400")
        #expect(try fallen.consumption() == nil)
    }
}

@Suite struct `The state of a gas` {
    @Test(arguments: [(0, "0.9711"), (400, "0.9262"), (475, "0.9178")]) func `Zustandszahl of Stockach`(height: Int, expected: String) {
        #expect(GasConversion.conversionFactor(heightMetres: height)?.description == expected)
    }
    @Test func `a thousand cubic metres at 10.3 and 0.95 are 9785 kWh`() throws {
        let energy = try Quantity<CubicMetre>(1_000).energy(conversion: Ratio("0.95") ?? .one, calorific: Ratio("10.3") ?? .one)
        #expect(energy.description == "9785")
    }
    @Test func `what no gas is, has no factor`() {
        #expect(GasConversion.conversionFactor(heightMetres: 100_000) == nil)
        #expect(GasConversion.conversionFactor(heightMetres: 0, temperature: 0) == nil)
        #expect(GasConversion.conversionFactor(heightMetres: 0, places: 7) == nil)
    }
}
