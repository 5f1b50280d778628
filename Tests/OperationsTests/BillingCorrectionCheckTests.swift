import Billing
import BillingOperations
import MeteringOperations
import Postgres
import TestKit
import Testing
import Values

private typealias F = BillingFixture

@Suite(.database) struct `A correction is checked like every bill` {
    private func late(_ value: String, _ town: BillingFixture) async throws {
        try await town.send([
            #"{"meter": "M-1", "obis": "1-0:1.8.0", "at": "2026-01-01T00:00:00+01:00", "value": "\#(value)", "unit": "kWh", "status": "measured"}"#
        ])
    }

    @Test func `what would have been held is named with the proposal, and two people release it whatever the amount`() async throws {
        let town = try await F()
        try await town.add([.init(key: "1")])
        #expect(try await town.bill().billed == 1)
        try await late("901000", town)
        #expect(try await FindCorrections(pool: town.pool)(author: "finder", now: F.now).proposed == 1)
        let held = try #require(try await ListCorrections(pool: town.pool)().items.first)
        #expect(held.checks.map(\.code) == ["huge-amount"])
        let release = ReleaseCorrection(pool: town.pool, limit: Money(cents: 100_000_000))
        #expect(release.needsTwo(held))
        func say(_ author: String) async throws -> CorrectionProposal {
            try await release(held.id, reason: "geprüft", author: author, today: F.today, now: F.now)
        }
        #expect(try await say("anke").state == .proposed)
        #expect(try await say("bernd").state == .released)
    }

    @Test func `and where the checks have become stricter since, it is found again first`() async throws {
        let town = try await F()
        try await town.add([.init(key: "1")])
        _ = try await town.bill()
        try await late("5000", town)
        _ = try await FindCorrections(pool: town.pool)(author: "finder", now: F.now)
        let proposal = try #require(try await ListCorrections(pool: town.pool)().items.first)
        #expect(proposal.checks.isEmpty)
        try await SetThresholds<CheckParameters>(pool: town.pool)(
            .init(.init(.electricity, .household), valid: DayRange(from: Day(2026, 1, 1)), values: ["hugeAmount": "1000.00"]),
            author: "chief", reason: "Test", now: F.now)
        await #expect(throws: BillingRefusal.notProposed(proposal.id)) {
            try await ReleaseCorrection(pool: town.pool)(proposal.id, reason: "x", author: "anke", today: F.today, now: F.now)
        }
        #expect(try await FindCorrections(pool: town.pool)(author: "finder", now: F.now).proposed == 0)
        #expect(try await ListCorrections(pool: town.pool)().items.first?.checks.map(\.code) == ["huge-amount"])
    }

    @Test func `the weeks of a bill begin on the day after its period; three of them are for monthly electricity alone`() async throws {
        let town = try await F()
        try await town.add([
            .init(key: "1", cycle: "monthly"),
            .init(
                key: "W", tariff: "water/basis", commodity: "water", obis: "8-0:1.0.0", unit: "m3", advance: "105.25", cycle: "monthly",
                attributes: #"{"sealedArea": "120.5"}"#),
        ])
        func late(_ today: Day) async throws -> [String] {
            let run = try await RunBilling(pool: town.pool)(
                cycle: "monthly", periodEnd: Day(2026, 1, 1), simulate: true, author: F.author, today: today, now: F.now)
            #expect(run.held == 0)
            return try await town.pool.with { connection in
                try connection.query(
                    """
                    SELECT c.key FROM billing_job j JOIN contract c ON c.id = j.contract_id JOIN billing_run r ON r.id = j.run_id
                    WHERE r.number = \(run.number) AND j.notices::text LIKE '%deadline-missed%' ORDER BY c.key
                    """
                ).map { try $0.get(0) }
            }
        }
        // 31 December and three weeks: 21 January; and six: 11 February.
        #expect(try await late(Day(2026, 1, 21)).isEmpty)
        #expect(try await late(Day(2026, 1, 22)) == ["c-1"])
        #expect(try await late(Day(2026, 2, 11)) == ["c-1"])
        #expect(try await late(Day(2026, 2, 12)) == ["c-1"], "of water no law says when")
    }

    @Test func `water is compared in its own sizes`() {
        #expect(CheckParameters.defaults(for: .water, of: .household).consumptionFloor == 20_000_000)
        #expect(CheckParameters.defaults(for: .electricity, of: .household).consumptionFloor == 200_000_000)
    }
}
