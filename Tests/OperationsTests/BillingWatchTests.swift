import BillingOperations
import Postgres
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
        #expect(try await watch(author: "zaehlwerk", now: now) == nil)
        try await town.send([reading(1, "2026-01-01", "4300")], now: now)
        now = now.adding(seconds: 180)
        let report = try #require(try await watch(author: "zaehlwerk", now: now))
        #expect((report.bills, report.touched, report.proposed) == (1, 1, 1))
        let proposals = try await ListCorrections(pool: town.pool)().items
        #expect(proposals.map(\.account) == (try await town.invoices(.init(accounts: ["a-1"])).map(\.account)))
        #expect(proposals.first?.foundBy == "zaehlwerk")
        #expect(try await watch(author: "zaehlwerk", now: now) == nil, "what was looked at is not looked at again")
    }
}
