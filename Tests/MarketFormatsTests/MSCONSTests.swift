import MarketFormats
import Metering
import Testing
import Values

@Suite struct `MSCONS` {
    @Test(arguments: [".", ","] as [Character], ["2.2e", "2.4b", "2.4c"])
    func `a load profile of the short day, with either decimal mark`(mark: Character, version: String) throws {
        let message = try readings(Messages.loadProfile(mark: mark, version: version))
        #expect(message.batch.faults.isEmpty, "\(message.batch.faults.first?.message ?? "")")
        #expect(message.batch.messageId == "MSG1")
        #expect(message.batch.source == "9900000000001")
        #expect(message.batch.meters == ["@DE00000000000000000000000000000001"])
        let item = try #require(message.batch.intervals.first)
        #expect(message.batch.intervals.count == 1)
        #expect(item.slots.count == 92)
        #expect(item.start == (try Instant("2026-03-28T23:00:00Z")))
        #expect(item.resolution == .quarterHour)
        #expect(item.obis == ObisCode(1, 0, 1, 29, 0))
        #expect(message.batch.values[3] == 3_125_000)
        #expect(message.batch.statuses[7] == ValueStatus.substituted.rawValue)
        #expect(message.batch.statuses[9] == ValueStatus.absent.rawValue)
        #expect(message.codes.codes(message.codes.set(at: 7)) == [.init("6063", "67"), .init("Z32", "Z92"), .init("Z40", "Z75")])
    }

