internal import JSON
internal import Metering
internal import Values

extension JSONReadingParser {
    /// The members of an item, each a bit.
    struct Member: OptionSet {
        let rawValue: UInt16
        static let meter = Member(rawValue: 1)
        static let obis = Member(rawValue: 2)
        static let at = Member(rawValue: 4)
        static let value = Member(rawValue: 8)
        static let unit = Member(rawValue: 16)
        static let status = Member(rawValue: 32)
        static let start = Member(rawValue: 64)
        static let resolution = Member(rawValue: 128)
        static let values = Member(rawValue: 256)
        static let factor = Member(rawValue: 512)
        static let alarm = Member(rawValue: 1_024)

        static let ofRegister: Member = [.meter, .obis, .at, .value, .unit, .status, .factor, .alarm]
        static let ofInterval: Member = [.meter, .obis, .start, .resolution, .unit, .values, .status, .factor, .alarm]
        static let named: [(Member, String)] = [
            (.meter, "meter"), (.obis, "obis"), (.at, "at"), (.start, "start"), (.resolution, "resolution"), (.value, "value"),
            (.values, "values"), (.unit, "unit"), (.status, "status"), (.factor, "factor"), (.alarm, "alarm"),
        ]
        var name: String { Member.named.first { $0.0 == self }?.1 ?? "" }
    }

    /// The first thing wrong with an item decides what is said about it.
    struct Flaw {
        let member: Member
        let code: ItemFault.Code
        let message: String
        /// The first byte of what is wrong; nil: what is not there.
        var offset: Int?
    }

    /// What has been read of an item.
    struct Draft {
        var seen: Member = []
        var present: Member = []
        var flaw: Flaw?
        var meter: Int32 = 0
        var obis = ObisCode(0, 0, 0, 0, 0)
        var unit = UnitCode.kilowattHour
        var status = ValueStatus.measured
        var instant = Instant(microseconds: 0)
        var micro: Int64 = 0
        var resolution = Resolution.quarterHour
        /// Values beyond the limit of slots: counted, not kept.
        var dropped = 0
        /// What the item says of its meter.
        var factor: Ratio?
        var alarms: [DeviceAlarm] = []

        /// The first byte of the value that is looked at.
        var place = 0

        mutating func spoil(_ member: Member, _ code: ItemFault.Code, _ message: String) {
            if flaw == nil { flaw = Flaw(member: member, code: code, message: message, offset: place) }
        }
        /// The flaw, or that something required never came.
        func verdict(required: Member) -> Flaw? {
            if let flaw { return flaw }
            let lacking = required.subtracting(present)
            guard let first = Member.named.first(where: { lacking.contains($0.0) }) else { return nil }
            return Flaw(member: first.0, code: .missingMember, message: FaultText.missing(first.1))
        }
    }

    mutating func register(_ index: Int) throws(JSONError) {
        guard scanner.peekKind() == .object else {
            let place = try scanner.skipValue()
            batch.note("registers", index, "", .badMember, "expected an object", values: 1, at: place)
            return
        }
        let begin = scanner.position
        var draft = Draft()
        try scanner.openObject()
        while let key = try scanner.nextKey() {
            try scalar(key, of: .ofRegister, into: &draft)
        }
        if let flaw = draft.verdict(required: [.meter, .obis, .at, .value, .unit]) {
            batch.note("registers", index, flaw.member.name, flaw.code, flaw.message, values: 1, at: flaw.offset ?? begin)
            return
        }
        batch.registers.append(
            .init(
                index: Int32(clamping: index), meter: draft.meter, unit: draft.unit, status: draft.status, obis: draft.obis,
                at: draft.instant, micro: draft.micro))
        note(draft, index, until: draft.instant)
    }

