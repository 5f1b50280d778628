import Billing
import BillingOperations
import InvoiceFormats
import JSON
import MeteringOperations
import Postgres
import ReadingFormats
import TestKit
import Testing
import Values

private typealias F = BillingFixture

/// From a line back to what is stored of the meter: version, status, method.
@Suite(.database) struct `The explanation of a line` {
    /// A customer with an interval meter and nothing beside it, and one message of 250 Wh in each quarter hour; nothing where `gap` is.
    private func town(
        _ tariff: String, _ month: DayRange, gap: ClosedRange<Int>? = nil, wattHours: (Int) -> Int = { _ in 250 }
    ) async throws -> BillingFixture {
        let town = try await F()
        try await town.load(
            """
            {"partners": [{"key": "p-1", "kind": "person", "name": {"given": "Erika", "family": "Muster"}, "address": {"street": "Hauptstraße", "house": "1", "postcode": "24534", "city": "Neumünster"}}],
             "accounts": [{"key": "a-1", "partner": "p-1"}],
             "meteringPoints": [{"code": "POINT-1", "commodity": "electricity", "state": "SH", "meters": [{"serial": "M-1", "from": "2025-01-01", "registers": [{"obis": "1-0:1.29.0", "unit": "kWh", "resolution": "PT15M", "decimals": 3}]}]}],
             "contracts": [{"key": "c-1", "account": "a-1", "meteringPoint": "POINT-1", "tariff": "\(tariff)", "from": "\(month.from)", "cycle": "monthly", "attributes": {"usage": "household", "region": "neumuenster"}}]}
            """)
        let start = LocalTime.berlin.start(of: month.from)
        let slots = Int(start.seconds(until: LocalTime.berlin.start(of: month.until ?? month.from)) / 900)
        let values = (0..<slots).map { slot in
            gap?.contains(slot) == true ? "null" : "\"\(DecimalText.format(Int64(wattHours(slot)) * 1_000, scale: 6))\""
        }
        try await send(values, from: start, town)
        return town
    }
    private func send(_ values: [String], from start: Instant, _ town: BillingFixture, after seconds: Int64 = 0) async throws {
        let body = Array(
            #"{"messageId": "m-\#(UInt64.random(in: 0 ... .max))", "source": "gw", "intervals": [{"meter": "M-1", "obis": "1-0:1.29.0", "start": "\#(LocalTime.berlin.text(start))", "resolution": "PT15M", "unit": "kWh", "values": [\#(values.joined(separator: ","))], "status": "measured"}]}"#
                .utf8)
        _ = try await IngestReadings(pool: town.pool, directory: town.directory)(
            try JSONReadings.parse(body), body: body, format: "json", now: F.now.adding(seconds: 120 * 86_400 + seconds))
    }
    private func bill(_ town: BillingFixture, _ month: DayRange) async throws -> StoredInvoice {
        let end = month.until ?? month.from
        let run = try await RunBilling(pool: town.pool)(
            cycle: "monthly", periodEnd: end, author: F.author, today: end.adding(days: 9), now: F.now.adding(seconds: 121 * 86_400))
        let kept = try await GetBillingRun(pool: town.pool).held(run.number).map(\.explanation)
        #expect((run.billed, run.held) == (1, 0), "\(kept)")
        return try await GetInvoice(pool: town.pool)(try #require(try await town.invoices().first).number)
    }
    private func lines(_ invoice: Invoice) throws -> [JSONValue] {
        try JSONValue(parsing: ExplanationJSON.bytes(invoice))["lines"]?.array ?? []
    }
    /// "96×v1 measured", "4×v2 estimated linear-interpolation".
    private func runs(_ told: JSONValue?) -> [String] {
        (told?["runs"]?.array ?? []).map { run in
            let words = [run["status"]?.string, run["method"]?.string].compactMap(\.self).joined(separator: " ")
            return "\(run["count"]?.number ?? "?")×v\(run["version"]?.number ?? "-") \(words)"
        }
    }
    private func details(_ invoice: Invoice, _ language: BillLanguage = .de) -> [String] {
        BillPage(invoice, language: language).groups.flatMap(\.rows).flatMap(\.details)
    }
    private func agrees(_ town: BillingFixture) async throws {
        #expect(try await VerifyInvoices(pool: town.pool)().discrepancies.isEmpty)
    }
    private let october = DayRange.month(2025, 10)

    @Test func `at the spot market names the versions of its quarter hours: as delivered, corrected, estimated`() async throws {
        let town = try await town("electricity/dynamic", october, gap: 1_000...1_002)
        let noon = LocalTime.berlin.start(of: october.from).adding(seconds: 12 * 3_600)
        try await send(["\"0.300\"", "\"0.300\""], from: noon, town, after: 60)
        let stored = try await bill(town, october)
        let line = try #require(try lines(stored.invoice).first { $0["component"]?.string == "ap" })
        let slots = try #require(line["parts"]?[0]?["slots"])
        #expect(slots["count"]?.number == "2980")
        #expect(
            runs(slots) == [
                "48×v1 measured", "2×v2 measured", "950×v1 measured", "3×v2 estimated linear-interpolation", "1977×v1 measured",
            ])
        #expect(slots["runs"]?[1]?["from"]?.string == "2025-10-01T12:00:00+02:00")
        #expect(slots["runs"]?[1]?["to"]?.string == "2025-10-01T12:30:00+02:00")
        #expect(slots["runs"]?[4]?["to"]?.string == "2025-11-01T00:00:00+01:00")
        #expect(
            details(stored.invoice).contains {
                $0.hasSuffix(
                    "Lastgang: 2.975 Viertelstunden gemessen (Version 1), 3 geschätzt (Version 2, lineare Interpolation), 2 gemessen (Version 2)"
                )
            }, "\(details(stored.invoice))")
        #expect(
            details(stored.invoice, .en).contains {
                $0.contains("quarter hours measured (version 1), 3 estimated (version 2, linear interpolation)")
            })
        try await agrees(town)
        // The document itself says what it said before: who asks how is told more.
        #expect(!String(decoding: stored.document, as: UTF8.self).contains("linear"))
    }

    @Test func `is the same where a value is sent again, and a value told otherwise and back again is no difference`() async throws {
        let town = try await town("electricity/dynamic", october)
        let stored = try await bill(town, october)
        let noon = LocalTime.berlin.start(of: october.from).adding(seconds: 12 * 3_600)
        func proposed(_ seconds: Int64) async throws -> Int {
            try await FindCorrections(pool: town.pool)(author: "finder", now: F.now.adding(seconds: 122 * 86_400 + seconds)).proposed
        }
        try await send(["\"0.250\""], from: noon, town, after: 2 * 86_400)
        #expect(try await proposed(0) == 0)
        try await send(["\"5.000\""], from: noon, town, after: 2 * 86_400 + 60)
        #expect(try await proposed(60) == 1)
        let proposal = try #require(try await ListCorrections(pool: town.pool)().items.first)
        _ = try await DecideCorrection(pool: town.pool).dismiss(proposal.id, reason: "Kulanz", author: F.author, now: F.now)
        // Back again it is a third version of what was billed; and once more a fourth one of what was dismissed.
        try await send(["\"0.250\""], from: noon, town, after: 2 * 86_400 + 120)
        #expect(try await proposed(120) == 0)
        try await send(["\"5.000\""], from: noon, town, after: 2 * 86_400 + 180)
        #expect(try await proposed(180) == 0, "the same difference as the one that was dismissed")
        try await send(["\"6.000\""], from: noon, town, after: 2 * 86_400 + 240)
        #expect(try await proposed(240) == 1)
        #expect(try lines(try await GetInvoice(pool: town.pool)(stored.record.number).invoice) == lines(stored.invoice))
        // Released, the correction says which version it goes by.
        let next = try #require(try await ListCorrections(pool: town.pool)().items.first)
        let released = try await DecideCorrection(pool: town.pool).release(
            next.id, reason: "berichtigt", author: F.author, today: Day(2026, 6, 1), now: F.now.adding(seconds: 123 * 86_400))
        let document = try await GetInvoice(pool: town.pool)(try #require(released.document)).invoice
        let right = try #require(try lines(document).last { $0["component"]?.string == "ap" })
        #expect(runs(right["parts"]?[0]?["slots"]) == ["48×v1 measured", "1×v5 measured", "2931×v1 measured"])
        try await agrees(town)
    }

    @Test func `by zones names them on each line, and a bill from before versions were kept is explained and proved as it was`()
        async throws
    {
        let march = DayRange.month(2026, 3)
        let town = try await town("electricity/tou", march, gap: 100...101)
        let stored = try await bill(town, march)
        let peak = try #require(try lines(stored.invoice).first { $0["component"]?.string == "ap_peak" })
        #expect(
            runs(peak["parts"]?[0]?["slots"]) == ["100×v1 measured", "2×v2 estimated linear-interpolation", "2870×v1 measured"])
        // As it was stored before: without the versions. The document comes out of it all the same.
        let (bytes, bare) = try await town.pool.with { connection in
            let bytes = try connection.one("SELECT inputs FROM invoice", as: [UInt8].self)
            return (bytes, try StoredInputs(parsing: bytes).bare.bytes)
        }
        #expect(try StoredInputs(parsing: bytes).bytes == bytes)
        #expect(bare.count < bytes.count && bytes.count - bare.count < 120, "\(bytes.count - bare.count) bytes")
        #expect(!String(decoding: bare, as: UTF8.self).contains(#""r":""#))
        try await town.pool.transaction { connection in
            try connection.script("SET LOCAL session_replication_role = replica")
            try connection.execute("UPDATE invoice SET inputs = \(bare)")
        }
        try await agrees(town)
        let old = try await GetInvoice(pool: town.pool)(stored.record.number)
        #expect(old.document == stored.document)
        let again = try #require(try lines(old.invoice).first { $0["component"]?.string == "ap_peak" })
        let slots = try #require(again["parts"]?[0]?["slots"])
        #expect(slots["runs"] == nil && slots["statuses"]?.array?.count == 2)
        #expect(details(old.invoice).contains { $0.hasSuffix("Lastgang: 2.970 Viertelstunden gemessen, 2 geschätzt") })
        #expect(
            try await FindCorrections(pool: town.pool)(author: "finder", now: F.now.adding(seconds: 122 * 86_400)).proposed == 0,
            "that more is kept by now makes no bill stale")
    }

    @Test func `of the highest load names its quarter hour, and a channel without a register the slots it is the sum of`() async throws {
        let march = DayRange.month(2026, 3)
        let town = try await town("electricity/business-rlm", march, gap: 200...203)
        let at = LocalTime.berlin.start(of: march.from).adding(seconds: 50 * 900)
        try await send(["\"8.000\""], from: at, town, after: 60)
        let stored = try await bill(town, march)
        let all = try lines(stored.invoice)
        let load = try #require(all.first { $0["peak"] != nil }, "\(all)")
        #expect(load["peak"]?["begin"]?.string == LocalTime.berlin.text(at) && load["peak"]?["runs"]?.array?.count == 1)
        #expect(runs(load["peak"]) == ["1×v2 measured"])
        #expect(details(stored.invoice).contains("Höchste Last ab 01.03.2026 12:30: gemessen (Version 2)"))
        // Which of two prices it was, and how its amount was rounded.
        let hours = try #require(load["utilisation"]?["hours"]?.string.flatMap { DecimalText.parse($0, scale: 6) })
        let energySum = try #require(load["utilisation"]?["energy"]?.string.flatMap { DecimalText.parse($0, scale: 6) })
        // 8 kWh in a quarter hour are 32 kW; March is 31 of 365 days.
        #expect(load["utilisation"]?["peak"]?.string == "32")
        #expect(hours == Int64(Rounding.halfAwayFromZero.divide(Int128(energySum) * 365, by: 32 * 31)))
        #expect(load["rounding"]?["quantityPlaces"]?.integer == 3 && load["rounding"]?["mode"]?.string == "half_up")
        #expect(details(stored.invoice).contains { $0.contains("kWh ÷ 32 kW in 31 Tagen, auf das Jahr bezogen") })
        #expect(details(stored.invoice).contains { $0.contains("Betrag auf den Cent kaufmännisch gerundet") })
        // The energy is the sum of the channel's days: no register stands beside it.
        let energy = try #require(all.first { $0["component"]?.string?.hasPrefix("ap_") == true })
        let expected = ["50×v1 measured", "1×v2 measured", "149×v1 measured", "4×v2 estimated linear-interpolation", "2768×v1 measured"]
        #expect(energy["parts"]?[0]?["begin"] == JSONValue.null)
        #expect(runs(energy["parts"]?[0]?["slots"]) == expected)
        #expect(runs(load["parts"]?[0]?["slots"]) == expected)
        try await agrees(town)
    }

    @Test func `with an end that nobody read names the readings on both sides, and how the end came about`() async throws {
        let town = try await F()
        try await town.add([
            .init(key: "1", tariff: "water/basis", commodity: "water", obis: "8-0:1.0.0", unit: "m3", isRead: false), .init(key: "2"),
        ])
        func reading(_ day: String, _ value: String, _ status: String = "measured") -> String {
            #"{"meter": "M-1", "obis": "8-0:1.0.0", "at": "\#(day)T00:00:00+01:00", "value": "\#(value)", "unit": "m3", "status": "\#(status)"}"#
        }
        // The last one came late, and was corrected; the order of messages does not matter.
        try await town.send([reading("2026-01-10", "250")], id: "c")
        try await town.send([reading("2024-12-20", "100")], id: "a")
        try await town.send([reading("2026-01-10", "253.4")], id: "d")
        #expect(try await town.bill().billed == 2)
        let record = try #require(try await town.invoices(.init(accounts: ["a-1"])).first)
        let invoice = try await GetInvoice(pool: town.pool)(record.number).invoice
        let water = try #require(try lines(invoice).first { $0["component"]?.string == "tw" })
        let part = try #require(water["parts"]?[0])
        for end in ["begin", "end"] {
            let told = try #require(part[end])
            #expect(told["version"] == JSONValue.null && told["method"]?.string == "day-linear" && told["origin"]?.string == "day-linear")
            let between = told["between"]?.array ?? []
            #expect(between.map { $0["at"]?.string } == ["2024-12-20T00:00:00+01:00", "2026-01-10T00:00:00+01:00"])
            #expect(between.map { $0["value"]?.string } == ["100", "253.4"])
            #expect(between.map { $0["version"]?.number } == ["1", "2"] && between.allSatisfy { $0["status"]?.string == "measured" })
        }
        let told = details(invoice)
        #expect(
            told.contains {
                $0.contains(
                    "rechnerisch abgegrenzt, zwischen 20.12.2024 100 gemessen (Version 1) und 10.01.2026 253,4 gemessen (Version 2)")
            }, "\(told)")
        // The other bill has an end that was read and a cut between: the cut names the ends of the bill, in a few bytes.
        let other = try #require(try await town.invoices(.init(accounts: ["a-2"])).first)
        let strom = try lines(try await GetInvoice(pool: town.pool)(other.number).invoice)
        var parts: [JSONValue] = []
        for line in strom { parts += line["parts"]?.array ?? [] }
        let cut = try #require(parts.compactMap { $0["end"] }.first { $0["between"] != nil })
        #expect((cut["between"]?.array ?? []).map { $0["value"]?.string } == ["1000", "4500"])
        let read = try #require(parts.compactMap { $0["begin"] }.first)
        #expect(read["version"]?.number == "1" && read["method"] == JSONValue.null && read["between"] == nil)
        let sizes = try await town.pool.with { connection in
            try connection.query("SELECT inputs FROM invoice ORDER BY number").map { row in
                let bytes: [UInt8] = try row.get(0)
                return bytes.count - (try StoredInputs(parsing: bytes).bare.bytes.count)
            }
        }
        #expect(sizes.allSatisfy { $0 < 200 } && sizes.contains { $0 < 40 }, "\(sizes)")
        try await agrees(town)
    }

    @Test func `from the day on which the register was reset has a figure that is no stored reading, and the bill is proved`() async throws
    {
        let town = try await F()
        try await town.add([.init(key: "1", isRead: false)])
        func reading(_ day: String, _ value: String) -> String {
            #"{"meter": "M-1", "obis": "1-0:1.8.0", "at": "\#(day)T00:00:00+01:00", "value": "\#(value)", "unit": "kWh", "status": "measured"}"#
        }
        try await town.send([reading("2024-02-01", "4000")])
        try await MeterLife(pool: town.pool).reset(
            "M-1", obis: ObisCode(1, 0, 1, 8, 0), .init(day: Day(2025, 1, 1), author: "Monteur", reason: "Auftrag"), before: 4_500_000_000,
            now: F.now)
        try await town.send([reading("2026-01-01", "3500")])
        #expect(try await town.bill().billed == 1)
        let stored = try await GetInvoice(pool: town.pool)(try #require(try await town.invoices().first).number)
        let line = try #require(try lines(stored.invoice).first)
        let begin = try #require(line["parts"]?[0]?["begin"])
        #expect(begin["value"]?.string == "0" && begin["version"] == JSONValue.null && begin["method"] == JSONValue.null)
        #expect(begin["origin"]?.string == "measured" && begin["between"] == nil)
        try await agrees(town)
    }
}
