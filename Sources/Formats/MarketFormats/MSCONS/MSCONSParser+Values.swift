internal import Metering
internal import VEE
internal import Values

/// Slots of one channel that follow each other without a gap; they become one interval item.
struct MSCONSRun {
    var isOpen = false
    var origin: Int32 = 0
    var meter: Int32 = 0
    var obis = ObisCode(0, 0, 0, 0, 0)
    var scale = UnitScale(.kilowattHour)
    var start = Instant(seconds: 0)
    var next = Instant(seconds: 0)
    var resolution = Resolution.quarterHour
    var first = 0
    var index: Int32 = 0
    var place = Place(offset: 0)
    /// The unit as sent, to see that it is still the same.
    var unit: [UInt8] = []
    /// The segment of the PIA is not looked at again as long as these stay.
    var point = ""
    var name = ""
    var serial = ""
}

/// A quantity becomes a slot, a register reading, something untaken, or a fault.
extension MSCONSParser {
    /// Ends the quantity that is being read, if there is one.
    mutating func flush() {
        guard let item = quantity else { return }
        quantity = nil
        if let problem = item.problem { return out.fault(index, problem.place, problem.code, problem.message, values: 1) }
        guard channel.point.isEmpty == false || channel.meter.isEmpty == false else {
            return out.fault(
                index, item.place, .missingMember, "no LOC+172 or RFF+MG says where this was measured; name the Markt- or Messlokation",
                values: 1)
        }
        let qualifier = String(decoding: scanner.bytes[item.qualifier], as: UTF8.self)
        if let obis = channel.obis, channel.pointKind == "172" || !channel.meter.isEmpty,
            let status = MSCONSCodes.status(ofQualifier: qualifier),
            let scale = scale(of: item, obis)
        {
            if let from = item.from, let until = item.until {
                if let resolution = resolution(from, until) {
                    return slot(item, obis, scale, status, qualifier, from: from, until: until, resolution)
                }
            } else if item.usedAt != nil || item.readAt != nil {
                return reading(item, obis, scale, status, qualifier)
            } else {
                return out.fault(
                    index, item.place, .badTime, "a quantity without DTM+163 and 164, or DTM+9 or 7; say when it was measured", values: 1)
            }
        }
        leave(item, qualifier)
    }

    private func scale(of item: Quantity, _ obis: ObisCode) -> UnitScale? {
        if slots.isOpen, slots.obis == obis, scanner.bytes[item.unit].elementsEqual(slots.unit) { return slots.scale }
        return item.unit.isEmpty ? MSCONSProcess.unit(obis) : UnitScale.named(String(decoding: scanner.bytes[item.unit], as: UTF8.self))
    }

    /// The raster of a slot; nil for a period that is none.
    private func resolution(_ from: Instant, _ until: Instant) -> Resolution? {
        let seconds = from.seconds(until: until)
        if case .seconds(let width) = slots.resolution, slots.isOpen, Int64(width) == seconds { return slots.resolution }
        if seconds > 0, seconds <= 3_600 { return Resolution(storedSeconds: Int32(seconds)) }
        let day = LocalTime.berlin.day(of: from)
        if LocalTime.berlin.gasDayStart(day) == from, LocalTime.berlin.gasDayStart(day.adding(days: 1)) == until { return .gasDay }
        return LocalTime.berlin.start(of: day) == from && LocalTime.berlin.start(of: day.adding(days: 1)) == until ? .day : nil
    }

    private mutating func number(_ item: Quantity, scale: UnitScale) -> Int64? {
        do throws(DecimalField.Problem) {
            return try DecimalField.parse(scanner.bytes, item.value, scale: 6 + scale.shift, point: scanner.decimalMark)
        } catch {
            let offset: Int = if case .character(let at) = error { at } else { item.value.lowerBound }
            let mark = scanner.decimalMark == 0x2C ? "comma" : "point"
            let message = error.message + (error.isCharacter ? " (UNA says that the decimal mark is a \(mark))" : "")
            out.fault(
                index, Place(offset: offset, segment: item.place.segment, field: 1),
                error == .places ? .tooManyDigits : error == .empty ? .missingMember : .badNumber,
                message, values: 1)
            return nil
        }
    }

    private mutating func slot(
        _ item: Quantity, _ obis: ObisCode, _ scale: UnitScale, _ status: ValueStatus, _ qualifier: String, from: Instant, until: Instant,
        _ resolution: Resolution
    ) {
        guard var micro = status == .absent && item.value.isEmpty ? 0 : number(item, scale: scale) else { return close() }
        if status == .absent { micro = 0 }
        let goesOn =
            slots.isOpen && from == slots.next && resolution == slots.resolution && obis == slots.obis && scale == slots.scale
            && channel.point == slots.point && channel.name == slots.name && channel.meter == slots.serial
        if !goesOn {
            close()
            let origin = origin(item)
            slots.origin = out.number(of: origin)
            slots.meter = out.batch.meter(origin.batchMeter)
            (slots.obis, slots.scale, slots.start, slots.resolution) = (obis, scale, from, resolution)
            (slots.point, slots.name, slots.serial) = (channel.point, channel.name, channel.meter)
            slots.unit = Array(scanner.bytes[item.unit])
            slots.first = out.batch.values.count
            slots.index = Int32(clamping: index)
            slots.place = item.place
            slots.isOpen = true
        }
        out.batch.values.append(micro)
        out.batch.statuses.append(status.rawValue)
        out.codes.append(set(item, qualifier), count: 1)
        slots.next = until
    }

