import MarketFormats
import Metering
import Testing
import Values

@Suite struct `ESPI` {
    @Test func `links join what stands apart, in whatever order`() throws {
        let message = try readings(Messages.espi)
        #expect(message.batch.faults.isEmpty)
        #expect(message.batch.meters == ["@P1"])
        // A gap splits the block: the third value begins a quarter of an hour later.
        #expect(message.batch.intervals.map(\.slots.count) == [2, 1])
        #expect(message.batch.intervals[0].obis == ObisCode(1, 0, 1, 29, 0))
        #expect(message.batch.intervals[0].unit == .wattHour)
        #expect(message.batch.values == [282_000_000, 323_000_000, 15_000_000])
        #expect(message.batch.statuses == [ValueStatus.estimated, .measured, .measured].map(\.rawValue))
        #expect(message.costs == [974, 965, 0])
    }

    @Test func `the power of ten belongs to the value`() throws {
        let kilo = try readings(Messages.espi.replacing("<powerOfTenMultiplier>0", with: "<powerOfTenMultiplier>3"))
        #expect(kilo.batch.intervals[0].unit == .kilowattHour)
        #expect(kilo.batch.values[0] == 282_000_000)
        let milli = try readings(Messages.espi.replacing("<powerOfTenMultiplier>0", with: "<powerOfTenMultiplier>-3"))
        #expect(milli.batch.values[0] == 282_000)
    }

    @Test func `a block whose reading type is missing is quarantined with its line`() throws {
        let message = try readings(Messages.espi.replacing("href=\"/r/ReadingType/7\"/><link", with: "href=\"/r/ReadingType/8\"/><link"))
        #expect(message.batch.faults.map(\.code) == [.wrongUnit])
        #expect(message.batch.faults[0].values == 3)
        #expect(message.faultPlaces[0].line == 8)
    }

    @Test func `cubic metres go out as volume`() throws {
        var message = MarketReadings(
            writing: .espi, messageId: "x", source: "we", sender: .init(), recipient: .init(), created: Instant(seconds: 0))
        message.append(
            series: SeriesExport(
                point: "W", meter: "M", obis: ObisCode(8, 0, 1, 29, 0), unit: .cubicMetre, start: Instant(seconds: 0), resolution: .hour,
                values: [1_000_000], statuses: [1]))
        let text = String(decoding: try ESPIWriter.write(message, id: "urn:x", created: Instant(seconds: 0)), as: UTF8.self)
        #expect(text.contains("<kind>58</kind>") && !text.contains("<kind>12</kind>"))
    }

    @Test func `volts are kept aside, seconds out of the world quarantined`() throws {
        let volts = try readings(Messages.espi.replacing("<uom>72", with: "<uom>29"))
        #expect(volts.untaken.map(\.values.count) == [3])
        let far = try readings(Messages.espi.replacing("<start>1767226500", with: "<start>9223372036854775807"))
        #expect(far.batch.faults.map(\.code) == [.badTime])
        #expect(far.sentValues == 3)
    }

    @Test func `days are those of the clock, also when it is changed`() throws {
        // The last Sunday of March 2026 has 23 hours.
        let days = [Day(2026, 3, 28), Day(2026, 3, 29), Day(2026, 3, 30)].map { LocalTime.berlin.start(of: $0) }
        let values = zip(days, days.dropFirst() + [LocalTime.berlin.start(of: Day(2026, 3, 31))]).map { from, until in
            "<IntervalReading><timePeriod><duration>\(from.seconds(until: until))</duration><start>\(from.seconds)</start></timePeriod><value>5</value></IntervalReading>"
        }.joined()
        let first = try #require(Messages.espi.firstRange(of: "<IntervalReading>"))
        let end = try #require(Messages.espi.firstRange(of: "</IntervalBlock>"))
        let message = try readings(String(Messages.espi[..<first.lowerBound] + values + Messages.espi[end.lowerBound...]))
        #expect(message.batch.faults.isEmpty)
        #expect(message.batch.intervals.map(\.slots.count) == [3] && message.batch.intervals.map(\.resolution) == [.day])
        // Days of 24 hours by another clock are none of ours: what lies off our midnight begins an item of its own.
        let even = values.replacing("82800", with: "86400").replacing("\(days[2].seconds)", with: "\(days[2].seconds + 3_600)")
        let other = try readings(String(Messages.espi[..<first.lowerBound] + even + Messages.espi[end.lowerBound...]))
        #expect(other.batch.intervals.map(\.slots.count) == [2, 1])
    }

