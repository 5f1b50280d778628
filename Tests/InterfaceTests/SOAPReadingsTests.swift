import Foundation
import Metering
import SOAP
import Testing
import Values
import XML

private func message(_ items: String, head: String = "<messageId>m-1</messageId><source>gw-7</source>") -> [UInt8] {
    Array(
        """
        <s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"><s:Body>\
        <SubmitReadings xmlns="urn:zaehlwerk:metering:1">\(head)\(items)</SubmitReadings></s:Body></s:Envelope>
        """.utf8)
}

private func register(_ changes: [String: String?] = [:]) -> String {
    let fields = [
        ("meter", "1ESY1160123456"), ("obis", "1-0:1.8.0"), ("at", "2026-01-01T00:00:00+01:00"), ("value", "4711.3"), ("unit", "kWh"),
        ("status", "measured"),
    ]
    let inside = fields.compactMap { name, value -> String? in
        guard let changed = changes[name] else { return "<\(name)>\(value)</\(name)>" }
        return changed.map { "<\(name)>\($0)</\(name)>" }
    }
    return "<registers>\(inside.joined())</registers>"
}

private func interval(values: String, _ more: String = "<status>measured</status>") -> String {
    """
    <intervals><meter>1ESY1160123456</meter><obis>1-0:1.29.0</obis><start>2026-01-01T00:00:00+01:00</start><resolution>PT15M</resolution>\
    <unit>kWh</unit><values>\(values)</values>\(more)</intervals>
    """
}

@Suite struct `Readings by SOAP` {
    @Test func `become the columns that JSON becomes`() throws {
        let batch = try SubmittedReadings.parse(
            envelope: message(
                register() + interval(values: "<value>0.025</value><value xsi:nil='true'/><value> 0.031 </value>")
                    + register(["meter": "1ISK0000000001", "status": "provisional"])))
        #expect(batch.messageId == "m-1")
        #expect(batch.source == "gw-7")
        #expect(batch.meters == ["1ESY1160123456", "1ISK0000000001"])
        #expect(batch.registers.map(\.micro) == [4_711_300_000, 4_711_300_000])
        #expect(batch.registers.map(\.index) == [0, 1])
        #expect(batch.registers.map(\.status) == [.measured, .provisional])
        #expect(try batch.registers[0].at == Instant("2025-12-31T23:00:00Z"))
        #expect(batch.intervals.map(\.slots) == [0..<3])
        #expect(batch.intervals[0].resolution == .quarterHour)
        #expect(batch.values == [25_000, 0, 31_000])
        #expect(batch.statuses == [1, 0, 1])
        #expect(batch.faults.isEmpty)
        #expect(batch.sentValues == 4)
    }

