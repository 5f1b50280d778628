internal import MarketFormats
internal import Metering
internal import Postgres
internal import VEE
internal import Values

/// A metering point with all registers that hang or hung there.
struct MeasuringPoint: Sendable {
    let id: Identifier<MeteringPoint>
    let registers: [Register]
}

/// Gives readings that name a metering point the meter that hung there when they were taken.
///
/// Markets speak of points, not of devices: across an exchange one message has values of two meters. A slot belongs to the meter
/// that hangs when it begins; a reading at the moment of an exchange to the new meter, unless there is none.
struct PointResolution: Sendable {
    let points: [String: MeasuringPoint]

    /// A register while it hung at the point.
    struct Span {
        let register: Register
        let from: Instant
        let until: Instant
        func holds(_ instant: Instant) -> Bool { from <= instant && instant < until }
    }

    /// The message as the ingest takes it: every item with a serial; what belongs to nobody is a fault with place and mend.
    func batch(of message: MarketReadings) -> ReadingBatch {
        var resolving = Resolving(points: self, message: message)
        return resolving.run()
    }

    /// When the registers of a point that a test accepts hung there, in order of time.
    func spans(of code: String, where belongs: (Register) -> Bool) -> [Span] {
        guard let point = points[code] else { return [] }
        let time = LocalTime.berlin
        return point.registers.filter(belongs).flatMap { register in
            register.installations.entries.filter { $0.value == point.id }.map { entry in
                Span(
                    register: register, from: time.start(of: entry.range.from),
                    until: entry.range.until.map { time.start(of: $0) } ?? Instant(microseconds: .max))
            }
        }.sorted { ($0.from, $0.register.id) < ($1.from, $1.register.id) }
    }
}

/// One message under work.
private struct Resolving {
    let points: PointResolution
    let message: MarketReadings
    private var out: ReadingBatch
    private var known: [Key: [PointResolution.Span]] = [:]
    /// What sets of codes say of the meter, by their number; nearly always empty.
    private var alarms: [Int32: [DeviceAlarm]] = [:]

    private struct Key: Hashable {
        let meter: Int32
        let obis: ObisCode
        let isChannel: Bool
    }

    init(points: PointResolution, message: MarketReadings) {
        self.points = points
        self.message = message
        out = ReadingBatch(messageId: message.batch.messageId, source: message.batch.source)
    }

    mutating func run() -> ReadingBatch {
        let batch = message.batch
        out.faults = batch.faults
        out.receivedAt = batch.receivedAt
        out.values = batch.values
        out.statuses = batch.statuses
        (out.methods, out.reasons) = MarketMarks.columns(message)
        for (set, codes) in message.codes.sets.enumerated() {
            let said = MarketMarks.alarms(codes)
            if !said.isEmpty { alarms[Int32(set)] = said }
        }
        for report in batch.reports { self.report(report) }
        for number in batch.registers.indices { register(number) }
        for number in batch.intervals.indices { interval(number) }
        for (number, series) in message.untaken.enumerated() { untaken(series, batch.intervals.count + number) }
        let registers = message.registerSides.map(\.place)
        let intervals = message.intervalSides.map(\.place) + message.untaken.map(\.place)
        let indices = (registers: batch.registers.map(\.index), intervals: batch.intervals.map(\.index))
        let locate: ReadingBatch.Locate = { list, index, _ in
            // Of reports no place was kept; those beside values are named with them.
            if list == "reports" { return .init(index: Int(index), path: "/reports/\(index)", words: "report \(index)") }
            let isInterval = list == "intervals"
            let places = isInterval ? intervals : registers
            let numbers = isInterval ? indices.intervals : indices.registers
            let place = places.indices.contains(Int(index)) ? places[Int(index)] : Place(offset: 0)
            return .init(
                index: numbers.indices.contains(Int(index)) ? Int(numbers[Int(index)]) : Int(index), path: place.path,
                words: place.description)
        }
        out.locate = { locate }
        return out
    }

    private mutating func fault(_ index: Int32, _ place: Place, _ code: ItemFault.Code, _ message: String, values: Int) {
        guard values > 0 else { return }
        guard out.faults.count < MarketReadings.faultLimit else {
            out.faults[out.faults.count - 1].values += values
            return
        }
        out.faults.append(ItemFault(index: Int(index), path: place.path, code: code, message: "\(place): \(message)", values: values))
    }

    /// The code of the point that an item names instead of a meter.
    private func point(_ meter: Int32) -> String? {
        let name = message.batch.meters[Int(meter)]
        return name.hasPrefix("@") ? String(name.dropFirst()) : nil
    }

