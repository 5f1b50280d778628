import AccessOperations
import Foundation
import MasterDataFormat
import MeteringOperations
import Postgres
import SOAP
import TestKit
import Testing
import Values
import Web
import XML

/// `/soap/metering` on a database of its own, with one metering point: a register and a quarter-hour channel.
private struct MeteringFixture {
    var site: Site
    static let point = "DE0001234567890000000000000000001"
    static let serial = "1ESY1160123456"

    init() async throws {
        let pool = TestDatabase.current.pool
        let document = try MasterDataDocument(
            json: Array(
                """
                {"meteringPoints": [{"code": "\(Self.point)", "commodity": "electricity", "state": "SH", "address": {"street": "Gänsemarkt", "city": "Neumünster"},
                 "coordinates": {"lat": "54.07", "lon": "9.98"}, "capacity": {"value": "43", "unit": "kW"},
                 "meters": [{"serial": "\(Self.serial)", "from": "2025-01-01", "until": null, "registers": [
                  {"obis": "1-0:1.8.0", "unit": "kWh", "digits": 6, "decimals": 1},
                  {"obis": "1-0:1.29.0", "unit": "kWh", "resolution": "PT15M", "decimals": 3}]}]}]}
                """.utf8))
        _ = try await pool.transaction { try MeteringMasterData.write(document.meteringPoints, in: $0) }
        let directory = MeterDirectory()
        site = WebFixture().site
        MeteringService.mount(
            on: &site,
            .init(
                ingest: IngestReadings(pool: pool, directory: directory), read: ReadSeries(pool: pool), point: GetMeteringPoint(pool: pool),
                exchange: ExchangeMeter(pool: pool, directory: directory)))
        SOAPEndpoint.renderFaults(on: &site)
    }

    /// Calls an operation and returns the Body's child.
    func call(_ operation: String, _ children: String, key: String = "gateway") async throws -> XMLElement {
        let envelope = """
            <s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"><s:Body>\
            <\(operation) xmlns="urn:zaehlwerk:metering:1">\(children)</\(operation)></s:Body></s:Envelope>
            """
        let answer = await site.answer(
            Incoming(.post, "/soap/metering", headers: ["Authorization": "Bearer \(key)"], body: Array(envelope.utf8)))
        let element = try #require(try XMLElement(parsing: answer.text).child("Body")?.children.first)
        if element.name.local != "Fault" {
            #expect(answer.status == 200)
            // What is answered is what the schema promises.
            let start = try #require(answer.text.range(of: "<\(operation)Response")?.lowerBound)
            let end = try #require(answer.text.range(of: "</\(operation)Response>")?.upperBound)
            let schema = try XMLSchema(Array(await site.answer(Incoming(.get, "/soap/metering?xsd=1")).text.utf8))
            #expect(throws: Never.self) { try schema.validate(Array(answer.text[start..<end].utf8)) }
        }
        return element
    }

    static let submit = """
        <messageId>m-1</messageId><source>gw-7</source>\
        <registers><meter>\(serial)</meter><obis>1-0:1.8.0</obis><at>2026-01-01T00:00:00+01:00</at><value>4711.3</value><unit>kWh</unit></registers>\
        <registers><meter>nobody</meter><obis>1-0:1.8.0</obis><at>2026-01-01T00:00:00+01:00</at><value>1</value><unit>kWh</unit></registers>\
        <intervals><meter>\(serial)</meter><obis>1-0:1.29.0</obis><start>2026-01-01T00:00:00+01:00</start><resolution>PT15M</resolution>\
        <unit>kWh</unit><values><value>0.025</value><value>0.031</value><value xsi:nil="true"/><value>0.5</value></values></intervals>
        """
}

extension XMLElement {
    fileprivate func counts() -> [String?] { ["accepted", "duplicates", "revised", "rejected"].map { value($0) } }
    fileprivate var code: String? { child("detail")?.child("ServiceFault")?.value("code") }
}

@Suite(.database) struct `SOAP for metering` {
    @Test func `readings are taken in, and the same message again changes nothing`() async throws {
        let fixture = try await MeteringFixture()
        let first = try await fixture.call("SubmitReadings", MeteringFixture.submit)
        #expect(first.value("messageId") == "m-1")
        #expect(first.counts() == ["4", "0", "0", "1"])
        #expect(first.children("errors").map { $0.value("path") } == ["/registers/1/meter"])
        #expect(first.child("errors")?.value("code") == "unknown-meter")
        let again = try await fixture.call("SubmitReadings", MeteringFixture.submit)
        #expect(again.counts() == ["0", "4", "0", "1"])
    }

