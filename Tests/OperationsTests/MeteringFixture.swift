import MasterDataFormat
import Metering
import MeteringOperations
import Postgres
import ReadingFormats
import TestKit
import Values

/// A metering point with one meter: a register of six digits and one decimal, and a channel of quarter hours behind 43 kW.
struct MeteringFixture: Sendable {
    static let serial = "1ESY1160123456"
    static let code = "DE0001234567890000000000000000001"
    static let total = ObisCode(1, 0, 1, 8, 0)
    static let channel = ObisCode(1, 0, 1, 29, 0)
    static let now = Instant(seconds: 1_782_000_000)

    let pool: Pool
    let directory = MeterDirectory()
    let ingest: IngestReadings

    init(meters: [String] = [serial], resolution: String = "PT15M") async throws {
        pool = TestDatabase.current.pool
        ingest = IngestReadings(pool: pool, directory: directory)
        let points = meters.enumerated().map { index, serial in
            let code = index == 0 ? MeteringFixture.code : "POINT-\(index)"
            return #"""
                {"code": "\#(code)", "commodity": "electricity", "state": "SH", "capacity": {"value": "43", "unit": "kW"},
                 "meters": [{"serial": "\#(serial)", "from": "2025-01-01", "registers": [
                    {"obis": "1-0:1.8.0", "unit": "kWh", "digits": 6, "decimals": 1}, {"obis": "1-0:1.29.0", "unit": "kWh", "resolution": "\#(resolution)", "decimals": 3}]}]}
                """#
        }
        try await load(#"{"meteringPoints": [\#(points.joined(separator: ","))]}"#)
    }

    func load(_ json: String) async throws {
        let document = try MasterDataDocument(json: Array(json.utf8))
        try await pool.transaction { _ = try MeteringMasterData.write(document.meteringPoints, in: $0) }
    }

    static func start(_ day: Day) -> String { LocalTime.berlin.text(LocalTime.berlin.start(of: day)) }

    /// One interval item as JSON; nil is a gap.
    static func intervals(
        _ values: [String?], from start: String, serial: String = serial, resolution: String = "PT15M", unit: String = "kWh",
        status: String = "measured"
    ) -> String {
        let list = values.map { $0.map { "\"\($0)\"" } ?? "null" }.joined(separator: ",")
        return
            #"{"meter":"\#(serial)","obis":"1-0:1.29.0","start":"\#(start)","resolution":"\#(resolution)","unit":"\#(unit)","values":[\#(list)],"status":"\#(status)"}"#
    }
    static func reading(
        _ value: String, at: String, serial: String = serial, obis: String = "1-0:1.8.0", unit: String = "kWh", status: String = "measured"
    ) -> String {
        #"{"meter":"\#(serial)","obis":"\#(obis)","at":"\#(at)","value":"\#(value)","unit":"\#(unit)","status":"\#(status)"}"#
    }

    /// Sends a message as a gateway would.
    @discardableResult
    func send(
        _ id: String, registers: [String] = [], intervals: [String] = [], source: String = "gw", now: Instant = now
    ) async throws -> DeliveryReceipt {
        let body = Array(
            #"{"messageId":"\#(id)","source":"\#(source)","registers":[\#(registers.joined(separator: ","))],"intervals":[\#(intervals.joined(separator: ","))]}"#
                .utf8)
        return try await ingest(JSONReadings.parse(body), body: body, format: "json", now: now)
    }

    /// What a reader sees of the channel, or of the register.
    func values(_ obis: ObisCode = channel, code: String = code, asOf: Instant? = nil) async throws -> [SeriesDocument.Value] {
        let document = try await ReadSeries(pool: pool)(.init(meteringPoint: code, obis: obis, asOf: asOf, limit: 100_000))
        return document.series.flatMap(\.values)
    }

    /// `status value` per slot, for tables.
    func table(_ obis: ObisCode = channel, asOf: Instant? = nil) async throws -> [String] {
        try await values(obis, asOf: asOf).map { "\($0.status.word) \(DecimalText.format($0.micro, scale: 6))" }
    }

    func rows(_ table: String) async throws -> Int {
        try await pool.with { try $0.one("SELECT count(*) FROM \(raw: table)") }
    }
    func rules() async throws -> [String] {
        try await ListFindings(pool: pool)(.init(isOpen: true)).items.map(\.finding.rule).sorted()
    }
}

extension DeliveryReceipt {
    /// accepted / duplicates / revised / rejected.
    var counts: [Int] { [accepted, duplicates, revised, rejected] }
}

/// Numbers that are the same for the same seed.
struct SeededNumbers: RandomNumberGenerator {
    private var state: UInt64
    init(seed: UInt64) { state = seed &* 0x9E37_79B9_7F4A_7C15 &+ 0x1234_5678_9ABC_DEF1 }
    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}