    @Test func `what came in goes out and says the same`() throws {
        let message = try readings(Messages.espi)
        let again = try readings(try ESPIWriter.write(message, id: "urn:uuid:2", created: Instant(seconds: 0)))
        #expect(Said(again) == Said(message))
        #expect(again.costs == message.costs)
    }
}

@Suite(.enabled(if: SharedData.isThere, SharedData.missing)) struct `ESPI of others` {
    static let feeds = SharedData.files("espi", ending: ".xml").filter { $0.contains("test_usage") }

    @Test(arguments: feeds) func `every interval is taken and goes out again`(path: String) throws {
        let bytes = try SharedData.bytes(path)
        let message = try readings(bytes)
        // The independent reading: the text between the tags.
        let parts = String(decoding: bytes, as: UTF8.self).split(separator: "<IntervalReading>").dropFirst()
        func sum(_ tag: String) -> Int64 {
            parts.reduce(0) { total, part in
                total + (part.split(separator: "<\(tag)>").dropFirst().first.flatMap { Int64($0.prefix { $0 != "<" }) } ?? 0)
            }
        }
        #expect(message.batch.faults.isEmpty)
        #expect(message.batch.values.count == parts.count)
        #expect(message.sum == Int128(sum("value")) * 1_000_000)
        #expect(message.costs.reduce(0, +) == sum("cost"))
        let again = try readings(try ESPIWriter.write(message, id: "urn:uuid:2", created: Instant(seconds: 0)))
        #expect(Said(again) == Said(message))
        #expect(again.costs == message.costs)
    }

    @Test func `the days together are the fortnight`() throws {
        let whole = try readings(try SharedData.bytes("espi/test_usage_data.xml"))
        #expect(whole.batch.values.count == 1_340)
        #expect(whole.sum == 1_391_666_000_000)
        #expect(whole.costs.reduce(0, +) == 14_999_132)
        let days = try (1...14).map { try readings(try SharedData.bytes("espi/test_usage_data_\($0 < 10 ? "0" : "")\($0).xml")) }
        #expect(days.reduce(0) { $0 + $1.sum } == whole.sum)
        #expect(days[10].batch.values.count == 92)
    }

    @Test func `an element that is no feed is of no known use`() throws {
        #expect(refusal(try SharedData.bytes("espi/ServiceCategory.xml"))?.code == .noData)
    }
}

