internal import Metering
internal import Values
internal import XML

/// Takes the elements of a message one by one and makes each MeterReading items as soon as it ends, so that memory holds one of
/// them at a time.
final class CIMReader: XMLHandler {
    private enum Word: Int, CaseIterable {
        case Verb, Noun, Source, MessageID, CorrelationID, Timestamp, MeterReading, MeterReadings, IntervalBlocks, IntervalReadings,
            Readings
        case timeStamp, value, ReadingQualities, ReadingQualityType, ReadingType, Meter, UsagePoint, mRID, Names, name, NameType, source,
            comment
        case Header, EndDeviceEvents, EndDeviceEventType, createdDateTime
    }
    private static let words = XMLVocabulary(Word.allCases.map { "\($0)" })
    var vocabulary: XMLVocabulary { CIMReader.words }

    private var out: MarketReadings
    private var lines: LineStarts
    private let origin: MarketOrigin
    private var verb = ""
    private var noun = ""
    private var correlation = ""
    private var hasPayload = false
    private var scopes: [Withdrawal.Scope] = []
    private var stack: [Word?] = []
    private var reading: CIMMeterReading?
    private var group: CIMMeterReading.Group?
    private var value: CIMMeterReading.Value?
    private var qualities: [ValueCode] = []
    private var isNil = false
    /// An event of the device while it is read.
    private var event: (alarm: DeviceAlarm?, at: Instant?)?
    private var index = -1
    private var types: [String: CIMReadingType] = [:]

    init(_ lines: LineStarts, origin: MarketOrigin) {
        self.lines = lines
        self.origin = origin
        out = MarketReadings(format: .cim, messageId: origin.messageId, source: origin.source)
    }

    /// The message, once all is read.
    func finished() throws(MarketFormatError) -> MarketMessage {
        guard noun.isEmpty || noun == "MeterReadings" else {
            throw MarketFormatError(.messageHeader, Place(offset: 0), "noun \(noun.prefix(32)); MeterReadings are read here")
        }
        switch CIM.verb(verb) {
        case .other:
            throw MarketFormatError(.cimVerb, Place(offset: 0), "verb \(verb.prefix(16)) carries no readings; send created or changed")
        case .withdrawal:
            guard !correlation.isEmpty || !scopes.isEmpty else {
                throw MarketFormatError(
                    .withdrawalWithoutReference, Place(offset: 0), "a cancellation must name the message (CorrelationID) or the meters")
            }
            return .withdrawal(Withdrawal(messageId: out.batch.messageId, source: out.batch.source, withdraws: correlation, scopes: scopes))
        case .readings:
            guard hasPayload else { throw MarketFormatError(.messageHeader, Place(offset: 0), "no MeterReadings in the message") }
            guard !out.isEmpty else { throw MarketFormatError(.noData, Place(offset: 0), "MeterReadings without a value") }
            return .readings(out)
        }
    }

    func start(_ word: Int, _ element: borrowing XMLStart) throws {
        let word = Word(rawValue: word)
        stack.append(word)
        switch word {
        case .MeterReadings: hasPayload = true
        case .MeterReading:
            reading = CIMMeterReading()
            reading?.offset = element.offset
        case .IntervalBlocks:
            guard reading != nil else { return }
            group = CIMMeterReading.Group(offset: element.offset)
        case .IntervalReadings where group != nil: begin(element)
        case .Readings where reading != nil:
            if group == nil { group = CIMMeterReading.Group(offset: element.offset) }
            begin(element)
        case .ReadingType:
            if let reference = element.attribute("ref") { group?.type = reference }
        case .ReadingQualityType:
            if value != nil, qualities.count < 24, let reference = element.attribute("ref") {
                qualities.append(ValueCode(ValueCode.cimQuality, reference.limited(32)))
            }
        case .value: isNil = element.isNil
        case .EndDeviceEvents where reading != nil: event = (nil, nil)
        case .EndDeviceEventType:
            if let reference = element.attribute("ref") { event?.alarm = CIM.alarm(ofEvent: reference) }
        default: break
        }
    }

    private func begin(_ element: borrowing XMLStart) {
        value = CIMMeterReading.Value()
        value?.offset = Int32(clamping: element.offset ?? 0)
        qualities = []
    }

