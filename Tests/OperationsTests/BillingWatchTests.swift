import BillingOperations
import MeteringOperations
import Postgres
import TariffFiles
import TestKit
import Testing
import Values

private typealias F = BillingFixture

@Suite(.database) struct `Stale bills` {
    private func reading(_ meter: Int, _ day: String, _ value: String) -> String {
        #"{"meter": "M-\#(meter)", "obis": "1-0:1.8.0", "at": "\#(day)T00:00:00+01:00", "value": "\#(value)", "unit": "kWh", "status": "measured"}"#
    }

    @Test func `are found by what came in since the last look, and nobody else's bill is looked at`() async throws {
        let town = try await F()
        try await town.add([.init(key: "1"), .init(key: "2")])
        _ = try await town.bill()
        let watch = WatchForCorrections(pool: town.pool)
        var now = F.now.adding(seconds: 3_600)
        #expect(try await watch(author: "zaehlwerk", now: now) == nil, "the first look only remembers where it stands")
        // A reading of days that nobody has billed touches no bill.
        try await town.send([reading(2, "2026-01-11", "4600")], now: now)
        #expect(try await watch(author: "zaehlwerk", now: now)?.touched ?? 0 == 0)
        try await town.send([reading(1, "2026-01-01", "4300")], now: now)
        now = now.adding(seconds: 180)
        let report = try #require(try await watch(author: "zaehlwerk", now: now))
        #expect((report.touched, report.proposed) == (1, 1))
        let proposals = try await ListCorrections(pool: town.pool)().items
        #expect(proposals.map(\.account) == (try await town.invoices(.init(accounts: ["a-1"])).map(\.account)))
        #expect(proposals.first?.foundBy == "zaehlwerk")
        #expect(try await watch(author: "zaehlwerk", now: now)?.proposed ?? 0 == 0, "what was proposed is not proposed again")
    }

    /// The published files with one text of a tariff changed, as a revision of it.
    private func revised(_ old: String, _ new: String) throws -> [TariffFolder.Source] {
        let original = try #require(try F.sources().first { $0.path == "electricity/basis/2025-07-01.yaml" })
        let text = String(decoding: original.bytes, as: UTF8.self).replacing(old, with: new).replacing(
            "supersedes: 2025-01-01", with: "supersedes: 2025-01-01\nrevision: \"2\"\ncorrects: 2025-07-01")
        return try F.sources() + [TariffSources.source(path: "electricity/basis/2025-07-01.r2.yaml", bytes: Array(text.utf8))]
    }

    @Test func `are found by a price that was published, and by terms that were written, minutes later`() async throws {
        let town = try await F()
        try await town.add([
            .init(key: "1"), .init(key: "2", until: "2025-10-01"),
            .init(key: "W", tariff: "water/basis", commodity: "water", obis: "8-0:1.0.0", unit: "m3", advance: "105.25"),
        ])
        _ = try await town.bill()
        let watch = WatchForCorrections(pool: town.pool)
        #expect(try await watch(author: "zaehlwerk", now: F.now) == nil)
        _ = try await PublishTariffs(pool: town.pool)(
            try revised("Strom Basis", "Strom Basis, berichtigt"), author: "test", today: F.today, now: F.now)
        let priced = try #require(try await watch(author: "zaehlwerk", now: F.now))
        #expect(priced.touched == 2, "both of the tariff, not the one for water")
        // A series that knows more, which both rest on.
        let old = "source: \"Netztransparenz, 25.10.2025\"}\n  offshore_umlage"
        let more =
            "source: \"Netztransparenz, 25.10.2025\"}\n      - {from: 2028-01-01, value: \"0.5\", source: \"Annahme\"}\n  offshore_umlage"
        let series = try revised("Strom Basis", "Strom Basis, berichtigt").map { source in
            source.path != "_series/de-strom.yaml"
                ? source
                : TariffSources.source(
                    path: source.path, bytes: Array(String(decoding: source.bytes, as: UTF8.self).replacing(old, with: more).utf8))
        }
        #expect(try await PublishTariffs(pool: town.pool)(series, author: "test", today: F.today, now: F.now).published.count == 1)
        #expect(try #require(try await watch(author: "zaehlwerk", now: F.now)).touched == 2)
        // Where the utility lives now moves no amount.
        let moved = series.map { source in
            source.path != "_series/supplier.yaml"
                ? source
                : TariffSources.source(
                    path: source.path,
                    bytes: Array(String(decoding: source.bytes, as: UTF8.self).replacing("Werkstraße 1", with: "Hafen 2").utf8))
        }
        #expect(try await PublishTariffs(pool: town.pool)(moved, author: "test", today: F.today, now: F.now).published.count == 1)
        #expect(try await watch(author: "zaehlwerk", now: F.now)?.proposed ?? 0 == 0)
        // The contract ended in the middle of what was billed.
        try await town.load(
            #"""
            {"contracts": [{"key": "c-W", "account": "a-W", "meteringPoint": "POINT-W", "tariff": "water/basis", "from": "2025-01-01", "until": "2025-10-01", "cycle": "annual-12", "attributes": {"usage": "household", "region": "neumuenster"}}]}
            """#)
        let agreed = try #require(try await watch(author: "zaehlwerk", now: F.now))
        #expect(agreed.proposed == 1)
        #expect(try await ListCorrections(pool: town.pool)().items.map(\.cause) == [.contract])
    }

    @Test func `the service looks at what came in each time, at all bills once a night, and one node at a time`() async throws {
        let town = try await F()
        try await town.add([.init(key: "1"), .init(key: "2")])
        _ = try await town.bill()
        let search = SearchForCorrections(pool: town.pool, holder: "one")
        func at(_ day: Day, _ hour: Int) throws -> Instant { try #require(LocalTime.berlin.instant(day, hour: hour)) }
        let night = Day(2026, 1, 20)
        let early = try await search(now: try at(night, 3))
        #expect(early.all == nil && early.touched == nil, "before four the values are looked over")
        #expect(try await search(now: try at(night, 4)).all?.bills == 2)
        try await town.send([reading(1, "2026-01-01", "4300")], now: try at(night, 5))
        let noon = try await search(now: try at(night, 12))
        #expect(noon.all == nil && noon.touched?.proposed == 1)
        // Another node holds it: nothing is done twice.
        let lease = DutyLease(pool: town.pool)
        #expect(try await lease.take("corrections", by: "other", until: try at(night, 14), now: try at(night, 13)))
        try await town.send([reading(2, "2026-01-01", "4300")], now: try at(night, 13))
        #expect(try await search(now: try at(night, 13)).touched == nil)
        #expect(try await search(now: try at(night, 15)).touched?.proposed == 1)
        #expect(try await search(now: try at(night, 23)).all == nil)
        #expect(try await search(now: try at(night.adding(days: 1), 4)).all?.bills == 2)
    }
}
