import MarketFormats
import MasterDataFormat
import Metering
import MeteringOperations
import Postgres
import ReadingFormats
import TestKit
import Testing
import Values

private typealias F = MeteringFixture

/// One value for each day from 06:00 to 06:00: taken in, kept, shown, summed by the month, and sent on.
@Suite(.database) struct `Gas days` {
    private static let point = "GAS-1"
    private static let serial = "7GAS0000000001"
    private static let channel = ObisCode(7, 0, 3, 21, 0)

    private func fixture(_ resolution: String = "P1D@06:00", point: String = point, serial: String = serial) async throws -> F {
        let fixture = try await F()
        try await fixture.load(
            #"""
            {"meteringPoints": [{"code": "\#(point)", "commodity": "gas", "state": "SH", "meters": [
             {"serial": "\#(serial)", "from": "2025-01-01", "registers": [{"obis": "7-0:3.21.0", "unit": "m3", "resolution": "\#(resolution)", "decimals": 3}]}]}]}
            """#)
        return fixture
    }
    private func send(
        _ fixture: F, _ values: [String], from start: String, resolution: String = "P1D", serial: String = serial
    ) async throws -> DeliveryReceipt {
        let json =
            #"{"messageId":"m-\#(start)-\#(resolution)","source":"s","intervals":[{"meter":"\#(serial)","obis":"7-0:3.21.0","start":"\#(start)","resolution":"\#(resolution)","unit":"m3","values":[\#(values.map { "\"\($0)\"" }.joined(separator: ","))]}]}"#
        return try await fixture.ingest(JSONReadings.parse(Array(json.utf8)), body: Array(json.utf8), format: "json", now: F.now)
    }
    private func series(_ fixture: F) async throws -> SeriesDocument.Register {
        try #require(try await ReadSeries(pool: fixture.pool)(.init(meteringPoint: Self.point)).series.first)
    }

    @Test(arguments: ["P1D", "P1D@06:00"])
    func `are kept with the moment they begin, on the days of 23 and of 25 hours, too`(resolution: String) async throws {
        let fixture = try await fixture()
        // The gas day of Saturday 25 October 2025 has 25 hours, the one of 29 March 23.
        #expect(
            try await send(fixture, ["1.5", "2.5", "3.5"], from: "2025-10-24T06:00:00+02:00", resolution: resolution).counts == [
                3, 0, 0, 0,
            ])
        #expect(try await send(fixture, ["4.5", "5.5"], from: "2025-03-29T06:00:00+01:00", resolution: resolution).counts == [2, 0, 0, 0])
        var found = try await series(fixture)
        #expect(found.resolution == .gasDay)
        // Between them lie days that were estimated from their like.
        found.values.removeAll { $0.status != .measured }
        #expect(
            found.values.map { LocalTime.berlin.text($0.at) } == [
                "2025-03-29T06:00:00+01:00", "2025-03-30T06:00:00+02:00", "2025-10-24T06:00:00+02:00", "2025-10-25T06:00:00+02:00",
                "2025-10-26T06:00:00+01:00",
            ])
        #expect(found.values.map(\.micro) == [4_500_000, 5_500_000, 1_500_000, 2_500_000, 3_500_000])
        // Sent again nothing changes.
        #expect(try await send(fixture, ["4.5", "5.5"], from: "2025-03-29T06:00:00+01:00").counts == [0, 2, 0, 0])
        // SQL sees the same moments.
        let first = try await fixture.pool.with {
            try $0.one(
                "SELECT min(start_at) FROM interval_value v JOIN register r ON r.id = v.register_id WHERE r.obis = '7-0:3.21.0'",
                as: Instant.self)
        }
        #expect(first == found.values.first?.at)
    }

    @Test func `of another beginning are refused with place and mend, and no hour is made up`() async throws {
        let fixture = try await fixture()
        let midnight = try await send(fixture, ["1"], from: "2025-10-24T00:00:00+02:00")
        #expect(midnight.counts == [0, 0, 0, 1] && midnight.errors.map(\.code) == [.badResolution])
        #expect(midnight.errors.first?.message.contains("P1D@06:00") == true && midnight.errors.first?.message.contains("byte") == true)
        let local = try await self.fixture("P1D", point: "GAS-2", serial: "LOCAL")
        #expect(try await send(local, ["1"], from: "2025-10-24T06:00:00+02:00", serial: "LOCAL").errors.map(\.code) == [.badResolution])
        #expect(try await send(local, ["1"], from: "2025-10-24T00:00:00+02:00", serial: "LOCAL").counts == [1, 0, 0, 0])
    }

    @Test func `make the gas month: from the first at six to the first at six`() async throws {
        let fixture = try await fixture()
        let days = DayRange(from: Day(2025, 2, 27), until: Day(2025, 4, 3)).days
        #expect(try await send(fixture, days.map { _ in "10" }, from: "2025-02-27T06:00:00+01:00").accepted == days.count)
        let input = try await fixture.pool.transaction(readOnly: true) { connection in
            let id = try connection.one("SELECT id FROM metering_point WHERE code = \(Self.point)", as: Identifier<MeteringPoint>.self)
            let month = DayRange(from: Day(2025, 3, 1), until: Day(2025, 4, 1))
            return (try LoadUsage.load([id], period: month, in: connection)[id], month)
        }
        let usage = try Usage.pieces(#require(input.0), period: input.1, cuts: [])
        #expect(usage.pieces.map(\.quantity.micro) == [310_000_000])
    }

    @Test func `go out and come in again in MSCONS, CIM and CSV`() async throws {
        let fixture = try await fixture()
        _ = try await send(fixture, ["1.5", "2.5", "3.5"], from: "2025-10-24T06:00:00+02:00")
        for format in [ExportReadings.Format.mscons, .cim, .csv] {
            let bytes = try await ExportReadings(pool: fixture.pool)(.init(meteringPoint: Self.point), as: format, now: F.now)
            let receipt: DeliveryReceipt
            if format == .csv {
                receipt = try await fixture.ingest(
                    CSVReadings.parse(bytes, origin: .init(messageId: "out", source: "gw")), body: bytes, format: "csv", now: F.now)
            } else {
                let origin = MarketOrigin(messageId: "out-\(format)", source: "gw", receivedAt: F.now)
                receipt = try await IngestMarketMessages(fixture.ingest)(bytes, origin: origin, now: F.now).total
            }
            #expect(receipt.counts == [0, 3, 0, 0], "\(format): \(receipt.errors) \(String(decoding: bytes, as: UTF8.self))")
            if format == .mscons {
                // 25 hours, in UTC as the trade wants it.
                let text = String(decoding: bytes, as: UTF8.self)
                #expect(text.contains("DTM+163:202510250400?+00:303'DTM+164:202510260500?+00:303'"), "\(text)")
            }
        }
    }

    @Test func `that are missing are estimated whole, and read registers at six agree with them`() async throws {
        let fixture = try await fixture()
        let days = DayRange(from: Day(2025, 9, 1), until: Day(2025, 10, 1)).days
        _ = try await send(fixture, days.map { _ in "10" }, from: "2025-09-01T06:00:00+02:00")
        _ = try await send(fixture, ["10", "10", "10"], from: "2025-10-03T06:00:00+02:00")
        let found = try await series(fixture)
        let gap = found.values.filter { $0.status == .estimated }
        #expect(gap.map { LocalTime.berlin.text($0.at) } == ["2025-10-01T06:00:00+02:00", "2025-10-02T06:00:00+02:00"])
        #expect(gap.map(\.micro) == [10_000_000, 10_000_000])
    }
}
