import MasterDataFormat
import Metering
import MeteringOperations
import Postgres
import ReadingFormats
import TestKit
import Testing
import VEE
import Values

private typealias F = MeteringFixture

/// One thing a sender says.
private struct Said {
    var registers: [String] = []
    var intervals: [String] = []
    /// What must have been said before it: a correction follows what it corrects.
    var after: Int?
}

/// The state of a point as everybody sees it: values, statuses, methods, reasons, and what is open.
private struct Picture {
    var slots: [String]
    var readings: [String]
    var findings: [String]

    init(_ fixture: MeteringFixture, _ code: String, channel: ObisCode = F.channel) async throws {
        func lines(_ obis: ObisCode) async throws -> [String] {
            try await fixture.values(obis, code: code).map {
                "\($0.at) \($0.status.word) \(DecimalText.format($0.micro, scale: 6)) \($0.method ?? "") \($0.reason ?? "")"
            }
        }
        slots = try await lines(channel)
        readings = try await lines(F.total)
        let open = try await ListFindings(pool: fixture.pool)(.init(isOpen: true, meteringPoint: code), limit: 1000).items
        findings = open.map { item in
            let inputs = item.finding.inputs.filter { $0.name != "meter" }.map { "\($0.name)=\($0.value)" }.joined(separator: " ")
            return "\(item.finding.rule) \(item.finding.from) \(item.finding.until) \(inputs)"
        }.sorted()
    }

    /// Where two differ, for a message a person can read.
    func difference(from other: Picture) -> String {
        func lines(_ name: String, _ one: [String], _ two: [String]) -> String {
            let (only, missing) = (one.filter { !two.contains($0) }, two.filter { !one.contains($0) })
            return only.isEmpty && missing.isEmpty
                ? "" : "\(name): \(only.count) differ: \(only.prefix(4)) instead of \(missing.count): \(missing.prefix(4)); "
        }
        return lines("slots", slots, other.slots) + lines("readings", readings, other.readings)
            + lines("findings", findings, other.findings)
    }
}

@Suite(.database) struct `Any order, any repetition, any split of the same deliveries` {
    private let first = Day(2026, 2, 2)

    /// Weeks of hours with long and short gaps, days without a value, single values, values a rule rejects, declared gaps,
    /// corrections, and readings of the register beside them.
    private func deliveries(_ random: inout SeededNumbers, serial: String) -> [Said] {
        var said: [Said] = []
        func item(_ values: [String?], _ day: Day, _ hour: Int) -> String {
            let start = LocalTime.berlin.start(of: day).adding(seconds: Int64(hour) * 3_600)
            return F.intervals(values, from: LocalTime.berlin.text(start), serial: serial, resolution: "PT1H")
        }
        var counter: Int64 = 1_000_000_000
        var shown: [(Day, Int64)] = []
        let length = Int.random(in: 30...90, using: &random)
        for offset in 0..<length {
            let day = first.adding(days: offset)
            let slots = Resolution.hour.slots(of: day)
            let values = (0..<slots).map { _ in Int64.random(in: 1...900, using: &random) * 1_000 }
            shown.append((day, counter / 100_000 * 100_000))
            counter += values.reduce(0, +)
            func text(_ range: Range<Int>) -> [String?] { range.map { DecimalText.format(values[$0], scale: 6) } }
            switch Int.random(in: 0..<20, using: &random) {
            case 0..<8: said.append(Said(intervals: [item(text(0..<slots), day, 0)]))
            case 8..<11:
                // A part of the day.
                let low = Int.random(in: 0..<slots - 2, using: &random)
                let high = Int.random(in: low + 1...slots, using: &random)
                said.append(Said(intervals: [item(text(low..<high), day, low)]))
            case 11:
                let slot = Int.random(in: 0..<slots, using: &random)
                said.append(Said(intervals: [item(text(slot..<slot + 1), day, slot)]))
            case 12:
                // A declared gap in the middle, which may be delivered later.
                var sent = text(0..<slots)
                let low = Int.random(in: 1..<slots - 6, using: &random)
                for slot in low..<low + 5 { sent[slot] = nil }
                said.append(Said(intervals: [item(sent, day, 0)]))
                if Bool.random(using: &random) { said.append(Said(intervals: [item(text(low..<low + 5), day, low)])) }
            case 13:
                // Beyond the fuse, twice in a row; corrected or not.
                var sent = text(0..<slots)
                let low = Int.random(in: 0..<slots - 2, using: &random)
                sent[low] = "99.000"
                sent[low + 1] = "98.000"
                said.append(Said(intervals: [item(sent, day, 0)]))
                if Bool.random(using: &random) {
                    said.append(Said(intervals: [item(text(low..<low + 2), day, low)], after: said.count - 1))
                }
            case 14:
                // A day that is corrected as a whole.
                said.append(Said(intervals: [item(text(0..<slots).map { _ in "0.500" }, day, 0)]))
                said.append(Said(intervals: [item(text(0..<slots), day, 0)], after: said.count - 1))
            default: break
            }
        }
        for (day, micro) in shown where Int.random(in: 0..<4, using: &random) == 0 {
            let at = F.start(day)
            if Int.random(in: 0..<6, using: &random) == 0 {
                // Misread at first: some of the others are rejected beside it until it is corrected.
                let wrong = micro + Int64.random(in: -900...900, using: &random) * 1_000_000
                said.append(
                    Said(registers: [F.reading(DecimalText.format(max(0, wrong) / 100_000 * 100_000, scale: 6), at: at, serial: serial)]))
                said.append(
                    Said(registers: [F.reading(DecimalText.format(micro, scale: 6), at: at, serial: serial)], after: said.count - 1))
            } else {
                said.append(Said(registers: [F.reading(DecimalText.format(micro, scale: 6), at: at, serial: serial)]))
            }
        }
        return said
    }

