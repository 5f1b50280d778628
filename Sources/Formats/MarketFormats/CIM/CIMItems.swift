internal import Metering
internal import VEE
internal import Values

/// The values of one ReadingType become slots, register readings, something untaken, or faults.
struct CIMItems {
    let group: CIMMeterReading.Group
    let type: CIMReadingType?
    let origin: MarketReadings.Origin
    let index: Int

    init(group: CIMMeterReading.Group, type: CIMReadingType?, origin: MarketReadings.Origin, index: Int) {
        self.group = group
        self.type = type
        self.origin = origin
        self.index = index
    }

    mutating func append(to out: inout MarketReadings, lines: inout LineStarts) {
        guard let type else {
            let values = group.values.count { $0.value != nil || $0.problem != nil }
            return out.fault(index, lines.place(group.offset), .badMember, "ReadingType must be a reference of 18 numbers", values: values)
        }
        guard let scale = type.scale, let obis = type.obis, type.isRegister || type.isDelta else {
            return leave(&out, &lines, "no register of ours counts ReadingType \(origin.channel.prefix(64))")
        }
        if type.isRegister { return registers(&out, &lines, scale, obis) }
        guard let resolution = type.resolution else {
            return leave(&out, &lines, "ReadingType \(origin.channel.prefix(64)) has no measuring period that is a slot")
        }
        slots(&out, &lines, scale, obis, resolution)
    }

    /// The value in our unit; nil after noting what is wrong with it.
    private func micro(_ value: CIMMeterReading.Value, _ scale: UnitScale, _ out: inout MarketReadings, _ lines: inout LineStarts) -> Int64?
    {
        func place() -> Place { lines.place(Int(value.flawOffset ?? value.offset)) }
        switch value.problem {
        case .time(let problem)?:
            let message = problem == .noOffset ? "a time needs its offset: 2026-01-01T00:00:00Z" : "timeStamp is no time of RFC 3339"
            out.fault(index, place(), problem == .noOffset ? .noOffset : .badTime, message, values: 1)
            return nil
        case .number(let problem)?:
            out.fault(index, place(), problem == .places ? .tooManyDigits : .badNumber, problem.message, values: 1)
            return nil
        case nil: break
        }
        guard value.at != nil else {
            out.fault(
                index, place(), .missingMember, "timeStamp is missing; say when the value was measured", values: value.value == nil ? 0 : 1)
            return nil
        }
        guard let raw = value.value else { return 0 }
        guard let micro = DecimalField.shifted(raw, by: scale.shift) else {
            out.fault(
                index, place(), .tooManyDigits, "the value has more decimals or digits than can be kept; check the multiplier", values: 1)
            return nil
        }
        return micro
    }

    private func registers(_ out: inout MarketReadings, _ lines: inout LineStarts, _ scale: UnitScale, _ obis: ObisCode) {
        for value in group.values where value.value != nil || value.problem != nil {
            guard let micro = micro(value, scale, &out, &lines), let at = value.at else { continue }
            out.batch.registers.append(
                .init(
                    index: Int32(clamping: index), meter: out.batch.meter(origin.batchMeter), unit: scale.unit, status: status(value, out),
                    obis: obis,
                    at: at, micro: micro))
            out.registerSides.append(.init(origin: out.number(of: origin), codes: value.qualities, place: lines.place(Int(value.offset))))
        }
    }

    private func slots(
        _ out: inout MarketReadings, _ lines: inout LineStarts, _ scale: UnitScale, _ obis: ObisCode, _ resolution: Resolution
    ) {
        var first = out.batch.values.count
        var start = Instant(seconds: 0)
        var next: Instant?
        var offset: Int32 = 0
        func close(_ out: inout MarketReadings, _ lines: inout LineStarts) {
            guard next != nil else { return }
            next = nil
            out.batch.intervals.append(
                .init(
                    index: Int32(clamping: index), meter: out.batch.meter(origin.batchMeter), unit: scale.unit, obis: obis, start: start,
                    resolution: resolution, slots: first..<out.batch.values.count))
            out.intervalSides.append(.init(origin: out.number(of: origin), place: lines.place(Int(offset))))
        }
        for value in group.values {
            guard let micro = micro(value, scale, &out, &lines), let end = value.at else {
                close(&out, &lines)
                continue
            }
            let begin = CIMItems.begin(of: resolution, ending: end)
            if next != begin {
                close(&out, &lines)
                (first, start, offset) = (out.batch.values.count, begin, value.offset)
            }
            next = end
            out.batch.values.append(micro)
            out.batch.statuses.append((value.value == nil ? ValueStatus.absent : status(value, out)).rawValue)
            out.codes.append(value.qualities, count: 1)
        }
        close(&out, &lines)
    }

    /// The begin of the slot that ends here; of a day, its local midnight.
    static func begin(of resolution: Resolution, ending end: Instant) -> Instant {
        switch resolution {
        case .seconds(let width): end.adding(seconds: -Int64(width))
        case .day, .gasDay:
            // What ends at 06:00 is a gas day.
            if case let day = LocalTime.berlin.day(of: end), end == LocalTime.berlin.gasDayStart(day) {
                LocalTime.berlin.gasDayStart(day.adding(days: -1))
            } else {
                LocalTime.berlin.start(of: LocalTime.berlin.day(of: Instant(microseconds: end.microseconds - 1)))
            }
        }
    }

    /// The worst of several qualities counts.
    private func status(_ value: CIMMeterReading.Value, _ out: MarketReadings) -> ValueStatus {
        guard value.qualities != 0 else { return .measured }
        let order: [ValueStatus] = [.measured, .provisional, .substituted, .estimated, .rejected]
        let ranks = out.codes.codes(value.qualities).filter { $0.list == ValueCode.cimQuality }
            .map { order.firstIndex(of: CIMQuality.status(of: $0.code)) ?? 0 }
        return order[ranks.max() ?? 0]
    }

    private func leave(_ out: inout MarketReadings, _ lines: inout LineStarts, _ reason: String) {
        let sent = group.values.filter { $0.value != nil }
        guard !sent.isEmpty else { return }
        out.untaken.append(
            .init(
                origin: origin, place: lines.place(group.offset), start: sent[0].at, resolution: nil, until: nil,
                values: sent.map { $0.value ?? 0 },
                statuses: sent.map { status($0, out).rawValue }, codes: sent.map(\.qualities), details: [], reason: reason))
    }
}
