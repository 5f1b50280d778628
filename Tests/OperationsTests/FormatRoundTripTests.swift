import MarketFormats
import Metering
import MeteringOperations
import ReadingFormats
import TestKit
import Testing
import VEE
import Values

private typealias F = MeteringFixture

/// One value as a file says it: of which channel, when, how much, and what the sender says of it.
private struct Told: Hashable, CustomStringConvertible {
    var obis: ObisCode
    var unit: UnitCode
    var resolution: Resolution?
    var at: Instant
    var micro: Int64
    var status: ValueStatus
    var codes: [ValueCode]
    var description: String {
        "\(obis) \(unit.rawValue) \(resolution?.description ?? "-") \(at) \(micro) \(status.word) \(codes.map { "\($0.list)=\($0.code)" })"
    }
}

private func told(_ batch: ReadingBatch, codes: ((Int) -> [ValueCode], (Int) -> [ValueCode])? = nil) -> [Told] {
    let slots = batch.intervals.flatMap { item in
        item.slots.enumerated().compactMap { slot, place -> Told? in
            let status = batch.statuses.isEmpty ? .measured : ValueStatus(rawValue: batch.statuses[place]) ?? .absent
            guard status != .absent else { return nil }
            return Told(
                obis: item.obis, unit: item.unit, resolution: item.resolution, at: item.resolution.instant(slot, after: item.start),
                micro: batch.values[place], status: status, codes: codes?.0(place) ?? [])
        }
    }
    let readings = batch.registers.enumerated().map { number, item in
        Told(
            obis: item.obis, unit: item.unit, resolution: nil, at: item.at, micro: item.micro, status: item.status,
            codes: codes?.1(number) ?? [])
    }
    return (slots + readings).sorted { ($0.obis, $0.at) < ($1.obis, $1.at) }
}

private func told(_ bytes: [UInt8]) throws -> [Told] {
    try MarketFormat.read(bytes, origin: .init(messageId: "m", source: "s", receivedAt: F.now)).readings.flatMap { message in
        told(
            message.batch,
            codes: (
                { message.codes.codes(message.codes.set(at: $0)).sorted { $0.list < $1.list } },
                { message.codes.codes(message.registerSides[$0].codes).sorted { $0.list < $1.list } }
            ))
    }.sorted { ($0.obis, $0.at) < ($1.obis, $1.at) }
}

/// Files at random, in every format that goes out, with everything the format can say of a value.
@Suite(.database) struct `Whatever goes in comes out saying the same` {
    private static let power: [(ObisCode, UnitCode)] = [
        (ObisCode(1, 0, 1, 29, 0), .kilowattHour), (ObisCode(1, 0, 2, 29, 0), .kilowattHour), (ObisCode(1, 0, 3, 29, 0), .kilovarHour),
    ]
    /// What only some formats have words for.
    private static func channels(_ format: ExportReadings.Format) -> [(ObisCode, UnitCode)] {
        switch format {
        case .nem12:
            power + [
                (ObisCode(1, 1, 1, 10, 0), .kilowattHour), (ObisCode(1, 1, 1, 29, 0), .wattHour), (ObisCode(1, 4, 2, 29, 1), .megawattHour),
            ]
        case .mscons, .json, .csv:
            power + [
                (ObisCode(1, 1, 1, 10, 0), .kilowattHour), (ObisCode(1, 1, 1, 29, 0), .wattHour),
                (ObisCode(1, 65, 1, 29, 12), .kilowattHour),
            ]
        case .cim, .espi: power + [(ObisCode(1, 0, 1, 29, 2), .kilowattHour)]
        }
    }
    private static let registers: [(ObisCode, UnitCode)] = [
        (ObisCode(1, 0, 1, 8, 0), .kilowattHour), (ObisCode(1, 0, 1, 8, 2), .kilowattHour), (ObisCode(1, 0, 2, 8, 0), .kilowattHour),
    ]

