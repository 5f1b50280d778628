import CoreKit
import Metering
import Testing
import Values

@Suite struct `The day block` {
    @Test(arguments: 0..<200) func `what was packed comes back`(seed: Int) throws {
        var random = Seeded(seed)
        let step = DecimalText.power(Int.random(in: 0...6, using: &random))
        let bound = Int64.random(in: 1...(1 << Int64.random(in: 1...40, using: &random)), using: &random)
        let values = (0..<Int.random(in: 0...100, using: &random)).map { _ in Int64.random(in: -bound...bound, using: &random) * step }
        #expect(try DayBlock.unpack(DayBlock.pack(values), count: values.count) == values)
        #expect(try DayBlock.unpack(DayBlock.pack(values[...])[...], count: values.count) == values)
    }

    @Test(arguments: [[Int64.max, .min, 0, .max, -1, 1], [.min], [.max, .max], [0, 0, 0], [], [.min, .max, .min]])
    func `the extremes of Int64 come back`(values: [Int64]) throws {
        #expect(try DayBlock.unpack(DayBlock.pack(values), count: values.count) == values)
    }

    @Test func `the layout is the one that SQL reads`() {
        // 0.025, 0.031, 0.030 kWh: divided by 10^3; 25, +6, −1 in zigzag.
        #expect(DayBlock.pack([25_000, 31_000, 30_000]) == [3, 50, 12, 1])
        #expect(DayBlock.pack([Int64]()) == [6])
    }

    @Test(arguments: 0..<400) func `corrupt bytes throw and never trap`(seed: Int) {
        var random = Seeded(seed)
        var bytes = DayBlock.pack((0..<96).map { _ in Int64.random(in: 0...3_000, using: &random) * 1_000 })
        switch seed % 4 {
        case 0: bytes.removeLast(Int.random(in: 1..<bytes.count, using: &random))
        case 1: bytes = (0..<Int.random(in: 0...300, using: &random)).map { _ in UInt8.random(in: 0...255, using: &random) }
        case 2: bytes[0] = UInt8.random(in: 19...255, using: &random)
        default: bytes += [0]
        }
        if seed % 4 == 1 {
            _ = try? DayBlock.unpack(bytes, count: 96)
        } else {
            #expect(throws: DayBlock.Corrupt.self) { try DayBlock.unpack(bytes, count: 96) }
        }
        _ = try? DayBlock.unpackMarks(bytes, count: 96)
    }

    @Test func `a count that the bytes cannot hold is refused before memory is taken`() {
        #expect(throws: DayBlock.Corrupt.truncated) { try DayBlock.unpack([3, 1], count: 90_000) }
        #expect(throws: DayBlock.Corrupt.outOfRange) { try DayBlock.unpack([3, 1], count: Int.max) }
        #expect(throws: DayBlock.Corrupt.outOfRange) { try DayBlock.unpack([3, 1], count: -1) }
    }
    @Test func `a varint of more than 64 bits is refused`() {
        #expect(throws: DayBlock.Corrupt.outOfRange) { try DayBlock.unpack([0] + Array(repeating: 0xFF, count: 9) + [0x02], count: 1) }
        // 100 × 10^18 fits no Int64.
        #expect(throws: DayBlock.Corrupt.outOfRange) { try DayBlock.unpack([18, 200, 1], count: 1) }
    }

    @Test(arguments: 0..<5) func `a quarter hour of a household takes about two bytes`(seed: Int) {
        var random = Seeded(seed)
        var bytes = 0
        var slots = 0
        for _ in 0..<365 {
            // A base load with noise, meals, and now and then a kettle: watt hours, as meters with three decimals send them.
            let day = (0..<96).map { slot -> Int64 in
                let base = 25 + (slot > 26 && slot < 90 ? 60 : 0) + (slot > 70 && slot < 84 ? 120 : 0)
                let noise = Int.random(in: -20...20, using: &random) + (Int.random(in: 0..<24, using: &random) == 0 ? 450 : 0)
                return Int64(base + noise) * 1_000
            }
            bytes += DayBlock.pack(day).count + DayBlock.pack(marks: MarkRun.runs(ofStatuses: Array(repeating: 1, count: 96)[...])).count
            slots += 96
        }
        let perValue = Double(bytes) / Double(slots)
        #expect(perValue < 2.1, "\(perValue) bytes a value, marks included")
    }

    @Test(arguments: 0..<100) func `marks come back as the same runs`(seed: Int) throws {
        var random = Seeded(seed)
        let marks = (0..<Int.random(in: 0...300, using: &random)).map { _ in
            Mark(
                status: ValueStatus.allCases.randomElement(using: &random) ?? .measured, method: UInt8.random(in: 0...2, using: &random),
                reason: 0)
        }
        let runs = MarkRun.runs(of: marks)
        #expect(try DayBlock.unpackMarks(DayBlock.pack(marks: runs), count: marks.count) == runs)
        #expect(runs.flatMap { Array(repeating: $0.mark, count: $0.count) } == marks)
    }

