internal import Metering
internal import VEE
public import Values

/// Writes readings as an MSCONS 2.4c interchange: a message for each metering point, 13018 for the load profile of a
/// Messlokation, 13025 for that of a Marktlokation, 13017 for readings of electricity registers (13002 and 13008 for gas). Decimal point, all times in UTC, as the trade wants them since 2022.
///
/// MSCONS tells forecasts (187) from substitutes (67), but has no word for an estimate that was made here: it is a substitute.
public enum MSCONSWriter {
    /// - Parameter reference: the interchange's number (UNB 0020), at most 14 characters; message numbers are derived from it.
    /// - Throws: `MarketFormatError.cannotWrite` for an item without a point or with a unit MSCONS has not, or no items at all.
    public static func write(_ readings: MarketReadings, reference: String, created: Instant) throws(MarketFormatError) -> [UInt8] {
        var writing = MSCONSWriting(readings, reference: reference, created: created)
        return try writing.run()
    }
}

private struct MSCONSWriting {
    /// What goes into one message.
    struct Group: Hashable {
        var process: String
        var point: String
        var meter: String
        var details: [MarketReadings.Detail]
    }
    /// One LIN with its quantities.
    struct Line {
        var name: String
        var start: Instant
        var until: Instant
        var write: (inout MSCONSWriting) throws(MarketFormatError) -> Void
    }
    private let readings: MarketReadings
    private let reference: String
    private let created: Instant
    private var bytes: [UInt8] = []
    private var segments = 0

    init(_ readings: MarketReadings, reference: String, created: Instant) {
        self.readings = readings
        self.reference = reference
        self.created = created
        bytes.reserveCapacity(readings.batch.values.count * 80 + 1_024)
    }

    /// A segment of trusted text; data goes through `released`.
    mutating func segment(_ text: String) {
        bytes.append(contentsOf: text.utf8)
        bytes.append(0x27)
        segments += 1
    }
    func released(_ text: String) -> String {
        guard text.utf8.contains(where: { $0 == 0x27 || $0 == 0x2B || $0 == 0x3A || $0 == 0x3F || $0 < 0x20 }) else { return text }
        var out = ""
        for character in text.unicodeScalars where character.value >= 0x20 {
            if "'+:?".unicodeScalars.contains(character) { out += "?" }
            out.unicodeScalars.append(character)
        }
        return out
    }

    mutating func run() throws(MarketFormatError) -> [UInt8] {
        var groups: [Group] = []
        var lines: [Group: [Line]] = [:]
        func add(_ group: Group, _ line: Line) {
            if lines[group] == nil { groups.append(group) }
            lines[group, default: []].append(line)
        }
        for (number, item) in readings.batch.intervals.enumerated() {
            let side = readings.intervalSides[number]
            let (group, unit, name) = try group(readings.origin(side), item.obis, item.unit, side, isInterval: true)
            let until = end(item.start, item.resolution, item.slots.count)
            add(
                group,
                Line(name: name, start: item.start, until: until) { (writing) throws(MarketFormatError) in
                    writing.slots(item, unit: unit)
                })
        }
        for (number, item) in readings.batch.registers.enumerated() {
            let side = readings.registerSides[number]
            let (group, unit, name) = try group(readings.origin(side), item.obis, item.unit, side, isInterval: false)
            add(
                group,
                Line(name: name, start: item.at, until: item.at) { (writing) throws(MarketFormatError) in
                    writing.reading(item, side, unit: unit)
                })
        }
        for series in readings.untaken {
            guard let start = series.start else { continue }
            let obis = ObisCode(series.origin.channel)
            let isObis = obis != nil
            var group = Group(
                process: MSCONSProcess.loadProfile(isGas: obis?.a == 7, point: series.origin.point), point: series.origin.point,
                meter: series.origin.meter,
                details: series.origin.details.filter { ["AGK", "293", "LOC"].contains($0.name) })
            // Beside the profile it came with, or in a message for amounts, or for what has no OBIS code.
            if lines[group] == nil || !isObis { group.process = !isObis ? "13022" : obis?.a == 7 ? "13009" : "13019" }
            let until = series.until ?? series.resolution.map { end(start, $0, series.values.count) } ?? start
            add(
                group,
                Line(name: released(series.origin.channel) + (isObis ? ":SRW" : ":Z08"), start: start, until: until) {
                    (writing) throws(MarketFormatError) in
                    writing.values(series, start)
                })
        }
        guard !groups.isEmpty else { throw MarketFormatError(.cannotWrite, Place(offset: 0), "there is nothing to write") }
        let stamp = DigitTime.text(created, offsetSeconds: 0, digits: 12)
        // VL: nothing but readings of registers; TL: load profiles.
        let readingsOnly = groups.allSatisfy { [MSCONSProcess.gasReadings, MSCONSProcess.powerReadings].contains($0.process) }
        let application = readingsOnly ? "VL" : "TL"
        bytes.append(contentsOf: "UNA:+.? '".utf8)
        segment(
            "UNB+UNOC:3+\(party(readings.sender))+\(party(readings.recipient))+\(stamp.dropFirst(2).prefix(6)):\(stamp.suffix(4))+\(released(reference))++\(application)"
        )
        for (number, group) in groups.enumerated() { try message(number + 1, group, lines[group] ?? []) }
        segment("UNZ+\(groups.count)+\(released(reference))")
        return bytes
    }

