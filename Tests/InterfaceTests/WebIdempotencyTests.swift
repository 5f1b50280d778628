import AccessOperations
import JSON
import Postgres
import Synchronization
import TestKit
import Testing
import Values
@testable import Web

/// Counts what really happened.
private final class Effects: Sendable {
    private let count = Mutex(0)
    func happen() -> Int {
        count.withLock {
            $0 += 1; return $0
        }
    }
    var all: Int { count.withLock { $0 } }
}

@Suite(.database) struct `A POST that is repeated` {
    private func fixture(_ effects: Effects, failing: Bool = false) -> WebFixture {
        var fixture = WebFixture(idempotency: IdempotencyStore(pool: TestDatabase.current.pool))
        fixture.site.post("/api/v1/payments", allow: .permission(.postPayments)) { request in
            let body = String(decoding: try await request.body(), as: UTF8.self)
            let number = effects.happen()
            if failing { throw Problem(.databaseUnavailable) }
            if body == "bad" { throw Problem(.unprocessable, "no") }
            var answer = WebResponse.json(["number": .integer(number)], status: 201)
            answer.headers["Location"] = "/api/v1/payments/\(number)"
            return answer
        }
        return fixture
    }
    private let finance: Headers = ["Authorization": "Bearer finance", "Idempotency-Key": "k1"]

    @Test func `with its key gets the first answer and does nothing`() async {
        let effects = Effects()
        let fixture = fixture(effects)
        let first = await fixture.post("/api/v1/payments", finance, body: "100")
        let second = await fixture.post("/api/v1/payments", finance, body: "100")
        #expect(effects.all == 1)
        #expect(first.status == 201 && second.status == 201 && first.text == second.text)
        #expect(second.headers["Location"] == "/api/v1/payments/1" && second.headers["Content-Type"] == "application/json")
        #expect(first.headers["Idempotency-Replayed"] == nil && second.headers["Idempotency-Replayed"] == "true")
    }

    @Test func `with another body is refused, and another caller's key is another key`() async {
        let effects = Effects()
        let fixture = fixture(effects)
        _ = await fixture.post("/api/v1/payments", finance, body: "100")
        let other = await fixture.post("/api/v1/payments", finance, body: "200")
        #expect(other.status == 409 && other.code == "idempotency-conflict")
        #expect(await fixture.post("/api/v1/payments?x=1", finance, body: "100").status == 409)
        var admin = finance
        admin["Authorization"] = "Bearer admin"
        #expect(await fixture.post("/api/v1/payments", admin, body: "200").status == 201)
        #expect(effects.all == 2)
    }

    @Test func `after a failure of ours is tried again`() async {
        let effects = Effects()
        #expect(await fixture(effects, failing: true).post("/api/v1/payments", finance, body: "100").status == 503)
        #expect(await fixture(effects).post("/api/v1/payments", finance, body: "100").status == 201)
        #expect(effects.all == 2)
    }

    @Test func `that was refused is refused again in the same words, and is a conflict with another body`() async {
        let effects = Effects()
        let fixture = fixture(effects)
        let first = await fixture.post("/api/v1/payments", finance, body: "bad")
        let second = await fixture.post("/api/v1/payments", finance, body: "bad")
        #expect(first.status == 422 && second.status == 422 && first.text == second.text && effects.all == 1)
        #expect(second.headers["Content-Type"] == "application/problem+json" && second.headers["Idempotency-Replayed"] == "true")
        #expect(await fixture.post("/api/v1/payments", finance, body: "100").status == 409)
    }

    @Test func `at the same moment happens once`() async {
        let effects = Effects()
        let fixture = fixture(effects)
        let statuses = await withTaskGroup(of: Int.self) { group in
            for _ in 0..<8 { group.addTask { await fixture.post("/api/v1/payments", finance, body: "100").status } }
            return await group.reduce(into: [Int]()) { $0.append($1) }
        }
        #expect(effects.all == 1)
        #expect(statuses.contains(201) && statuses.allSatisfy { $0 == 201 || $0 == 409 })
    }

    @Test func `keeps no key that is too long or has control characters`() async {
        let fixture = fixture(Effects())
        var headers = finance
        for key in [String(repeating: "x", count: 256), "a\u{7}b", ""] {
            headers["Idempotency-Key"] = key
            #expect(await fixture.post("/api/v1/payments", headers, body: "100").status == 400, "\(key.count)")
        }
    }

    @Test func `old answers go`() async throws {
        let store = IdempotencyStore(pool: TestDatabase.current.pool)
        _ = await fixture(Effects()).post("/api/v1/payments", finance, body: "100")
        #expect(try await store.purge(now: WebFixture.now.adding(seconds: 6 * 86_400)) == 0)
        #expect(try await store.purge(now: WebFixture.now.adding(seconds: 8 * 86_400)) == 1)
    }
}
