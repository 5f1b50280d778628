import Billing
import BillingOperations
import Metering
import MeteringOperations
import Postgres
import ReadingFormats
import TestKit
import Testing
import Values

private typealias F = BillingFixture

/// HT and NT are read now and then, the channel of both speaks every hour: on a price change between two readings it tells how much
/// of each fell before.
@Suite(.database) struct `Two rates beside the channel of both` {
    private let june = Day(2025, 6, 2)
    private let july = Day(2025, 7, 1)
    private let august = Day(2025, 8, 4)

    /// HT 06:00–22:00 on weekdays: in June 1 kWh in each of its hours, from July on 2 kWh; NT 0.5 kWh in each hour all along.
    private func town(times: String) async throws -> BillingFixture {
        let town = try await F()
        try await town.load(
            """
            {"partners": [{"key": "p-1", "kind": "person", "name": {"given": "Erika", "family": "Muster"}, "address": {"street": "Hauptstraße", "house": "1", "postcode": "24534", "city": "Neumünster"}}],
             "accounts": [{"key": "a-1", "partner": "p-1"}],
             "meteringPoints": [{"code": "POINT-1", "commodity": "electricity", "state": "SH", "meters": [{"serial": "M-1", "from": "2025-01-01", "registers": [
                {"obis": "1-0:1.8.1", "unit": "kWh", "digits": 6, "decimals": 3\(times)}, {"obis": "1-0:1.8.2", "unit": "kWh", "digits": 6, "decimals": 3},
                {"obis": "1-0:1.29.0", "unit": "kWh", "resolution": "PT60M", "decimals": 3}]}]}]}
            """)
        let start = LocalTime.berlin.start(of: june)
        let hours = Int(start.seconds(until: LocalTime.berlin.start(of: august)) / 3_600)
        var values: [String] = []
        for hour in 0..<hours {
            let at = Instant(seconds: start.seconds + Int64(hour) * 3_600)
            values.append(isHigh(at) ? (LocalTime.berlin.day(of: at) < july ? "\"1\"" : "\"2\"") : "\"0.5\"")
        }
        let (high, low) = totals()
        func read(_ obis: String, _ at: Day, _ value: String) -> String {
            #"{"meter": "M-1", "obis": "\#(obis)", "at": "\#(LocalTime.berlin.start(of: at))", "value": "\#(value)", "unit": "kWh", "status": "measured"}"#
        }
        let registers = [
            read("1-0:1.8.1", june, "100"), read("1-0:1.8.1", august, "\(100 + high.june + high.july)"), read("1-0:1.8.2", june, "100"),
            read("1-0:1.8.2", august, "\(100 + (low.june + low.july) / 2)"),
        ]
        let body = Array(
            #"{"messageId": "m-1", "source": "gw", "registers": [\#(registers.joined(separator: ","))], "intervals": [{"meter": "M-1", "obis": "1-0:1.29.0", "start": "\#(start)", "resolution": "PT60M", "unit": "kWh", "values": [\#(values.joined(separator: ","))], "status": "measured"}]}"#
                .utf8)
        let answer = try await IngestReadings(pool: town.pool, directory: town.directory)(
            try JSONReadings.parse(body), body: body, format: "json", now: F.now)
        #expect(answer.accepted == hours + 4, "\(answer)")
        return town
    }

    private func isHigh(_ at: Instant) -> Bool {
        let hour = LocalTime.berlin.timeOfDay(at).0
        return LocalTime.berlin.day(of: at).weekday < 6 && hour >= 6 && hour < 22
    }
    /// kWh of HT, hours of NT.
    private func totals() -> (high: (june: Int, july: Int), low: (june: Int, july: Int)) {
        var (high, low) = ((june: 0, july: 0), (june: 0, july: 0))
        var day = june
        while day < august {
            let hours = day.weekday < 6 ? 16 : 0
            if day < july {
                high.june += hours
                low.june += 24 - hours
            } else {
                high.july += 2 * hours
                low.july += 24 - hours
            }
            day = day.adding(days: 1)
        }
        return (high, low)
    }
    private func pieces(_ town: BillingFixture) async throws -> [UsagePiece] {
        let period = DayRange(from: june, until: august)
        let point = try await town.pool.with {
            try $0.one("SELECT id FROM metering_point WHERE code = 'POINT-1'", as: Identifier<MeteringPoint>.self)
        }
        let input = try #require(try await LoadUsage(pool: town.pool)([point], period: period)[point])
        return try Usage.pieces(input, period: period, cuts: [july]).pieces.filter { $0.tariffRegister != .total }
    }

    @Test func `each rate is divided by the hours in which it counts`() async throws {
        let (high, low) = totals()
        let pieces = try await pieces(try await town(times: #", "times": "mon-fri 06:00-22:00""#))
        #expect(pieces.map(\.obis.description) == ["1-0:1.8.1", "1-0:1.8.1", "1-0:1.8.2", "1-0:1.8.2"])
        let right: [Int64] = [2 * high.june, 2 * high.july, low.june, low.july].map { Int64($0) * 500_000 }
        #expect(pieces.map(\.quantity.micro) == right)
        #expect(pieces.allSatisfy { $0.division == .intervals })
    }

    @Test func `where nobody knows when a rate counts, both follow their sum, and so the sum is right`() async throws {
        let (high, low) = totals()
        let pieces = try await pieces(try await town(times: ""))
        #expect(pieces.allSatisfy { $0.division == .intervals })
        let before = pieces.filter { $0.range.until == july }.reduce(0) { $0 + $1.quantity.micro }
        let right = Int64(high.june) * 1_000_000 + Int64(low.june) * 500_000
        #expect(abs(before - right) <= 2, "\(before), \(right)")
    }
}