    @Test func `readings know their moment, their meter and their status`() throws {
        let message = try readings(Messages.registers)
        #expect(message.batch.faults.isEmpty)
        #expect(message.batch.meters == ["1ESY1160123456"])
        #expect(message.batch.registers.map(\.micro) == [4_250_465_000, 4_000_000_000, 9_999_000_000, 12_500_000])
        #expect(message.batch.registers.map(\.status) == [.measured, .measured, .estimated, .rejected])
        #expect(
            message.batch.registers.map(\.at.description) == [
                "2025-12-31T23:00:00Z", "2025-11-30T23:00:00Z", "2026-01-31T23:00:00Z", "2025-12-31T23:00:00Z",
            ])
        #expect(message.codes.codes(message.registerSides[0].codes).last == .init("Z33", "Z83"))
    }

    @Test func `a Storno withdraws and is never data`() throws {
        let delivery = try MarketFormat.read(Array(Messages.cancellation.utf8), origin: testOrigin)
        #expect(delivery.readings.isEmpty)
        let withdrawal = try #require(delivery.withdrawals.first)
        #expect(withdrawal.withdraws == "MSG2")
        #expect(withdrawal.messageId == "MSG3")
        #expect(withdrawal.scopes.map(\.meter) == ["@51481308448"])
        #expect(withdrawal.scopes.first?.obis == ObisCode(1, 0, 1, 8, 0))
        #expect(withdrawal.scopes.first?.until == (try Instant("2026-01-31T23:00:00Z")))
        let nameless = try MarketFormat.read(
            Array(Messages.cancellation.replacing("RFF+ACW:MSG2", with: "RFF+TN:MSG2").utf8), origin: testOrigin)
        #expect(nameless.refusals.map(\.code) == [.withdrawalWithoutReference])
    }

    @Test(arguments: [
        ("303", "202601010015?+01", "2025-12-31T23:15:00Z"), ("303", "202601010015?+00", "2026-01-01T00:15:00Z"),
        ("303", "202601010015?-0330", "2026-01-01T03:45:00Z"), ("203", "202601010015", "2025-12-31T23:15:00Z"),
        ("203", "202607010015", "2026-06-30T22:15:00Z"), ("304", "20260101001530?+00", "2026-01-01T00:15:30Z"),
        ("102", "20260101", "2025-12-31T23:00:00Z"),
    ])
    func `times come with an offset, or are legal time`(format: String, text: String, expected: String) throws {
        let message = try readings(
            Messages.message([
                "BGM+7+M+9", "RFF+Z13:13017", "NAD+DP", "LOC+172+51481308448", "LIN+1", "PIA+5+1-0?:1.8.0:SRW", "QTY+220:1:KWH",
                "DTM+9:\(text):\(format)",
            ]))
        #expect(message.batch.registers.map(\.at.description) == [expected])
    }

    @Test(arguments: [
        ("202610250230", ItemFault.Code.noOffset), ("202603290230", .noOffset), ("202602300000", .badTime), ("2026", .badTime),
        ("202601010015?+99", .badTime),
    ])
    func `a time that occurs twice, or never, is no time`(text: String, code: ItemFault.Code) throws {
        let message = try readings(
            Messages.message([
                "BGM+7+M+9", "RFF+Z13:13017", "NAD+DP", "LOC+172+51481308448", "LIN+1", "PIA+5+1-0?:1.8.0:SRW", "QTY+220:1:KWH",
                "DTM+9:\(text):203",
            ]))
        #expect(message.batch.faults.map(\.code) == [code])
        #expect(message.faultPlaces[0].segment == 10)
    }

    @Test func `a decimal mark that UNA does not name is told with its byte`() throws {
        let text = Messages.loadProfile(mark: ".").replacing("QTY+220:3.125", with: "QTY+220:3,125")
        let message = try readings(text)
        #expect(message.batch.faults.map(\.code) == [.badNumber])
        #expect(message.batch.values.count == 91)
        #expect(message.batch.intervals.count == 2)
        let bytes = Array(text.utf8)
        #expect(bytes[message.faultPlaces[0].offset] == UInt8(ascii: ","))
        #expect(message.batch.faults[0].message.contains("point"))
    }

    @Test func `released characters are data`() throws {
        let message = try readings(
            Messages.message([
                "BGM+7+A?+B?'C??+9", "RFF+Z13:13017", "NAD+DP", "LOC+172+51481308448", "RFF+MG:S?:1", "LIN+1", "PIA+5+1-0?:1.8.0:SRW",
                "QTY+220:1:KWH",
                "DTM+9:202601010000?+00:303",
            ]))
        #expect(message.batch.messageId == "A+B'C?")
        #expect(message.batch.meters == ["S:1"])
        let written = try MSCONSWriter.write(message, reference: "R'1", created: Instant(seconds: 0))
        #expect(try readings(written).batch.meters == ["S:1"])
    }

    @Test(arguments: [
        ("UNT+23+1", "UNT+21+1", MarketFormatError.Code.edifactIncomplete), ("UNZ+1+REF2", "UNZ+2+REF2", .edifactIncomplete),
        ("UNZ+1+REF2'", "", .edifactIncomplete), ("UNT+23+1'", "", .edifactIncomplete), ("UNB+", "XXX+", .messageHeader),
        ("UNA:+.? '", "UNA::.? '", .edifactSyntax),
    ])
    func `an interchange that lost something is refused`(right: String, wrong: String, code: MarketFormatError.Code) {
        #expect(Messages.registers.contains(right))
        #expect(refusal(Messages.registers.replacing(right, with: wrong))?.code == code)
    }

    @Test func `another message type and another version are told apart`() throws {
        let other = try MarketFormat.read(Array(Messages.message(["BGM+7+M+9"], type: "UTILMD:D:11A:UN:5.2c").utf8), origin: testOrigin)
        #expect(other.refusals.map(\.code) == [.edifactOtherMessage])
        let old = try MarketFormat.read(Array(Messages.message(["BGM+7+M+9"], type: "MSCONS:D:04B:UN:1.6").utf8), origin: testOrigin)
        #expect(old.refusals.map(\.code) == [.messageHeader])
    }

    @Test func `a month's energy is no slot and kept aside`() throws {
        let message = try readings(
            Messages.message([
                "BGM+7+M+9", "RFF+Z13:13019", "NAD+DP", "LOC+172+51481308448", "LIN+1", "PIA+5+1-0?:1.9.0:SRW", "QTY+220:120.5:KWH",
                "DTM+163:202512312300?+00:303", "DTM+164:202601312300?+00:303", "QTY+220:4:KWH", "DTM+163:202512312300?+00:303",
                "DTM+164:202601012300?+00:303",
            ]))
        #expect(message.untaken.map(\.values) == [[120_500_000]])
        #expect(message.untaken[0].reason.contains("44640 minutes"))
        #expect(message.batch.intervals.map(\.resolution) == [.day])
        #expect(message.sentValues == 2)
    }

    @Test func `what came in goes out and says the same`() throws {
        // Load profiles go out as TL, readings of registers as VL.
        for (text, kind) in [(Messages.loadProfile(), "TL"), (Messages.loadProfile(mark: ","), "TL"), (Messages.registers, "VL")] {
            let message = try readings(text)
            let written = try MSCONSWriter.write(message, reference: "REF9", created: Instant(seconds: 1_767_225_600))
            let again = try readings(written)
            #expect(Said(again) == Said(message))
            #expect(
                String(decoding: written.prefix(200), as: UTF8.self).contains(
                    "UNB+UNOC:3+9900000000001:500+9900000000002:500+260101:0000+REF9++\(kind)'"))
        }
    }
}