    /// What an item said of its meter beside its values.
    private mutating func note(_ draft: Draft, _ index: Int, until: Instant) {
        if draft.factor == nil, draft.alarms.isEmpty { return }
        func add(_ content: DeviceReport.Content) {
            batch.reports.append(
                DeviceReport(index: Int32(clamping: index), meter: draft.meter, at: draft.instant, until: until, content: content))
        }
        if let factor = draft.factor { add(.factor(draft.obis, factor)) }
        for alarm in draft.alarms { add(.alarm(alarm)) }
    }

    mutating func interval(_ index: Int) throws(JSONError) {
        guard scanner.peekKind() == .object else {
            let place = try scanner.skipValue()
            batch.note("intervals", index, "", .badMember, "expected an object", values: 0, at: place)
            return
        }
        let begin = scanner.position
        var draft = Draft()
        let firstSlot = batch.values.count
        let firstFault = batch.faults.count
        var sent = 0
        try scanner.openObject()
        while let key = try scanner.nextKey() {
            if scanner.matches(key, "values") {
                scanner.skipWhitespace()
                draft.place = scanner.position
                if draft.seen.contains(.values) {
                    // Counted as sent, so that the sum stays true; which of the two was meant nobody knows.
                    draft.spoil(.values, .badMember, FaultText.twice)
                }
                draft.seen.insert(.values)
                sent += try values(index, into: &draft)
            } else {
                try scalar(key, of: .ofInterval, into: &draft)
            }
        }
        if let flaw = draft.verdict(required: [.meter, .obis, .start, .resolution, .unit, .values]) {
            // One fault for the whole item takes the place of those of its values. The limit may have stopped them from
            // being told one by one; then they are part of the last one, and only what was not counted yet is added.
            var counted = 0
            if batch.faults.count < ReadingBatch.faultLimit {
                batch.faults.removeSubrange(firstFault...)
            } else {
                counted = sent - draft.dropped - batch.statuses[firstSlot...].count { $0 != ValueStatus.absent.rawValue }
            }
            batch.values.removeSubrange(firstSlot...)
            batch.statuses.removeSubrange(firstSlot...)
            batch.note(
                "intervals", index, flaw.member.name, flaw.code, flaw.message, values: sent - counted, at: flaw.offset ?? begin)
            return
        }
        if draft.status != .measured {
            for slot in firstSlot..<batch.statuses.count where batch.statuses[slot] != ValueStatus.absent.rawValue {
                batch.statuses[slot] = draft.status.rawValue
            }
        }
        batch.intervals.append(
            .init(
                index: Int32(clamping: index), meter: draft.meter, unit: draft.unit, obis: draft.obis, start: draft.instant,
                resolution: draft.resolution, slots: firstSlot..<batch.values.count))
        note(draft, index, until: draft.instant)
    }

    /// Appends the slots; returns how many values were sent. A bad value is a fault and leaves its slot empty.
    private mutating func values(_ index: Int, into draft: inout Draft) throws(JSONError) -> Int {
        guard scanner.peekKind() == .array else {
            if try !scanner.readNull() {
                try scanner.skipValue()
                draft.spoil(.values, .badMember, "expected an array")
            }
            return 0
        }
        draft.present.insert(.values)
        try scanner.openArray()
        var sent = 0
        var slot = 0
        let first = batch.values.count
        while true {
            // Nearly all values are plain decimals: a run of them is read without a detour over slices.
            let begin = batch.values.count
            while batch.values.count - first < SlotLimit.perItem, let micro = scanner.nextPlainDecimal() { batch.values.append(micro) }
            let run = batch.values.count - begin
            if run > 0 {
                batch.statuses.append(contentsOf: repeatElement(ValueStatus.measured.rawValue, count: run))
                sent += run
                slot += run
            }
            guard try scanner.nextElement() else { return sent }
            scanner.skipWhitespace()
            let place = scanner.position
            if batch.values.count - first == SlotLimit.perItem {
                draft.place = place
                draft.spoil(.values, .badMember, FaultText.tooManySlots)
                if try !scanner.readNull() {
                    try scanner.skipValue()
                    sent += 1
                    draft.dropped += 1
                }
                continue
            }
            switch scanner.peekKind() {
            case .string:
                let slice = try scanner.readString()
                sent += 1
                do throws(DecimalText.Problem) {
                    batch.values.append(try decimal(slice))
                    batch.statuses.append(ValueStatus.measured.rawValue)
                } catch {
                    let isLong = error == .tooManyPlaces
                    let message = isLong ? FaultText.tooManyPlaces : FaultText.noDecimal
                    reject(index, slot, isLong ? .tooManyDigits : .badNumber, message, at: place)
                }
            case .null:
                _ = try scanner.readNull()
                batch.values.append(0)
                batch.statuses.append(ValueStatus.absent.rawValue)
            default:
                try scanner.skipValue()
                sent += 1
                reject(index, slot, .badNumber, FaultText.noDecimal, at: place)
            }
            slot += 1
        }
    }