    private mutating func spans(_ meter: Int32, _ code: String, _ obis: ObisCode, isChannel: Bool) -> [PointResolution.Span] {
        let key = Key(meter: meter, obis: obis, isChannel: isChannel)
        if let spans = known[key] { return spans }
        let spans = points.spans(of: code) { $0.obis == obis && ($0.resolution != nil) == isChannel }
        known[key] = spans
        return spans
    }

    private mutating func register(_ number: Int) {
        var item = message.batch.registers[number]
        let side = message.registerSides[number]
        let mark = MarketMarks.mark(message.codes.codes(side.codes), status: item.status, isReading: true)
        (item.method, item.reason) = (mark.method, mark.reason)
        guard let code = point(item.meter) else {
            item.meter = out.meter(message.batch.meters[Int(item.meter)], at: message.origin(side).point)
            item.index = Int32(clamping: number)
            say(alarms[side.codes], of: item.meter, at: item.at, until: item.at, item.index)
            return out.registers.append(item)
        }
        let spans = spans(item.meter, code, item.obis, isChannel: false)
        var holders = spans.filter { $0.holds(item.at) }
        if holders.isEmpty { holders = spans.filter { $0.until == item.at } }
        guard holders.count == 1 else {
            out.unresolved.insert(reading: Int32(clamping: number))
            return complain(item.index, side.place, code, item.obis, at: item.at, holders.count, isKnown: !spans.isEmpty, values: 1)
        }
        item.meter = out.meter(holders[0].register.serial)
        item.index = Int32(clamping: number)
        say(alarms[side.codes], of: item.meter, at: item.at, until: item.at, item.index)
        out.registers.append(item)
    }

    private mutating func complain(
        _ index: Int32, _ place: Place, _ code: String, _ obis: ObisCode, at: Instant, _ holders: Int, isKnown: Bool, values: Int
    ) {
        if points.points[code] == nil {
            fault(
                index, place, .unknownPoint, "no metering point has the code \(code.prefix(64)); import it with the master data",
                values: values)
        } else if holders > 1 {
            fault(
                index, place, .ambiguousRegister, "several meters at \(code.prefix(64)) have the register \(obis); send the meter's serial",
                values: values)
        } else if isKnown {
            fault(
                index, place, .notInstalled,
                "no meter with the register \(obis) hangs at \(code.prefix(64)) at \(LocalTime.berlin.text(at)); import the installation",
                values: values)
        } else {
            fault(
                index, place, .unknownRegister, "no meter at \(code.prefix(64)) has the register \(obis); import it with the master data",
                values: values)
        }
    }

    private mutating func interval(_ number: Int) {
        var item = message.batch.intervals[number]
        guard let code = point(item.meter) else {
            item.meter = out.meter(message.batch.meters[Int(item.meter)], at: message.origin(message.intervalSides[number]).point)
            item.index = Int32(clamping: number)
            say(item)
            return out.intervals.append(item)
        }
        let index = item.index
        item.index = Int32(clamping: number)
        assign(item, index, message.intervalSides[number].place, code, spans(item.meter, code, item.obis, isChannel: true))
    }

    /// Cuts an item where another meter begins.
    private mutating func assign(
        _ item: ReadingBatch.IntervalItem, _ index: Int32, _ place: Place, _ code: String, _ spans: [PointResolution.Span]
    ) {
        var next = 0
        while next < item.slots.count {
            let start = item.begin(of: next)
            let holders = spans.filter { $0.holds(start) }
            var end = item.slots.count
            // Until something changes: the next moment at which any of these meters comes or goes.
            let changes = spans.flatMap { [$0.from, $0.until] }.filter { $0 > start }
            if let change = changes.min(), change < item.begin(of: end) {
                end = next + 1
                while end < item.slots.count, item.begin(of: end) < change { end += 1 }
            }
            let slots = item.slots.lowerBound + next..<item.slots.lowerBound + end
            if holders.count == 1 {
                var part = item
                part.meter = out.meter(holders[0].register.serial)
                part.start = start
                part.slots = slots
                say(part)
                out.intervals.append(part)
            } else {
                out.unresolved.insert(slots: slots)
                complain(
                    index, place, code, item.obis, at: start, holders.count, isKnown: !spans.isEmpty,
                    values: slots.count { out.statuses[$0] != ValueStatus.absent.rawValue })
            }
            next = end
        }
    }

    /// What stands beside the values of an item about its meter: one report for each run of them.
    private mutating func say(_ item: ReadingBatch.IntervalItem) {
        guard !alarms.isEmpty else { return }
        for run in message.codes.runs(in: item.slots) {
            let first = run.first - item.slots.lowerBound
            say(alarms[run.set], of: item.meter, at: item.begin(of: first), until: item.begin(of: first + run.count), item.index)
        }
    }

    private mutating func say(_ said: [DeviceAlarm]?, of meter: Int32, at: Instant, until: Instant, _ index: Int32) {
        for alarm in said ?? [] where out.reports.count < MarketReadings.faultLimit {
            out.reports.append(DeviceReport(index: index, meter: meter, at: at, until: until, content: .alarm(alarm)))
        }
    }

