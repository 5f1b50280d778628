import Foundation
import Glibc
import JSON
import Postgres
import TestKit
import Testing

/// The service as operators and clients meet it.
@Suite(.database, .timeLimit(.minutes(20))) struct `A running server` {
    @Test func `says where it listens, lives, is ready, counts and describes itself`() async throws {
        try await Served.program.serving { served in
            #expect(served.output == "listening on \(served.base)\n")
            #expect(try await served.request("GET", "/healthz").status == 200)
            #expect(try await served.request("GET", "/readyz").status == 200)
            let metrics = try await served.request("GET", "/metrics")
            #expect(metrics.status == 200)
            #expect(metrics.text.contains("# TYPE"))
            let description = try await served.request("GET", "/openapi.json")
            #expect(description.status == 200)
            #expect(description.json?["openapi"]?.string?.hasPrefix("3.") == true)
            #expect(try await served.request("GET", "/soap/metering?wsdl").text.contains("definitions"))
            #expect(try await served.request("GET", "/soap/metering?xsd=1").text.contains("schema"))
        }
    }

    @Test func `opens nothing to whoever has not signed in`() async throws {
        try await Served.program.serving { served in
            let description = try await served.request("GET", "/openapi.json")
            let paths = try #require(description.json?["paths"]?.object?.members)
            #expect(paths.count > 10)
            for open in ["/healthz", "/readyz", "/metrics", "/openapi.json"] { #expect(paths.contains { $0.key == open }, "\(open)") }
            let base = description.json?["servers"]?[0]?["url"]?.string.flatMap { URL(string: $0)?.path() } ?? ""
            for path in paths where path.key.hasPrefix("/api/v1/") {
                for method in path.value.object?.members.map(\.key) ?? [] where ["get", "post", "put", "delete"].contains(method) {
                    let address = base + path.key.replacing(/\{[^}]*\}/, with: "1")
                    let answer = try await served.request(method.uppercased(), address, body: method == "get" ? nil : Data("{}".utf8))
                    #expect(answer.status == 401, "\(method) \(address) answered \(answer.status)")
                    #expect(answer.code == "unauthenticated")
                }
            }
            #expect(try await served.request("POST", "/soap/metering", body: Data("<x/>".utf8)).status != 200)
            let home = try await served.request("GET", "/")
            #expect((300..<400).contains(home.status))
            #expect(home.headers["location"]?.hasPrefix("/sign-in") == true)
        }
    }

    @Test func `answers every refusal of billing and ledger with a problem, and lives`() async throws {
        try await Served.program.serving { served in
            let key = try await Served.key("admin")
            let header = ["Idempotency-Key": "refusal"]
            func post(_ path: String, _ body: String, _ more: [String: String] = [:]) async throws -> (Int, String?) {
                let headers = ["Content-Type": "application/json"].merging(more) { $1 }
                let answer = try await served.request("POST", path, key: key, headers: headers, body: Data(body.utf8))
                return (answer.status, answer.code)
            }
            for (path, code) in [
                ("/api/v1/billing-runs/L-999", "unknown-run"), ("/api/v1/billing-runs/L-999/events", "unknown-run"),
                ("/api/v1/invoices/R-1", "unknown-invoice"), ("/api/v1/invoices/R-1/explanation", "unknown-invoice"),
                ("/api/v1/invoices/R-1.xml", "unknown-invoice"), ("/api/v1/accounts/VK-1/balance", "unknown-account"),
                ("/api/v1/accounts/VK-1/statement", "unknown-account"), ("/api/v1/partners/GP-1", "not-found"),
                ("/api/v1/metering-points/X/readings", "unknown-metering-point"),
                ("/api/v1/instalments/AB-1", "unknown-instalment"), ("/api/v1/instalments/AB-1.pdf", "unknown-instalment"),
                ("/api/v1/instalments/AB-1.xml", "unknown-instalment"), ("/api/v1/contracts/VT-1/instalment-plan.pdf", "unknown-contract"),
            ] {
                let answer = try await served.request("GET", path, key: key)
                #expect(answer.status == 404 && answer.code == code, "\(path): \(answer.status) \(answer.code ?? "")")
            }
            #expect(try await post("/api/v1/billing-runs", #"{"cycle":"x","periodEnd":"2026-01-01"}"#) == (422, "unknown-cycle"))
            let runs = "/api/v1/billing-runs"
            #expect(try await post(runs, #"{"cycle":"annual-12","periodEnd":"2026-01-02"}"#) == (422, "period-does-not-end"))
            #expect(try await post("/api/v1/billing-runs", #"{"cycle":"annual-12"}"#) == (400, "json-missing"))
            #expect(try await post(runs, #"{"kind":"final","cycle":"weekly"}"#) == (422, "unknown-cycle"))
            #expect(try await post(runs, #"{"kind":"last"}"#).0 == 400)
            #expect(try await post(runs, #"{"kind":"final","simulate":true}"#).0 == 200)
            // Thresholds of the bill checks, and prices of the exchange.
            func put(_ value: String) async throws -> Int {
                try await served.request(
                    "PUT", "/api/v1/bill-check-parameters", key: key, headers: ["Content-Type": "application/json"],
                    body: Data(
                        #"{"commodity":"gas","customers":"household","from":"2026-01-01","parameters":{"hugeAmount":"\#(value)"},"reason":"x"}"#
                            .utf8)
                ).status
            }
            #expect(try await put("9000.00") == 200)
            #expect(try await put("much") == 422)
            let checks = try await served.request("GET", "/api/v1/bill-check-parameters?commodity=gas&on=2026-02-01", key: key)
            #expect(checks.text.contains(#""hugeAmount":"9000.00""#) && checks.text.contains("estimated-share"))
            #expect(try await post("/api/v1/spot-prices", "start,price", ["Content-Type": "text/csv"]) == (422, "faulty-tariffs"))
            #expect(try await post("/api/v1/invoices/R-1/cancel", #"{"reason":"x"}"#) == (404, "unknown-invoice"))
            // Parts of a cycle, and runs under control: without a supplier a run stays where it is.
            let year = #""cycle":"annual-12","periodEnd":"2026-01-01""#
            #expect(try await post(runs, "{\(year),\"region\":\"nowhere\"}") == (422, "unknown-region"))
            #expect(try await post(runs, "{\(year),\"contracts\":[\"VT-1\"]}") == (422, "unknown-contracts"))
            #expect(try await post(runs, "{\(year),\"contracts\":[\"VT-1\"],\"region\":\"x\"}").0 == 400)
            for word in ["pause", "continue", "stop"] { #expect(try await post("\(runs)/L-999/\(word)", "{}") == (404, "unknown-run")) }
            #expect(try await post(runs, "{\(year)}").0 == 200)
            let list = try await served.request("GET", runs, key: key)
            let run = "\(runs)/\(try #require(list.json?["items"]?[0]?["number"]?.string))"
            for (word, state) in [("pause", "paused"), ("continue", "running"), ("pause", "paused"), ("stop", "stopped")] {
                let answer = try await served.request("POST", "\(run)/\(word)", key: key)
                #expect(answer.status == 200 && answer.json?["state"]?.string == state, "\(word): \(answer.text)")
            }
            #expect(try await post(run + "/continue", "{}") == (409, "run-ended"))
            for format in ["json", "csv", "xlsx"] {
                #expect(try await served.request("GET", "\(run)/report?format=\(format)", key: key).status == 200)
            }
            #expect(try await served.request("GET", run + "/report?format=pdf", key: key).status == 406)
            #expect(try await served.request("GET", run + "/events", key: key).text.contains("event: finished"))
            // Held bills, holds, corrections, instalments.
            for path in ["held-invoices", "billing-holds", "corrections", "instalments", "invoices?state=stale"] {
                let answer = try await served.request("GET", "/api/v1/" + path, key: key)
                #expect(answer.status == 200, "\(path): \(answer.text)")
                #expect(answer.json?["items"] == .array([]))
            }
            #expect(try await post("/api/v1/held-invoices/1/release", #"{"reason":"x"}"#) == (404, "unknown-held-invoice"))
            #expect(try await post("/api/v1/held-invoices/1/recheck", "{}") == (404, "unknown-held-invoice"))
            #expect(try await post("/api/v1/contracts/VT-1/hold", #"{"reason":"x"}"#) == (404, "unknown-contract"))
            #expect(try await post("/api/v1/accounts/VK-1/hold/lift", #"{"reason":"x"}"#) == (404, "unknown-account"))
            #expect(try await post("/api/v1/corrections/find", "{}").0 == 200)
            #expect(try await post("/api/v1/corrections/7/release", #"{"reason":"x"}"#) == (404, "unknown-correction"))
            #expect(try await post("/api/v1/corrections/7/release", #"{"reason":"x","method":"y"}"#).0 == 400)
            #expect(try await post("/api/v1/corrections/7/dismiss", #"{"reason":" "}"#).0 == 422)
            #expect(try await post("/api/v1/instalments/request", #"{"dueUntil":"2026-01-01"}"#).0 == 200)
            let plan = "/api/v1/contracts/VT-1/instalment-plan"
            #expect(try await post(plan, #"{"firstDue":"2026-01-01"}"#) == (404, "unknown-contract"))
            #expect(try await post(plan, #"{"firstDue":"2026-01-01","count":13}"#).0 == 400)
            let payment = #"{"account":"VK-1","amount":"-5.00","valueDate":"2026-01-01"}"#
            #expect(try await post("/api/v1/payments", payment, header) == (422, "amount-not-positive"))
            let nothing = try await post("/api/v1/readings", "null")
            #expect(nothing.0 == 400 && nothing.1?.hasPrefix("json-") == true, "\(nothing)")
            #expect(try await served.request("GET", "/healthz").status == 200)
        }
    }

    @Test func `knows a new key at once and a revoked one no more`() async throws {
        try await Served.program.serving { served in
            let key = try await Served.key("readonly")
            #expect(try await served.request("GET", "/api/v1/partners?q=x", key: key).status == 200)
            #expect(try await served.request("POST", "/api/v1/readings", key: key, body: Data("{}".utf8)).status == 403)
            let revoked = try await Served.program.run("key", "revoke", key)
            #expect(revoked.status == 0)
            #expect(try await served.request("GET", "/api/v1/partners?q=x", key: key).status == 401)
        }
    }

    @Test func `sees at once what another program imported`() async throws {
        try await Served.program.serving { served in
            let key = try await Served.key("gateway")
            let early = try await served.json("POST", "/api/v1/readings", key: key, Served.day(1, messageId: "early"))
            #expect(early.json?["rejected"]?.integer == 24)
            try await Served.importMasterData()
            let late = try await served.json("POST", "/api/v1/readings", key: key, Served.day(1, messageId: "late"))
            #expect(late.json?["accepted"]?.integer == 24, "\(late.text)")
        }
    }

    @Test func `answers a repeated POST as before, and another body under the same key with 409`() async throws {
        try await Served.importMasterData()
        try await Served.program.serving { served in
            let key = try await Served.key("gateway")
            func post(_ body: String) async throws -> ServedProgram.Answer {
                try await served.request("POST", "/api/v1/readings", key: key, headers: ["Idempotency-Key": "one"], body: Data(body.utf8))
            }
            let first = try await post(Served.day(1, messageId: "a"))
            let second = try await post(Served.day(1, messageId: "a"))
            #expect(first.json?["accepted"]?.integer == 24)
            #expect(second.body == first.body)
            #expect(try await post(Served.day(2, messageId: "b")).status == 409)
        }
    }

    @Test func `finishes what it accepted when it is told to stop, and ends with 0`() async throws {
        try await Served.importMasterData()
        let key = try await Served.key("gateway")
        let served = try await ServedProgram.start(["serve", "--port", "0"], environment: Served.program.environment)
        let body = Served.day(1, messageId: "slow")
        let connection = try RawConnection(port: served.port)
        connection.say(
            "POST /api/v1/readings HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer \(key)\r\nContent-Type: application/json\r\nContent-Length: \(body.utf8.count)\r\n\r\n"
        )
        connection.say(String(body.prefix(100)))
        // The request is at work once the metrics count it or a moment has passed; the rest follows after the signal.
        try await Task.sleep(for: .milliseconds(500))
        served.terminate()
        try await Task.sleep(for: .milliseconds(300))
        connection.say(String(body.dropFirst(100)))
        let heard = await connection.hear(until: "\"accepted\"")
        #expect(heard.hasPrefix("HTTP/1.1 200"), "\(heard)")
        #expect(await served.end() == 0)
        #expect(try await Served.rows()["day_block"] == 1)
    }

    @Test func `loses nothing it acknowledged when it is killed, and doubles nothing that is sent again`() async throws {
        try await Served.importMasterData()
        let key = try await Served.key("gateway")
        let days = 1...24
        var acknowledged: Set<Int> = []
        for round in 0..<3 {
            let served = try await ServedProgram.start(["serve", "--port", "0"], environment: Served.program.environment)
            let killer = Task {
                try await Task.sleep(for: .milliseconds(120 + round * 60))
                served.kill()
            }
            await withTaskGroup(of: Int?.self) { group in
                // All of one meter: while one is written the others wait, and then share a transaction.
                for worker in 0..<8 {
                    group.addTask { [acknowledged] in
                        var last: Int?
                        for day in days where day % 8 == worker && !acknowledged.contains(day) {
                            guard
                                let answer = try? await served.json(
                                    "POST", "/api/v1/readings", key: key, Served.day(day, messageId: "day-\(day)")),
                                answer.status == 200
                            else { return last }
                            last = day
                        }
                        return last
                    }
                }
                for await day in group {
                    if let day { for known in days where known % 8 == day % 8 && known <= day { acknowledged.insert(known) } }
                }
            }
            try? await killer.value
            #expect(await served.end() == -SIGKILL)
        }
        try await Served.program.serving { served in
            for day in days {
                let answer = try await served.json("POST", "/api/v1/readings", key: key, Served.day(day, messageId: "day-\(day)"))
                #expect(answer.status == 200)
                if acknowledged.contains(day) {
                    #expect(answer.json?["duplicates"]?.integer == 24, "day \(day) was acknowledged and is lost: \(answer.text)")
                }
            }
            let series = try await served.request("GET", "/api/v1/metering-points/\(Served.point)/readings?obis=1-0:1.29.0", key: key)
            let values = try #require(series.json?["series"]?[0]?["values"]?.array)
            #expect(values.count == 24 * days.count)
            #expect(values.allSatisfy { $0["status"]?.string == "measured" })
            // A day that came after its successor takes the place of our estimate, so versions may differ; what was delivered stands once.
            let delivered = try await TestDatabase.current.pool.with {
                try $0.one("SELECT count(*) FROM day_block WHERE delivery_id IS NOT NULL", as: Int64.self)
            }
            #expect(delivered == Int64(days.count))
        }
    }

    @Test func `is not ready while the database is gone, and recovers with it`() async throws {
        let database = TestDatabase.current
        try await Served.program.serving { served in
            let key = try await Served.key("readonly")
            #expect(try await served.request("GET", "/api/v1/partners?q=x", key: key).status == 200)
            // The server ends all sessions: the next request gets a new connection and does not notice.
            try await database.pool.with { connection in
                try connection.query(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()")
            }
            var statuses: [Int] = []
            for _ in 0..<20 {
                statuses.append(try await served.request("GET", "/api/v1/partners?q=x", key: key).status)
                if statuses.last == 200 { break }
                try await Task.sleep(for: .milliseconds(100))
            }
            #expect(statuses.last == 200)
            #expect(statuses.allSatisfy { $0 == 200 || $0 == 503 }, "\(statuses)")
            #expect(try await served.request("GET", "/readyz").status == 200)
        }
    }

    @Test func `refuses to listen in clear beyond this machine, and on a port that is taken`() async throws {
        let open = try await Served.program.run("serve", "--host", "0.0.0.0", "--port", "0")
        #expect(open.status == 1)
        #expect(open.output.isEmpty)
        #expect(open.messages.contains("without TLS"))
        try await Served.program.serving { served in
            let second = try await Served.program.run("serve", "--port", "\(served.port)")
            #expect(second.status == 1)
            #expect(second.messages.contains("in use"))
        }
    }
}
