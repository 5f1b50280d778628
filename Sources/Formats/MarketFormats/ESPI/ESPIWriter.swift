internal import Metering
public import Values
internal import XML

/// Writes intervals as an ESPI feed (Green Button): one UsagePoint a point, one MeterReading and ReadingType a channel, one
/// IntervalBlock an item.
///
/// A quality says the status and four ways in which a value came about; ESPI has no words for reasons, rejected values and the
/// channel of an OBIS code.
public enum ESPIWriter {
    /// - Parameter id: the feed's identifier, such as `urn:uuid:…`.
    /// - Throws: `MarketFormatError.cannotWrite` for a channel ESPI has no numbers for, or whole days.
    public static func write(_ readings: MarketReadings, id: String, created: Instant) throws(MarketFormatError) -> [UInt8] {
        var writing = ESPIWriting(readings, id: id, created: created)
        return try writing.run()
    }
}

private struct ESPIWriting {
    private let readings: MarketReadings
    private let id: String
    private let created: Instant
    private var xml: XMLWriter
    private static let base = "/espi/1_1/resource"

    init(_ readings: MarketReadings, id: String, created: Instant) {
        self.readings = readings
        self.id = id
        self.created = created
        xml = XMLWriter(reservingCapacity: readings.batch.values.count * 160 + 4_096)
    }

    private struct Channel: Hashable {
        var origin: Int32
        var obis: ObisCode
        var unit: UnitCode
        var resolution: Resolution
    }

    mutating func run() throws(MarketFormatError) -> [UInt8] {
        var points: [String] = []
        var channels: [Channel] = []
        var items: [Channel: [Int]] = [:]
        for (number, item) in readings.batch.intervals.enumerated() {
            let side = readings.intervalSides[number]
            let origin = readings.origin(side)
            let point = name(origin)
            if !points.contains(point) { points.append(point) }
            let channel = Channel(origin: side.origin, obis: item.obis, unit: item.unit, resolution: item.resolution)
            if items[channel] == nil { channels.append(channel) }
            items[channel, default: []].append(number)
        }
        guard !points.isEmpty else { throw MarketFormatError(.cannotWrite, Place(offset: 0), "ESPI carries intervals, and there are none") }
        xml.begin("feed", ["xmlns": "http://www.w3.org/2005/Atom"])
        xml.element("id", id)
        xml.element("title", "Green Button Usage Feed")
        xml.element("updated", created.description)
        for point in points { usagePoint(point, channels.indices.filter { name(origin(channels[$0])) == point }) }
        for (number, channel) in channels.enumerated() { try write(channel, number: number, items[channel] ?? []) }
        xml.end()
        return xml.bytes
    }

    private func origin(_ channel: Channel) -> MarketReadings.Origin { readings.origins[Int(channel.origin)] }
    private func name(_ origin: MarketReadings.Origin) -> String { origin.point.isEmpty ? origin.meter : origin.point }
    private func address(_ point: String) -> String { ESPIWriting.base + "/UsagePoint/" + point }

    private mutating func entry(_ link: String, up: String, related: [String], title: String) {
        xml.begin("entry")
        xml.element("id", id + "#" + link)
        xml.empty("link", ["rel": "self", "href": link])
        xml.empty("link", ["rel": "up", "href": up])
        for other in related { xml.empty("link", ["rel": "related", "href": other]) }
        xml.element("title", title)
    }

    private mutating func endEntry() {
        xml.element("published", created.description)
        xml.element("updated", created.description)
        xml.end()
    }

    private mutating func usagePoint(_ point: String, _ channels: [Int]) {
        let title = readings.origins.first { name($0) == point }?["title"] ?? ""
        entry(address(point), up: ESPIWriting.base + "/UsagePoint", related: [address(point) + "/MeterReading"], title: title)
        // 0 electricity, 1 gas, 2 water, 5 heat.
        let first = readings.batch.intervals.indices.first { name(readings.origin(readings.intervalSides[$0])) == point }
        let kind = first.flatMap { [UInt8(7): 1, 8: 2, 9: 2, 5: 5, 6: 5][readings.batch.intervals[$0].obis.a] } ?? 0
        xml.element("content") { xml in
            xml.element("UsagePoint", ["xmlns": "http://naesb.org/espi"]) { xml in
                xml.element("ServiceCategory") { xml in xml.element("kind", kind) }
            }
        }
        endEntry()
    }