    private mutating func reject(_ index: Int, _ slot: Int, _ code: ItemFault.Code, _ message: String, at place: Int) {
        batch.values.append(0)
        batch.statuses.append(ValueStatus.absent.rawValue)
        batch.note("intervals", index, "values/\(slot)", code, message, values: 1, at: place)
    }

    /// Reads one member that is a string; members nobody knows are passed over.
    private mutating func scalar(_ key: JSONSlice, of members: Member, into draft: inout Draft) throws(JSONError) {
        guard let member = member(key), members.contains(member) else {
            try scanner.skipValue()
            return
        }
        let kind = scanner.peekKind()
        draft.place = scanner.position
        if draft.seen.contains(member) { draft.spoil(member, .badMember, FaultText.twice) }
        draft.seen.insert(member)
        let slice: JSONSlice
        switch kind {
        case .string: slice = try scanner.readString()
        case .null:
            _ = try scanner.readNull()
            return
        default:
            try scanner.skipValue()
            draft.spoil(member, member == .value ? .badNumber : .badMember, member == .value ? FaultText.noDecimal : FaultText.notAString)
            return
        }
        draft.present.insert(member)
        take(slice, as: member, into: &draft)
    }

    private mutating func take(_ slice: JSONSlice, as member: Member, into draft: inout Draft) {
        switch member {
        case .meter:
            if let index = meter(slice) { draft.meter = index } else { draft.spoil(.meter, .badMember, FaultText.badText) }
        case .obis:
            if let code = code(slice) { draft.obis = code } else { draft.spoil(.obis, .badMember, FaultText.badObis) }
        case .unit:
            if let unit = unit(slice) { draft.unit = unit } else { draft.spoil(.unit, .wrongUnit, FaultText.badUnit) }
        case .status:
            if let status = status(slice) { draft.status = status } else { draft.spoil(.status, .badStatus, FaultText.badStatus) }
        case .resolution:
            if let resolution = resolution(slice) {
                draft.resolution = resolution
            } else {
                draft.spoil(.resolution, .badResolution, FaultText.badResolution)
            }
        case .at, .start:
            do throws(Instant.Problem) { draft.instant = try instant(slice) } catch {
                draft.spoil(member, error == .noOffset ? .noOffset : .badTime, error == .noOffset ? FaultText.noOffset : FaultText.badTime)
            }
        case .factor:
            if let factor = try? decimal(slice), factor > 0 {
                draft.factor = Ratio(millionths: factor)
            } else {
                draft.spoil(.factor, .badNumber, FaultText.badFactor)
            }
        case .alarm:
            draft.alarms = DeviceAlarm.named(scanner.text(slice))
            if draft.alarms.isEmpty { draft.spoil(.alarm, .badMember, FaultText.badAlarm) }
        default:
            do throws(DecimalText.Problem) { draft.micro = try decimal(slice) } catch {
                let isLong = error == .tooManyPlaces
                draft.spoil(.value, isLong ? .tooManyDigits : .badNumber, isLong ? FaultText.tooManyPlaces : FaultText.noDecimal)
            }
        }
    }
}
