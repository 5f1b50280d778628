import Foundation
import JSON
import TestKit
import Testing

/// Over HTTP, with the rights the service has: people's edits, the life of meters, deliveries, changes, virtual points.
@Suite(.database) struct `A server that people work with` {
    private static let edits = "/api/v1/metering-points/\(Served.point)/edits"
    private static let span = #""obis":"1-0:1.29.0","from":"2025-02-01T00:00:00+01:00","until":"2025-02-01T02:00:00+01:00""#

    @Test func `changes values, tells their history, and takes edits and deliveries back`() async throws {
        try await Served.importMasterData()
        try await Served.program.serving { served in
            let gateway = try await Served.key("gateway")
            let clerk = try await Served.key("admin")
            func values() async throws -> [String] {
                let path = "/api/v1/metering-points/\(Served.point)/readings?obis=1-0:1.29.0&from=2025-02-01&to=2025-02-02"
                let series = try await served.request("GET", path, key: clerk).json?["series"]
                guard case .array(let list)? = series, case .array(let values)? = list.first?["values"] else { return [] }
                return values.prefix(3).compactMap { $0["value"]?.string }
            }
            _ = try await served.json("POST", "/api/v1/readings", key: gateway, Served.day(1, messageId: "a"))
            let body = #"{\#(Self.span),"action":"replace","values":["0.2","0.3"],"reason":"Protokoll"}"#
            #expect(try await served.json("POST", Self.edits, key: gateway, body).status == 403)
            let preview = try await served.json("POST", Self.edits + "/preview", key: clerk, body)
            #expect(preview.status == 200 && preview.text.contains(#""value":"0.3""#), "\(preview.text)")
            #expect(try await values() == ["0.1", "0.1", "0.1"])
            let edit = try await served.json("POST", Self.edits, key: clerk, body)
            #expect(edit.status == 200 && edit.json?["values"]?.integer == 2, "\(edit.text)")
            #expect(try await values() == ["0.2", "0.3", "0.1"])
            let silent = #"{\#(Self.span),"action":"withdraw","reason":" "}"#
            let refused = try await served.json("POST", Self.edits, key: clerk, silent)
            #expect(refused.status == 422 && refused.code == "missing-reason")

            let history = try await served.request(
                "GET", "/api/v1/metering-points/\(Served.point)/readings/history?obis=1-0:1.29.0&at=2025-02-01T00:10:00%2B01:00", key: clerk
            )
            #expect(history.text.contains("Protokoll") && history.text.contains(#""messageId":"a""#), "\(history.text)")
            let id = try #require(edit.json?["id"]?.integer)
            let undo = try await served.json("POST", "/api/v1/edits/\(id)/undo", key: clerk, #"{"reason":"Zahlendreher"}"#)
            #expect(undo.json?["undoes"]?.integer == id, "\(undo.text)")
            #expect(try await values() == ["0.1", "0.1", "0.1"])
            let again = try await served.json("POST", "/api/v1/edits/\(id)/undo", key: clerk, #"{"reason":"noch einmal"}"#)
            #expect(again.status == 409 && again.code == "already-undone")
            let list = try await served.request("GET", "/api/v1/edits?meteringPoint=\(Served.point)", key: clerk)
            #expect(list.text.contains(#""action":"undo""#) && list.text.contains(#""undoneBy":"#), "\(list.text)")

            let deliveries = try await served.request("GET", "/api/v1/deliveries?messageId=a", key: clerk)
            guard case .array(let items)? = deliveries.json?["items"], let delivery = items.first?["id"]?.integer else {
                Issue.record("\(deliveries.text)")
                return
            }
            #expect(try await served.request("GET", "/api/v1/deliveries/\(delivery)/raw", key: clerk).text.contains(#""messageId": "a""#))
            let cancelled = try await served.json(
                "POST", "/api/v1/deliveries/\(delivery)/cancel", key: clerk, #"{"reason":"falscher Zähler"}"#)
            #expect(cancelled.json?["action"]?.string == "cancel-delivery", "\(cancelled.text)")
            #expect(try await served.request("GET", "/api/v1/deliveries/999999", key: clerk).code == "unknown-delivery")
            let changes = try await served.request("GET", "/api/v1/changes", key: clerk)
            #expect(changes.status == 200 && changes.json?["next"]?.string != nil, "\(changes.text)")
            #expect(try await served.request("GET", "/api/v1/changes?cursor=x", key: clerk).status == 400)
        }
    }

    @Test func `keeps the life of a meter and computes virtual points`() async throws {
        try await Served.importMasterData()
        try await Served.program.serving { served in
            let clerk = try await Served.key("admin")
            func post(_ path: String, _ body: String) async throws -> (Int, String?) {
                let answer = try await served.json("POST", "/api/v1" + path, key: clerk, body)
                return (answer.status, answer.code)
            }
            #expect(try await post("/meters/NOBODY/removal", #"{"day":"2026-01-01","reason":"x"}"#) == (404, "unknown-meter"))
            #expect(try await post("/meters/\(Served.meter)/removal", #"{"day":"2026-01-01","why":"x"}"#) == (400, "json-unknown-key"))
            let point = "/metering-points/\(Served.point)"
            let formula = #"""
                {"obis":"1-0:1.29.0","unit":"kWh","resolution":"PT1H","from":"2025-01-01","reason":"Summe",
                 "terms":[{"meteringPoint":"\#(Served.point)","obis":"1-0:1.29.0","factor":"-0.5"}]}
                """#
            #expect(try await post(point + "/formulas", formula) == (422, "cycle"))
            let master = #"{"meteringPoints":[{"code":"VIRTUAL-1","commodity":"electricity"}]}"#
            #expect(try await served.json("PUT", "/api/v1/master-data", key: clerk, master).status == 200)
            #expect(try await post("/metering-points/VIRTUAL-1/formulas", formula).0 == 204)
            _ = try await served.json("POST", "/api/v1/readings", key: clerk, Served.day(1, messageId: "a"))
            let series = try await served.request("GET", "/api/v1/metering-points/VIRTUAL-1/readings", key: clerk)
            #expect(series.text.contains(#""value":"-0.05""#) && series.text.contains(#""method":"calculated""#), "\(series.text)")
            let coverage = try await served.request(
                "GET", "/api/v1/metering-points/VIRTUAL-1/formulas?from=2025-02-01&to=2025-02-02", key: clerk)
            #expect(coverage.text.contains(#""known":24"#) && coverage.text.contains(#""sum":"-1.2""#), "\(coverage.text)")
            let events = try await served.request("GET", "/api/v1\(point)/events", key: clerk)
            #expect(events.status == 200 && events.text.contains("events"))
        }
    }
}
