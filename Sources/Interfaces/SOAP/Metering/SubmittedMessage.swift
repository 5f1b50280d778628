internal import Glibc
internal import Metering
internal import ReadingFormats
internal import Values
internal import XML

/// A SubmitReadings message while it is read: where we are in it, and what it brought so far.
struct SubmittedMessage {
    private enum Place { case outside, message, register, interval, values, report }
    private typealias Word = SubmittedItem.Word

    private var batch = ReadingBatch(messageId: "", source: "")
    private var place = Place.outside
    // Elements nobody knows, and how deep we are in one.
    private var ignored = 0
    private var leaf: Word?
    private var leafIsNil = false
    private var item = SubmittedItem(index: 0)
    private var registers = 0
    private var intervals = 0
    private var reports = 0
    private var slot = 0
    private var sent = 0
    private var firstSlot = 0
    private var firstFault = 0
    private var hasMessageId = false
    private var hasSource = false

    // Messages repeat themselves: comparing bytes with those of the item before is cheaper than parsing them.
    private var meters = LastText<Int32>()
    private var codes = LastText<ObisCode>()
    private var units = LastText<UnitCode>()
    private var statuses = LastText<ValueStatus>()
    private var resolutions = LastText<Resolution>()

    /// The readings, once all was read.
    /// - Throws: `SOAPFault` when the message names neither itself nor its source.
    func finish() throws(SOAPFault) -> ReadingBatch {
        guard hasMessageId else { throw SOAPFault(code: "missing-element", "<messageId> is required", path: "/messageId") }
        guard hasSource else { throw SOAPFault(code: "missing-element", "<source> is required", path: "/source") }
        return batch
    }

    mutating func start(_ word: Int, _ element: borrowing XMLStart) {
        guard ignored == 0, leaf == nil else {
            ignored += 1
            return
        }
        let word = Word(rawValue: word)
        switch (place, word) {
        case (.outside, _): place = .message
        case (.message, .messageId), (.message, .source): leaf = word
        case (.message, .registers):
            place = .register
            item = SubmittedItem(index: registers)
            registers += 1
        case (.message, .reports):
            place = .report
            item = SubmittedItem(index: reports)
            reports += 1
        case (.message, .intervals):
            place = .interval
            item = SubmittedItem(index: intervals)
            intervals += 1
            (slot, sent) = (0, 0)
            firstSlot = batch.values.count
            firstFault = batch.faults.count
        case (.register, .meter), (.register, .obis), (.register, .at), (.register, .value), (.register, .unit), (.register, .status),
            (.interval, .meter), (.interval, .obis), (.interval, .start), (.interval, .resolution), (.interval, .unit),
            (.interval, .status), (.register, .factor), (.register, .alarm), (.interval, .factor), (.interval, .alarm),
            (.report, .meter), (.report, .obis), (.report, .at), (.report, .until), (.report, .factor), (.report, .alarm),
            (.report, .conversion), (.report, .flowTemperature), (.report, .returnTemperature):
            if let word { item.begin(word) }
            leaf = word
        case (.interval, .values):
            item.begin(.values)
            if !element.isNil { item.fill(.values) }
            place = .values
        case (.values, .value): leaf = word
        default: ignored = 1
        }
        if leaf != nil { leafIsNil = element.isNil }
    }

    mutating func end(_ text: borrowing XMLCharacters) throws(SOAPFault) {
        if ignored > 0 {
            ignored -= 1
            return
        }
        if let word = leaf {
            leaf = nil
            if place == .values { return add(text) }
            if leafIsNil { return }
            if place == .message { return try name(word, text) }
            item.fill(word)
            return take(word, text)
        }
        switch place {
        case .values: place = .interval
        case .register:
            place = .message
            finishRegister()
        case .interval:
            place = .message
            finishInterval()
        case .report:
            place = .message
            finishReport()
        case .message, .outside: place = .outside
        }
    }

