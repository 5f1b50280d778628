import BillingOperations
import TariffFiles
import Tariffs
import TestKit
import Testing
import Values

@Suite(.database) struct `Care of tariffs` {
    private let key = TariffKey(commodity: .electricity, id: "basis")!
    private let now = BillingFixture.now

    @Test func `a draft holds only after a second person has published it, and then bills use it`() async throws {
        let town = try await BillingFixture()
        let write = WriteTariffDraft(pool: town.pool)
        let id = try await write.open(key, from: Day(2027, 1, 1), author: "anna", now: now)
        var review = try await ReviewTariffDraft(pool: town.pool)(id)
        #expect(review.faults.isEmpty, "\(review.faults)")
        let text = String(decoding: review.text, as: UTF8.self)
        #expect(text.contains("supersedes: 2026-01-01") && text.contains("status: draft"))

        try await write.save(id, version: 1, values: ["components[0].price": "30.0000"], author: "anna", now: now)
        review = try await ReviewTariffDraft(pool: town.pool)(id)
        // The examples still promise the old sums: that is a fault until somebody has computed them anew.
        #expect(review.faults.contains { $0.key.hasPrefix("examples[0].expect") })
        await #expect(throws: TariffDraftRefusal.self) {
            try await PublishTariffDraft(pool: town.pool)(id, version: 2, author: "bert", now: now)
        }
        try await write.save(id, version: 2, values: [:], recompute: true, author: "anna", now: now)
        review = try await ReviewTariffDraft(pool: town.pool)(id)
        #expect(review.faults.isEmpty && review.draft.version == 3 && review.draft.authors == ["anna"])

        await #expect(throws: TariffDraftRefusal.sameperson("anna")) {
            try await PublishTariffDraft(pool: town.pool)(id, version: 3, author: "anna", now: now)
        }
        #expect(try await ListTariffs(pool: town.pool)().contains { $0.tariff.version.path == review.draft.path } == false)
        try await PublishTariffDraft(pool: town.pool)(id, version: 3, author: "bert", now: now)
        let entry = try #require(try await ListTariffs(pool: town.pool)().first { $0.tariff.version.path == review.draft.path })
        #expect(entry.publishedBy == "bert" && entry.tariff.version.status == .published)
        await #expect(throws: TariffDraftRefusal.closed(.published)) {
            try await write.save(id, version: 3, values: ["components[0].price": "1"], author: "anna", now: now)
        }
    }

    @Test func `whoever saved in the meantime is not overwritten, and a version is written once at a time`() async throws {
        let town = try await BillingFixture()
        let write = WriteTariffDraft(pool: town.pool)
        let id = try await write.open(key, from: Day(2027, 1, 1), author: "anna", now: now)
        try await write.save(id, version: 1, values: ["components[0].price": "29.0000"], author: "anna", now: now)
        await #expect(throws: TariffDraftRefusal.overtaken(by: "anna")) {
            try await write.save(id, version: 1, values: ["components[0].price": "28.0000"], author: "bert", now: now)
        }
        await #expect(throws: TariffDraftRefusal.alreadyOpen(id)) {
            try await write.open(key, from: Day(2027, 1, 1), author: "bert", now: now)
        }
        await #expect(throws: TariffDraftRefusal.notAfter(Day(2026, 1, 1))) {
            try await write.open(key, from: Day(2025, 6, 1), author: "bert", now: now)
        }
        try await write.drop(id, author: "anna", now: now)
        _ = try await write.open(key, from: Day(2027, 1, 1), author: "bert", now: now)
    }

    @Test func `its effect on real contracts is the difference of two bills of the same consumption`() async throws {
        let town = try await BillingFixture()
        try await town.add([.init(key: "a", advance: "2000"), .init(key: "b", advance: "5000"), .init(key: "c", isRead: false)])
        _ = try await town.bill()
        let write = WriteTariffDraft(pool: town.pool)
        let id = try await write.open(key, from: Day(2027, 1, 1), author: "anna", now: now)
        // Ten cents net more per kilowatt-hour.
        try await write.save(id, version: 1, values: ["components[0].price": "37.6500"], author: "anna", now: now)
        let effect = try await SimulateTariffDraft(pool: town.pool)(id)
        #expect(effect.touched == 3 && effect.missing == ["no-bill-yet": 1])
        // 2000 kWh × 0.10 € × 1.19 and 5000 kWh × 0.10 € × 1.19; a cent either way, since net and tax are rounded in each bill.
        #expect(effect.effects.map(\.change.cents).elementsEqual([23_800, 59_500]) { abs($0 - $1) <= 2 })
        #expect(effect.after - effect.before == effect.effects.map(\.change).total())
    }
}