@Suite struct `MSCONS of ours` {
    private let start = Instant(seconds: 1_767_222_000)
    private func message() -> MarketReadings {
        MarketReadings(
            writing: .mscons, messageId: "x", source: "we", sender: .init("9900000000001"), recipient: .init("9900000000002"),
            created: start)
    }
    private func profile(_ point: String, _ obis: ObisCode, _ unit: UnitCode) throws -> String {
        var message = message()
        message.append(
            series: SeriesExport(
                point: point, meter: "M", obis: obis, unit: unit, start: start, resolution: .hour, values: [1_500_000], statuses: [1]))
        let written = try MSCONSWriter.write(message, reference: "R", created: start)
        let again = try readings(written)
        #expect(again.batch.intervals.map(\.unit) == [unit] && again.batch.values == [1_500_000])
        return String(decoding: written, as: UTF8.self)
    }

    @Test func `load profiles of Markt- and Messlokation have their own process`() throws {
        let power = ObisCode(1, 0, 1, 29, 0)
        let market = try profile("51238696780", power, .kilowattHour)
        #expect(market.contains("BGM+Z48+") && market.contains("RFF+Z13:13025'") && market.contains("++TL'"))
        let metered = try profile("DE0001234567890123456789012345678", power, .kilowattHour)
        #expect(metered.contains("BGM+7+") && metered.contains("RFF+Z13:13018'"))
        #expect(try profile("51238696780", ObisCode(7, 0, 3, 21, 0), .cubicMetre).contains("RFF+Z13:13008'"))
    }
    @Test(arguments: [(UnitCode.gigajoule, "GV"), (.megajoule, "3B"), (.kilowattHour, "KWH")])
    func `heat goes out in its unit`(unit: UnitCode, code: String) throws {
        #expect(try profile("HEAT", ObisCode(6, 0, 1, 29, 0), unit).contains("QTY+220:1.5:\(code)'"))
    }
    @Test func `readings alone are an interchange of readings`() throws {
        var message = message()
        message.append(
            reading: 1_000_000, of: ObisCode(8, 0, 1, 0, 0), unit: .litre, at: start, status: .measured, point: "WATER", meter: "M",
            codes: [])
        let text = String(decoding: try MSCONSWriter.write(message, reference: "R", created: start), as: UTF8.self)
        #expect(text.contains("+R++VL'") && text.contains(":LTR'"))
    }
}

@Suite(.enabled(if: SharedData.isThere, SharedData.missing)) struct `MSCONS of others` {
    /// The first file has slots of 16 and 14, of 25 and 5 minutes among its quarter hours: its series falls into 107 pieces, and
    /// what lies on no raster is kept aside.
    @Test(arguments: [
        ("mscons/MSCONS_TL_SAMPLE01.txt", [Int128(680_282_000)], 2_976, 107),
        ("mscons/MSCONS_TL_Multiple_LOC_SAMPLE.txt", [709_500_000, 1_117_900_000], 2_972, 1),
    ])
    func `every value is read, and the sums are those of the file`(path: String, sums: [Int128], values: Int, pieces: Int) throws {
        let bytes = try SharedData.bytes(path)
        let delivery = try MarketFormat.read(bytes, origin: testOrigin)
        #expect(delivery.readings.map { $0.sum + $0.untakenSum } == sums)
        for message in delivery.readings {
            #expect(message.batch.faults.isEmpty)
            #expect(message.batch.values.count + message.untaken.reduce(0) { $0 + $1.values.count } == values)
            #expect(message.batch.intervals.count + message.untaken.count == pieces)
            let written = try MSCONSWriter.write(message, reference: "OUT1", created: Instant(seconds: 0))
            #expect(Said(try readings(written)) == Said(message))
        }
        // The independent reading: split at the terminators.
        let quantities = String(decoding: bytes, as: UTF8.self).split(separator: "'").filter { $0.hasPrefix("QTY+220:") }
            .map { $0.dropFirst(8).split(separator: ":")[0].replacing(",", with: ".") }
        #expect(quantities.count == values * sums.count)
        #expect(quantities.reduce(Int128(0)) { $0 + Int128(DecimalText.parse($1, scale: 6) ?? .min) } == sums.reduce(0, +))
    }

    @Test func `a gas process with an electricity code is noted`() throws {
        let message = try readings(try SharedData.bytes("mscons/MSCONS_TL_SAMPLE01.txt"))
        #expect(message.notes.map(\.code) == [.processAndChannelDiffer])
        #expect(message.batch.intervals[0].obis == ObisCode(1, 1, 1, 10, 0))
        #expect(message.batch.intervals[0].start == (try Instant("2015-12-01T00:00:00+01:00")))
    }
}
