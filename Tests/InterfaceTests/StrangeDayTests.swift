import AccessOperations
import JSON
import MasterDataFormat
import Postgres
import TestKit
import Testing
import Values
import Web

/// Days that are no days of ours: every way in says so, and the server lives.
@Suite(.database) struct `A day that nobody means` {
    private static let days = ["0001-01-01", "0001-01-05", "1899-12-31", "2200-01-01", "9999-12-01", "9999-12-31"]

    @Test(arguments: [
        ("/billing-runs", #"{"cycle":"annual-12","periodEnd":"DAY"}"#),
        ("/billing-runs", #"{"cycle":"monthly","periodEnd":"DAY","simulate":true}"#),
        ("/billing-runs", #"{"kind":"final","periodEnd":"DAY"}"#),
        ("/billing-runs", #"{"kind":"interim","periodEnd":"DAY","contracts":["c1"]}"#),
        ("/contracts/c1/instalment-plan", #"{"firstDue":"DAY","yearly":"1200.00"}"#), ("/instalments/request", #"{"dueUntil":"DAY"}"#),
        ("/contracts/c1/end", #"{"until":"DAY"}"#),
        ("/payments", #"{"account":"a1","amount":"5.00","valueDate":"DAY","idempotencyKey":"1"}"#),
        ("/contracts", #"{"key":"c9","account":"a1","meteringPoint":"P-1","tariff":"electricity/basis","cycle":"annual-12","from":"DAY"}"#),
    ])
    func `is refused over REST with its place`(path: String, body: String) async throws {
        let world = try await CockpitWorld()
        try await world.fill()
        let admin = try await world.person(.admin)
        for day in Self.days {
            let answer = await world.site.answer(
                Incoming(
                    .post, "/api/v1\(path)", headers: ["Authorization": "Basic \(admin.basic)", "Content-Type": "application/json"],
                    body: Array(body.replacing("DAY", with: day).utf8)))
            #expect([400, 422].contains(answer.status), "\(day): \(answer.status) \(answer.text)")
            #expect(answer.text.contains("1900"), "\(answer.text)")
        }
    }

    @Test func `is refused in the cockpit's forms`() async throws {
        let world = try await CockpitWorld()
        try await world.fill()
        _ = try await world.bill()
        let known = try await world.pool.with { connection in
            try connection.query("SELECT c.number, a.number FROM contract c JOIN account a ON a.id = c.account_id WHERE c.key = 'c1'").map {
                (number: try $0.get(0) as String, account: try $0.get(1) as String)
            }
        }
        let contract = try #require(known.first)
        let clerk = try await world.person(.admin)
        for day in Self.days {
            let forms: [(String, [(String, String)])] = [
                ("/accounts/\(contract.account)/interim-bills", [("contract", contract.number), ("last", day)]),
                (
                    "/accounts/\(contract.account)/instalments",
                    [("contract", contract.number), ("count", "11"), ("firstDue", day), ("yearly", "1200")]
                ),
                ("/instalments", [("dueUntil", day)]), ("/billing-runs", [("cycle", "annual-12"), ("lastDay", day)]),
            ]
            for (path, fields) in forms {
                let answer = await clerk.post(path, fields)
                #expect([400, 422].contains(answer.status), "\(path) \(day): \(answer.status)")
            }
        }
        #expect(await clerk.open("/billing-runs").status == 200)
    }

    @Test func `is refused in master data; an open end may be written as other systems do`() throws {
        func document(_ from: String, _ until: String) throws -> MasterDataDocument {
            try MasterDataDocument(
                json: Array(
                    #"{"contracts": [{"key": "c", "account": "a", "meteringPoint": "P-1", "tariff": "electricity/basis", "from": "\#(from)", "until": "\#(until)", "cycle": "annual-12"}]}"#
                        .utf8))
        }
        for day in Self.days { #expect(throws: (any Error).self, "\(day)") { try document(day, "9999-12-31") } }
        for day in Self.days.dropLast() { #expect(throws: (any Error).self, "\(day)") { try document("1900-01-01", day) } }
        #expect(try document("2025-01-01", "9999-12-31").contracts.first?.until == Day(9999, 12, 31))
    }

    @Test func `named without a key, a payment is booked each time`() async throws {
        let world = try await CockpitWorld()
        try await world.fill()
        let admin = try await world.person(.admin)
        for _ in 1...2 {
            let answer = await world.site.answer(
                Incoming(
                    .post, "/api/v1/payments", headers: ["Authorization": "Basic \(admin.basic)", "Content-Type": "application/json"],
                    body: Array(#"{"account":"a1","amount":"5.00","valueDate":"2026-03-01"}"#.utf8)))
            #expect(answer.status == 200 && answer.text.contains("\"existed\":false"), "\(answer.text)")
        }
        #expect(try await admin.json("/api/v1/accounts/a1/balance")["balance"]?.string == "-10.00")
    }
}
