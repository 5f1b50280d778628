import Foundation
import JSON
import TestKit
import Testing

/// Billing at a terminal and over the wire: interim bills, what the checks noticed, corrections by two people.
@Suite(.database, .timeLimit(.minutes(20))) struct `Billing by command` {
    private var program: ProgramUnderTest { Served.program }

    private func load(_ text: String) async throws {
        let file = FileManager.default.temporaryDirectory.appending(path: "billing-\(UUID().uuidString).json")
        try Data(text.utf8).write(to: file)
        defer { try? FileManager.default.removeItem(at: file) }
        let outcome = try await program.run("import", file.path(percentEncoded: false))
        try #require(outcome.status == 0, "\(outcome.messages)")
    }
    private func read(_ rows: [(meter: Int, day: String, value: String)], id: String) async throws {
        let list = rows.map { row in
            #"{"meter": "B-\#(row.meter)", "obis": "1-0:1.8.0", "at": "\#(row.day)T00:00:00+01:00", "value": "\#(row.value)", "unit": "kWh", "status": "measured"}"#
        }
        try await load(#"{"messageId": "\#(id)", "source": "gw", "registers": [\#(list.joined(separator: ","))]}"#)
    }
    /// Two customers of a year.
    private func town() async throws {
        #expect(try await program.run("tariff", "publish").status == 0)
        func list(_ item: (Int) -> String) -> String { [1, 2].map(item).joined(separator: ",") }
        try await load(
            #"""
            {"partners": [\#(list { #"{"key": "p-\#($0)", "kind": "person", "name": {"given": "Erika", "family": "Muster \#($0)"}, "address": {"street": "Hauptstraße", "house": "1", "postcode": "24534", "city": "Neumünster"}}"# })],
             "accounts": [\#(list { #"{"key": "a-\#($0)", "partner": "p-\#($0)"}"# })],
             "meteringPoints": [\#(list { #"{"code": "B-POINT-\#($0)", "commodity": "electricity", "meters": [{"serial": "B-\#($0)", "from": "2024-01-01", "registers": [{"obis": "1-0:1.8.0", "unit": "kWh", "decimals": 3}]}]}"# })],
             "contracts": [\#(list { #"{"key": "c-\#($0)", "account": "a-\#($0)", "meteringPoint": "B-POINT-\#($0)", "tariff": "electricity/basis", "from": "2025-01-01", "cycle": "annual-12", "attributes": {"usage": "household", "region": "neumuenster"}}"# })]}
            """#)
        try await read(
            [1, 2].flatMap { [($0, "2025-01-01", "1000"), ($0, "2026-01-01", "4500"), ($0, "2026-02-01", "4800")] }, id: "year")
    }
    /// A command with something on standard input.
    private func run(_ words: String..., input: String) async throws -> ProgramUnderTest.Outcome {
        try await OtherProgram.run(
            try ProgramUnderTest.executable().path(percentEncoded: false), words, environment: program.environment,
            input: Data((input + "\n").utf8))
    }

    @Test func `an interim bill on demand, and what went out late is named`() async throws {
        try await town()
        let year = try await program.run("bill", "--cycle", "annual-12", "--period-end", "2026-01-01")
        #expect(year.status == 0 && year.output.contains("bills 2, held 0"), "\(year.messages)")
        #expect(year.messages.contains("notice: deadline-missed, bills: 2"))
        let missing = try await program.run("bill", "--interim", "--period-end", "2026-02-01")
        #expect(missing.status == 64 && missing.messages.contains("--interim needs --account or --contracts"))
        let interim = try await program.run("bill", "--interim", "--account", "a-1", "--period-end", "2026-02-01")
        #expect(interim.status == 0 && interim.output.contains("contracts 1, bills 1, held 0"), "\(interim.output)\(interim.messages)")
        try await program.serving { served in
            let key = try await Served.key("billing")
            let refused = try await served.json(
                "POST", "/api/v1/billing-runs", key: key, #"{"kind": "interim", "periodEnd": "2026-02-01"}"#)
            #expect(refused.status == 422, "\(refused.text)")
            let begun = try await served.json(
                "POST", "/api/v1/billing-runs", key: key, #"{"kind": "interim", "contracts": ["c-2"], "periodEnd": "2026-02-01"}"#)
            let run = try #require(begun.json?["number"]?.string, "\(begun.text)")
            #expect(try await served.request("GET", "/api/v1/billing-runs/\(run)/events", key: key).text.contains("event: finished"))
            #expect(try await served.json("GET", "/api/v1/billing-runs/\(run)", key: key).json?["billed"]?.integer == 1)
            let notices = try await served.json("GET", "/api/v1/bill-notices?code=deadline-missed", key: key)
            #expect(notices.json?["items"]?.array?.count == 4, "\(notices.text)")
            #expect(notices.json?["items"]?[0]?["notices"]?[0]?["code"]?.string == "deadline-missed")
            #expect(try await served.json("GET", "/api/v1/bill-notices?run=\(run)", key: key).json?["items"]?.array?.count == 1)
        }
    }

    @Test func `a large correction is released by two people who show who they are`() async throws {
        try await town()
        #expect(try await program.run("bill", "--cycle", "annual-12", "--period-end", "2026-01-01").status == 0)
        try await read([(1, "2026-01-01", "1500"), (1, "2026-02-01", "1600")], id: "late")
        _ = try await program.run("corrections", "find")
        let listed = try await program.run("corrections", "list").output
        let id = String(try #require(listed.split(separator: "\n").last?.split(separator: " ").first))
        func secret(_ login: String) -> String { "Schrank im Keller von \(String(login.reversed()))" }
        for (login, role) in [("anke", "billing"), ("bernd", "billing"), ("carla", "readonly")] {
            let added = try await run("user", "add", login, "--role", role, "--password-stdin", input: secret(login))
            try #require(added.status == 0, "\(added.messages)")
        }
        func release(_ login: String, password: String? = nil) async throws -> ProgramUnderTest.Outcome {
            try await run(
                "corrections", "release", id, "--reason", "Ablesung nachgereicht", "--by", login,
                input: password ?? secret(login))
        }
        let alone = try await program.run("corrections", "release", id, "--reason", "x")
        #expect(alone.status == 1 && alone.messages.contains("needs two people") && alone.messages.contains("--by LOGIN"))
        #expect(try await release("anke", password: "falsch").messages.contains("login or password of anke is wrong"))
        #expect(try await release("carla").messages.contains("carla may not release bills"))
        let first = try await release("anke")
        #expect(first.status == 0 && first.output.isEmpty && first.messages.contains("first of two releases, by anke"), "\(first.messages)")
        let again = try await release("anke")
        #expect(again.status == 1 && again.messages.contains("now another person"))
        let second = try await release("bernd")
        #expect(second.status == 0 && second.output.contains(" corrects R-"), "\(second.messages)")
    }
}