    @Test func `what was sent can be read back`() async throws {
        let fixture = try await MeteringFixture()
        _ = try await fixture.call("SubmitReadings", MeteringFixture.submit)
        let answer = try await fixture.call(
            "GetReadings",
            "<meteringPoint>\(MeteringFixture.point)</meteringPoint><obis>1-0:1.29.0</obis><from>2026-01-01</from><to>2026-01-02</to>")
        let series = try #require(answer.child("series"))
        #expect(series.value("meter") == MeteringFixture.serial)
        #expect(series.value("resolution") == "PT15M")
        let values = series.children("values")
        #expect(values.first?.value("start") == "2026-01-01T00:00:00+01:00")
        #expect(values.filter { $0.value("status") == "measured" }.map { $0.value("value") } == ["0.025", "0.031", "0.5"])
        let registers = try await fixture.call(
            "GetReadings", "<meteringPoint>\(MeteringFixture.point)</meteringPoint><obis>1-0:1.8.0</obis>", key: "readonly")
        #expect(registers.child("series")?.child("values")?.value("at") == "2026-01-01T00:00:00+01:00")
        #expect(registers.child("series")?.child("values")?.value("value") == "4711.3")
    }

    @Test func `a metering point is told with its meters, and after an exchange with both`() async throws {
        let fixture = try await MeteringFixture()
        let before = try await fixture.call("GetMeteringPoint", "<meteringPoint>\(MeteringFixture.point)</meteringPoint>")
        #expect(before.value("commodity") == "electricity")
        #expect(before.child("address")?.value("street") == "Gänsemarkt")
        #expect(before.child("capacity")?.value("value") == "43")
        #expect(before.children("meters").map { $0.value("until") } == [nil])
        let exchange = """
            <meteringPoint>\(MeteringFixture.point)</meteringPoint><day>2025-06-17</day>\
            <oldMeter><serial>\(MeteringFixture.serial)</serial><readings><obis>1-0:1.8.0</obis><value>1234.5</value></readings></oldMeter>\
            <newMeter><serial>1ISK0000000002</serial><readings><obis>1-0:1.8.0</obis><value>0.1</value></readings></newMeter>
            """
        // What became of a factor came later: version 1 stays as it was published.
        #expect(before.child("meters")?.child("registers")?.child("factors") == nil)
        for (schema, isTold) in [("/soap/metering?xsd=1", false), ("/soap/metering/2?xsd=1", true)] {
            let text = await fixture.site.answer(Incoming(.get, schema)).text
            #expect(text.contains("KnownRegister") == isTold && text.contains("\"factors\"") == isTold && text.contains("\"Register\""))
        }
        let done = try await fixture.call("RegisterMeterExchange", exchange)
        #expect(done.counts() == ["2", "0", "0", "0"])
        #expect(try await fixture.call("RegisterMeterExchange", exchange).counts() == ["0", "2", "0", "0"])
        let after = try await fixture.call("GetMeteringPoint", "<meteringPoint>\(MeteringFixture.point)</meteringPoint>")
        #expect(after.children("meters").map { $0.value("serial") } == [MeteringFixture.serial, "1ISK0000000002"])
        #expect(after.children("meters").map { $0.value("until") } == ["2025-06-17", nil])
        #expect(
            after.children("meters").last?.children("registers").map { $0.value("obis") }.sorted { ($0 ?? "") < ($1 ?? "") } == [
                "1-0:1.29.0", "1-0:1.8.0",
            ])
    }

    @Test(arguments: [
        ("GetReadings", "<meteringPoint>nobody</meteringPoint>", "gateway", "unknown-metering-point"),
        ("GetReadings", "", "gateway", "missing-element"),
        ("GetReadings", "<meteringPoint>\(MeteringFixture.point)</meteringPoint><from>soon</from>", "gateway", "bad-element"),
        ("GetReadings", "<meteringPoint>\(MeteringFixture.point)</meteringPoint><cursor>x</cursor>", "gateway", "bad-element"),
        ("GetMeteringPoint", "<meteringPoint>'; DROP TABLE meter; --</meteringPoint>", "gateway", "unknown-metering-point"),
        ("SubmitReadings", "<source>x</source>", "gateway", "missing-element"),
        ("SubmitReadings", MeteringFixture.submit, "readonly", "forbidden"),
        ("GetReadings", "<meteringPoint>\(MeteringFixture.point)</meteringPoint>", "finance", "forbidden"),
        (
            "RegisterMeterExchange",
            "<meteringPoint>\(MeteringFixture.point)</meteringPoint><day>2025-06-17</day><oldMeter><serial>\(MeteringFixture.serial)</serial></oldMeter><newMeter><serial>2</serial></newMeter>",
            "gateway", "missing-element"
        ),
        (
            "RegisterMeterExchange",
            "<meteringPoint>\(MeteringFixture.point)</meteringPoint><day>2025-06-17</day><oldMeter><serial>other</serial></oldMeter><newMeter><serial>2</serial></newMeter>",
            "gateway", "not-installed"
        ),
    ])
    func `what cannot be done is a fault with a code`(operation: String, children: String, key: String, code: String) async throws {
        #expect(try await MeteringFixture().call(operation, children, key: key).code == code)
    }
}

