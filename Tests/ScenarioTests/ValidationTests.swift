import Foundation
import JSON
import TestKit
import Testing

@Suite(.database, .timeLimit(.minutes(20))) struct `Thresholds, completeness and temperatures over the wire` {
    @Test func `an operator changes a threshold, and a running server judges by it at once`() async throws {
        try await Served.importMasterData()
        try await Served.program.serving { served in
            let billing = try await Served.key("billing")
            let gateway = try await Served.key("gateway")
            func findings(_ rule: String) async throws -> Int {
                try await served.json("GET", "/api/v1/exceptions?rule=\(rule)", key: billing).json?["items"]?.array?.count ?? -1
            }
            // A day of 0.1 kWh with an oven: for a home nothing special.
            func oven(_ day: Int) -> String {
                let plain = Served.day(day, messageId: "oven \(day)")
                return plain.replacingOccurrences(of: #"["0.100","0.100","#, with: #"["0.100","3.000","#)
            }
            #expect(try await served.json("POST", "/api/v1/readings", key: gateway, oven(1)).status == 200)
            #expect(try await findings("spike") == 0)

            let change =
                #"{"commodity": "electricity", "customerClass": "household", "from": "2025-01-01", "parameters": {"spikePercent": 180}, "reason": "trial"}"#
            #expect(try await served.json("PUT", "/api/v1/validation-parameters", key: gateway, change).status == 403)
            let answer = try await served.json("PUT", "/api/v1/validation-parameters", key: billing, change)
            #expect(answer.status == 200 && answer.json?["parameters"]?["spikePercent"]?.string == "180", "\(answer.text)")
            #expect(try await served.json("POST", "/api/v1/readings", key: gateway, oven(2)).status == 200)
            #expect(try await findings("spike") == 1)

            // The same from the command line, beside the server.
            let off = try await Served.program.run(
                "parameters", "set", "spikePercent=off", "--commodity", "electricity", "--class", "household", "--from", "2025-01-01",
                "--reason", "enough")
            #expect(off.status == 0, "\(off.messages)")
            #expect(try await served.json("POST", "/api/v1/readings", key: gateway, oven(3)).status == 200)
            #expect(try await findings("spike") == 1)
            let listed = try await Served.program.run("parameters", "list", "--commodity", "electricity", "--class", "household")
            #expect(listed.output.contains("spikePercent=180") && listed.output.contains("enough"))

            for wrong in [#"{"nonsense": "1"}"#, #"{"coveragePercent": null}"#, "{}"] {
                let body = change.replacingOccurrences(of: #"{"spikePercent": 180}"#, with: wrong)
                let refused = try await served.json("PUT", "/api/v1/validation-parameters", key: billing, body)
                #expect(refused.status == 422 && refused.code == "validation-parameters", "\(refused.text)")
            }
            let all = try await served.json("GET", "/api/v1/validation-parameters?on=2025-06-01", key: billing)
            #expect(all.json?["items"]?.array?.count == 12 && all.json?["settings"]?.array?.isEmpty == false)
        }
    }

    @Test func `completeness, temperatures and states are asked and told`() async throws {
        try await Served.importMasterData()
        let folder = FileManager.default.temporaryDirectory.appending(path: "temperatures-\(UUID().uuidString).csv")
        try Data("station,day,celsius\nNeumünster,2025-02-01,-2.5\nNeumünster,2025-02-02,warm\n".utf8).write(to: folder)
        defer { try? FileManager.default.removeItem(at: folder) }
        let imported = try await Served.program.run("import", folder.path(percentEncoded: false))
        #expect(
            imported.status == 0 && imported.output.contains("temperatures: added 1, changed 0, unchanged 0, rejected 1"),
            "\(imported.output)")
        #expect(imported.messages.contains("line 3"))
        try await Served.program.serving { served in
            let billing = try await Served.key("billing")
            let gateway = try await Served.key("gateway")
            #expect(try await served.json("POST", "/api/v1/readings", key: gateway, Served.day(1, messageId: "a")).status == 200)
            let answer = try await served.json(
                "GET", "/api/v1/completeness?from=2025-02-01&to=2025-02-03&commodity=electricity", key: billing)
            let total = try #require(answer.json?["totals"]?[0], "\(answer.text)")
            let received = total["received"]?.integer ?? 0
            #expect(received == 24 && (total["expected"]?.integer ?? 0) >= 48)
            #expect(answer.json?["items"]?.array?.isEmpty == false)
            #expect(try await served.json("GET", "/api/v1/completeness?from=2025-02-03&to=2025-02-01", key: billing).status == 400)

            let weather =
                #"{"source": "DWD", "items": [{"station": "Neumünster", "day": "2025-02-01", "celsius": "-2.5"}], "regions": [{"postcode": "24", "station": "Neumünster"}]}"#
            let put = try await served.json("PUT", "/api/v1/temperatures", key: gateway, weather)
            #expect(put.json?["unchanged"]?.integer == 1 && put.json?["regions"]?.integer == 1, "\(put.text)")
            let state = #"{"state": "vacant", "from": "2025-03-01", "until": "2025-04-01", "reason": "moved out"}"#
            let states = try await served.json("PUT", "/api/v1/metering-points/\(Served.point)/states", key: billing, state)
            #expect(states.json?["items"]?[0]?["state"]?.string == "vacant", "\(states.text)")
            let survey = try await Served.program.run("survey", "--now", "2025-02-10T12:00:00+01:00")
            #expect(survey.status == 0 && survey.output.contains("silence"), "\(survey.output) \(survey.messages)")
        }
    }
}