    /// A shuffled order in which corrections stay behind what they correct, some messages put together, some sent twice.
    private func shuffled(_ said: [Said], _ random: inout SeededNumbers) -> [[Said]] {
        var order = Array(said.indices).shuffled(using: &random)
        var place = Dictionary(uniqueKeysWithValues: order.enumerated().map { ($1, $0) })
        for index in said.indices {
            guard let before = said[index].after, let mine = place[index], let other = place[before], mine < other else { continue }
            order.swapAt(mine, other)
            (place[index], place[before]) = (other, mine)
        }
        var messages: [[Said]] = []
        for index in order {
            if !messages.isEmpty, said[index].after == nil, Int.random(in: 0..<4, using: &random) == 0 {
                messages[messages.count - 1].append(said[index])
            } else {
                messages.append([said[index]])
            }
        }
        return messages
    }

    @Test(arguments: 0..<10) func `lead to the same values, statuses and findings`(seed: UInt64) async throws {
        var random = SeededNumbers(seed: seed)
        let serials = ["FIRST", "SECOND", "THIRD"]
        let fixture = try await F(meters: serials, resolution: "PT1H")
        let shape = random
        var pictures: [Picture] = []
        for (number, serial) in serials.enumerated() {
            random = shape
            let said = deliveries(&random, serial: serial)
            var order = SeededNumbers(seed: seed * 100 + UInt64(number))
            let messages = number == 0 ? said.map { [$0] } : shuffled(said, &order)
            for (index, message) in messages.enumerated() {
                let (registers, intervals) = (message.flatMap(\.registers), message.flatMap(\.intervals))
                try await fixture.send("\(serial)-\(index)", registers: registers, intervals: intervals)
                // The same again, at once or much later.
                if Int.random(in: 0..<8, using: &order) == 0 {
                    try await fixture.send("\(serial)-\(index)", registers: registers, intervals: intervals)
                }
            }
            pictures.append(try await Picture(fixture, number == 0 ? F.code : "POINT-\(number)"))
        }
        #expect(pictures[1].difference(from: pictures[0]) == "")
        #expect(pictures[2].difference(from: pictures[0]) == "")
    }

    @Test func `one value in the middle of months without any gives the same, whenever it comes`() async throws {
        let fixture = try await F(meters: ["FIRST", "SECOND"], resolution: "PT1H")
        let day = Array(repeating: Optional("0.500"), count: 24)
        func parts(_ serial: String) -> [String] {
            [Day(2026, 1, 5), Day(2026, 6, 1)].map { F.intervals(day, from: F.start($0), serial: serial, resolution: "PT1H") }
                + [F.intervals(["0.700"], from: F.start(Day(2026, 3, 16)), serial: serial, resolution: "PT1H")]
        }
        for (index, item) in parts("FIRST").enumerated() { try await fixture.send("a\(index)", intervals: [item]) }
        let wide = try await ListFindings(pool: fixture.pool)(.init(rule: "gap-without-basis")).items
        for (index, item) in parts("SECOND").reversed().enumerated() { try await fixture.send("b\(index)", intervals: [item]) }
        let (one, two) = (try await Picture(fixture, F.code), try await Picture(fixture, "POINT-1"))
        #expect(two.difference(from: one) == "")
        // A gap on each side of the value, and each is one finding, however many weeks of it something stands in for.
        #expect(wide.count == 2)
        #expect(one.findings.count == 2 && one.findings.allSatisfy { $0.hasPrefix("gap-without-basis") })
    }

