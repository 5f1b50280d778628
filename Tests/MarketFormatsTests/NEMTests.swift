import MarketFormats
import Metering
import Testing
import Values

@Suite struct `NEM12 and NEM13` {
    @Test func `a day of mixed quality keeps each half's words`() throws {
        let message = try readings(Messages.nem12)
        #expect(message.batch.faults.isEmpty)
        #expect(message.batch.intervals.count == 2)
        #expect(message.batch.source == "MDA1")
        let day = message.batch.intervals[1]
        #expect(day.obis == ObisCode(1, 0, 1, 29, 0))
        // Market time is UTC+10, summer or not.
        #expect(day.start == (try Instant("2026-01-02T00:00:00+10:00")))
        #expect(message.batch.statuses[day.slots].prefix(20).allSatisfy { $0 == ValueStatus.substituted.rawValue })
        #expect(message.batch.statuses[day.slots.lowerBound + 20] == ValueStatus.measured.rawValue)
        let codes = message.codes.codes(message.codes.set(at: day.slots.lowerBound + 3))
        #expect(codes == [.init("nem-quality", "F14"), .init("nem-reason", "76"), .init("nem-text", "Communications fault")])
        #expect(message.batch.values[day.slots.lowerBound + 47] == 48_500_000)
    }

    @Test func `the index of a 500 record is a register reading`() throws {
        let message = try readings(Messages.nem12)
        let reading = try #require(message.batch.registers.first)
        #expect(reading.obis == ObisCode(1, 0, 1, 8, 0))
        #expect(reading.micro == 1_234_500_000)
        #expect(reading.at == (try Instant("2026-01-02T12:00:00+10:00")))
    }

    @Test func `voltages are kept aside with all they said`() throws {
        let message = try readings(Messages.nem12)
        #expect(message.untaken.map(\.values.count) == [48])
        #expect(message.untaken[0].origin.channel == "V1")
        #expect(message.sentValues == 96 + 1 + 48)
        #expect(message.ingestible.faults.map(\.values) == [48])
        #expect(message.ingestible.faults[0].path == "/lines/10")
    }

    @Test func `a pair of readings is two readings, and the second an estimate of substitutes`() throws {
        let message = try readings(Messages.nem13)
        #expect(message.format == .nem13)
        #expect(message.batch.registers.map(\.micro) == [6_342_800_000, 7_654_900_000])
        #expect(message.batch.registers.map(\.status) == [.measured, .provisional])
        #expect(message.notes.isEmpty)
        let odd = try readings(Messages.nem13.replacing("1312.1", with: "1312.2"))
        #expect(odd.notes.map(\.code) == [.quantityDiffers])
    }

    @Test(arguments: [
        ("200,N,E1,,E1,,S,kWh,30,\n900\n", MarketFormatError.Code.nemHeader, 0), ("100,NEM14,202601010000,a,b\n900\n", .nemHeader, 0),
        ("100,NEM12,202601010000,a,b\n900\n", .nemNoData, 0), ("100,NEM12,202601010000,a,b\n200,N,E1,,E1,,S,kWh,30,\n", .nemEnd, 51),
        ("100,NEM12,202601010000,a,b\n900\n200,N,E1,,E1,,S,kWh,30,\n", .nemEnd, 31),
    ])
    func `a file that is no whole is refused with its place`(text: String, code: MarketFormatError.Code, offset: Int) {
        let error = refusal(text)
        #expect(error?.code == code)
        #expect(error?.place.offset == offset)
    }

    /// A slot, the day, the quality, what is complained about and how many values it costs.
    @Test(arguments: [
        ("9,5", "20260101", "A", ItemFault.Code.badResolution, 49), ("x", "20260101", "A", .badNumber, 1),
        ("9.1234567", "20260101", "A", .tooManyDigits, 1),
        ("99999999999999999999", "20260101", "A", .badNumber, 1), ("", "20260101", "A", .missingMember, 0),
        ("9", "20260230", "A", .badTime, 48),
        ("9", "20260101", "Q", .badStatus, 48), ("9", "20260101", "", .badStatus, 48),
    ])
    func `one thing wrong costs as little as it can`(slot: String, day: String, quality: String, code: ItemFault.Code, values: Int) throws {
        let wrong = "300,\(day),\(slot),\(Messages.ones(47)),\(quality),,,20260102000000,\n"
        let right = "300,20260102,\(Messages.ones(48)),A,,,20260102000000,\n"
        let message = try readings("100,NEM12,202601020304,a,b\n200,N,E1,,E1,,S,kWh,30,\n\(wrong)\(right)900\n")
        #expect(message.batch.faults.map(\.code) == [code])
        #expect(message.batch.faults.map(\.values) == [values])
        #expect(message.faultPlaces.map(\.line) == [3])
        #expect(message.batch.intervals.last?.start == (try Instant("2026-01-02T00:00:00+10:00")))
        #expect(message.batch.intervals.count == (values <= 1 ? 2 : 1))
    }