    private func group(
        _ origin: MarketReadings.Origin, _ obis: ObisCode, _ unit: UnitCode, _ side: MarketReadings.Side, isInterval: Bool
    ) throws(MarketFormatError) -> (Group, unit: String, name: String) {
        guard !origin.point.isEmpty || !origin.meter.isEmpty else {
            throw MarketFormatError(.cannotWrite, side.place, "MSCONS names a Markt- or Messlokation, and none is known for \(obis)")
        }
        // What came without a unit goes without one; else the code of the unit, provided MSCONS has one.
        let isMSCONS = readings.format == .mscons && !origin.channel.isEmpty
        guard let code = isMSCONS ? origin.unit : UnitScale.mscons(unit) else {
            throw MarketFormatError(.cannotWrite, side.place, "MSCONS has no unit \(unit.rawValue)")
        }
        let process =
            isInterval
            ? MSCONSProcess.loadProfile(isGas: obis.a == 7, point: origin.point)
            : obis.a == 7 ? MSCONSProcess.gasReadings : MSCONSProcess.powerReadings
        let name = released(isMSCONS ? origin.channel : obis.description) + ":SRW"
        return (
            Group(
                process: process, point: origin.point, meter: origin.meter,
                details: origin.details.filter { ["AGK", "293", "LOC"].contains($0.name) }), code, name
        )
    }

    private func party(_ party: MarketParty) -> String {
        released(party.code) + ":" + released(party.issuer.isEmpty ? "500" : party.issuer)
    }

    private func end(_ start: Instant, _ resolution: Resolution, _ count: Int) -> Instant {
        resolution.instant(count, after: start)
    }

    private mutating func message(_ number: Int, _ group: Group, _ lines: [Line]) throws(MarketFormatError) {
        segments = 0
        segment("UNH+\(number)+MSCONS:D:04B:UN:2.4c")
        segment("BGM+\(group.process == MSCONSProcess.marketProfile ? "Z48" : "7")+\(released(reference))-\(number)+9")
        segment("DTM+137:\(MSCONSTime.text303(created)):303")
        segment("RFF+Z13:\(group.process)")
        for (role, party) in [("MS", readings.sender), ("MR", readings.recipient)] {
            segment("NAD+\(role)+\(released(party.code))::\(party.issuer == "14" ? "9" : party.issuer == "502" ? "332" : "293")")
        }
        segment("UNS+D")
        segment("NAD+DP")
        func detail(_ name: String) -> String? { group.details.first { $0.name == name }?.value }
        segment("LOC+\(detail("LOC") ?? "172")+\(released(group.point))")
        let isInterval = lines.contains { $0.start != $0.until }
        if isInterval, let from = lines.map(\.start).min(), let until = lines.map(\.until).max() {
            segment("DTM+163:\(MSCONSTime.text303(from)):303")
            segment("DTM+164:\(MSCONSTime.text303(until)):303")
        }
        if let version = detail("293") { segment("DTM+293:\(released(version)):304") }
        if !group.meter.isEmpty { segment("RFF+MG:\(released(group.meter))") }
        if let configuration = detail("AGK") { segment("RFF+AGK:\(released(configuration))") }
        for (position, line) in lines.enumerated() {
            segment("LIN+\(position + 1)")
            segment("PIA+5+\(line.name)")
            try line.write(&self)
        }
        segment("UNT+\(segments + 1)+\(number)")
    }

