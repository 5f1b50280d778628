import Billing
import BillingOperations
import Digests
import InvoiceFormats
import JSON
import MeteringOperations
import ReadingFormats
import TariffFiles
import Tariffs
import TestKit
import Testing
import Values

private typealias F = BillingFixture

/// An auditor has the explanation and the files it names, and comes to the same amount.
@Suite(.database) struct `An auditor computes again` {
    private func load(_ town: BillingFixture, _ tariff: String, _ registers: String, from: Day, until: String, cycle: String) async throws {
        try await town.load(
            """
            {"partners": [{"key": "p-1", "kind": "person", "name": {"given": "Erika", "family": "Muster"}, "address": {"street": "Hauptstraße", "house": "1", "postcode": "24534", "city": "Neumünster"}}],
             "accounts": [{"key": "a-1", "partner": "p-1"}],
             "meteringPoints": [{"code": "POINT-1", "commodity": "electricity", "state": "SH", "meters": [{"serial": "M-1", "from": "2025-01-01", "registers": [\(registers)]}]}],
             "contracts": [{"key": "c-1", "account": "a-1", "meteringPoint": "POINT-1", "tariff": "\(tariff)", "from": "\(from)", "until": \(until), "cycle": "\(cycle)", "attributes": {"usage": "household", "region": "neumuenster"}}]}
            """)
    }
    /// 10, 20 … 110 Wh, again and again.
    private func send(_ town: BillingFixture, _ days: DayRange) async throws {
        let start = LocalTime.berlin.start(of: days.from)
        let slots = Int(start.seconds(until: LocalTime.berlin.start(of: days.until ?? days.from)) / 900)
        let values = (0..<slots).map { "\"\(DecimalText.format(Int64(10 * ($0 % 11)) * 1_000, scale: 6))\"" }.joined(separator: ",")
        let body = Array(
            #"{"messageId": "m-\#(days.from)", "source": "gw", "intervals": [{"meter": "M-1", "obis": "1-0:1.29.0", "start": "\#(LocalTime.berlin.text(start))", "resolution": "PT15M", "unit": "kWh", "values": [\#(values)], "status": "measured"}]}"#
                .utf8)
        _ = try await IngestReadings(pool: town.pool, directory: town.directory)(
            try JSONReadings.parse(body), body: body, format: "json", now: F.now.adding(seconds: 120 * 86_400))
    }
    private func bill(_ town: BillingFixture, _ cycle: String, _ end: Day) async throws -> StoredInvoice {
        let run = try await RunBilling(pool: town.pool)(
            cycle: cycle, periodEnd: end, author: F.author, today: end.adding(days: 9), now: F.now.adding(seconds: 121 * 86_400))
        let kept = try await GetBillingRun(pool: town.pool).held(run.number).map(\.explanation)
        #expect((run.billed, run.held) == (1, 0), "\(kept)")
        return try await GetInvoice(pool: town.pool)(try #require(try await town.invoices().first).number)
    }
    private func lines(_ invoice: Invoice) throws -> [JSONValue] {
        try JSONValue(parsing: ExplanationJSON.bytes(invoice))["lines"]?.array ?? []
    }
    private func details(_ invoice: Invoice, _ language: BillLanguage) -> [String] {
        BillPage(invoice, language: language).groups.flatMap(\.rows).flatMap(\.details)
    }
    /// The rows of a table, each by its column.
    private func table(_ bytes: [UInt8]) -> [[String: String]] {
        let lines = String(decoding: bytes, as: UTF8.self).split(separator: "\r\n").map {
            $0.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
        }
        guard let head = lines.first else { return [] }
        return lines.dropFirst().map { Dictionary(uniqueKeysWithValues: zip(head, $0)) }
    }
    private static let channel = #"{"obis": "1-0:1.29.0", "unit": "kWh", "resolution": "PT15M", "decimals": 3}"#

    @Test func `a line at market prices from its channel, the named series and each slot with its price`() async throws {
        let town = try await F()
        let october = DayRange.month(2025, 10)
        try await load(town, "electricity/dynamic", Self.channel, from: october.from, until: "null", cycle: "monthly")
        try await send(town, october)
        let stored = try await bill(town, "monthly", Day(2025, 11, 1))
        let told = try #require(try lines(stored.invoice).first { $0["component"]?.string == "ap" })
        // Where the values are stored, and what they stand for.
        #expect(told["parts"]?[0]?["obis"]?.string == "1-0:1.29.0" && told["parts"]?[0]?["register"]?.string == "1-0:1.8.0")
        let spot = try #require(told["spot"])
        #expect(spot["count"]?.number == "2980" && spot["seconds"]?.number == "900")
        #expect(spot["from"]?.string == "2025-10-01T00:00:00+02:00" && spot["to"]?.string == "2025-11-01T00:00:00+01:00")
        let file = try #require(try F.sources().first { $0.path.hasSuffix("spot-beispiel-2025-10.csv") })
        #expect(spot["files"]?.array?.map { $0["hash"]?.string } == [SHA256.hash(file.bytes).hex])
        #expect(told["slotTable"]?.string == "slots?line=\(told["position"]?.number ?? "")")
        let line = try #require(stored.invoice.draft.lines.first { $0.component == "ap" })
        let rows = table(try #require(SlotTable.csv(line)))
        #expect(rows.count == 2_980 && rows.allSatisfy { $0["obis"] == "1-0:1.29.0" && $0["version"] == "1" && $0["status"] == "measured" })
        #expect(rows[0]["at"] == "2025-10-01T00:00:00+02:00" && rows.last?["at"] == "2025-10-31T23:45:00+01:00")
        func sum(_ column: String, _ scale: Int) -> Int64 {
            rows.compactMap { $0[column].flatMap { DecimalText.parse($0, scale: scale) } }.reduce(0, +)
        }
        let (kilowattHours, euros) = (sum("kwh", 6), sum("eur", 14))
        #expect(kilowattHours == line.explanation.quantity?.micro)
        guard case .spot(_, let markup) = line.explanation else { Issue.record("no market price"); return }
        let exact = Int128(euros) + Int128(kilowattHours) * Int128(markup)
        #expect(Rounding.halfAwayFromZero.divide(exact, by: 1_000_000_000_000) == Int128(line.amount.cents))
        // The page says it in both languages.
        let key = try #require(spot["series"]?.string)
        #expect(details(stored.invoice, .de).contains { $0.contains("Preise der Reihe \(key)") && $0.contains("spot-") })
        #expect(details(stored.invoice, .en).contains { $0.contains("Prices of the series \(key)") })
        #expect(details(stored.invoice, .de).contains { $0.hasPrefix("M-1 1-0:1.29.0, ") })
        #expect(try await VerifyInvoices(pool: town.pool)().discrepancies.isEmpty)
    }

    @Test func `a line by zones from the windows of its zone`() async throws {
        let town = try await F()
        let march = DayRange.month(2026, 3)
        try await load(town, "electricity/tou", Self.channel, from: march.from, until: "null", cycle: "monthly")
        try await send(town, march)
        let stored = try await bill(town, "monthly", Day(2026, 4, 1))
        let all = try lines(stored.invoice)
        let peak = try #require(all.first { $0["component"]?.string == "ap_peak" }?["zone"])
        let window = try #require(peak["windows"]?[0])
        #expect(peak["windows"]?.array?.count == 1 && peak["name"]?.string == "peak" && peak["holidays"]?.string == "SH")
        #expect(window["days"]?.array?.compactMap(\.string) == ["mon", "tue", "wed", "thu", "fri"])
        #expect(window["from"]?.string == "17:00" && window["until"]?.string == "20:00")
        #expect(window["season"]?.string == "winter" && window["seasonFrom"]?.string == "10-01" && window["seasonUntil"]?.string == "04-01")
        #expect(
            peak["text.de"]?.string == "Zone peak: Mo–Fr 17:00–20:00 (winter, ab 01.10. bis vor dem 01.04.); Feiertage in SH wie Sonntage")
        let low = try #require(all.first { $0["component"]?.string == "ap_low" }?["zone"])
        #expect(low["windows"]?.array?.count == 5)
        #expect(
            low["text"]?.string?.hasPrefix("Zone low: all times except peak: Mon–Fri 17:00–20:00 (winter, from 1 Oct to before 1 Apr), ")
                == true)
        for line in stored.invoice.draft.lines where line.hasSlots {
            let counted = table(try #require(SlotTable.csv(line))).filter { $0["counts"] == "yes" }
            let sum = counted.compactMap { $0["kwh"].flatMap { DecimalText.parse($0, scale: 6) } }.reduce(0, +)
            #expect(sum == line.explanation.quantity?.micro, "\(line.component)")
        }
        #expect(details(stored.invoice, .en).contains { $0.hasPrefix("Zone peak: Mon–Fri 17:00–20:00") })
        #expect(try await VerifyInvoices(pool: town.pool)().discrepancies.isEmpty)
    }

    @Test func `how intervals of all rates divide HT and NT, from the channel, its switching times and its versions`() async throws {
        let town = try await F()
        let days = DayRange(from: Day(2025, 6, 1), until: Day(2025, 8, 1))
        try await load(
            town, "electricity/twin",
            """
            {"obis": "1-0:1.8.1", "unit": "kWh", "digits": 6, "decimals": 3, "times": "mon-fri 06:00-22:00"}, {"obis": "1-0:1.8.2", "unit": "kWh", "digits": 6, "decimals": 3}, \(Self.channel)
            """, from: days.from, until: #""2025-08-01""#, cycle: "annual-12")
        func reading(_ obis: String, _ day: String, _ value: String) -> String {
            #"{"meter": "M-1", "obis": "\#(obis)", "at": "\#(day)T00:00:00+02:00", "value": "\#(value)", "unit": "kWh", "status": "measured"}"#
        }
        try await send(town, days)
        try await town.send(
            [
                reading("1-0:1.8.1", "2025-06-01", "100"), reading("1-0:1.8.1", "2025-08-01", "240"),
                reading("1-0:1.8.2", "2025-06-01", "100"),
                reading("1-0:1.8.2", "2025-08-01", "260"),
            ])
        let stored = try await bill(town, "annual-12", Day(2026, 1, 1))
        var parts: [JSONValue] = []
        for line in try lines(stored.invoice) { parts += line["parts"]?.array ?? [] }
        for (register, counted) in [("1-0:1.8.1", "Mon–Fri 06:00–22:00"), ("1-0:1.8.2", "except Mon–Fri 06:00–22:00")] {
            let own = parts.filter { $0["obis"]?.string == register }
            #expect(own.count == 2, "cut where the price changes")
            for part in own {
                let bound = try #require(part["intervals"]?[0], "\(part)")
                #expect(bound["obis"]?.string == "1-0:1.29.0" && bound["counted"]?.string == counted)
                #expect(bound["slots"]?["begin"]?.string == "2025-06-01T00:00:00+02:00")
                #expect(bound["slots"]?["end"]?.string == "2025-08-01T00:00:00+02:00")
                #expect(bound["slots"]?["runs"]?.array?.count == 1 && bound["slots"]?["runs"]?[0]?["version"]?.number == "1")
            }
        }
        #expect(
            details(stored.invoice, .de).contains {
                $0.contains("(1-0:1.29.0: 5.856 Viertelstunden gemessen (Version 1); gezählt außer Mo–Fr 06:00–22:00)")
            }, "\(details(stored.invoice, .de))")
        #expect(try await VerifyInvoices(pool: town.pool)().discrepancies.isEmpty)
    }
}