    /// What a sender may say of a value.
    private static func codes(_ format: ExportReadings.Format, _ random: inout SeededNumbers) -> [ValueCode] {
        func any<Element>(_ list: [Element]) -> Element { list[Int.random(in: 0..<list.count, using: &random)] }
        switch format {
        case .nem12:
            let method = any(NEM12Codes.methods.keys.sorted() + [61, 65, 72])
            let reason = any(NEM12Codes.reasons.keys.sorted() + [81, 94])
            return switch any([0, 1, 2, 3, 4, 5]) {
            case 0: [.init(ValueCode.nemQuality, "A")]
            case 1: [.init(ValueCode.nemQuality, "A"), .init(ValueCode.nemReason, "\(any([79, 80, 89, 1]))")]
            case 2: [.init(ValueCode.nemQuality, "E\(method)")]
            case 3: [.init(ValueCode.nemQuality, "S\(method)"), .init(ValueCode.nemReason, "\(reason)")]
            case 4: [.init(ValueCode.nemQuality, "E65"), .init(ValueCode.nemReason, "77")]
            default: [.init(ValueCode.nemQuality, "F\(method)"), .init(ValueCode.nemReason, "\(reason)")]
            }
        case .mscons:
            let method = ValueCode(ValueCode.msconsMethod, any(["Z88", "Z89", "Z92", "ZJ2", "ZS0", "Z90", "ZQ9", "ZR0"]))
            let reasons = MSCONSCodes.reasons.map(\.code)
            let hints = MSCONSCodes.hints.map(\.code)
            func quantity(_ code: String) -> ValueCode { .init(ValueCode.msconsQuantity, code) }
            return switch any([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]) {
            case 0: [quantity("220")]
            case 1: [quantity("220"), .init(ValueCode.msconsHint, any(hints))]
            case 2: [quantity("220"), .init(ValueCode.msconsCorrection, any(reasons + ["ZA8", "ZA9"]))]
            case 3: [quantity("67"), method, .init(ValueCode.msconsReason, any(reasons + ["ZS9", "ZT8"]))]
            case 4: [quantity("187"), method]
            case 5: [quantity("201"), method, .init(ValueCode.msconsReason, any(reasons))]
            case 6: [quantity("201")]
            case 7: [quantity("Z18"), .init(ValueCode.msconsReason, any(reasons))]
            case 8: [quantity("79")]
            default: [quantity("67"), .init(ValueCode.msconsReason, any(reasons))]
            }
        case .cim: return any([["1.0.0"], ["3.7.0"], ["3.8.0"], ["3.10.0"], ["3.12.0"]]).map { .init(ValueCode.cimQuality, $0) }
        case .espi: return any([[], ["7"], ["8"], ["9"], ["10"], ["12"], ["13"]]).map { .init(ValueCode.espiQuality, $0) }
        case .json, .csv: return []
        }
    }