    private mutating func quantity(_ micro: Int64, _ status: ValueStatus, _ set: Int32, unit: String, scale: Int) -> [ValueCode] {
        let codes = readings.codes.codes(set)
        let qualifier = codes.first { $0.list == ValueCode.msconsQuantity }?.code ?? MSCONSCodes.qualifier(of: status)
        bytes.append(contentsOf: "QTY+\(released(qualifier)):".utf8)
        DecimalField.append(micro, scale: scale, to: &bytes)
        if !unit.isEmpty { bytes.append(contentsOf: ":\(released(unit))".utf8) }
        bytes.append(0x27)
        segments += 1
        return codes
    }

    private mutating func statuses(_ codes: [ValueCode]) {
        let lists = [
            ValueCode.msconsQuantity, ValueCode.nemQuality, ValueCode.nemReason, ValueCode.nemText, ValueCode.cimQuality,
            ValueCode.espiQuality,
        ]
        for code in codes where !lists.contains(code.list) { segment("STS+\(released(code.list))++\(released(code.code))") }
    }

    private mutating func slots(_ item: ReadingBatch.IntervalItem, unit: String) {
        let scale = 6 + (UnitScale.named(unit)?.shift ?? 0)
        for (slot, value) in item.slots.enumerated() {
            let status = ValueStatus(rawValue: readings.batch.statuses[value]) ?? .absent
            self.slot(
                slot, of: item.start, item.resolution, readings.batch.values[value], status, readings.codes.set(at: value), unit: unit,
                scale: scale)
        }
    }
    /// What no register holds goes out with the times it came with.
    private mutating func values(_ series: MarketReadings.Untaken, _ start: Instant) {
        for slot in series.values.indices {
            let status = ValueStatus(rawValue: series.statuses[slot]) ?? .absent
            if let resolution = series.resolution {
                self.slot(slot, of: start, resolution, series.values[slot], status, series.codes[slot], unit: series.origin.unit, scale: 6)
                continue
            }
            let codes = quantity(series.values[slot], status, series.codes[slot], unit: series.origin.unit, scale: 6)
            if let until = series.until {
                segment("DTM+163:\(MSCONSTime.text303(start)):303")
                segment("DTM+164:\(MSCONSTime.text303(until)):303")
            } else {
                segment("DTM+9:\(MSCONSTime.text303(start)):303")
            }
            statuses(codes)
        }
    }
    private mutating func slot(
        _ slot: Int, of start: Instant, _ resolution: Resolution, _ micro: Int64, _ status: ValueStatus, _ set: Int32, unit: String,
        scale: Int
    ) {
        let codes = quantity(micro, status, set, unit: unit, scale: scale)
        segment("DTM+163:\(MSCONSTime.text303(end(start, resolution, slot))):303")
        segment("DTM+164:\(MSCONSTime.text303(end(start, resolution, slot + 1))):303")
        statuses(codes)
    }

    private mutating func reading(_ item: ReadingBatch.RegisterItem, _ side: MarketReadings.Side, unit: String) {
        let codes = quantity(item.micro, item.status, side.codes, unit: unit, scale: 6 + (UnitScale.named(unit)?.shift ?? 0))
        let day = side.details.first { $0.name == "DTM+9" }.flatMap { Day($0.value) }
        let isUsed = side.details.contains { $0.name == "DTM+7" }
        if isUsed || day == nil { segment("DTM+\(isUsed ? "7" : "9"):\(MSCONSTime.text303(item.at)):303") }
        if let day { segment("DTM+9:\(day.description.filter { $0 != "-" }):102") }
        for detail in side.details where detail.name.hasPrefix("DTM+") && detail.name != "DTM+7" && detail.name != "DTM+9" {
            let parts = detail.value.split(separator: ":", omittingEmptySubsequences: false)
            segment("\(detail.name):\(released(String(parts.first ?? ""))):\(released(String(parts.last ?? "")))")
        }
        statuses(codes)
    }
}