    @Test func `a gap is one finding that shrinks, splits and closes as values come`() async throws {
        let fixture = try await F(resolution: "PT1H")
        let day = Array(repeating: Optional("0.500"), count: 24)
        func send(_ days: Day...) async throws -> [FindingRecord] {
            for day in days {
                try await fixture.send(
                    "\(day)", intervals: [F.intervals(Array(repeating: "0.500", count: 24), from: F.start(day), resolution: "PT1H")])
            }
            return try await ListFindings(pool: fixture.pool)(.init(rule: "gap-without-basis")).items
        }
        _ = day
        // Sundays have no like day here, and no week before.
        let saturday = Day(2026, 3, 7)
        let whole = try await send(Day(2026, 1, 16), Day(2026, 5, 22))
        #expect(whole.count == 1)
        let split = try await send(saturday)
        #expect(split.count == 2 && split.contains { $0.id == whole[0].id })
        let filled = try await send(saturday.adding(days: -40))
        #expect(filled.count >= 2)
    }
}

@Suite(.database) struct `What a wrong value did to others` {
    private let day = Day(2026, 1, 5)
    private func at(_ offset: Int) -> String { F.start(day.adding(days: offset)) }

    @Test(arguments: ["900.0", "20.0"]) func `readings that a wrong one made look wrong count once it is corrected`(wrong: String)
        async throws
    {
        let fixture = try await F()
        try await fixture.send("wrong", registers: [F.reading(wrong, at: at(10))])
        try await fixture.send("before", registers: [F.reading("100.0", at: at(0))])
        try await fixture.send("after", registers: [F.reading("118.0", at: at(20))])
        #expect(try await fixture.table(F.total).contains { $0.hasPrefix("rejected") })
        #expect(try await fixture.rules().contains("register-backwards"))
        // Sent again, the good one is a duplicate of what was rejected; nothing else mends it.
        let again = try await fixture.send("again", registers: [F.reading("118.0", at: at(20))])
        #expect(again.counts == [0, 1, 0, 0])
        try await fixture.send("right", registers: [F.reading("109.0", at: at(10))])
        #expect(try await fixture.table(F.total) == ["measured 100", "measured 109", "measured 118"])
        #expect(try await fixture.rules().isEmpty)
        let closed = try await ListFindings(pool: fixture.pool)(.init(isOpen: false)).items
        #expect(closed.allSatisfy { $0.resolution?.contains("Nachricht right von gw") ?? false })
    }

    @Test func `and once a person has withdrawn it`() async throws {
        let fixture = try await F()
        // Two that agree with each other outvote the one behind them.
        try await fixture.send("wrong", registers: [F.reading("900.0", at: at(10)), F.reading("910.0", at: at(15))])
        try await fixture.send("others", registers: [F.reading("100.0", at: at(0)), F.reading("118.0", at: at(20))])
        #expect(try await fixture.table(F.total).last == "rejected 118")
        let (first, last) = (
            LocalTime.berlin.start(of: day.adding(days: 10)), LocalTime.berlin.start(of: day.adding(days: 15)).adding(seconds: 1)
        )
        let edit = try await EditValues(pool: fixture.pool)(
            .init(
                meteringPoint: F.code, obis: F.total, from: first, until: last, action: .withdraw, author: "Erika",
                reason: "Zahlendreher"),
            now: F.now.adding(seconds: 1))
        #expect(try await fixture.table(F.total) == ["measured 100", "rejected 900", "rejected 910", "measured 118"])
        #expect(try await fixture.rules().isEmpty)
        _ = try await UndoEdit(pool: fixture.pool)(edit.id, author: "Erika", reason: "doch", now: F.now.adding(seconds: 2))
        #expect(try await fixture.table(F.total).first == "measured 100")
    }