    /// A report of its own; of a point, it is of the meter that hung there.
    private mutating func report(_ report: DeviceReport) {
        var report = report
        let name = message.batch.meters[Int(report.meter)]
        guard let code = point(report.meter) else {
            report.meter = out.meter(name, at: message.batch.points[report.meter] ?? "")
            return out.reports.append(report)
        }
        let serials = Set(points.spans(of: code) { _ in true }.filter { $0.holds(report.at) }.map(\.register.serial))
        guard serials.count == 1, let serial = serials.first else {
            guard out.faults.count < MarketReadings.faultLimit else { return }
            return out.faults.append(
                ItemFault(
                    index: Int(report.index), path: "/reports/\(report.index)",
                    code: points.points[code] == nil ? .unknownPoint : .unknownMeter,
                    message: "\(serials.count) meters hang at \(code.prefix(64)) then; send the meter's serial", values: 0))
        }
        report.meter = out.meter(serial)
        out.reports.append(report)
    }

    /// A series without an OBIS code (MSCONS PIA of kind Z08) is of the point's only channel of that raster and dimension; where
    /// there are two, or none, nobody guesses. Everything else that no register can hold is told with its reason.
    private mutating func untaken(_ series: MarketReadings.Untaken, _ position: Int) {
        let sent = series.statuses.count { $0 != ValueStatus.absent.rawValue }
        // Taken or not, its values have their places in the columns: those of what follows must not depend on it.
        let places = out.values.count..<out.values.count + series.statuses.count
        out.values += repeatElement(0, count: places.count)
        out.statuses += repeatElement(ValueStatus.absent.rawValue, count: places.count)
        if !out.methods.isEmpty {
            out.methods += repeatElement(0, count: places.count)
            out.reasons += repeatElement(0, count: places.count)
        }
        guard sent > 0 else { return }
        out.unresolved.insert(slots: places)
        let number = Int32(clamping: position)
        let code = series.origin.point
        guard message.format == .mscons, ObisCode(series.origin.channel) == nil, series.origin["LOC"].isEmpty, series.origin.meter.isEmpty
        else {
            return fault(number, series.place, .unknownRegister, series.reason, values: sent)
        }
        guard points.points[code] != nil else {
            return fault(
                number, series.place, .unknownPoint, "no metering point has the code \(code.prefix(64)); import it with the master data",
                values: sent)
        }
        guard let start = series.start, let resolution = series.resolution, let (unit, values) = series.converted else {
            return fault(number, series.place, .noObis, series.reason, values: sent)
        }
        let spans = points.spans(of: code) { $0.resolution == resolution && $0.unit.dimension == unit.dimension }
        let codes = Set(spans.filter { $0.until > start }.map(\.register.obis))
        guard codes.count == 1, let obis = codes.first else {
            return fault(
                number, series.place, .noObis,
                "“\(series.origin.channel.prefix(24))” is no OBIS code, and the point has \(codes.isEmpty ? "no channel" : "several channels") of \(resolution) that it could mean; send the OBIS code",
                values: sent)
        }
        out.unresolved.remove(slots: places)
        out.values.replaceSubrange(places, with: values)
        out.statuses.replaceSubrange(places, with: series.statuses)
        if !out.methods.isEmpty {
            let marks = zip(series.codes, series.statuses).map {
                MarketMarks.mark(message.codes.codes($0), status: ValueStatus(rawValue: $1) ?? .absent)
            }
            out.methods.replaceSubrange(places, with: marks.map(\.method))
            out.reasons.replaceSubrange(places, with: marks.map(\.reason))
        }
        assign(
            .init(
                index: number, meter: 0, unit: unit, obis: obis, start: start, resolution: resolution, slots: places),
            number, series.place, code, spans)
    }
}

extension Connection {
    /// The points of these codes with their registers; unknown ones are left out.
    func measuringPoints(_ codes: [String]) throws -> [String: MeasuringPoint] {
        let found = try query("SELECT id, code FROM metering_point WHERE code = ANY(\(codes))").map { row in
            (id: try row.get(0, as: Identifier<MeteringPoint>.self), code: try row.get(1, as: String.self))
        }
        guard !found.isEmpty else { return [:] }
        let registers = try registers(ofMeters: meterIds(ofPoints: found.map(\.id)))
        var byPoint: [Identifier<MeteringPoint>: [Register]] = [:]
        for register in registers {
            for point in Set(register.installations.entries.map(\.value)) { byPoint[point, default: []].append(register) }
        }
        return Dictionary(found.map { ($0.code, MeasuringPoint(id: $0.id, registers: byPoint[$0.id] ?? [])) }) { first, _ in first }
    }
}