    /// A short text without control characters: it becomes part of a key in the database.
    private mutating func name(_ word: Word, _ text: borrowing XMLCharacters) throws(SOAPFault) {
        let name = text.trimmed
        guard (1...255).contains(name.utf8.count), name.utf8.allSatisfy({ $0 >= 0x20 && $0 != 0x7F }) else {
            throw SOAPFault(code: "bad-element", "expected 1 to 255 bytes without control characters", path: "/\(word.name)")
        }
        guard word == .messageId ? !hasMessageId : !hasSource else {
            throw SOAPFault(code: "bad-element", "given twice", path: "/\(word.name)")
        }
        if word == .messageId {
            batch.messageId = name
            hasMessageId = true
        } else {
            batch.source = name
            hasSource = true
        }
    }

    /// One slot. A bad value is a fault and leaves its slot empty.
    private mutating func add(_ text: borrowing XMLCharacters) {
        defer { slot += 1 }
        var micro: Int64 = 0
        var status = ValueStatus.absent
        if !leafIsNil {
            sent += 1
            do throws(DecimalText.Problem) {
                micro = try unsafe DecimalText.parse(text.trimmedBytes, scale: 6)
                status = .measured
            } catch {
                let isLong = error == .tooManyPlaces
                batch.note(
                    "intervals", item.index, "values/\(slot)", isLong ? .tooManyDigits : .badNumber,
                    isLong ? FaultText.tooManyPlaces : FaultText.noDecimal, values: 1)
            }
        }
        batch.values.append(micro)
        batch.statuses.append(status.rawValue)
    }

    private mutating func take(_ word: Word, _ text: borrowing XMLCharacters) {
        let bytes = unsafe text.trimmedBytes
        switch word {
        case .meter:
            // Only sound serials are remembered, so that a bad one is looked at again.
            let known = unsafe meters.value(bytes) { text in
                (1...64).contains(text.utf8.count) && text.utf8.allSatisfy { $0 >= 0x20 && $0 != 0x7F } ? batch.meter(text) : nil
            }
            if let known { item.meter = known } else { item.spoil(.meter, .badMember, FaultText.badText) }
        case .obis:
            if let code = unsafe codes.value(bytes, { ObisCode($0) }) {
                item.obis = code
            } else {
                item.spoil(.obis, .badMember, FaultText.badObis)
            }
        case .unit:
            if let unit = unsafe units.value(bytes, { UnitCode(name: $0) }) {
                item.unit = unit
            } else {
                item.spoil(.unit, .wrongUnit, FaultText.badUnit)
            }
        case .status:
            if let status = unsafe statuses.value(bytes, { ValueStatus(word: $0) }) {
                item.status = status
            } else {
                item.spoil(.status, .badStatus, FaultText.badStatus)
            }
        case .resolution:
            if let resolution = unsafe resolutions.value(bytes, { Resolution($0) }) {
                item.resolution = resolution
            } else {
                item.spoil(.resolution, .badResolution, FaultText.badResolution)
            }
        case .factor, .alarm, .conversion, .flowTemperature, .returnTemperature:
            takeReport(word, unsafe String(decoding: bytes, as: UTF8.self))
        case .at, .start, .until:
            do throws(Instant.Problem) {
                let instant = try unsafe Instant(utf8: bytes)
                if word == .until { item.until = instant } else { item.instant = instant }
            } catch {
                let lacksOffset = error == .noOffset
                item.spoil(word, lacksOffset ? .noOffset : .badTime, lacksOffset ? FaultText.noOffset : FaultText.badTime)
            }
        default:
            do throws(DecimalText.Problem) { item.micro = try unsafe DecimalText.parse(bytes, scale: 6) } catch {
                item.spoil(.value, error)
            }
        }
    }

    /// What is said of the meter.
    private mutating func takeReport(_ word: Word, _ text: String) {
        switch word {
        case .alarm:
            item.alarms = DeviceAlarm.named(text)
            if item.alarms.isEmpty { item.spoil(.alarm, .badMember, FaultText.badAlarm) }
        case .factor, .conversion:
            guard let value = DecimalText.parse(text, scale: 6), value > 0 else { return item.spoil(word, .badNumber, FaultText.badFactor) }
            if word == .factor { item.factor = Ratio(millionths: value) } else { item.conversion = Ratio(millionths: value) }
        default:
            guard let value = DecimalText.parse(text, scale: 4), (-2_731_500...10_000_000).contains(value) else {
                return item.spoil(word, .badNumber, FaultText.badTemperature)
            }
            if word == .flowTemperature { item.flow = Int32(value) } else { item.back = Int32(value) }
        }
    }

