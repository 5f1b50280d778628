import Foundation
import JSON
import TestKit
import Testing

/// Customers and contracts one by one, as a service desk makes them over REST.
@Suite(.database, .timeLimit(.minutes(20))) struct `A customer at the service desk` {
    @Test func `is registered, gets a contract and ends it`() async throws {
        try await Served.importMasterData()
        try await Served.program.serving { served in
            let point = "DE000000000000000000000000000FREE"
            try await Served.freePoint(point, meter: "DESK-METER-1", served, key: try await Served.key("admin"))
            let key = try await Served.key("service")
            func post(_ path: String, _ body: String) async throws -> ServedProgram.Answer {
                try await served.json("POST", "/api/v1" + path, key: key, body)
            }
            let customer = """
                {"partner": {"key": "desk-1", "name": {"given": "Zoë", "family": "Müßig"}, "kind": "person"}, "accounts": [{"key": "desk-acc-1", "iban": null}]}
                """
            let made = try await post("/partners", customer)
            #expect(made.status == 200, "\(made.text)")
            #expect(made.json?["existed"]?.bool == false)
            #expect(made.json?["accounts"]?[0]?["key"]?.string == "desk-acc-1")
            let again = try await post("/partners", customer)
            #expect(again.json?["existed"]?.bool == true)
            #expect(again.json?["number"] == made.json?["number"])
            // A registration does not become the correction of an old customer.
            let other = try await post("/partners", customer.replacing("Müßig", with: "Fleißig"))
            #expect(other.status == 422)
            #expect(other.json?["errors"]?[0]?["path"]?.string == "/partner/key")
            let wrong = try await post("/partners", #"{"partner": {"key": "desk-2", "nickname": "X"}}"#)
            #expect(wrong.status == 422)
            #expect(wrong.json?["errors"]?[0]?["path"]?.string == "/partner/nickname", "\(wrong.text)")

            let contract = """
                {"key": "desk-con-1", "account": "desk-acc-1", "meteringPoint": "\(point)", "tariff": "electricity/basis",
                 "from": "2027-01-01", "attributes": {"usage": "household", "region": "neumuenster"}}
                """
            let begun = try await post("/contracts", contract)
            #expect(begun.status == 200, "\(begun.text)")
            #expect(begun.json?["until"] == .null)
            #expect(try await post("/contracts", contract).json?["existed"]?.bool == true)
            #expect(try await post("/contracts", contract.replacing("basis", with: "other")).status == 422)
            let taken = try await post("/contracts", contract.replacing("desk-con-1", with: "desk-con-2"))
            #expect(taken.status == 422, "a point has one contract on a day")
            #expect(taken.json?["errors"]?[0]?["code"]?.string == "conflict")

            let number = try #require(begun.json?["number"]?.string)
            let ended = try await post("/contracts/\(number)/end", #"{"until": "2028-01-01"}"#)
            #expect(ended.json?["until"]?.string == "2028-01-01", "\(ended.text)")
            #expect(try await post("/contracts/desk-con-1/end", #"{"until": "2028-01-01"}"#).status == 200)
            #expect(try await post("/contracts/desk-con-1/end", #"{"until": "2029-01-01"}"#).status == 422, "it has ended before")
            #expect(try await post("/contracts/desk-con-1/end", #"{"until": "2027-01-01"}"#).status == 422, "it begins then")
            #expect(try await post("/contracts/nobody/end", #"{"until": "2028-01-01"}"#).code == "unknown-contract")

            let reader = try await Served.key("readonly")
            let forbidden = try await served.json("POST", "/api/v1/partners", key: reader, customer)
            #expect(forbidden.status == 403)
        }
    }
}