    /// Ends the run of slots and makes it an item.
    mutating func close() {
        guard slots.isOpen else { return }
        slots.isOpen = false
        out.batch.intervals.append(
            .init(
                index: slots.index, meter: slots.meter, unit: slots.scale.unit, obis: slots.obis, start: slots.start,
                resolution: slots.resolution,
                slots: slots.first..<out.batch.values.count))
        out.intervalSides.append(.init(origin: slots.origin, place: slots.place))
    }

    private mutating func reading(_ item: Quantity, _ obis: ObisCode, _ scale: UnitScale, _ status: ValueStatus, _ qualifier: String) {
        guard status != .absent else { return }
        guard let micro = number(item, scale: scale) else { return }
        // The moment of use is the exact one; a day alone is its begin, for gas the begin of the gas day.
        var at = item.usedAt ?? item.readAt ?? Instant(seconds: 0)
        if item.usedAt == nil, let day = item.readDay, obis.a == 7 { at = LocalTime.berlin.gasDayStart(day) }
        let origin = origin(item)
        var details = item.details
        if let usedAt = item.usedAt { details.append(.init("DTM+7", MSCONSTime.text303(usedAt))) }
        if let day = item.readDay {
            details.append(.init("DTM+9", day.description))
        } else if let readAt = item.readAt {
            details.append(.init("DTM+9", MSCONSTime.text303(readAt)))
        }
        out.batch.registers.append(
            .init(
                index: Int32(clamping: index), meter: out.batch.meter(origin.batchMeter), unit: scale.unit, status: status, obis: obis,
                at: at, micro: micro))
        out.registerSides.append(.init(origin: out.number(of: origin), codes: set(item, qualifier), place: item.place, details: details))
    }

    /// Keeps what no register can hold, and says why.
    private mutating func leave(_ item: Quantity, _ qualifier: String) {
        close()
        let origin = origin(item)
        guard let micro = number(item, scale: UnitScale(.piece)) else { return }
        let set = set(item, qualifier)
        let status = MSCONSCodes.status(ofQualifier: qualifier) ?? .measured
        if let last = out.untaken.indices.last, out.untaken[last].origin == origin, let start = out.untaken[last].start,
            case .seconds(let width)? = out.untaken[last].resolution, let from = item.from, let until = item.until,
            from.seconds(until: until) == Int64(width), start.adding(seconds: Int64(out.untaken[last].values.count) * Int64(width)) == from
        {
            out.untaken[last].values.append(micro)
            out.untaken[last].statuses.append(status.rawValue)
            out.untaken[last].codes.append(set)
            return
        }
        let raster: Resolution? = if let from = item.from, let until = item.until { resolution(from, until) } else { nil }
        out.untaken.append(
            .init(
                origin: origin, place: item.place, start: item.from ?? item.usedAt ?? item.readAt, resolution: raster, until: item.until,
                values: [micro], statuses: [status.rawValue], codes: [set], details: item.details, reason: reason(item, qualifier)))
    }

    private func reason(_ item: Quantity, _ qualifier: String) -> String {
        if MSCONSCodes.status(ofQualifier: qualifier) == nil { return "quantity \(qualifier.prefix(3)) is no metered value" }
        if channel.obis == nil { return "“\(channel.name.prefix(24))” is no OBIS code, so no register counts it" }
        if channel.pointKind != "172", channel.meter.isEmpty { return "LOC+\(channel.pointKind.prefix(3)) is no metering point" }
        if let obis = channel.obis, scale(of: item, obis) == nil {
            return item.unit.isEmpty ? "no unit is given and the OBIS code does not say it" : "no register of ours has this unit"
        }
        guard let from = item.from, let until = item.until else { return "no period and no moment" }
        return
            "a period of \(from.seconds(until: until) / 60) minutes is neither a part of the hour nor a local day; a register has slots of one raster"
    }

    private func origin(_ item: Quantity) -> MarketReadings.Origin {
        var details: [MarketReadings.Detail] = []
        if channel.pointKind != "172" { details.append(.init("LOC", channel.pointKind)) }
        if !channel.configuration.isEmpty { details.append(.init("AGK", channel.configuration)) }
        if !channel.version.isEmpty { details.append(.init("293", channel.version)) }
        return .init(
            point: channel.point, meter: channel.meter, channel: channel.name,
            unit: String(decoding: scanner.bytes[item.unit], as: UTF8.self),
            details: details)
    }

    private mutating func set(_ item: Quantity, _ qualifier: String) -> Int32 {
        // Nearly all values are plain: the set of the value before, without building it again.
        if item.statuses.isEmpty, let last = out.codes.runs.last, case let codes = out.codes.codes(last.set), codes.count == 1,
            codes[0].code == qualifier
        {
            return last.set
        }
        return out.codes.number(of: [ValueCode(ValueCode.msconsQuantity, qualifier)] + item.statuses)
    }
}

extension DecimalField.Problem {
    var isCharacter: Bool { if case .character = self { true } else { false } }
}
