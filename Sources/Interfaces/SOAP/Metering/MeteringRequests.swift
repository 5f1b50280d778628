internal import MasterDataFormat
internal import MeteringOperations
internal import Values
internal import XML

/// The small requests of `/soap/metering`, read from elements. What is wrong throws a `SOAPFault` that names the place.
enum MeteringRequests {
    static func series(_ request: XMLElement) throws(SOAPFault) -> ReadSeries.Query {
        ReadSeries.Query(
            meteringPoint: try request.required("meteringPoint", ""),
            obis: try request.optional("obis", "", "an OBIS code") { ObisCode($0) },
            from: try request.optional("from", "", "a day, or a moment with offset", moment),
            to: try request.optional("to", "", "a day, or a moment with offset", moment),
            asOf: try request.optional("asOf", "", "a moment with offset") { try? Instant($0) },
            cursor: request.value("cursor"))
    }

    static func exchange(_ request: XMLElement) throws(SOAPFault) -> ExchangeMeter.Request {
        let old = try request.element("oldMeter")
        let new = try request.element("newMeter")
        var registers: [MasterDataDocument.Register] = []
        for (index, element) in new.children("registers").enumerated() {
            registers.append(try register(element, "/newMeter/registers/\(index)"))
        }
        return ExchangeMeter.Request(
            meteringPoint: try request.required("meteringPoint", ""),
            day: try request.required("day", "", Day.expectation) { Day(entered: $0) },
            oldSerial: try old.required("serial", "/oldMeter"), finalReadings: try readings(old, "/oldMeter"),
            newSerial: try new.required("serial", "/newMeter", "1 to 64 bytes without control characters") { isSerial($0) ? $0 : nil },
            registers: registers, startReadings: try readings(new, "/newMeter"))
    }

    /// A day means its first moment: periods are half-open.
    private static func moment(_ text: String) -> Instant? {
        if let day = Day(entered: text) { return LocalTime.berlin.start(of: day) }
        return try? Instant(text)
    }

    private static func isSerial(_ text: String) -> Bool {
        (1...64).contains(text.utf8.count) && text.utf8.allSatisfy { $0 >= 0x20 && $0 != 0x7F }
    }

    private static func readings(_ meter: XMLElement, _ path: String) throws(SOAPFault) -> [ExchangeMeter.Request.Reading] {
        var readings: [ExchangeMeter.Request.Reading] = []
        for (index, element) in meter.children("readings").enumerated() {
            let place = "\(path)/readings/\(index)"
            readings.append(
                .init(
                    obis: try element.required("obis", place, "an OBIS code") { ObisCode($0) },
                    micro: try element.required("value", place, "a plain decimal") { DecimalText.parse($0, scale: 6) }))
        }
        return readings
    }

    private static func register(_ element: XMLElement, _ path: String) throws(SOAPFault) -> MasterDataDocument.Register {
        MasterDataDocument.Register(
            obis: try element.required("obis", path, "an OBIS code") { ObisCode($0) },
            unit: try element.required("unit", path, "a known unit") { UnitCode(name: $0) },
            resolution: try element.optional("resolution", path, "a resolution: PT15M") { Resolution($0) },
            digits: try element.optional("digits", path, "1 to 12") { Int($0).flatMap { (1...12).contains($0) ? $0 : nil } },
            decimals: try element.optional("decimals", path, "0 to 6") { Int($0).flatMap { (0...6).contains($0) ? $0 : nil } },
            factor: try element.optional("factor", path, "a decimal above zero") { text in
                DecimalText.parse(text, scale: 6).flatMap { $0 > 0 ? Ratio(millionths: $0) : nil }
            })
    }
}

extension XMLElement {
    /// The child, or a fault.
    func element(_ local: String) throws(SOAPFault) -> XMLElement {
        guard let child = child(local), !child.isNil else {
            throw SOAPFault(code: "missing-element", "<\(local)> is required", path: "/\(local)")
        }
        return child
    }

    /// The text of the child, or a fault.
    func required(_ local: String, _ path: String) throws(SOAPFault) -> String {
        try required(local, path, "text") { $0.isEmpty ? nil : $0 }
    }

    /// What the child's text means, or a fault.
    func required<Value>(_ local: String, _ path: String, _ what: String, _ parse: (String) -> Value?) throws(SOAPFault) -> Value {
        guard let value = try optional(local, path, what, parse) else {
            throw SOAPFault(code: "missing-element", "<\(local)> is required", path: "\(path)/\(local)")
        }
        return value
    }

    /// What the child's text means; nil when it is absent or nil, a fault when it means nothing.
    func optional<Value>(_ local: String, _ path: String, _ what: String, _ parse: (String) -> Value?) throws(SOAPFault) -> Value? {
        guard let text = value(local) else { return nil }
        guard let value = parse(text) else { throw SOAPFault(code: "bad-element", "expected \(what)", path: "\(path)/\(local)") }
        return value
    }
}