    /// What an item said of its meter beside its values, of that moment.
    private mutating func note(_ contents: [DeviceReport.Content], until: Instant?) {
        for content in contents {
            batch.reports.append(
                DeviceReport(index: Int32(clamping: item.index), meter: item.meter, at: item.instant, until: until, content: content))
        }
    }

    /// A report is no value: a wrong one is named and counts nowhere.
    private mutating func finishReport() {
        if let flaw = item.verdict(required: [.meter, .at]) {
            return batch.note("reports", item.index, flaw.word.name, flaw.code, flaw.message, values: 0)
        }
        guard !item.contents.isEmpty else {
            return batch.note("reports", item.index, "", .missingMember, FaultText.nothingReported, values: 0)
        }
        note(item.contents, until: item.until)
    }

    private mutating func finishRegister() {
        if let flaw = item.verdict(required: SubmittedItem.ofRegister) {
            batch.note("registers", item.index, flaw.word.name, flaw.code, flaw.message, values: 1)
            return
        }
        batch.registers.append(
            .init(
                index: Int32(clamping: item.index), meter: item.meter, unit: item.unit, status: item.status, obis: item.obis,
                at: item.instant,
                micro: item.micro))
        note(item.contents, until: item.instant)
    }

    private mutating func finishInterval() {
        if let flaw = item.verdict(required: SubmittedItem.ofInterval) {
            // One fault for the whole item takes the place of those of its values; beyond the limit those are part of the last one told,
            // and only what was not counted there is added.
            var counted = 0
            if batch.faults.count < ReadingBatch.faultsTold {
                batch.faults.removeSubrange(firstFault...)
            } else {
                counted = sent - batch.statuses[firstSlot...].count { $0 != ValueStatus.absent.rawValue }
            }
            batch.values.removeSubrange(firstSlot...)
            batch.statuses.removeSubrange(firstSlot...)
            batch.note("intervals", item.index, flaw.word.name, flaw.code, flaw.message, values: sent - counted)
            return
        }
        if item.status != .measured {
            for slot in firstSlot..<batch.statuses.count where batch.statuses[slot] != ValueStatus.absent.rawValue {
                batch.statuses[slot] = item.status.rawValue
            }
        }
        batch.intervals.append(
            .init(
                index: Int32(clamping: item.index), meter: item.meter, unit: item.unit, obis: item.obis, start: item.instant,
                resolution: item.resolution, slots: firstSlot..<batch.values.count))
        note(item.contents, until: item.instant)
    }
}

/// The text of a kind that came last, and what it meant.
private struct LastText<Value> {
    private var bytes: [UInt8] = []
    private var value: Value?

    /// What the bytes mean: remembered, or parsed and remembered if they mean something. They are read during the call only.
    mutating func value(_ text: UnsafeRawBufferPointer, _ parse: (String) -> Value?) -> Value? {
        if let value, bytes.count == text.count, let start = text.baseAddress,
            unsafe bytes.withUnsafeBytes({ unsafe $0.baseAddress.map { unsafe memcmp($0, start, text.count) == 0 } ?? false })
        {
            return value
        }
        guard let parsed = parse(unsafe String(decoding: text, as: UTF8.self)) else { return nil }
        value = parsed
        unsafe bytes.replaceSubrange(0..., with: text)
        return parsed
    }
}

extension ReadingBatch {
    /// How many faults are told one by one. A message of nothing but mistakes must not cost gigabytes of explanations.
    fileprivate static let faultsTold = 10_000

    /// Notes a fault; beyond the limit only its values are counted, with the last one told.
    fileprivate mutating func note(
        _ list: StaticString, _ index: Int, _ member: String, _ code: ItemFault.Code, _ message: String, values: Int
    ) {
        if faults.count >= ReadingBatch.faultsTold {
            faults[faults.count - 1].values += values
            return
        }
        let path = "/\(list)/\(index)" + (member.isEmpty ? "" : "/\(member)")
        faults.append(ItemFault(index: index, path: path, code: code, message: message, values: values))
    }
}
