import Foundation
import JSON
import Postgres
import TestKit
import Testing

/// Clients that others wrote go through every service from its WSDL alone, on a utility with meters, bills and a ledger.
@Suite(.database, .timeLimit(.minutes(20))) struct `Foreign clients on a tour of all services` {
    static let paths = ["metering", "metering/2", "cim", "multispeak", "customers", "billing", "billing/2", "ledger"].map { "/soap/\($0)" }

    /// Samples loaded and billed.
    private static func utility() async throws {
        let billed = try await Served.program.run("demo", "--stop")
        try #require(billed.status == 0, "\(billed.messages.suffix(2_000))")
    }

    /// A point of its own with a meter that nobody has read and nobody has a contract for, and the run that billed the samples.
    private static func plan(_ served: ServedProgram, key: String) async throws -> String {
        let (point, meter) = ("DE000000000000000000000000000FREE", "SOAP-METER-1")
        try await Served.freePoint(point, meter: meter, served, key: key)
        let run = try await TestDatabase.current.pool.with { connection in
            try connection.one(
                "SELECT r.number FROM billing_run r JOIN invoice i ON i.run_id = r.id GROUP BY r.id ORDER BY count(*) DESC, r.id LIMIT 1",
                as: String.self)
        }
        let plan: JSONValue = ["meter": .string(meter), "point": .string(point), "run": .string(run)]
        return plan.text
    }

    @Test(arguments: ["1.1", "1.2"]) func `zeep meets nothing unexpected`(version: String) async throws {
        let python = try OtherProgram.python()
        try await Self.utility()
        try await Served.program.serving { served in
            let key = try await Served.key("admin")
            let outcome = try await OtherProgram.run(
                python, ["Tests/Python/soap_tour.py", served.base, try await Self.plan(served, key: key)],
                environment: ["ZAEHLWERK_KEY": key, "ZAEHLWERK_SOAP_VERSION": version])
            #expect(outcome.status == 0, "\(outcome.output.suffix(3_000))\(outcome.messages.suffix(3_000))")
        }
    }

    @Test func `PHP's SoapClient meets nothing unexpected in either version`() async throws {
        let php = try OtherProgram.named("php")
        try await Self.utility()
        try await Served.program.serving { served in
            let key = try await Served.key("admin")
            let plan = try await Self.plan(served, key: key)
            for version in ["1.1", "1.2"] {
                let outcome = try await OtherProgram.run(
                    php, ["Tests/Python/soap_tour.php", served.base, plan, version], environment: ["ZAEHLWERK_KEY": key])
                #expect(outcome.status == 0, "\(version): \(outcome.output.suffix(3_000))\(outcome.messages.suffix(3_000))")
            }
        }
    }

    @Test func `every description keeps the Basic Profile, and its schemas are valid for libxml2`() async throws {
        let python = try OtherProgram.python()
        try await Served.program.serving { served in
            let outcome = try await OtherProgram.run(python, ["Tests/Python/wsi.py", served.base] + Self.paths)
            #expect(outcome.status == 0, "\(outcome.output)\(outcome.messages.suffix(2_000))")
        }
    }

    @Test func `requests come as clients send them`() async throws {
        try await Served.importMasterData()
        try await Served.program.serving { served in
            let key = try await Served.key("gateway")
            func envelope(_ header: String = "") -> String {
                """
                <s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Header>\(header)</s:Header><s:Body>\
                <GetMeteringPoint xmlns="urn:zaehlwerk:metering:1"><meteringPoint>\(Served.point)</meteringPoint></GetMeteringPoint>\
                </s:Body></s:Envelope>
                """
            }
            func call(_ headers: [String: String], _ body: Data) async throws -> ServedProgram.Answer {
                try await served.request("POST", "/soap/metering", key: key, headers: headers, body: body)
            }
            let plain = Data(envelope().utf8)
            let xml = ["Content-Type": "text/xml; charset=utf-8"]
            // The action quoted, bare, empty, wrong, and nowhere; the charset in capitals, wrong, and nowhere.
            for action in ["\"urn:zaehlwerk:metering:1#GetMeteringPoint\"", "urn:x#Op", "\"\"", "", "\"unbalanced"] {
                #expect(try await call(xml.merging(["SOAPAction": action]) { $1 }, plain).status == 200, "SOAPAction: \(action)")
            }
            for type in [
                "text/xml", "text/xml;charset=\"UTF-8\"", "text/xml; charset=iso-8859-1", "application/xml",
                "application/soap+xml; action=\"x\"",
            ] {
                #expect(try await call(["Content-Type": type], plain).status == 200, "\(type)")
            }
            #expect(try await call(xml, Data([0xEF, 0xBB, 0xBF]) + plain).status == 200, "a byte order mark")
            // UTF-16 is taken as well (WS-I Basic Profile 1.1, R1012); broken, it is refused by a fault that a client can read.
            let wide = try #require(("<?xml version=\"1.0\" encoding=\"UTF-16\"?>" + envelope()).data(using: .utf16))
            #expect(try await call(["Content-Type": "text/xml; charset=utf-16"], wide).status == 200)
            let refused = try await call(["Content-Type": "text/xml; charset=utf-16"], wide.dropLast())
            #expect(refused.status == 500)
            #expect(refused.text.contains("Fault") && refused.text.contains("<code>"), "\(refused.text)")

            let addressing = """
                <a:MessageID xmlns:a="http://www.w3.org/2005/08/addressing" s:mustUnderstand="1">urn:uuid:1&amp;2</a:MessageID>\
                <a:ReplyTo xmlns:a="http://www.w3.org/2005/08/addressing"><a:Address>http://www.w3.org/2005/08/addressing/anonymous</a:Address></a:ReplyTo>
                """
            let related = try await call(xml, Data(envelope(addressing).utf8))
            #expect(related.status == 200)
            // PHP's client believes an answer that does not say it to leave the connection open, and sends into the closing line.
            #expect(related.headers["connection"] == "close")
            #expect(related.text.contains(">urn:uuid:1&amp;2</wsa:RelatesTo>"), "\(related.text.prefix(600))")
            let elsewhere = addressing.replacing("http://www.w3.org/2005/08/addressing/anonymous", with: "http://127.0.0.1:9/")
            #expect(try await call(xml, Data(envelope(elsewhere).utf8)).text.contains("only-anonymous-address"))
            let stranger = "<x:Route xmlns:x=\"urn:x\" s:mustUnderstand=\"1\"/>"
            #expect(try await call(xml, Data(envelope(stranger).utf8)).text.contains("MustUnderstand</faultcode>"))
            #expect(try await call(xml, Data(envelope(stranger.replacing("\"1\"", with: "\"0\"")).utf8)).status == 200)
        }
    }

    @Test func `curl sends in pieces, compressed, and after asking`() async throws {
        try await Served.importMasterData()
        let curl = try OtherProgram.named("curl")
        try await Served.program.serving { served in
            let key = try await Served.key("gateway")
            let body = Data(
                """
                <s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope"><s:Body><GetMeteringPoint xmlns="urn:zaehlwerk:metering:1">\
                <meteringPoint>\(Served.point)</meteringPoint></GetMeteringPoint></s:Body></s:Envelope>
                """.utf8)
            for headers in [
                ["Transfer-Encoding: chunked"], ["Expect: 100-continue"], ["Expect: 100-continue", "Transfer-Encoding: chunked"],
            ] {
                let outcome = try await OtherProgram.run(
                    curl,
                    [
                        "-sS", "--max-time", "20", "-w", "%{http_code}", "-H", "Authorization: Bearer \(key)", "-H",
                        "Content-Type: application/soap+xml",
                    ]
                        + headers.flatMap { ["-H", $0] } + ["--data-binary", "@-", served.base + "/soap/metering"], input: body)
                #expect(outcome.output.hasSuffix("</env:Envelope>200"), "\(headers): \(outcome.output.suffix(300)) \(outcome.messages)")
            }
        }
    }
}

extension Served {
    /// A metering point with a meter, and without readings and contract.
    static func freePoint(_ point: String, meter: String, _ served: ServedProgram, key: String) async throws {
        let answer = try await served.json(
            "PUT", "/api/v1/master-data", key: key,
            """
            {"meteringPoints": [{"code": "\(point)", "commodity": "electricity", "state": "SH", "meters": [{"serial": "\(meter)", "from": "2025-01-01",
             "registers": [{"obis": "1-0:1.8.0", "unit": "kWh", "digits": 6}, {"obis": "1-0:1.29.0", "unit": "kWh", "resolution": "PT1H"}]}]}]}
            """)
        try #require(answer.status == 200, "\(answer.text)")
    }
}
