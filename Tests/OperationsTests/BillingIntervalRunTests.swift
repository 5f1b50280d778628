import Billing
import BillingOperations
import Foundation
import InvoiceFormats
import JSON
import Metering
import MeteringOperations
import Postgres
import ReadingFormats
import TariffFiles
import Tariffs
import TestKit
import Testing
import Values

private typealias F = BillingFixture

/// From what the meter sends to the bill, its explanation and its proof, where quarter hours decide the price.
@Suite(.database) struct `A contract priced by quarter hours` {
    /// A customer with an interval meter; slots of a month, of this many Wh each.
    private func town(
        _ tariff: String, from: Day, until: Day, _ wattHours: @escaping @Sendable (Int) -> Int
    ) async throws -> (town: BillingFixture, slots: Int) {
        let town = try await F()
        try await town.load(
            """
            {"partners": [{"key": "p-1", "kind": "person", "name": {"given": "Erika", "family": "Muster"}, "address": {"street": "Hauptstraße", "house": "1", "postcode": "24534", "city": "Neumünster"}}],
             "accounts": [{"key": "a-1", "partner": "p-1"}],
             "meteringPoints": [{"code": "POINT-1", "commodity": "electricity", "state": "SH", "meters": [{"serial": "M-1", "from": "2025-01-01", "registers": [{"obis": "1-0:1.29.0", "unit": "kWh", "resolution": "PT15M", "decimals": 3}]}]}],
             "contracts": [{"key": "c-1", "account": "a-1", "meteringPoint": "POINT-1", "tariff": "\(tariff)", "from": "\(from)", "cycle": "monthly", "attributes": {"usage": "household", "region": "neumuenster"}}]}
            """)
        let start = LocalTime.berlin.start(of: from)
        let slots = Int(start.seconds(until: LocalTime.berlin.start(of: until)) / 900)
        let values = (0..<slots).map { "\"\(DecimalText.format(Int64(wattHours($0)) * 1_000, scale: 6))\"" }.joined(separator: ",")
        let body = Array(
            #"{"messageId": "m-1", "source": "gw", "intervals": [{"meter": "M-1", "obis": "1-0:1.29.0", "start": "\#(start)", "resolution": "PT15M", "unit": "kWh", "values": [\#(values)], "status": "measured"}]}"#
                .utf8)
        let answer = try await IngestReadings(pool: town.pool, directory: town.directory)(
            try JSONReadings.parse(body), body: body, format: "json", now: LocalTime.berlin.start(of: max(until, F.today)))
        #expect(answer.accepted == slots)
        return (town, slots)
    }
    private func bill(_ town: BillingFixture, until: Day) async throws -> StoredInvoice {
        let run = try await RunBilling(pool: town.pool)(
            cycle: "monthly", periodEnd: until, author: F.author, today: until.adding(days: 9), now: F.now)
        let kept = try await GetBillingRun(pool: town.pool).held(run.number).map(\.explanation)
        #expect((run.billed, run.held) == (1, 0), "\(kept)")
        let number = try #require(try await town.invoices().first).number
        return try await GetInvoice(pool: town.pool)(number)
    }
    private func explanation(_ invoice: Invoice) throws -> String {
        try #require(String(bytes: ExplanationJSON.bytes(invoice), encoding: .utf8))
    }

