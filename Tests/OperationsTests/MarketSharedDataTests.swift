import Foundation
import JSON
import MarketFormats
import MasterDataFormat
import Metering
import MeteringOperations
import Postgres
import ReadingFormats
import TestKit
import Testing
import Values

/// The public sample files beside the checkout.
private enum Shared {
    static let folder: String = {
        if let named = ProcessInfo.processInfo.environment["ZAEHLWERK_SHARED_DATA"], !named.isEmpty { return named }
        return ProgramUnderTest.projectFolder.deletingLastPathComponent().appending(path: "shared/data").path(percentEncoded: false)
    }()
    static var isThere: Bool { FileManager.default.fileExists(atPath: folder + "/nem12/README.md") }
    static func files(_ part: String, ending: String) -> [String] {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder + "/" + part)) ?? []
        return names.filter { $0.hasSuffix(ending) }.sorted().map { "\(folder)/\(part)/\($0)" }
    }
}

/// Master data for what a file names, as a utility that has these meters would have it.
private func masterData(_ delivery: MarketDelivery) -> String {
    struct Point {
        var serial = ""
        var registers: [ObisCode: (unit: UnitCode, resolution: Resolution?)] = [:]
    }
    var points: [String: Point] = [:]
    for message in delivery.readings {
        func note(_ meter: Int32, _ obis: ObisCode, _ unit: UnitCode, _ resolution: Resolution?) {
            let name = message.batch.meters[Int(meter)]
            let isPoint = name.hasPrefix("@")
            let code = isPoint ? String(name.dropFirst()) : "P-\(name)"
            points[code, default: Point(serial: isPoint ? "M-\(code)" : name)].registers[obis] =
                points[code]?.registers[obis] ?? (unit, resolution)
        }
        for item in message.batch.registers { note(item.meter, item.obis, item.unit, nil) }
        for item in message.batch.intervals { note(item.meter, item.obis, item.unit, item.resolution) }
        for series in message.untaken where delivery.format == .mscons {
            points[series.origin.point, default: Point(serial: "M-\(series.origin.point)")].registers[ObisCode(1, 0, 1, 29, 0)] =
                (.kilowattHour, series.resolution)
        }
    }
    let list = points.sorted { $0.key < $1.key }.map { code, point in
        let medium = point.registers.keys.first?.a ?? 1
        let commodity = medium == 7 ? "gas" : [8, 9].contains(medium) ? "water" : [5, 6].contains(medium) ? "heat" : "electricity"
        let registers = point.registers.sorted { $0.key < $1.key }.map { obis, kind in
            let resolution = kind.resolution.map { ", \"resolution\": \"\($0)\"" } ?? ""
            return "{\"obis\": \"\(obis)\", \"unit\": \"\(kind.unit.rawValue)\", \"decimals\": 6\(resolution)}"
        }
        return """
            {"code": "\(code)", "commodity": "\(commodity)", "meters": [{"serial": "\(point.serial)", "from": "1970-01-01",
             "registers": [\(registers.joined(separator: ","))]}]}
            """
    }
    return "{\"meteringPoints\": [\(list.joined(separator: ",\n"))]}"
}

@Suite(.database, .enabled(if: Shared.isThere, "the shared sample files are not here, so nothing was compared with them"))
struct `Public sample files` {
    private struct Opinion: Decodable {
        let file: String
        let values: Int
        let series: Int64?
        let registers: Int64?
    }

    private func empty(_ pool: Pool) async throws {
        try await pool.transaction {
            // What lies behind in other areas only grows; here it is empty, and its guards would refuse all the same.
            try $0.execute("SET LOCAL session_replication_role = replica")
            try $0.execute(
                "TRUNCATE day_block, register_reading, delivery, delivery_tally, delivery_repeat, finding, register_parameters, register, installation, meter, metering_point CASCADE"
            )
        }
    }

    /// What is stored of all senders' words: the last one of a slot or moment, in 10^-9 of kWh or kvarh.
    private func stored(_ pool: Pool) async throws -> (series: Int64, registers: Int64) {
        func total(_ sql: SQL) async throws -> Int64 {
            try await pool.with { connection in
                var total: Int64 = 0
                for row in try connection.query(sql) {
                    let unit: String = try row.get(0)
                    let micro: Int64 = try row.get(1)
                    switch UnitCode(rawValue: unit) {
                    case .kilowattHour, .kilovarHour: total += micro * 1_000
                    case .wattHour: total += micro
                    case .megawattHour: total += micro * 1_000_000
                    default: break
                    }
                }
                return total
            }
        }
        let series = try await total(
            """
            SELECT r.unit, sum(x.value)::bigint FROM (
                SELECT DISTINCT ON (b.register_id, b.day, b.first_slot + m.slot) b.register_id, v.list[m.slot + 1] AS value
                FROM day_block b CROSS JOIN LATERAL (SELECT day_block_values(b.values, b.slots) AS list OFFSET 0) v
                CROSS JOIN LATERAL day_block_marks(b.marks) m WHERE b.delivery_id IS NOT NULL AND m.status <> 0
                ORDER BY b.register_id, b.day, b.first_slot + m.slot, b.version DESC) x
            JOIN register r ON r.id = x.register_id GROUP BY r.unit
            """)
        let registers = try await total(
            """
            SELECT r.unit, sum(x.value_micro)::bigint FROM (
                SELECT DISTINCT ON (register_id, at) register_id, value_micro FROM register_reading WHERE delivery_id IS NOT NULL
                ORDER BY register_id, at, version DESC) x
            JOIN register r ON r.id = x.register_id GROUP BY r.unit
            """)
        return (series, registers)
    }