@Suite struct `CIM MeterReadings` {
    @Test func `blocks end where their stamps say, readings stand beside them`() throws {
        let message = try readings(Messages.cim)
        #expect(message.batch.faults.isEmpty)
        #expect(message.batch.messageId == "cim-1" && message.batch.source == "HES-1")
        #expect(message.batch.meters == ["SER3"])
        let block = try #require(message.batch.intervals.first)
        #expect(block.start == (try Instant("2026-01-01T00:00:00+01:00")))
        #expect(block.obis == ObisCode(1, 0, 1, 29, 0) && block.unit == .kilowattHour && block.resolution == .quarterHour)
        #expect(message.batch.values == [125_000, 250_000, 0, 500_000])
        #expect(message.batch.statuses == [ValueStatus.measured, .estimated, .absent, .measured].map(\.rawValue))
        #expect(message.batch.registers.map(\.obis) == [ObisCode(1, 0, 1, 8, 1)])
        #expect(message.batch.registers[0].micro == 4_250_465_000)
        #expect(message.untaken.map(\.values) == [[230_100_000]])
        #expect(
            message.codes.codes(message.codes.set(at: 1)) == [
                .init("cim-source", "HES"), .init("cim-comment", "filled"), .init("cim-quality", "3.8.1"),
            ])
    }

    @Test(arguments: [
        ("0.0.2.9.1.2.12.0.0.0.0.0.0.0.0.3.72.0", "1-0:1.8.0", "kWh"), ("0.0.7.4.19.1.12.0.0.0.0.0.0.0.0.0.72.0", "1-0:2.29.0", "Wh"),
        ("0.0.2.4.1.1.12.0.0.0.0.2.0.0.0.3.73.0", "1-0:3.29.2", "kvarh"), ("0.0.0.1.1.7.58.0.0.0.0.0.0.0.0.0.42.0", "7-0:3.0.0", "m3"),
        ("0.0.0.1.1.9.58.0.0.0.0.0.0.0.0.0.42.0", "8-0:1.0.0", "m3"), ("0.0.0.1.1.12.12.0.0.0.0.0.0.0.0.6.72.0", "6-0:1.0.0", "MWh"),
    ])
    func `eighteen numbers are a register`(type: String, obis: String, unit: String) throws {
        let message = try readings(Messages.cim.replacing("0.0.0.1.1.1.12.0.0.0.0.1.0.0.0.3.72.0", with: type))
        let isDelta = type.contains(".4.1") && !type.contains(".9.1")
        let codes = message.batch.registers.map { ($0.obis, $0.unit) } + message.batch.intervals.dropFirst().map { ($0.obis, $0.unit) }
        #expect(codes.first?.0 == ObisCode(obis))
        #expect(codes.first?.1.rawValue == unit)
        #expect(message.batch.registers.isEmpty == isDelta)
    }

    @Test(arguments: ["changed", "create", "change", "reply"]) func `these verbs carry readings`(verb: String) throws {
        #expect(try readings(Messages.cim.replacing("<Verb>created", with: "<Verb>" + verb)).batch.values.count == 4)
    }

    @Test func `a cancellation withdraws, a get carries nothing`() throws {
        let cancel = try MarketFormat.read(Array(Messages.cim.replacing("<Verb>created", with: "<Verb>canceled").utf8), origin: testOrigin)
        #expect(cancel.withdrawals.map(\.withdraws) == ["cim-1"])
        #expect(Set(cancel.withdrawals[0].scopes.map(\.meter)) == ["SER3"])
        #expect(refusal(Messages.cim.replacing("<Verb>created", with: "<Verb>get"))?.code == .cimVerb)
        #expect(refusal(Messages.cim.replacing("<Noun>MeterReadings", with: "<Noun>EndDeviceEvents"))?.code == .messageHeader)
    }

    @Test(arguments: [
        ("<timeStamp>2026-01-01T00:30:00+01:00", "<timeStamp>2026-01-01T00:30:00", ItemFault.Code.noOffset, 12),
        ("<timeStamp>2026-01-01T00:30:00+01:00", "<timeStamp>yesterday", .badTime, 12), ("<value>0.250", "<value>1e3", .badNumber, 12),
        ("<value>0.250", "<value>0.1234567", .tooManyDigits, 12), ("0.0.2.4.1.2.12.0.0", "0.0.2.4", .badMember, 10),
    ])
    func `one wrong value is quarantined with its line`(right: String, wrong: String, code: ItemFault.Code, line: Int) throws {
        let message = try readings(Messages.cim.replacing(right, with: wrong))
        #expect(message.batch.faults.first?.code == code)
        #expect(abs((message.faultPlaces.first?.line ?? 0) - line) <= 3, "\(message.batch.faults)")
        #expect(message.batch.registers.count == 1)
    }

    @Test func `what came in goes out and says the same`() throws {
        let message = try readings(Messages.cim)
        let again = try readings(try CIMWriter.write(message, created: Instant(seconds: 0)))
        let (said, saidAgain) = (Said(message), Said(again))
        #expect(saidAgain.series == said.series)
        #expect(saidAgain.readings == said.readings)
        #expect(again.batch.messageId == "cim-1")
    }

    @Test(
        .enabled(if: SharedData.isThere, SharedData.missing),
        arguments: ["Example_NEM12_actual_interval", "Example_NEM12_month_solar", "Example_NEM12_multiple_quality"])
    func `one format into another keeps every value`(name: String) throws {
        let message = try readings(try SharedData.bytes("nem12/valid/\(name).csv"))
        let expected = Said(message, withCodes: false)
        for bytes in [
            try CIMWriter.write(message, created: Instant(seconds: 0)),
            try MSCONSWriter.write(message, reference: "X1", created: Instant(seconds: 0)),
            try ESPIWriter.write(message, id: "urn:uuid:3", created: Instant(seconds: 0)),
        ] {
            let again = try readings(bytes)
            #expect(again.batch.faults.isEmpty)
            #expect(again.batch.values.count == message.batch.values.count)
            func perUnit(_ series: [Said.Series]) -> [UnitCode.Dimension: Int128] {
                series.reduce(into: [:]) { sums, series in
                    guard let unit = UnitCode(name: series.unit) else { return }
                    let scale: Int128 = unit == .wattHour ? 1 : 1_000
                    sums[unit.dimension, default: 0] += series.values.reduce(0) { $0 + Int128($1) } * scale
                }
            }
            #expect(perUnit(Said(again, withCodes: false).series) == perUnit(expected.series))
        }
    }
}