    private mutating func write(_ channel: Channel, number: Int, _ items: [Int]) throws(MarketFormatError) {
        let place = items.first.map { readings.intervalSides[$0].place } ?? Place(offset: 0)
        guard let kind = ESPICodes.kind(channel.obis, channel.unit, isInterval: true), let symbol = UnitScale.symbol(of: channel.unit)
        else {
            throw MarketFormatError(.cannotWrite, place, "ESPI has no ReadingType for \(channel.obis) in \(channel.unit.rawValue)")
        }
        guard case .seconds(let width) = channel.resolution else {
            throw MarketFormatError(.cannotWrite, place, "ESPI intervals have fixed seconds; local days have not")
        }
        let origin = origin(channel)
        let point = address(name(origin))
        let reading = "\(point)/MeterReading/\(origin.channel.isEmpty ? String(number + 1) : origin.channel)"
        let type = ESPIWriting.base + "/ReadingType/\(number + 1)"
        entry(reading, up: point + "/MeterReading", related: [reading + "/IntervalBlock", type], title: origin["readingTitle"])
        xml.element("content") { xml in xml.empty("MeterReading", ["xmlns": "http://naesb.org/espi"]) }
        endEntry()
        // A power of ten that lets every value be whole: ESPI knows integers only.
        let power = wholePower(items, upTo: symbol.powerOfTen)
        entry(type, up: ESPIWriting.base + "/ReadingType", related: [], title: "")
        xml.element("content") { xml in
            xml.element("ReadingType", ["xmlns": "http://naesb.org/espi"]) { xml in
                xml.element("accumulationBehaviour", 4)
                xml.element("commodity", kind.commodity)
                if !origin["currency"].isEmpty { xml.element("currency", origin["currency"]) }
                xml.element("flowDirection", kind.flow)
                xml.element("intervalLength", width)
                // 12 energy, 58 volume, as in CIM.
                xml.element("kind", channel.unit.dimension == .volume ? 58 : 12)
                xml.element("powerOfTenMultiplier", power)
                xml.element("tou", kind.tariff)
                xml.element("uom", symbol.number)
            }
        }
        endEntry()
        for (position, item) in items.enumerated() {
            let block = readings.batch.intervals[item]
            entry("\(reading)/IntervalBlock/\(position + 1)", up: reading + "/IntervalBlock", related: [], title: "")
            xml.begin("content")
            xml.begin("IntervalBlock", ["xmlns": "http://naesb.org/espi"])
            xml.element("interval") { xml in
                xml.element("duration", Int64(block.slots.count) * Int64(width))
                xml.element("start", block.start.seconds)
            }
            for (slot, value) in block.slots.enumerated() {
                interval(value, at: block.start.adding(seconds: Int64(slot) * Int64(width)), width, shift: symbol.powerOfTen - power - 6)
            }
            xml.end()
            xml.end()
            endEntry()
        }
    }

    /// The largest power up to `top` with which all values of these items are whole numbers.
    private func wholePower(_ items: [Int], upTo top: Int) -> Int {
        var power = top
        for item in items {
            for value in readings.batch.values[readings.batch.intervals[item].slots] {
                while power > top - 6, DecimalField.shifted(value, by: top - power - 6) == nil { power -= 1 }
            }
        }
        return power
    }

    private mutating func interval(_ value: Int, at start: Instant, _ width: Int32, shift: Int) {
        let status = ValueStatus(rawValue: readings.batch.statuses[value]) ?? .absent
        // A gap is said by leaving it out.
        guard status != .absent, let whole = DecimalField.shifted(readings.batch.values[value], by: shift) else { return }
        xml.begin("IntervalReading")
        if value < readings.costs.count { xml.element("cost", readings.costs[value]) }
        let qualities = readings.codes.codes(readings.codes.set(at: value)).filter { $0.list == ValueCode.espiQuality }.map(\.code)
        for quality in qualities.isEmpty ? [ESPICodes.quality(status)].compactMap({ $0 }) : qualities {
            xml.element("ReadingQuality") { xml in xml.element("quality", quality) }
        }
        xml.element("timePeriod") { xml in
            xml.element("duration", width)
            xml.element("start", start.seconds)
        }
        xml.element("value", whole)
        xml.end()
    }
}