/// Clients that others wrote, from the WSDL alone.
@Suite(.database) struct `SOAP for strangers` {
    /// Runs zeep against a server on loopback. Python is part of `make setup`; without it the test fails and says so.
    private func zeep(_ operation: String?, _ input: String, _ environment: [String: String]) async throws -> (
        status: Int32, output: String
    ) {
        let site = try await MeteringFixture().site
        let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        let python =
            ProcessInfo.processInfo.environment["ZAEHLWERK_TEST_PYTHON"].map { URL(filePath: $0, relativeTo: root) }
            ?? root.appending(path: ".venv/bin/python")
        try #require(FileManager.default.isExecutableFile(atPath: python.path()), "no Python with zeep: run make setup")
        let (ports, listening) = AsyncStream<Int>.makeStream()
        let server = Task { try await Server(port: 0, handlesSignals: false).run(site) { listening.yield($0) } }
        defer { server.cancel() }
        let port = try #require(await ports.first { _ in true })
        let process = Process()
        process.executableURL = python
        process.arguments =
            [root.appending(path: "Tests/Python/soap_client.py").path(), "http://127.0.0.1:\(port)/soap/metering?wsdl"]
            + (operation.map { [$0] } ?? [])
        process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
        let (input, output) = (input, Pipe())
        let stdin = Pipe()
        process.standardInput = stdin
        process.standardOutput = output
        try process.run()
        stdin.fileHandleForWriting.write(Data(input.utf8))
        try stdin.fileHandleForWriting.close()
        let data = await withCheckedContinuation { continuation in
            // Reading blocks, so it has a thread of its own and not one of the few of the pool.
            Foundation.Thread.detachNewThread { continuation.resume(returning: output.fileHandleForReading.readDataToEndOfFile()) }
        }
        process.waitUntilExit()
        return (process.terminationStatus, String(decoding: data, as: UTF8.self))
    }

    private static let message = """
        {"messageId": "z-1", "source": "zeep",
         "registers": [{"meter": "\(MeteringFixture.serial)", "obis": "1-0:1.8.0", "at": "2026-01-01T00:00:00+01:00", "value": "4711.3", "unit": "kWh", "status": "measured"}],
         "intervals": [{"meter": "\(MeteringFixture.serial)", "obis": "1-0:1.29.0", "start": "2026-01-01T00:00:00+01:00", "resolution": "PT15M", "unit": "kWh",
                        "values": {"value": ["0.025", null, "0.031"]}, "status": "measured"}]}
        """

    @Test func `zeep finds all operations in the WSDL`() async throws {
        let answer = try await zeep(nil, "", [:])
        #expect(answer.status == 0)
        for operation in ["SubmitReadings", "GetReadings", "GetMeteringPoint", "RegisterMeterExchange"] {
            #expect(answer.output.contains("\(operation)("))
        }
    }

    @Test(arguments: [
        ["ZAEHLWERK_KEY": "gateway"], ["ZAEHLWERK_KEY": "gateway", "ZAEHLWERK_SOAP_VERSION": "1.2"],
        ["ZAEHLWERK_USER": "gateway", "ZAEHLWERK_PASSWORD": "right"],
        ["ZAEHLWERK_USER": "gateway", "ZAEHLWERK_PASSWORD": "right", "ZAEHLWERK_SOAP_AUTH": "token"],
        ["ZAEHLWERK_USER": "gateway", "ZAEHLWERK_PASSWORD": "right", "ZAEHLWERK_SOAP_AUTH": "token", "ZAEHLWERK_SOAP_VERSION": "1.2"],
    ])
    func `zeep submits readings however it signs in`(environment: [String: String]) async throws {
        let answer = try await zeep("SubmitReadings", Self.message, environment)
        #expect(answer.status == 0)
        #expect(answer.output.contains("\"accepted\": 3"))
        #expect(answer.output.contains("\"rejected\": 0"))
    }

    @Test(arguments: ["1.1", "1.2"])
    func `zeep understands our faults`(version: String) async throws {
        let unknown = try await zeep(
            "GetMeteringPoint", "{\"meteringPoint\": \"nobody\"}", ["ZAEHLWERK_KEY": "gateway", "ZAEHLWERK_SOAP_VERSION": version])
        #expect(unknown.status == 3)
        #expect(unknown.output.contains("there is no metering point nobody"))
        #expect(unknown.output.contains("unknown-metering-point"))
        let stranger = try await zeep(
            "GetMeteringPoint", "{\"meteringPoint\": \"x\"}",
            [
                "ZAEHLWERK_USER": "gateway", "ZAEHLWERK_PASSWORD": "wrong", "ZAEHLWERK_SOAP_AUTH": "token",
                "ZAEHLWERK_SOAP_VERSION": version,
            ])
        #expect(stranger.status == 3)
        #expect(stranger.output.contains("unauthenticated"))
    }
}