    @Test func `bring what devices say beside their readings, as in JSON`() throws {
        let batch = try SubmittedReadings.parse(
            envelope: message(
                "<registers><meter>A</meter><obis>1-0:1.8.0</obis><at>2026-01-01T00:00:00Z</at><value>1</value><unit>kWh</unit><factor>40</factor><alarm>tamper battery</alarm></registers>"
                    + interval(values: "<value>1</value>", "<alarm>outage</alarm>")
                    + "<reports><meter>A</meter><at>2026-01-01T00:00:00Z</at><until>2026-02-01T00:00:00Z</until><flowTemperature>81.5</flowTemperature><returnTemperature>-4</returnTemperature></reports>"
                    + "<reports><meter>A</meter><at>2026-01-01T00:00:00Z</at><factor>0</factor></reports><reports><meter>A</meter></reports>"
                    + "<reports><meter>A</meter><at>2026-01-01T00:00:00Z</at><conversion>0.95</conversion></reports>"))
        #expect(batch.registers.count == 1 && batch.intervals.count == 1 && batch.sentValues == 2)
        let first = try Instant("2026-01-01T00:00:00Z")
        #expect(
            batch.reports == [
                DeviceReport(index: 0, meter: 0, at: first, until: first, content: .alarm(.tamper)),
                DeviceReport(index: 0, meter: 0, at: first, until: first, content: .alarm(.battery)),
                DeviceReport(
                    index: 0, meter: 0, at: first, until: first, content: .factor(ObisCode(1, 0, 1, 8, 0), Ratio(millionths: 40_000_000))),
                DeviceReport(
                    index: 0, meter: 1, at: first.adding(seconds: -3_600), until: first.adding(seconds: -3_600), content: .alarm(.outage)),
                DeviceReport(
                    index: 0, meter: 0, at: first, until: try Instant("2026-02-01T00:00:00Z"),
                    content: .temperatures(flow: 815_000, back: -40_000)),
            ])
        #expect(
            batch.faults.map(\.path) == ["/reports/1/factor", "/reports/2/at", "/reports/3"] && batch.faults.allSatisfy { $0.values == 0 })
    }

    @Test(arguments: [
        "<x:registers xmlns:x='urn:zaehlwerk:metering:1'><x:value>4711.3</x:value><unit xmlns=''>kWh</unit><x:at>2026-01-01T00:00:00+01:00</x:at><x:obis>1-0:1.8.0</x:obis><meter xmlns='' xsi:type='xsd:int'>1ESY1160123456</meter></x:registers>",
        "<registers>\n<meter>1ESY<!-- c -->1160123456</meter><extra><deep>1</deep></extra><obis>&#49;-0:1.8.0</obis><at><![CDATA[2026-01-01T00:00:00+01:00]]></at><value>4711.3</value><unit>kWh</unit><status xsi:nil='true'/></registers>",
    ])
    func `may come in any order, namespace and spelling`(item: String) throws {
        let batch = try SubmittedReadings.parse(envelope: message(item))
        #expect(batch.faults.isEmpty)
        #expect(batch.registers.map(\.micro) == [4_711_300_000])
        #expect(batch.meters == ["1ESY1160123456"])
        #expect(batch.registers[0].status == .measured)
    }

    @Test(
        arguments: [
            ("meter", nil, ItemFault.Code.missingMember, "meter"), ("value", nil, .missingMember, "value"),
            ("value", "", .badNumber, "value"),
            ("value", "1,5", .badNumber, "value"), ("value", "1e3", .badNumber, "value"), ("value", "NaN", .badNumber, "value"),
            ("value", "0.1234567", .tooManyDigits, "value"), ("at", "2026-01-01T00:00:00", .noOffset, "at"),
            ("at", "yesterday", .badTime, "at"),
            ("obis", "1.8.0.0.0.0.0", .badMember, "obis"), ("unit", "bananas", .wrongUnit, "unit"),
            ("status", "guessed", .badStatus, "status"),
            ("meter", "", .badMember, "meter"), ("meter", "<x>1</x>", .badMember, "meter"),
            ("value", "1</value><value>2", .badMember, "value"),
        ] as [(String, String?, ItemFault.Code, String)])
    func `one bad item is named and the rest goes on`(name: String, value: String?, code: ItemFault.Code, member: String) throws {
        let batch = try SubmittedReadings.parse(envelope: message(register() + register([name: value]) + register()))
        #expect(batch.registers.map(\.index) == [0, 2])
        let fault = try #require(batch.faults.first)
        #expect(batch.faults.count == 1)
        #expect(fault.code == code)
        #expect(fault.path == "/registers/1/\(member)")
        #expect(fault.values == 1)
        #expect(batch.sentValues == 3)
    }

    @Test func `a bad value leaves its slot empty, a bad item takes all of its values`() throws {
        let batch = try SubmittedReadings.parse(
            envelope: message(
                interval(values: "<value>1</value><value>x</value><value/><value>2</value>", "<status>estimated</status>")
                    + interval(values: "<value>1</value><value>x</value><value xsi:nil='1'/>", "<status>odd</status>")
                    + interval(values: "")))
        #expect(batch.values == [1_000_000, 0, 0, 2_000_000])
        #expect(batch.statuses == [2, 0, 0, 2])
        #expect(batch.faults.map(\.path) == ["/intervals/0/values/1", "/intervals/0/values/2", "/intervals/1/status"])
        #expect(batch.faults.map(\.values) == [1, 1, 2])
        #expect(batch.sentValues == 6)
        #expect(batch.intervals.map(\.index) == [0, 2])
        #expect(batch.intervals[1].slots.isEmpty)
    }

    @Test(arguments: [
        ("<source>g</source>", "missing-element", "/messageId"), ("<messageId>m</messageId>", "missing-element", "/source"),
        ("<messageId xsi:nil='true'/><source>g</source>", "missing-element", "/messageId"),
        ("<messageId/><source>g</source>", "bad-element", "/messageId"),
        ("<messageId>m</messageId><messageId>n</messageId><source>g</source>", "bad-element", "/messageId"),
    ])
    func `a message that does not say what it is is refused as a whole`(head: String, code: String, path: String) throws {
        let fault = try #require(throws: SOAPFault.self) { try SubmittedReadings.parse(envelope: message(register(), head: head)) }
        #expect(fault.code == code)
        #expect(fault.path == path)
    }

    @Test func `a hundred thousand mistakes are counted and ten thousand told`() throws {
        let batch = try SubmittedReadings.parse(
            envelope: message(interval(values: String(repeating: "<value>x</value>", count: 20_000), "")))
        #expect(batch.faults.count == 10_000)
        #expect(batch.sentValues == 20_000)
        let spoiled = try SubmittedReadings.parse(
            envelope: message(interval(values: String(repeating: "<value>x</value>", count: 20_000), "<status>x</status>")))
        #expect(spoiled.sentValues == 20_000)
    }

    @Test(arguments: 0..<100)
    func `values survive whatever the layout`(seed: UInt64) throws {
        var state = seed
        func below(_ limit: Int) -> Int {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int(state >> 33) % limit
        }
        let values = (0..<below(200)).map { _ in below(5) == 0 ? nil : Int64(below(2_000_000_000)) - 1_000_000_000 }
        let elements = values.map { value in
            guard let value else { return "<value xsi:nil='true'></value>" }
            let text = DecimalText.format(value, scale: 6)
            return below(4) == 0 ? "<value>\n<![CDATA[\(text)]]> </value>" : "<value>\(text)</value>\(below(2) == 0 ? "\n  " : "")"
        }
        let batch = try SubmittedReadings.parse(envelope: message(interval(values: elements.joined())))
        #expect(batch.values == values.map { $0 ?? 0 })
        #expect(batch.statuses == values.map { $0 == nil ? 0 : 1 })
    }

    @Test(arguments: [("41-heat-registers", 5, 0), ("50-electricity-october", 0, 745)])
    func `the samples are what they say`(name: String, registers: Int, values: Int) throws {
        let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        let bytes = [UInt8](try Data(contentsOf: root.appending(path: "Samples/\(name).soap.xml")))
        let batch = try SubmittedReadings.parse(envelope: bytes)
        #expect(batch.registers.count == registers)
        #expect(batch.values.count == values)
        #expect(batch.faults.isEmpty)
        #expect(batch.sentValues == registers + values)
    }
}