    @Test func `a fully measured day needs four bytes of marks`() {
        let runs = MarkRun.runs(ofStatuses: Array(repeating: ValueStatus.measured.rawValue, count: 96)[...])
        #expect(DayBlock.pack(marks: runs) == [96, 1, 0, 0])
    }
    @Test(arguments: [
        [UInt8](), [96], [96, 9, 0, 0], [95, 1, 0, 0], [97, 1, 0, 0], [0, 1, 0, 0], [0xFF, 0xFF, 0xFF, 0xFF, 1, 1, 0, 0],
    ])
    func `marks that do not cover the day are refused`(bytes: [UInt8]) {
        #expect(throws: DayBlock.Corrupt.self) { try DayBlock.unpackMarks(bytes, count: 96) }
    }
}

@Suite struct `Versions of a day` {
    private func overlay(_ version: Int32, _ first: Int, _ values: [Int64], _ status: ValueStatus = .measured, known: Int64 = 0) -> Overlay
    {
        Overlay(
            version: version, knownSince: Instant(seconds: known), firstSlot: first, values: values,
            marks: [MarkRun(count: values.count, mark: Mark(status: status))])
    }

    @Test func `the later version holds, whatever order they are read in`() {
        let versions = [overlay(1, 0, [1, 2, 3, 4]), overlay(2, 1, [20, 30]), overlay(3, 2, [300])]
        #expect(DayBlock.fold(versions, slots: 4).values == [1, 20, 300, 4])
        #expect(DayBlock.fold(versions.reversed(), slots: 4) == DayBlock.fold(versions, slots: 4))
        #expect(DayBlock.fold(versions, slots: 4).versions == [1, 2, 3, 1])
        #expect(DayBlock.fold(versions, slots: 4).nextVersion == 4)
    }
    @Test func `as of a moment only what was known then holds`() {
        let versions = [overlay(1, 0, [1, 2], known: 100), overlay(2, 0, [9], known: 200)]
        #expect(DayBlock.fold(versions, slots: 2, asOf: Instant(seconds: 99)).values == [0, 0])
        #expect(DayBlock.fold(versions, slots: 2, asOf: Instant(seconds: 199)).values == [1, 2])
        #expect(DayBlock.fold(versions, slots: 2, asOf: Instant(seconds: 200)).values == [9, 2])
    }
    @Test func `an absent slot leaves what is below, a withdrawn one covers it`() {
        let gap = Overlay(
            version: 2, knownSince: Instant(seconds: 0), firstSlot: 0, values: [0, 0],
            marks: [MarkRun(count: 1, mark: .absent), MarkRun(count: 1, mark: Mark(status: .rejected, reason: 7))])
        let day = DayBlock.fold([overlay(1, 0, [5, 6]), gap], slots: 2)
        #expect(day.status(0) == .measured && day.values[0] == 5)
        #expect(day.status(1) == .rejected && day.reasons[1] == 7)
    }
    @Test func `a version of a longer day does no harm`() {
        #expect(DayBlock.fold([overlay(1, 94, [1, 2, 3, 4])], slots: 96).values.suffix(2) == [1, 2])
        #expect(DayBlock.fold([overlay(1, -2, [1, 2, 3])], slots: 4).values == [3, 0, 0, 0])
    }
    @Test func `the sum counts usable slots and tells estimates apart`() throws {
        let day = DayBlock.fold([overlay(1, 0, [1, 2, 3]), overlay(2, 1, [20], .estimated), overlay(3, 2, [30], .rejected)], slots: 4)
        #expect(try day.sum() == DaySum(micro: 21, usable: 2, expected: 4, estimated: 1))
        #expect(try !day.sum().isComplete)
    }
    @Test func `a sum beyond Int64 throws`() {
        let day = DayBlock.fold([overlay(1, 0, [.max, .max])], slots: 2)
        #expect(throws: Overflow.self) { try day.sum() }
    }
    @Test(arguments: 0..<50) func `the fold does not depend on how slots were cut into versions`(seed: Int) {
        var random = Seeded(seed)
        let values = (0..<96).map { _ in Int64.random(in: 0...1_000, using: &random) }
        var versions: [Overlay] = []
        var slot = 0
        while slot < 96 {
            let end = min(96, slot + Int.random(in: 1...30, using: &random))
            versions.append(overlay(Int32(versions.count + 1), slot, Array(values[slot..<end])))
            slot = end
        }
        #expect(DayBlock.fold(versions.shuffled(using: &random), slots: 96).values == values)
    }
}
