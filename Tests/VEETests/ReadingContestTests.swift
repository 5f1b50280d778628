import CoreKit
import Metering
import Testing
import VEE
import Values

private let start = Day(2026, 1, 1)

@Suite struct `Readings that contradict each other` {
    private func row(_ values: [Int64], digits: Int? = nil) -> ReadingContest {
        let readings = values.enumerated().map { number, value in
            RegisterReading(at: midnight(start.adding(days: number)), micro: value * 1_000_000)
        }
        return ReadingContest(register: register(digits: digits), readings: readings)
    }
    private func believed(_ values: [Int64], digits: Int? = nil) -> [Int64] {
        zip(values, row(values, digits: digits).believed()).filter(\.1).map(\.0)
    }

    @Test(
        arguments: [
            ([100, 110, 9_000, 120, 130], [100, 110, 120, 130]), ([9_000, 110, 120], [110, 120]), ([100, 110, 5, 120], [100, 110, 120]),
            ([100, 110, 105], [100, 110]), ([100, 110, 9_000, 120], [100, 110, 120]), ([100, 90], [100]),
            ([100, 200, 300, 110, 120], [100, 200, 300]), ([100, 200, 110, 120], [100, 110, 120]), ([100, 100, 100], [100, 100, 100]),
            ([], []),
        ] as [([Int64], [Int64])])
    func `the most plausible row is believed`(values: [Int64], expected: [Int64]) {
        #expect(believed(values) == expected)
    }

    @Test func `a rollover is no contradiction`() {
        #expect(believed([999_990, 999_995, 3, 8], digits: 6) == [999_990, 999_995, 3, 8])
    }

    @Test func `what a person decided outweighs every measurement`() {
        var readings = row([100, 500, 110, 120, 130]).readings
        readings[1].reason = EstimationReason.person.rawValue
        #expect(ReadingContest(register: register(), readings: readings).believed() == [true, true, false, false, false])
        // What lies before it is not given up for it: perhaps the register was set back.
        readings = row([2_000, 500, 510]).readings
        readings[1].reason = EstimationReason.person.rawValue
        #expect(ReadingContest(register: register(), readings: readings).believed() == [true, true, true])
    }

    @Test func `estimates give way to measurements and are held against them`() {
        var readings = row([100, 150, 120, 110, 200]).readings
        for place in [1, 3] { readings[place].status = .estimated }
        // 150 was too much, and says so by C8; 110 is below what was measured before.
        #expect(ReadingContest(register: register(), readings: readings).believed() == [true, true, true, false, true])
    }

    @Test func `those that have to do with a time are those that contradict each other through others`() {
        let contest = row([10, 20, 300, 40, 250, 60, 400, 500])
        let at = midnight(start.adding(days: 4))
        #expect(contest.places(from: at, through: at) == 2...5)
        #expect(contest.places(from: midnight(start), through: midnight(start)) == 0...0)
        #expect(contest.places(from: midnight(start.adding(days: 20)), through: midnight(start.adding(days: 21))) == nil)
    }

    @Test(arguments: 0..<40) func `what is asked of many is what the rule says of each`(seed: Int) {
        var numbers = Seeded(seed)
        let digits: Int? = seed.isMultiple(of: 2) ? 6 : nil
        var parameters = ValidationParameters()
        if seed.isMultiple(of: 5) { parameters.switchedOff = [Rules.backwards.text.name] }
        let pair = (0..<2).map { number in
            RegisterReading(
                at: midnight(start.adding(days: number * Int.random(in: 1...30, using: &numbers))),
                micro: Int64.random(in: 0..<1_000_000, using: &numbers) * 1_000_000,
                status: [.measured, .estimated].randomElement(using: &numbers) ?? .measured)
        }
        let contest = ReadingContest(register: register(digits: digits), readings: pair) { [parameters] _ in parameters }
        let rule = Rules.backwards.hits(
            ReadingPair(register: register(digits: digits), reading: pair[1], previous: pair[0], now: pair[1].at), parameters)
        #expect(contest.believed().allSatisfy { $0 } == rule.isEmpty)
    }

    @Test func `a register read a thousand times while it falls is no work`() {
        let values = (0..<1_000).map { Int64(2_000 - $0) }
        #expect(believed(values) == [2_000])
    }

    /// Every row without contradiction, tried one by one.
    private func longest(_ values: [Int64]) -> Int {
        (0..<(1 << values.count)).reduce(0) { most, choice in
            let row = values.indices.filter { choice >> $0 & 1 == 1 }.map { values[$0] }
            return zip(row, row.dropFirst()).allSatisfy { $0 <= $1 } ? max(most, row.count) : most
        }
    }

    @Test(arguments: 0..<200) func `no longer row would do, and none of the doubted fits in`(seed: Int) {
        var numbers = Seeded(seed)
        let values = (0..<Int.random(in: 0...10, using: &numbers)).map { _ in Int64.random(in: 0...12, using: &numbers) }
        let believed = row(values).believed()
        let row = values.indices.filter { believed[$0] }
        #expect(zip(row, row.dropFirst()).allSatisfy { values[$0] <= values[$1] })
        #expect(row.count == longest(values))
        for place in values.indices where !believed[place] {
            let before = row.last { $0 < place }
            let behind = row.first { $0 > place }
            #expect(before.map { values[$0] > values[place] } ?? false || behind.map { values[$0] < values[place] } ?? false)
        }
    }

    @Test(arguments: 0..<100) func `what is behind all others and fits changes nothing before it`(seed: Int) {
        var numbers = Seeded(seed)
        let values = (0..<Int.random(in: 1...10, using: &numbers)).map { _ in Int64.random(in: 0...12, using: &numbers) }
        let before = row(values).believed()
        guard let last = values.indices.last(where: { before[$0] }) else { return }
        #expect(row(values + [values[last]]).believed() == before + [true])
    }
}