    @Test func `at the spot market, the hour that the clocks repeat included`() async throws {
        let (town, slots) = try await town("electricity/dynamic", from: Day(2025, 10, 1), until: Day(2025, 11, 1)) { 10 * ($0 % 11) }
        #expect(slots == 2_980, "31 days and one hour more")
        let stored = try await bill(town, until: Day(2025, 11, 1))
        // By hand from the published file: Σ kWh × min(€/MWh, 800) ÷ 1000, and the markup on each kWh.
        let file = try #require(try F.sources().first { $0.path.hasSuffix("spot-beispiel-2025-10.csv") })
        let prices = try #require(String(bytes: file.bytes, encoding: .utf8)).split(separator: "\n").filter { $0.first == "2" }.map {
            DecimalText.parse(String($0.split(separator: ",")[1]), scale: 2) ?? 0
        }
        #expect(prices.count == slots)
        var sum = Int128(0)
        for (slot, price) in prices.enumerated() {
            // Wh × (hundredths of €/MWh = 10^-5 €/kWh, markup 0.1735 €/kWh = 17,350 × 10^-5).
            sum += Int128(10 * (slot % 11)) * Int128(min(price, 80_000) + 17_350)
        }
        let exact = Rounding.halfAwayFromZero.divide(sum, by: 1_000_000)
        let line = try #require(stored.invoice.draft.lines.first { $0.component == "ap" })
        #expect(Int128(line.amount.cents) == exact)
        #expect(line.explanation.quantity?.micro == Int64((0..<slots).reduce(0) { $0 + 10 * ($1 % 11) }) * 1_000)
        let text = try explanation(stored.invoice)
        #expect(text.contains("2980"), "every market time unit is in the formula")
        #expect(
            text.contains(
                #""slots":{"begin":"2025-10-01T00:00:00+02:00","end":"2025-11-01T00:00:00+01:00","seconds":900,"count":2980,"statuses":[{"status":"measured","count":2980}],"runs":[{"from":"2025-10-01T00:00:00+02:00","to":"2025-11-01T00:00:00+01:00","version":1,"status":"measured","method":null,"count":2980}]}"#
            ))
        #expect(String(decoding: XRechnung.bytes(stored.invoice), as: UTF8.self).contains("Arbeitspreis dynamisch"))
        let draft = stored.invoice.draft
        #expect(draft.breakdown.count == 8 && draft.breakdown.compactMap(\.quantity).allSatisfy { $0 == draft.consumption })
        #expect(text.contains("konzessionsabgabe_strom"), "the explanation shows what the price contains, too")
        #expect(try await VerifyInvoices(pool: town.pool)().discrepancies.isEmpty)
        #expect(try await town.receivables() == stored.record.gross)
        // A quarter hour that comes late: the bill is found, and the difference is its price.
        let body = Array(
            #"{"messageId": "m-2", "source": "gw", "intervals": [{"meter": "M-1", "obis": "1-0:1.29.0", "start": "2025-10-10T12:00:00+02:00", "resolution": "PT15M", "unit": "kWh", "values": ["5.000"], "status": "measured"}]}"#
                .utf8)
        _ = try await IngestReadings(pool: town.pool, directory: town.directory)(
            try JSONReadings.parse(body), body: body, format: "json", now: F.now.adding(seconds: 60))
        #expect(try await FindCorrections(pool: town.pool)(author: "finder", now: F.now.adding(seconds: 120)).proposed == 1)
        // Its document says what the price of the difference contains, and its Storno takes that back.
        let proposal = try #require(try await ListCorrections(pool: town.pool)().items.first)
        let released = try await DecideCorrection(pool: town.pool).release(
            proposal.id, reason: "Wert nachgereicht", author: F.author, today: F.today, now: F.now.adding(seconds: 180))
        let number = try #require(released.document)
        let difference = try await GetInvoice(pool: town.pool)(number).invoice.draft
        let tax = try #require(difference.breakdown.first { $0.series.name == "stromsteuer" })
        // 5 kWh instead of what was there.
        let more = try #require(difference.lines.last?.explanation.quantity?.micro) - (draft.consumption?.micro ?? 0)
        #expect(tax.quantity?.micro == more && more > 4_800_000)
        #expect(difference.breakdown.allSatisfy { $0.quantity != nil })
        let storno = try await CancelInvoice(pool: town.pool)(
            number, reason: "Test", author: F.author, today: F.today, now: F.now.adding(seconds: 240))
        #expect(
            try await GetInvoice(pool: town.pool)(storno).invoice.draft.breakdown.map(\.amount) == difference.breakdown.map { -$0.amount })
        #expect(try await VerifyInvoices(pool: town.pool)().discrepancies.isEmpty)
    }

    @Test func `waits where the meter's register says another sum than its quarter hours`() async throws {
        let (town, _) = try await town("electricity/tou", from: Day(2026, 3, 1), until: Day(2026, 4, 1)) { _ in 250 }
        try await town.load(
            #"{"meteringPoints": [{"code": "POINT-1", "commodity": "electricity", "meters": [{"serial": "M-1", "from": "2025-01-01", "registers": [{"obis": "1-0:1.8.0", "unit": "kWh", "digits": 6, "decimals": 3}]}]}]}"#
        )
        // 743 kWh by quarter hours, 643 by the register.
        try await town.send(
            [("2026-03-01T00:00:00+01:00", "1000"), ("2026-04-01T00:00:00+02:00", "1643")].map { at, value in
                #"{"meter": "M-1", "obis": "1-0:1.8.0", "at": "\#(at)", "value": "\#(value)", "unit": "kWh", "status": "measured"}"#
            }, now: LocalTime.berlin.start(of: Day(2026, 4, 5)))
        let run = try await RunBilling(pool: town.pool)(
            cycle: "monthly", periodEnd: Day(2026, 4, 1), author: F.author, today: Day(2026, 4, 10), now: F.now)
        #expect((run.billed, run.held) == (0, 1))
        let held = try #require(try await ListHeldInvoices(pool: town.pool)().items.first)
        #expect(held.reasons.map(\.code).contains("contradicting-registers") && held.isReleasable)
        // A person who has looked may let it go.
        let released = try await ReleaseHeldInvoice(pool: town.pool)(
            held.id, reason: "Register defekt, Lastgang gilt", author: "clerk", today: Day(2026, 4, 10), now: F.now)
        #expect(released.state == .issued)
    }

    @Test func `by zones of a calendar: each quarter hour counts in one of them`() async throws {
        // March 2026 has an hour less.
        let (town, slots) = try await town("electricity/tou", from: Day(2026, 3, 1), until: Day(2026, 4, 1)) { _ in 250 }
        #expect(slots == 2_972)
        let stored = try await bill(town, until: Day(2026, 4, 1))
        let draft = stored.invoice.draft
        func quantity(_ component: String) -> Int64? { draft.lines.first { $0.component == component }?.explanation.quantity?.micro }
        // 22 working days: 3 hours of peak, 11 + 2 of day; the rest is off-peak. 1 kWh an hour.
        #expect(quantity("ap_peak") == 66_000_000)
        #expect(quantity("ap_day") == 286_000_000)
        #expect(quantity("ap_low") == 391_000_000)
        #expect(draft.consumption?.micro == 743_000_000)
        #expect(draft.lines.first { $0.component == "ap_peak" }?.amount == Money("24.35"), "66 × 36.9 ct")
        #expect(try explanation(stored.invoice).contains("ap_peak"))
        #expect(try await VerifyInvoices(pool: town.pool)().discrepancies.isEmpty)
        #expect(try await town.receivables() == stored.record.gross)
    }

    @Test func `waits for the price of a quarter hour, and goes out when it comes: day by day, never told otherwise`() async throws {
        let (town, _) = try await town("electricity/dynamic", from: Day(2025, 11, 1), until: Day(2025, 12, 1)) { _ in 100 }
        func run() async throws -> BillingRunRecord {
            try await RunBilling(pool: town.pool)(
                cycle: "monthly", periodEnd: Day(2025, 12, 1), author: F.author, today: Day(2025, 12, 10), now: F.now)
        }
        let waiting = try await run()
        #expect(waiting.held == 1)
        #expect(try await GetBillingRun(pool: town.pool).held(waiting.number).map(\.code) == ["missing-spot-price"])
        func csv(_ day: Int, days: Int = 1, price: String = "50.00") -> [UInt8] {
            let start = LocalTime.berlin.start(of: Day(2025, 10, 31).adding(days: day))
            let lines = (0..<96 * days).map { "\(start.adding(seconds: Int64($0) * 900)),\(price)" }.joined(separator: "\n")
            return Array(
                "# schema: spot/1\n# series: spot-beispiel/day_ahead\n# unit: EUR/MWh\n# resolution: PT15M\n# source: Test\nstart,price\n\(lines)\n"
                    .utf8)
        }
        func take(_ bytes: [UInt8]) async throws -> ImportSpotPrices.Report {
            try await ImportSpotPrices(pool: town.pool)(bytes, author: "exchange", today: Day(2025, 12, 1), now: F.now)
        }
        #expect(ImportSpotPrices.recognises(csv(1)))
        #expect(!ImportSpotPrices.recognises(Array("start,price\n".utf8)))
        for day in 1...30 { #expect(try await take(csv(day)).isNew) }
        #expect(try await !take(csv(7)).isNew)
        await #expect(throws: BillingRefusal.self) { try await take(csv(7, price: "51.00")) }
        // A window that moves on brings what is new in it; what is published for tomorrow is not told otherwise either.
        let moved = try await take(csv(29, days: 3))
        #expect(moved.isNew && moved.path.contains("2025-11-30T23"))
        #expect(try await take(csv(32)).isNew)
        await #expect(throws: BillingRefusal.self) { try await take(csv(32, price: "51.00")) }
        #expect(try await !take(csv(29, days: 4)).isNew)
        await #expect(throws: BillingRefusal.self) { try await take(Array("# schema: spot/1\nstart,price\n".utf8)) }
        let billed = try await run()
        #expect((billed.billed, billed.held) == (1, 0))
        let draft = try await GetInvoice(pool: town.pool)(try #require(try await town.invoices().first).number).invoice.draft
        #expect(draft.lines.first?.amount == Money("64.37"), "2,880 × 0.1 kWh × 22.35 ct")
        #expect(try await VerifyInvoices(pool: town.pool)().discrepancies.isEmpty)
    }
}