    private func hasTwoRasters(_ delivery: MarketDelivery) -> Bool {
        var rasters: [String: Set<Resolution>] = [:]
        for message in delivery.readings {
            for item in message.batch.intervals {
                rasters["\(message.batch.meters[Int(item.meter)]) \(item.obis)", default: []].insert(item.resolution)
            }
        }
        return rasters.values.contains { $0.count > 1 }
    }

    private func take(_ path: String, _ pool: Pool) async throws -> (delivery: MarketDelivery, outcome: IngestMarketMessages.Outcome) {
        let bytes = Array(try Data(contentsOf: URL(filePath: path)))
        let origin = MarketOrigin(messageId: path, source: "tests", receivedAt: MeteringFixture.now)
        let delivery = try MarketFormat.read(bytes, origin: origin)
        let document = try MasterDataDocument(json: Array(masterData(delivery).utf8))
        try await pool.transaction { _ = try MeteringMasterData.write(document.meteringPoints, in: $0) }
        let ingest = IngestMarketMessages(IngestReadings(pool: pool, directory: MeterDirectory()))
        return (delivery, try await ingest(bytes, origin: origin, now: MeteringFixture.now))
    }

    @Test(arguments: [("nem12/valid", ".csv"), ("nem12/scenarios", ".csv"), ("mscons", ".txt"), ("espi", ".xml")])
    func `hold what an independent reader finds in them, and nothing is lost`(folder: (String, String)) async throws {
        let pool = TestDatabase.current.pool
        let files = Shared.files(folder.0, ending: folder.1).filter { !$0.hasSuffix("ServiceCategory.xml") }
        let script = ProgramUnderTest.projectFolder.appending(path: "Tests/Python/reading_files.py").path(percentEncoded: false)
        let said = try await OtherProgram.run("/usr/bin/env", ["python3", script] + files)
        let opinions = try said.output.split(separator: "\n").map { try JSONDecoder().decode(Opinion.self, from: Data($0.utf8)) }
        #expect(opinions.count == files.count && files.count > 1, "\(said.messages)")
        var sums = 0
        for opinion in opinions {
            try await empty(pool)
            let (delivery, outcome) = try await take(opinion.file, pool)
            let name = opinion.file.split(separator: "/").last ?? ""
            let total = outcome.total
            #expect(total.counts.reduce(0, +) == opinion.values, "\(name): \(total.counts)")
            // A channel has one raster: where a file changes it midway, what has the other one is quarantined and says so.
            if hasTwoRasters(delivery) {
                #expect(total.errors.contains { $0.code == .badResolution }, "\(name)")
                continue
            }
            let untaken = delivery.format == .mscons ? 0 : delivery.readings.reduce(0) { $0 + $1.sentValues - $1.batch.sentValues }
            #expect(total.rejected == untaken, "\(name): \(total.errors.prefix(2))")
            guard let series = opinion.series, let registers = opinion.registers else { continue }
            let stored = try await stored(pool)
            #expect(stored.series == series, "\(name): intervals")
            #expect(stored.registers == registers, "\(name): registers")
            sums += 1
        }
        #expect(sums > 0 || folder.0 == "espi")
    }

    @Test func `of decoded telegrams every value is taken or told`() async throws {
        let pool = TestDatabase.current.pool
        var values = 0
        for path in Shared.files("mbus/test-frames", ending: ".norm.xml") {
            let bytes = Array(try Data(contentsOf: URL(filePath: path)))
            guard
                (try? MarketFormat.read(bytes, origin: .init(messageId: path, source: "t", receivedAt: MeteringFixture.now)).readings.first?
                    .batch.registers.isEmpty) == false
            else { continue }
            try await empty(pool)
            let (delivery, outcome) = try await take(path, pool)
            #expect(outcome.total.counts.reduce(0, +) == delivery.readings.reduce(0) { $0 + $1.sentValues }, "\(path)")
            values += outcome.total.accepted + outcome.total.duplicates + outcome.total.revised
        }
        #expect(values > 50)
    }

    @Test(arguments: [("nem12/invalid", ".csv"), ("mbus/error-frames", ".xml"), ("mbus/unsupported-frames", ".hex")])
    func `with defects are refused, or quarantined with their place`(folder: (String, String)) async throws {
        let pool = TestDatabase.current.pool
        let files = Shared.files(folder.0, ending: folder.1)
        #expect(files.count > 1)
        for path in files {
            do {
                let (_, outcome) = try await take(path, pool)
                let told = outcome.total.errors.allSatisfy { !$0.path.isEmpty && !$0.message.isEmpty }
                // A telegram that reports trouble may still hold its readings; a file of the market with a defect says where.
                #expect(told && (folder.0 != "nem12/invalid" || !outcome.total.errors.isEmpty), "\(path): \(outcome.total)")
            } catch let error as MarketFormatError {
                #expect(!error.message.isEmpty, "\(path)")
            }
        }
    }
}