    private static func load(
        _ fixture: F, _ channels: [(ObisCode, UnitCode)], _ resolution: Resolution, _ registers: [(ObisCode, UnitCode)]
    ) async throws {
        let list =
            channels.map { #"{"obis": "\#($0.0)", "unit": "\#($0.1.rawValue)", "resolution": "\#(resolution)", "decimals": 6}"# }
            + registers.map { #"{"obis": "\#($0.0)", "unit": "\#($0.1.rawValue)", "digits": 6, "decimals": 3}"# }
        try await fixture.load(
            #"""
            {"meteringPoints": [{"code": "ROUND", "commodity": "electricity", "meters": [{"serial": "ROUND-METER", "from": "2020-01-01",
             "registers": [\#(list.joined(separator: ","))]}]}]}
            """#)
    }
    /// The days before, on and after a change of the clock, and plain ones.
    private static func start(_ random: inout SeededNumbers) -> Instant {
        let days = [Day(2026, 1, 10), Day(2026, 3, 28), Day(2026, 3, 29), Day(2025, 10, 25), Day(2025, 10, 26)]
        // Market days of NEM12 begin at 15:00 in Berlin, those of others wherever: that each is whole holds for all.
        return Instant(seconds: Int64(days[Int.random(in: 0..<days.count, using: &random)].number) * 86_400 - 36_000)
    }
    private static let rasters: [Resolution] = [.seconds(300), .quarterHour, .halfHour, .hour]

    @Test(arguments: [ExportReadings.Format.nem12, .mscons, .cim, .espi], 1...6 as ClosedRange<UInt64>)
    func `in the formats of the markets, each value with register, unit, period, status, method and reason`(
        format: ExportReadings.Format, seed: UInt64
    ) async throws {
        let fixture = try await F(meters: ["OTHER"])
        var random = SeededNumbers(seed: seed)
        let market: MarketFormat = [.nem12: .nem12, .mscons: .mscons, .cim: .cim, .espi: .espi][format] ?? .nem12
        let raster = Self.rasters[Int.random(in: 0..<Self.rasters.count, using: &random)]
        guard case .seconds(let width) = raster else { return }
        let channels = Self.channels(format).shuffled(using: &random).prefix(3)
        let registers = format == .mscons || format == .cim ? Self.registers : []
        try await Self.load(fixture, Array(channels), raster, registers)
        var message = MarketReadings(
            writing: market, messageId: "in", source: "9900000000001", sender: .init("9900000000001"), recipient: .init("9900000000002"),
            created: F.now)
        let start = Self.start(&random)
        let count = 86_400 / Int(width) * 2
        for (obis, unit) in channels {
            var sets: [[ValueCode]] = []
            while sets.count < count {
                let set = Self.codes(format, &random)
                sets += Array(repeating: set, count: min(count - sets.count, Int.random(in: 1...9, using: &random)))
            }
            message.append(
                series: SeriesExport(
                    point: "ROUND", meter: "ROUND-METER", obis: obis, unit: unit, start: start, resolution: raster,
                    values: (0..<count).map { _ in Int64.random(in: 100...2_999, using: &random) * 1_000 },
                    statuses: Array(repeating: ValueStatus.measured.rawValue, count: count)), codes: sets)
        }
        for (obis, unit) in registers {
            for number in 0..<4 {
                message.append(
                    reading: Int64(1_000 + number * 7) * 1_000_000 + Int64.random(in: 0...999, using: &random) * 1_000, of: obis,
                    unit: unit,
                    at: start.adding(seconds: Int64(number) * 43_200), status: .measured, point: "ROUND",
                    meter: "ROUND-METER", codes: Self.codes(format, &random))
            }
        }
        let file =
            switch format {
            case .nem12: try NEM12Writer.write(message, created: F.now)
            case .mscons: try MSCONSWriter.write(message, reference: "IN", created: F.now)
            case .espi: try ESPIWriter.write(message, id: "urn:in", created: F.now)
            default: try CIMWriter.write(message, created: F.now)
            }
        let before = try told(file)
        #expect(before.count == channels.count * count + registers.count * 4)
        let receipt = try await MarketPost(fixture: fixture)(String(decoding: file, as: UTF8.self)).total
        #expect(receipt.counts == [before.count, 0, 0, 0], "\(receipt.errors.prefix(2))")
        let bytes = try await ExportReadings(pool: fixture.pool)(
            .init(meteringPoint: "ROUND"), as: format, sender: "9900000000001", recipient: "9900000000002", now: F.now)
        let after = try told(bytes)
        let lost = zip(before, after).filter { $0 != $1 }.prefix(4)
        #expect(after.count == before.count && lost.isEmpty, "\(lost.map { "\($0) -> \($1)" }.joined(separator: "\n"))")
        // And once more it is all known.
        let again = try await MarketPost(fixture: fixture)(String(decoding: bytes, as: UTF8.self)).total
        #expect(again.counts == [0, before.count, 0, 0], "\(again.counts) \(again.errors.prefix(2))")
    }

    @Test(arguments: [ExportReadings.Format.json, .csv], 1...4 as ClosedRange<UInt64>)
    func `in our own formats, each value with register, unit, period and status`(format: ExportReadings.Format, seed: UInt64) async throws {
        let fixture = try await F(meters: ["OTHER"])
        var random = SeededNumbers(seed: seed)
        let raster = Self.rasters[Int.random(in: 0..<Self.rasters.count, using: &random)]
        guard case .seconds(let width) = raster else { return }
        let channels = Array(Self.channels(format).shuffled(using: &random).prefix(3))
        try await Self.load(fixture, channels, raster, Self.registers)
        let start = Self.start(&random)
        let statuses: [ValueStatus] = [.measured, .estimated, .substituted, .provisional]
        func status() -> String { statuses[Int.random(in: 0..<4, using: &random)].word }
        func number() -> String { DecimalText.format(Int64.random(in: 100_000...2_999_999, using: &random), scale: 6) }
        var intervals: [String] = []
        for (obis, unit) in channels {
            var at = start
            while at < start.adding(seconds: 172_800) {
                let count = min(Int.random(in: 1...20, using: &random), Int(at.seconds(until: start.adding(seconds: 172_800))) / Int(width))
                let values = (0..<count).map { _ in "\"\(number())\"" }.joined(separator: ",")
                intervals.append(
                    #"{"meter":"ROUND-METER","obis":"\#(obis)","start":"\#(at)","resolution":"\#(raster)","unit":"\#(unit.rawValue)","values":[\#(values)],"status":"\#(status())"}"#
                )
                at = at.adding(seconds: Int64(count) * Int64(width))
            }
        }
        let registers = Self.registers.flatMap { obis, _ in
            (0..<4).map { place in
                F.reading(
                    "\(1_000 + place * 7).\(Int.random(in: 100...999, using: &random))",
                    at: LocalTime.berlin.text(start.adding(seconds: Int64(place) * 86_400 * 7)), serial: "ROUND-METER",
                    obis: obis.description, status: status())
            }
        }
        for (part, code) in [(intervals, channels.map(\.0)), (registers, Self.registers.map(\.0))].enumerated().map({ ($0, $1) }) {
            let body = Array(
                #"{"messageId":"in\#(part)","source":"gw","registers":[\#(part == 1 ? code.0.joined(separator: ",") : "")],"intervals":[\#(part == 0 ? code.0.joined(separator: ",") : "")]}"#
                    .utf8)
            let sent = try JSONReadings.parse(body)
            let receipt = try await fixture.ingest(sent, body: body, format: "json", now: F.now)
            #expect(receipt.rejected == 0 && receipt.accepted == sent.sentValues, "\(receipt.errors.prefix(2))")
            var after: [Told] = []
            for obis in code.1 {
                let bytes = try await ExportReadings(pool: fixture.pool)(.init(meteringPoint: "ROUND", obis: obis), as: format, now: F.now)
                let out =
                    format == .json
                    ? try JSONReadings.parse(bytes) : try CSVReadings.parse(bytes, origin: .init(messageId: "o", source: "gw"))
                after += told(out)
            }
            after.sort { ($0.obis, $0.at) < ($1.obis, $1.at) }
            let before = told(sent)
            let lost = zip(before, after).filter { $0 != $1 }.prefix(4)
            #expect(after.count == before.count && lost.isEmpty, "\(lost.map { "\($0) -> \($1)" }.joined(separator: "\n"))")
        }
    }
}

/// A channel has one raster; what has another one is told with its line, and nothing is lost silently.
@Suite(.database) struct `NEM12 files whose intervals change their length` {
    private func post(_ records: [String]) async throws -> DeliveryReceipt {
        let fixture = try await F(resolution: "PT30M")
        let file = (["100,NEM12,202601150000,FROM,TO"] + records + ["900"]).map { $0 + "\n" }.joined()
        return try await MarketPost(fixture: fixture)(file).total
    }
    private func channel(_ minutes: Int) -> String { "200,\(F.code),E1,,E1,,,KWH,\(minutes)," }
    private func day(_ day: String, _ count: Int) -> String {
        "300,\(day),\(Array(repeating: "0.25", count: count).joined(separator: ",")),A,,,20260103000000,"
    }

    @Test func `from half hours to quarter hours: the days of the other raster are quarantined, all others taken`() async throws {
        let receipt = try await post([
            channel(30), day("20260101", 48), channel(15), day("20260102", 96), channel(30), day("20260103", 48),
        ])
        #expect(receipt.counts == [96, 0, 0, 96])
        #expect(receipt.errors.map(\.code) == [.badResolution] && receipt.errors[0].path == "/lines/5" && receipt.errors[0].values == 96)
        #expect(receipt.errors[0].message.contains("PT15M"), "\(receipt.errors[0].message)")
    }

    @Test(arguments: [24, 47, 49, 96]) func `a day with other intervals than its channel promises is quarantined whole`(count: Int)
        async throws
    {
        let receipt = try await post([channel(30), day("20260101", 48), day("20260102", count), day("20260103", 48)])
        #expect(receipt.counts == [96, 0, 0, count])
        #expect(receipt.errors.map(\.code) == [.badResolution] && receipt.errors[0].message.contains("\(count) values"))
        #expect(receipt.errors[0].path.hasPrefix("/lines/4"), "\(receipt.errors)")
    }
}