    @Test func `five, fifteen and thirty minutes, varh and half numbers`() throws {
        let text =
            "100,NEM12,202601020304,a,b\n200,N,E1Q1,,Q1,,S,VArh,15,\n300,20260101,\(Array(repeating: ".048", count: 96).joined(separator: ",")),A,,,,\n"
            + "200,N,E1Q1,,E2,,,Wh,5,\n300,20260101,\(Array(repeating: "1000", count: 288).joined(separator: ",")),E52,,,,\n900,,,,\n"
        let message = try readings(text)
        #expect(message.batch.faults.isEmpty)
        #expect(message.batch.intervals.map(\.resolution) == [.quarterHour, .seconds(300)])
        #expect(message.batch.intervals.map(\.obis) == [ObisCode(1, 0, 3, 29, 0), ObisCode(1, 2, 1, 29, 0)])
        #expect(message.batch.values[0] == 48)
        #expect(message.batch.intervals[1].unit == .wattHour)
        #expect(message.batch.meters == ["S", "@N"])
        #expect(Said(try readings(try NEM12Writer.write(message, created: Instant(seconds: 0)))) == Said(message))
    }

    @Test func `what came in goes out and says the same`() throws {
        let message = try readings(Messages.nem12)
        let created = try #require(message.created)
        let again = try readings(try NEM12Writer.write(message, created: created))
        #expect(Said(again) == Said(message))
        #expect(again.sender == message.sender && again.recipient == message.recipient && again.created == created)
    }

    @Test func `streams 0 and 1 of a point are two channels`() throws {
        var message = MarketReadings(
            writing: .nem12, messageId: "x", source: "we", sender: .init("WE"), recipient: .init("AEMO"), created: Instant(seconds: 0))
        let codes = [ObisCode(1, 0, 1, 29, 0), ObisCode(1, 1, 1, 29, 0), ObisCode(1, 2, 1, 29, 0), ObisCode(1, 10, 2, 29, 0)]
        for code in codes {
            message.append(
                series: SeriesExport(
                    point: "NMI9", meter: "S9", obis: code, unit: .kilowattHour, start: try Instant("2026-01-01T00:00:00+10:00"),
                    resolution: .halfHour, values: Array(repeating: 1_000, count: 48), statuses: Array(repeating: 1, count: 48)))
        }
        let written = try NEM12Writer.write(message, created: Instant(seconds: 0))
        #expect(try readings(written).batch.intervals.map(\.obis) == codes)
        let text = String(decoding: written, as: UTF8.self)
        #expect(["E1", "E0", "E2", "BA"].allSatisfy { text.contains("200,NMI9,\($0),,\($0),") })
    }

    @Test func `a series of ours begins where it begins, and its day is filled up with null data`() throws {
        var message = MarketReadings(
            writing: .nem12, messageId: "x", source: "we", sender: .init("WE"), recipient: .init("AEMO"), created: Instant(seconds: 0))
        let start = try Instant("2026-01-01T00:00:00+01:00")
        message.append(
            series: SeriesExport(
                point: "NMI9", meter: "S9", obis: ObisCode(1, 0, 1, 29, 0), unit: .kilowattHour, start: start, resolution: .quarterHour,
                values: (0..<96).map { Int64($0) * 1_000 },
                statuses: (0..<96).map { $0 == 5 ? ValueStatus.estimated.rawValue : ValueStatus.measured.rawValue }))
        let again = try readings(try NEM12Writer.write(message, created: start))
        #expect(again.batch.intervals.count == 2)
        #expect(again.sum == message.sum)
        #expect(again.batch.statuses.count { $0 != 0 } == 96)
        #expect(again.batch.statuses.count { $0 == ValueStatus.estimated.rawValue } == 1)
    }
}