    @Test func `a sum that disagreed is no finding any more when the reading is corrected, and says by what`() async throws {
        let fixture = try await F()
        let whole = Array(repeating: Optional("0.1"), count: 96)
        try await fixture.send("a", registers: [F.reading("100.0", at: at(0))], intervals: [F.intervals(whole, from: at(0))])
        try await fixture.send("b", registers: [F.reading("120.0", at: at(1))])
        #expect(try await fixture.rules() == ["register-against-intervals"])
        try await fixture.send("c", registers: [F.reading("109.6", at: at(1))])
        #expect(try await fixture.rules().isEmpty)
        let closed = try await ListFindings(pool: fixture.pool)(.init(isOpen: false)).items
        #expect(closed.map(\.resolution) == ["Nach Nachricht c von gw nicht mehr zutreffend"])
    }

    @Test func `a bad value that is delivered anew closes its finding`() async throws {
        let fixture = try await F()
        try await fixture.send("a", intervals: [F.intervals(["2.0", "-1.0", "3.0", "50", "51"], from: at(0))])
        #expect(try await fixture.rules() == ["negative", "physical-ceiling"])
        try await fixture.send("b", intervals: [F.intervals(["2.0", "1.0", "3.0", "5"], from: at(0))])
        let open = try await ListFindings(pool: fixture.pool)().items
        #expect(open.map(\.finding.rule) == ["physical-ceiling"])
        #expect(open.first?.finding.from == LocalTime.berlin.start(of: day).adding(seconds: 3_600))
        try await fixture.send(
            "c", intervals: [F.intervals(["5"], from: LocalTime.berlin.text(LocalTime.berlin.start(of: day).adding(seconds: 3_600)))])
        #expect(try await fixture.rules().isEmpty)
    }
}

@Suite(.database) struct `What was there before, and what nobody has told` {
    private let day = Day(2026, 1, 5)

    @Test func `a survey of the past leaves alone what was found since`() async throws {
        let fixture = try await F()
        for offset in 0..<3 {
            let sent = day.adding(days: offset)
            try await fixture.send("\(sent)", intervals: [F.intervals(Array(repeating: "0.1", count: 96), from: F.start(sent))])
        }
        func survey(_ offset: Int) async throws -> SurveyMeteringPoints.Report {
            try await SurveyMeteringPoints(pool: fixture.pool)(now: LocalTime.berlin.start(of: day.adding(days: offset)))
        }
        #expect(try await survey(10).opened == 1)
        let before = try await ListFindings(pool: fixture.pool)().items
        let past = try await survey(3)
        #expect(past.closed == 0 && past.opened == 0)
        #expect(try await ListFindings(pool: fixture.pool)().items == before)
        // As it was before it was found: nothing was open.
        let then = LocalTime.berlin.start(of: day.adding(days: 5))
        #expect(try await ListFindings(pool: fixture.pool)(.init(asOf: then)).items.isEmpty)
        #expect(try await CountFindings(pool: fixture.pool)(asOf: then).isEmpty)
        #expect(try await CountFindings(pool: fixture.pool)().map(\.rule) == ["silence"])
    }

    @Test func `nobody can accept that something was consumed backwards`() async throws {
        let fixture = try await F()
        try await fixture.send("a", intervals: [F.intervals(["2.0", "-1.0", "3.0"], from: F.start(day))])
        let finding = try #require(try await ListFindings(pool: fixture.pool)(.init(rule: "negative")).items.first)
        await #expect(throws: EditRefusal.self) {
            _ = try await ResolveFindings(pool: fixture.pool)(
                [finding.id], action: .accept, author: "Erika", reason: "x", now: F.now.adding(seconds: 1))
        }
        #expect(try await fixture.table() == ["measured 2", "estimated 2.5", "measured 3"])
        #expect(try await fixture.rules() == ["negative"])
    }

    @Test func `master data that move a meter or change a factor are in the journal of changes, and what repeats them is not`() async throws
    {
        let fixture = try await F()
        func load(_ factor: String, from: String) async throws -> Int {
            let before = try await fixture.rows("reading_change")
            let json =
                #"{"meteringPoints": [{"code": "NEW", "commodity": "electricity", "meters": [{"serial": "N1", "from": "\#(from)", "registers": [{"obis": "1-0:1.8.0", "unit": "kWh", "factor": "\#(factor)"}]}]}]}"#
            let document = try MasterDataDocument(json: Array(json.utf8))
            try await fixture.pool.transaction { _ = try MeteringMasterData.write(document.meteringPoints, now: F.now, in: $0) }
            return try await fixture.rows("reading_change") - before
        }
        #expect(try await load("1", from: "2026-01-01") == 1)
        #expect(try await load("1", from: "2026-01-01") == 0)
        #expect(try await load("40", from: "2026-02-01") == 1)
    }
}
