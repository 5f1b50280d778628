internal import Metering
internal import VEE
public import Values
internal import XML

/// Writes readings as an IEC 61968-100 event message, noun MeterReadings.
///
/// A quality says the status and whether a person or a projection made the value; of other methods, and of reasons, CIM has no
/// words. A ReadingType knows commodity, direction, unit, tariff and raster, but no channel of an OBIS code.
public enum CIMWriter {
    /// The verb of the header.
    public enum Verb: String, Sendable { case created, changed }

    /// - Throws: `MarketFormatError.cannotWrite` for what the 18 fields of a ReadingType have no words for, or nothing at all.
    public static func write(_ readings: MarketReadings, verb: Verb = .created, created: Instant) throws(MarketFormatError) -> [UInt8] {
        var writing = CIMWriting(readings)
        return try writing.run(verb, created)
    }

    /// The payload alone: `<MeterReadings>…</MeterReadings>`, for a reply that has its own envelope.
    public static func payload(_ readings: MarketReadings) throws(MarketFormatError) -> [UInt8] {
        var writing = CIMWriting(readings)
        return try writing.payload()
    }
}

private struct CIMWriting {
    private let readings: MarketReadings
    private var xml = XMLWriter()

    init(_ readings: MarketReadings) { self.readings = readings }

    mutating func run(_ verb: CIMWriter.Verb, _ created: Instant) throws(MarketFormatError) -> [UInt8] {
        xml.begin("EventMessage", ["xmlns": "http://iec.ch/TC57/2011/schema/message"])
        xml.element("Header") { xml in
            xml.element("Verb", verb.rawValue)
            xml.element("Noun", "MeterReadings")
            xml.element("Revision", "2.0")
            xml.element("Timestamp", created.description)
            xml.element("Source", readings.batch.source)
            xml.element("MessageID", readings.batch.messageId)
            xml.element("CorrelationID", readings.batch.messageId)
        }
        xml.begin("Payload")
        try meterReadings()
        xml.end()
        xml.end()
        return xml.bytes
    }

    mutating func payload() throws(MarketFormatError) -> [UInt8] {
        xml = XMLWriter(declaration: false)
        try meterReadings()
        return xml.bytes
    }

    private mutating func meterReadings() throws(MarketFormatError) {
        var order: [String] = []
        var intervals: [String: [Int]] = [:]
        var registers: [String: [Int]] = [:]
        func key(_ side: MarketReadings.Side) -> String { readings.origin(side).point + "\u{0}" + readings.origin(side).meter }
        for number in readings.batch.intervals.indices {
            let key = key(readings.intervalSides[number])
            if intervals[key] == nil, registers[key] == nil { order.append(key) }
            intervals[key, default: []].append(number)
        }
        for number in readings.batch.registers.indices {
            let key = key(readings.registerSides[number])
            if intervals[key] == nil, registers[key] == nil { order.append(key) }
            registers[key, default: []].append(number)
        }
        guard !order.isEmpty else { throw MarketFormatError(.cannotWrite, Place(offset: 0), "there is nothing to write") }
        xml.begin("MeterReadings", ["xmlns": "http://iec.ch/TC57/2011/MeterReadings#"])
        for key in order {
            xml.begin("MeterReading")
            for number in intervals[key] ?? [] { try block(number) }
            for number in registers[key] ?? [] { try reading(number) }
            let side =
                (intervals[key]?.first).map { readings.intervalSides[$0] } ?? (registers[key]?.first).map { readings.registerSides[$0] }
            if let side { names(readings.origin(side)) }
            xml.end()
        }
        xml.end()
    }

    private mutating func names(_ origin: MarketReadings.Origin) {
        if !origin.meter.isEmpty {
            xml.element("Meter") { xml in
                if !origin["meterId"].isEmpty { xml.element("mRID", origin["meterId"]) }
                xml.element("Names") { xml in xml.element("name", origin.meter) }
            }
        }
        if !origin.point.isEmpty {
            xml.element("UsagePoint") { xml in
                if !origin["pointId"].isEmpty { xml.element("mRID", origin["pointId"]) }
                xml.element("Names") { xml in xml.element("name", origin.point) }
            }
        }
    }

    private func type(
        _ origin: MarketReadings.Origin, _ obis: ObisCode, _ unit: UnitCode, _ resolution: Resolution?, _ side: MarketReadings.Side
    ) throws(MarketFormatError) -> String {
        if let sent = CIMReadingType(origin.channel), sent.obis == obis { return origin.channel }
        guard let text = CIMReadingType.text(obis, unit, resolution) else {
            throw MarketFormatError(.cannotWrite, side.place, "CIM has no ReadingType for \(obis) in \(unit.rawValue)")
        }
        return text
    }

    /// How many places a value moves to be in the unit that the reading type says.
    private func shift(_ type: String) -> Int { CIMReadingType(type)?.scale?.shift ?? 0 }

    private mutating func block(_ number: Int) throws(MarketFormatError) {
        let item = readings.batch.intervals[number]
        let side = readings.intervalSides[number]
        let type = try type(readings.origin(side), item.obis, item.unit, item.resolution, side)
        let scale = 6 + shift(type)
        xml.begin("IntervalBlocks")
        for (slot, value) in item.slots.enumerated() {
            let end = item.resolution.instant(slot + 1, after: item.start)
            let status = ValueStatus(rawValue: readings.batch.statuses[value]) ?? .absent
            self.value(
                "IntervalReadings", end, status == .absent ? nil : readings.batch.values[value], status, readings.codes.set(at: value),
                scale, type: nil)
        }
        xml.empty("ReadingType", ["ref": type])
        xml.end()
    }

    private mutating func reading(_ number: Int) throws(MarketFormatError) {
        let item = readings.batch.registers[number]
        let side = readings.registerSides[number]
        let type = try type(readings.origin(side), item.obis, item.unit, nil, side)
        value("Readings", item.at, item.micro, item.status, side.codes, 6 + shift(type), type: type)
    }

    private mutating func value(
        _ tag: StaticString, _ at: Instant, _ micro: Int64?, _ status: ValueStatus, _ set: Int32, _ scale: Int, type: String?
    ) {
        xml.begin(tag)
        xml.element("timeStamp", at.description)
        if let micro {
            var digits: [UInt8] = []
            DecimalField.append(micro, scale: scale, to: &digits)
            xml.element("value", String(decoding: digits, as: UTF8.self))
        }
        let codes = readings.codes.codes(set)
        let sent = codes.filter { $0.list == ValueCode.cimQuality }
        let ours = ValueCode(ValueCode.cimQuality, CIMQuality.of(status, method: .none) ?? CIMQuality.valid)
        for quality in sent.isEmpty ? [ours] : sent {
            // What came without a quality and is measured goes without one.
            if sent.isEmpty, status == .measured || status == .absent { continue }
            xml.element("ReadingQualities") { xml in
                if let source = codes.first(where: { $0.list == ValueCode.cimSource }) { xml.element("source", source.code) }
                if let comment = codes.first(where: { $0.list == ValueCode.cimComment }) { xml.element("comment", comment.code) }
                xml.empty("ReadingQualityType", ["ref": quality.code])
            }
        }
        if let type { xml.empty("ReadingType", ["ref": type]) }
        xml.end()
    }
}