@Suite(.enabled(if: SharedData.isThere, SharedData.missing)) struct `NEM12 and NEM13 of others` {
    static let good = SharedData.files("nem12/valid", ending: ".csv") + SharedData.files("nem12/scenarios", ending: ".csv")

    /// Another way to read: text, split, and sums by a scale of its own. Lines that begin no record belong to the one before.
    private func independent(_ text: String) -> (values: Int, sum: Int128, readings: Int) {
        var records: [[Substring]] = []
        for line in text.split(whereSeparator: \.isNewline) {
            let fields = line.split(separator: ",", omittingEmptySubsequences: false)
            if ["100", "200", "250", "300", "400", "500", "550", "900"].contains(fields[0]) {
                records.append(fields)
            } else if !records.isEmpty {
                records[records.count - 1] = records[records.count - 1].dropLast() + fields
            }
        }
        var (values, sum, readings, slots, unit) = (0, Int128(0), 0, 0, "")
        for record in records {
            switch record[0] {
            case "200":
                slots = 1_440 / (Int(record[8]) ?? 1_440)
                unit = record[7].lowercased()
            case "300":
                for field in record[2..<(2 + slots)] {
                    values += 1
                    let micro = DecimalText.parse(field.hasPrefix(".") ? "0" + field : String(field), scale: 6) ?? .min
                    sum += Int128(micro) / (unit == "varh" ? 1_000 : 1)
                }
            case "250": readings += 2
            case "500": if record.count > 4, !record[4].isEmpty { readings += 1 }
            default: break
            }
        }
        return (values, sum, readings)
    }

    @Test(arguments: good) func `every value of a good file is taken`(path: String) throws {
        let bytes = try SharedData.bytes(path)
        let message = try readings(bytes)
        let expected = independent(String(decoding: bytes, as: UTF8.self))
        #expect(message.batch.faults.isEmpty, "\(message.batch.faults.first?.message ?? "")")
        #expect(message.batch.values.count + message.untaken.reduce(0) { $0 + $1.values.count } == expected.values)
        #expect(message.sum + message.untakenSum == expected.sum)
        #expect(message.batch.registers.count == expected.readings)
    }

    @Test(arguments: good) func `a good file goes out as it came in`(path: String) throws {
        let message = try readings(try SharedData.bytes(path))
        let created = message.created ?? Instant(seconds: 0)
        // Nobody asks us for pairs of readings: NEM13 is read only.
        guard message.format == .nem12 else { return }
        #expect(Said(try readings(try NEM12Writer.write(message, created: created))) == Said(message))
    }

    @Test func `a day broken over three lines is the same day`() throws {
        let broken = try readings(try SharedData.bytes("nem12/scenarios/NEM12_Scenario10_ETSAMDP_NEMMCO.csv"))
        let whole = try readings(try SharedData.bytes("nem12/scenarios/NEM12_Scenario10_POWERMDP_NEMMCO.csv"))
        let last = try #require(broken.batch.intervals.last)
        #expect(last.slots.count == 48)
        #expect(broken.batch.values[last.slots].prefix(3) == [11_000_000, 33_000_000, 21_000_000])
        #expect(broken.batch.intervals.count == whole.batch.intervals.count)
    }

    @Test(arguments: [
        ("Example_NEM12_empty", MarketFormatError.Code.nemNoData), ("Example_NEM12_missing_header", .nemHeader),
        ("Example_NEM12_powercor", .nemHeader),
        ("Example_NEM12_powercor_missing_fields", .nemHeader), ("Example_empty_file", .empty),
    ])
    func `a broken file is refused with its reason`(name: String, code: MarketFormatError.Code) throws {
        #expect(refusal(try SharedData.bytes("nem12/invalid/\(name).csv"))?.code == code)
    }

    @Test(arguments: [
        ("Example_NEM12_15min_200_30min_300", 0, 48, 3), ("Example_NEM12_15min_200_30min_400", 0, 96, 3),
        ("Example_NEM12_30min_200_15min_300", 0, 96, 3),
        ("Example_NEM12_30min_200_15min_400", 0, 96, 3), ("Example_NEM12_incomplete_interval", 3, 0, 3),
    ])
    func `a broken day is quarantined with its line, and the rest taken`(name: String, taken: Int, rejected: Int, line: Int) throws {
        let message = try readings(try SharedData.bytes("nem12/invalid/\(name).csv"))
        #expect(message.batch.intervals.count == taken)
        let fault = try #require(message.batch.faults.first)
        #expect(fault.values == rejected)
        #expect(message.faultPlaces.first?.line == line, "\(fault.message)")
    }
}
