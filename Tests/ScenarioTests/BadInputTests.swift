import Foundation
import JSON
import Postgres
import TestKit
import Testing

/// What strangers, broken gateways and attackers send: each gets its answer, and nothing else happens.
@Suite(.database, .timeLimit(.minutes(20))) struct `Bad input` {
    /// Asks, and checks that status and code are right and nothing was stored.
    private func expect(
        _ status: Int, _ code: String, stores: Set<String> = [], from answer: () async throws -> ServedProgram.Answer,
        location: SourceLocation = #_sourceLocation
    ) async throws {
        let before = try await Served.rows()
        let answer = try await answer()
        #expect(answer.status == status, "\(answer.text.prefix(500))", sourceLocation: location)
        let found = answer.code ?? answer.json?["errors"]?[0]?["code"]?.string ?? answer.text
        #expect(code.isEmpty || found.contains(code), "\(answer.text.prefix(500))", sourceLocation: location)
        let after = try await Served.rows()
        let changed = Set(after.filter { before[$0.key] != $0.value }.keys)
        #expect(changed.subtracting(stores).isEmpty, "it changed \(changed)", sourceLocation: location)
    }

    private func register(_ members: String) -> String {
        """
        {"messageId": "\(UUID().uuidString)", "source": "test", "registers": [{"meter": "\(Served.meter)", "obis": "1-0:1.8.0", \
        "at": "2025-02-01T00:00:00+01:00", "value": "4711.3", "unit": "kWh", \(members)}]}
        """
    }

    @Test func `in readings is refused as a whole or item by item, and no value is stored`() async throws {
        try await Served.importMasterData()
        try await Served.program.serving { served in
            let key = try await Served.key("gateway")
            func post(_ body: String) -> () async throws -> ServedProgram.Answer {
                { try await served.json("POST", "/api/v1/readings", key: key, body) }
            }

            try await expect(400, "json-", from: post(String(Served.day(1, messageId: "a").dropLast(40))))
            try await expect(400, "json-", from: post(#"{"messageId": "a", "source": "b", "registers": 7}"#))
            try await expect(400, "", from: post(#"{"source": "b", "registers": []}"#))
            try await expect(400, "", from: post(""))
            // Who says JSON and sends something else has a broken body; without that word it is a format nobody knows.
            try await expect(400, "json-", from: post("\u{1}\u{2}\u{3}"))
            try await expect(
                415, "unsupported",
                from: {
                    try await served.request(
                        "POST", "/api/v1/readings", key: key, headers: ["Content-Type": "image/png"], body: Data([1, 2, 3]))
                })
            for type in ["text/csv", "text/plain", "application/xml", "application/octet-stream"] {
                try await expect(
                    400, "",
                    from: {
                        try await served.request(
                            "POST", "/api/v1/readings", key: key, headers: ["Content-Type": type], body: Data("nothing of the kind".utf8))
                    })
            }
            try await expect(400, "json-", from: post("{\"messageId\": " + String(repeating: "[", count: 100_000)))

            // Inside an item: kept with the delivery, named, and not in the series.
            let kept: Set<String> = ["delivery", "finding"]
            func item(_ change: (String) -> String) -> () async throws -> ServedProgram.Answer {
                post(change(register("\"status\": \"measured\"")))
            }
            try await expect(200, "wrong-unit", stores: kept, from: item { $0.replacing("\"kWh\"", with: "\"m3\"") })
            try await expect(200, "unknown-meter", stores: kept, from: item { $0.replacing(Served.meter, with: "1XXX9999999999") })
            try await expect(200, "unknown-register", stores: kept, from: item { $0.replacing("1-0:1.8.0", with: "1-0:2.8.0") })
            try await expect(200, "too-many-digits", stores: kept, from: item { $0.replacing("4711.3", with: "12345678901.3") })
            try await expect(200, "time-without-offset", stores: kept, from: item { $0.replacing("+01:00", with: "") })
            try await expect(200, "bad-number", stores: kept, from: item { $0.replacing("4711.3", with: "4.7e3") })
            try await expect(200, "negative-reading", stores: kept, from: item { $0.replacing("4711.3", with: "-1") })
            try await expect(200, "too-far-in-future", stores: kept, from: item { $0.replacing("2025-02-01", with: "2199-02-01") })
        }
    }

    @Test func `in a query names the parameter, and a plus that nobody encoded is a plus`() async throws {
        try await Served.importMasterData()
        try await Served.program.serving { served in
            let key = try await Served.key("admin")
            for list in ["invoices", "billing-runs", "held-invoices", "corrections", "instalments", "exceptions", "deliveries"] {
                try await expect(400, "", from: { try await served.request("GET", "/api/v1/\(list)?cursor=x", key: key) })
            }
            let readings = "/api/v1/metering-points/\(Served.point)/readings"
            for query in ["from=2025-01-01T00:00:00+01:00", "as_of=2025-01-01T00:00:00%2B01:00", "as_of=2025-01-01"] {
                #expect(try await served.request("GET", "\(readings)?\(query)", key: key).status == 200, "\(query)")
            }
            try await expect(400, "", from: { try await served.request("GET", "\(readings)?from=2025-01-01T00:00:00", key: key) })
            // Nothing to take back, but nothing wrong with the request either.
            try await expect(
                404, "unknown-invoice", from: { try await served.request("POST", "/api/v1/invoices/R-18/cancel", key: key) })
        }
    }

    @Test func `that is too much is cut off`() async throws {
        try await Served.program.serving { served in
            let key = try await Served.key("gateway")
            let head = "POST /api/v1/readings HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer \(key)\r\nContent-Type: application/json\r\n"
            try await expect(413, "body-too-large") {
                let connection = try RawConnection(port: served.port)
                connection.say(head + "Content-Length: \(100 << 20)\r\nExpect: 100-continue\r\n\r\n")
                return ServedProgram.Answer(heard: await connection.hear(until: "body-too-large"))
            }
            try await expect(413, "body-too-large") {
                // 100 MiB without saying so before: the server answers when it has had enough.
                let connection = try RawConnection(port: served.port)
                connection.say(head + "Transfer-Encoding: chunked\r\n\r\n")
                let chunk = "100000\r\n" + String(repeating: " ", count: 1 << 20) + "\r\n"
                for _ in 0..<100 where !connection.say(chunk) { break }
                return ServedProgram.Answer(heard: await connection.hear(until: "body-too-large"))
            }
            let bomb = try await OtherProgram.run("/bin/sh", ["-c", "head -c 200000000 /dev/zero | gzip -9 | base64 -w0"])
            let packed = try #require(Data(base64Encoded: bomb.output))
            #expect(packed.count < 300_000)
            try await expect(413, "body-too-large") {
                try await served.request(
                    "POST", "/api/v1/readings", key: key, headers: ["Content-Encoding": "gzip", "Content-Type": "application/json"],
                    body: packed)
            }
            #expect(try await served.request("GET", "/readyz").status == 200)
        }
    }

    @Test func `in XML is refused before it costs anything`() async throws {
        try await Served.program.serving { served in
            let key = try await Served.key("gateway")
            func post(_ body: String) -> () async throws -> ServedProgram.Answer {
                {
                    try await served.request(
                        "POST", "/soap/metering", key: key, headers: ["Content-Type": "text/xml; charset=utf-8"], body: Data(body.utf8))
                }
            }
            func envelope(_ body: String) -> String {
                "<e:Envelope xmlns:e=\"http://schemas.xmlsoap.org/soap/envelope/\"><e:Body>\(body)</e:Body></e:Envelope>"
            }
            let entities = "<!DOCTYPE e [<!ENTITY a \"ha\"><!ENTITY b \"&a;&a;&a;&a;&a;&a;&a;&a;\">]>"
            try await expect(500, "doctype", from: post(entities + envelope("<x>&b;</x>")))
            try await expect(500, "doctype", from: post("<!DOCTYPE e SYSTEM \"file:///etc/passwd\">" + envelope("<x/>")))
            let attributes = (0..<50_000).map { "a\($0)=\"1\"" }.joined(separator: " ")
            let started = ContinuousClock.now
            try await expect(500, "attribute", from: post(envelope("<x \(attributes)/>")))
            #expect(started.duration(to: .now) < .seconds(5))
            try await expect(500, "Fault", from: post(envelope("<SubmitReadings xmlns=\"urn:zaehlwerk:metering:1\"><messageId>")))
            try await expect(500, "unknown-operation", from: post(envelope("<Format xmlns=\"urn:zaehlwerk:metering:1\"/>")))
        }
    }

    @Test func `credentials are refused alike, whatever is wrong with them`() async throws {
        let password = try await Served.program.run("user", "add", "erika", "--role", "admin").output.dropLast()
        try await Served.program.serving { served in
            func get(_ authorization: String) -> () async throws -> ServedProgram.Answer {
                { try await served.request("GET", "/api/v1/partners?q=x", headers: ["Authorization": authorization]) }
            }
            func basic(_ login: String, _ password: String) -> String { "Basic " + Data("\(login):\(password)".utf8).base64EncodedString() }
            try await expect(401, "unauthenticated", from: get(basic("erika", "wrong-password")))
            try await expect(401, "unauthenticated", from: get(basic("nobody", "wrong-password")))
            try await expect(401, "unauthenticated", from: get("Bearer zw_00000000_\(String(repeating: "A", count: 43))"))
            try await expect(401, "unauthenticated", from: get("Bearer ' OR 1=1 --"))
            try await expect(401, "unauthenticated", from: get("Digest x"))
            // A password for one use opens nothing but the page on which another is chosen.
            let once = try await get(basic("erika", String(password)))()
            #expect([401, 403].contains(once.status))
        }
    }

    @Test func `in a name stays a name`() async throws {
        let name = "Robert'); DROP TABLE partner;--<script>alert(1)</script>"
        try await Served.program.serving { served in
            let key = try await Served.key("admin")
            let document = """
                {"partners": [{"key": "bobby", "name": {"given": "\(name)", "family": "Tables\\" onload=\\"x"}, "kind": "person"},
                              {"key": "other", "name": {"given": "Robert", "family": "Tisch"}, "kind": "person"}]}
                """
            let put = try await served.json("PUT", "/api/v1/master-data", key: key, document)
            #expect(put.status == 200, "\(put.text)")
            let found = try await served.request("GET", "/api/v1/partners?q=Robert", key: key)
            #expect(found.status == 200)
            #expect(found.headers["content-type"]?.hasPrefix("application/json") == true)
            let items = found.json?["items"]?.array ?? []
            let number = try #require(items.first { "\($0)".contains("DROP TABLE partner") }?["number"]?.string, "\(found.text)")
            let partner = try await served.request("GET", "/api/v1/partners/\(number)", key: key)
            #expect(partner.json.map { "\($0)".contains("DROP TABLE partner") } == true)
            #expect(try await Served.rows()["partner"] == 2)

            let browser = try await Browser.signedIn(to: served, login: "clerk", role: "service")
            for path in ["/partners/\(number)", "/search?q=Robert"] {
                let page = try await browser.get(path)
                #expect(page.status == 200, "\(path)")
                #expect(!page.text.contains("<script>alert"), "\(path)")
                #expect(!page.text.contains("\" onload=\"x"), "\(path)")
                #expect(page.text.contains("&lt;script&gt;alert(1)&lt;/script&gt;"), "\(path)")
            }
        }
    }

    @Test func `a session that was idle too long is over`() async throws {
        try await Served.program.serving { served in
            let browser = try await Browser.signedIn(to: served, login: "clerk", role: "service")
            #expect(try await browser.get("/").status == 200)
            try await TestDatabase.current.pool.with { connection in
                try connection.execute(
                    "UPDATE session SET created_at = created_at - interval '1 hour', last_seen = last_seen - interval '1 hour'")
            }
            let answer = try await browser.get("/")
            #expect((300..<400).contains(answer.status))
            #expect(answer.headers["location"]?.hasPrefix("/sign-in") == true)
        }
    }
}

extension ServedProgram.Answer {
    /// What came while the connection stayed open.
    fileprivate init(heard: String) {
        let status = Int(heard.split(separator: " ").dropFirst().first ?? "") ?? 0
        let body = heard.firstRange(of: "\r\n\r\n").map { String(heard[$0.upperBound...]) } ?? ""
        self.init(status: status, headers: [:], body: Data(body.utf8))
    }
}