    func end(_ word: Int, _ text: borrowing XMLCharacters) throws {
        let word = Word(rawValue: word)
        stack.removeLast()
        let parent = stack.last ?? nil
        switch word {
        case .timeStamp:
            // A quality has a time of its own.
            guard value != nil, parent == .IntervalReadings || parent == .Readings else { return }
            do throws(Instant.Problem) { value?.at = try Instant(text.trimmed) } catch {
                value?.problem = .time(error)
                value?.flawOffset = text.trimmedOffset.map { Int32(clamping: $0) }
            }
        case .value:
            guard value != nil, parent == .IntervalReadings || parent == .Readings, !isNil, !text.isBlank else { return }
            do throws(DecimalField.Problem) {
                value?.value = try DecimalField.parse(text.trimmed, scale: 6)
            } catch {
                if value?.problem == nil {
                    value?.problem = .number(error)
                    value?.flawOffset = text.trimmedOffset.map { Int32(clamping: $0) }
                }
            }
        case .source:
            if parent == .ReadingQualities, value != nil, qualities.count < 24 {
                qualities.append(ValueCode(ValueCode.cimSource, text.trimmed.limited(64)))
            }
        case .comment:
            if parent == .ReadingQualities, value != nil, qualities.count < 24 {
                qualities.append(ValueCode(ValueCode.cimComment, text.trimmed.limited(240)))
            }
        case .createdDateTime where event != nil: event?.at = try? Instant(text.trimmed)
        case .EndDeviceEvents:
            if let alarm = event?.alarm, let at = event?.at { reading?.events.append((alarm, at)) }
            event = nil
        case .IntervalReadings, .Readings: endValue(word == .Readings)
        case .IntervalBlocks:
            if let group { reading?.groups.append(group) }
            group = nil
        case .mRID:
            if parent == .Meter { reading?.meterId = text.trimmed.limited(256) }
            if parent == .UsagePoint { reading?.pointId = text.trimmed.limited(256) }
        case .name: name(text.trimmed, parent)
        case .MeterReading:
            if let reading { take(reading) }
            reading = nil
        default: header(word, parent, text.trimmed)
        }
    }

    private func endValue(_ isSingle: Bool) {
        guard var done = value else { return }
        value = nil
        if !qualities.isEmpty { done.qualities = out.codes.number(of: qualities) }
        group?.values.append(done)
        if isSingle, let group, stack.last != .IntervalBlocks {
            // Readings of one type that follow each other are one group.
            self.group = nil
            guard let last = reading?.groups.indices.last, reading?.groups[last].type == group.type, !group.type.isEmpty else {
                reading?.groups.append(group)
                return
            }
            reading?.groups[last].values += group.values
        }
    }

    private func name(_ text: String, _ parent: Word?) {
        guard parent == .Names, stack.count >= 2 else { return }
        switch stack[stack.count - 2] {
        case .Meter: reading?.meter = text.limited(256)
        case .UsagePoint: reading?.point = text.limited(256)
        default: break
        }
    }

    private func header(_ word: Word?, _ parent: Word?, _ text: @autoclosure () -> String) {
        guard parent == .Header else { return }
        switch word {
        case .Verb: verb = text()
        case .Noun: noun = text()
        case .Timestamp: out.created = try? Instant(text())
        case .CorrelationID: correlation = text().limited(64)
        case .Source:
            out.sender = MarketParty(text().limited(64))
            if !out.sender.code.isEmpty { out.batch.source = out.sender.code }
        case .MessageID:
            let id = text().limited(64)
            if !id.isEmpty { out.batch.messageId = id }
        default: break
        }
    }

    /// What a cancellation names: the values it repeats, or all of the meter.
    private static func scopes(_ reading: CIMMeterReading, meter: String) -> [Withdrawal.Scope] {
        let groups = reading.groups.filter { !$0.values.isEmpty }
        guard !groups.isEmpty else { return [.init(meter: meter)] }
        return groups.map { group in
            let type = CIMReadingType(group.type)
            let times = group.values.compactMap(\.at)
            guard let first = times.min(), let last = times.max() else { return .init(meter: meter, obis: type?.obis) }
            if let type, type.isDelta, let resolution = type.resolution {
                return .init(meter: meter, obis: type.obis, from: CIMItems.begin(of: resolution, ending: first), until: last)
            }
            return .init(meter: meter, obis: type?.obis, from: first, until: Instant(microseconds: last.microseconds + 1))
        }
    }

    private func take(_ reading: CIMMeterReading) {
        index += 1
        let serial = reading.meter.isEmpty ? reading.meterId : reading.meter
        let point = reading.point.isEmpty ? reading.pointId : reading.point
        let sent = reading.groups.reduce(0) { $0 + $1.values.count { $0.value != nil || $0.problem != nil } }
        guard !serial.isEmpty || !point.isEmpty else {
            return out.fault(
                index, lines.place(reading.offset), .unknownMeter, "neither Meter nor UsagePoint names who was measured; send one of them",
                values: sent)
        }
        if CIM.verb(verb) == .withdrawal {
            scopes += CIMReader.scopes(reading, meter: serial.isEmpty ? "@" + point : serial)
            return
        }
        if !reading.events.isEmpty {
            let meter = serial.isEmpty ? out.batch.meter("@" + point) : out.batch.meter(serial, at: point)
            for (alarm, at) in reading.events where out.batch.reports.count < MarketReadings.faultLimit {
                out.batch.reports.append(DeviceReport(index: Int32(clamping: index), meter: meter, at: at, content: .alarm(alarm)))
            }
        }
        for group in reading.groups {
            if types[group.type] == nil { types[group.type] = CIMReadingType(group.type) }
            var items = CIMItems(
                group: group, type: types[group.type],
                origin: .init(
                    point: point, meter: serial, channel: group.type.limited(128),
                    details: [.init("meterId", reading.meterId), .init("pointId", reading.pointId)].filter { !$0.value.isEmpty }),
                index: index)
            items.append(to: &out, lines: &lines)
        }
    }
}
