internal import Metering
internal import Values

/// 300 (a day of values), 400 (their quality) and 500 (transactions).
extension NEMParser {
    mutating func dayRecord(_ first: NEMLines.Record) {
        index += 1
        last = .none
        var record = first
        let place = Place(offset: record.range.lowerBound, line: record.line)
        guard let channel else {
            return out.fault(
                index, place, .badResolution, "no 200 record that can be read rules this day; mend the 200 record before it",
                values: numericFields(record))
        }
        lines.complete(&record, fields: channel.slots + 3)
        let end = record.range.upperBound
        guard let day = DigitTime.day(lines.bytes, at: record.range.lowerBound + 4, end: end),
            record.range.lowerBound + 12 < end, lines.bytes[record.range.lowerBound + 12] == 0x2C
        else {
            return out.fault(
                index, Place(offset: record.range.lowerBound + 4, line: record.line, field: 2), .badTime,
                "no such day; write it as CCYYMMDD", values: numericFields(record))
        }
        let firstValue = out.batch.values.count
        guard let tail = plainValues(from: record.range.lowerBound + 13, end: end, channel) ?? carefulValues(record, channel, firstValue)
        else {
            out.batch.values.removeLast(out.batch.values.count - firstValue)
            return
        }
        finish(day: day, record, tail: tail, firstValue: firstValue, channel)
    }

    /// The way of nearly all records: plain numbers, one behind the other. nil, with no value kept, if anything is odd.
    /// Returns where the quality begins.
    private mutating func plainValues(from start: Int, end: Int, _ channel: Channel) -> Int? {
        let scale = 6 + (channel.scale?.shift ?? 0)
        guard (0...12).contains(scale) else { return nil }
        let kept = out.batch.values.count
        var place = start
        for _ in 0..<channel.slots {
            var value: Int64 = 0
            var places = -1
            var digits = 0
            while place < end {
                let digit = lines.bytes[place] &- 0x30
                if digit < 10 {
                    value = value &* 10 &+ Int64(digit)
                    digits &+= 1
                    if places >= 0 { places &+= 1 }
                } else if digit == 0xFE, places < 0 {  // the point
                    places = 0
                } else {
                    break
                }
                place &+= 1
            }
            let missing = scale &- max(places, 0)
            // Twelve digits and six more from the scale stay within Int64; what is longer takes the careful way.
            guard digits > 0, digits <= 12, missing >= 0, missing <= 6, place < end, lines.bytes[place] == 0x2C else {
                out.batch.values.removeLast(out.batch.values.count - kept)
                return nil
            }
            out.batch.values.append(value &* DecimalText.power(missing))
            place &+= 1
        }
        let isFlag = place < end && lines.bytes[place] >= 0x41
        if !isFlag { out.batch.values.removeLast(out.batch.values.count - kept) }
        return isFlag ? place : nil
    }

    /// Field by field, with a complaint for each that is wrong. nil if the record as a whole cannot be taken.
    private mutating func carefulValues(_ record: NEMLines.Record, _ channel: Channel, _ firstValue: Int) -> Int? {
        let fields = lines.fields(record)
        let flag = fields.indices.dropFirst(2).first { isQuality(fields[$0]) }
        guard let flag, flag - 2 == channel.slots else {
            let found = flag.map { $0 - 2 } ?? numericFields(record)
            let message =
                flag == nil
                ? "no quality flag (A, E, F, S, N, V) behind the values; send one"
                : "\(found) values, but the 200 record of line \(channel.line) promises \(channel.slots); mend its interval length or send all values"
            out.fault(
                index, Place(offset: fields[flag ?? fields.count - 1].lowerBound, line: record.line, field: (flag ?? fields.count - 1) + 1),
                flag == nil ? .badStatus : .badResolution, message, values: numericFields(record))
            return nil
        }
        let scale = 6 + (channel.scale?.shift ?? 0)
        for (slot, range) in fields[2..<flag].enumerated() {
            do throws(DecimalField.Problem) {
                out.batch.values.append(try DecimalField.parse(lines.bytes, range, scale: scale))
            } catch {
                // The gap is marked by a value that no field can give; `finish` turns it into an absent slot.
                out.batch.values.append(.min)
                let code: ItemFault.Code = error == .empty ? .missingMember : error == .places ? .tooManyDigits : .badNumber
                out.fault(
                    index, Place(offset: range.lowerBound, line: record.line, field: slot + 3), code, error.message,
                    values: error == .empty ? 0 : 1)
            }
        }
        return fields[flag].lowerBound
    }

    private mutating func finish(day: Day, _ record: NEMLines.Record, tail: Int, firstValue: Int, _ channel: Channel) {
        let place = Place(offset: record.range.lowerBound, line: record.line)
        let fields = lines.fields(.init(kind: 300, range: tail..<record.range.upperBound, line: record.line), limit: 8).map {
            lines.text($0)
        }
        let quality = fields[0]
        func field(_ number: Int) -> String { number < fields.count ? fields[number] : "" }
        let details = [("UpdateDateTime", field(3)), ("MSATSLoadDateTime", field(4))].filter { !$0.1.isEmpty }
            .map { MarketReadings.Detail($0.0, $0.1) }
        let start = Instant(seconds: Int64(day.number) * 86_400 - Int64(NEMCodes.offsetSeconds))
        if quality == "V" {
            openDay = OpenDay(start: start, first: firstValue, place: place, details: details)
            return
        }
        guard isQuality(tail..<(tail + quality.utf8.count)), let letter = quality.utf8.first, let status = NEMCodes.status(letter) else {
            out.batch.values.removeLast(out.batch.values.count - firstValue)
            return out.fault(
                index, Place(offset: tail, line: record.line, field: channel.slots + 3), .badStatus,
                "no quality: a flag A, E, F, S, N or V with a method of two digits", values: channel.slots)
        }
        append(status, count: channel.slots, quality: quality, reason: field(1), text: field(2))
        close(start: start, firstValue: firstValue, place: place, details: details, channel)
    }

    mutating func qualityRecord(_ record: NEMLines.Record) {
        guard let channel, var day = openDay else {
            return out.fault(
                max(index, 0), Place(offset: record.range.lowerBound, line: record.line), .badMember,
                "a 400 record without a day of quality V before it; remove it, or send V in the 300 record", values: 0)
        }
        defer { openDay = day }
        guard day.fault == nil else { return }
        let ranges = lines.fields(record, limit: 6)
        let fields = ranges.map { lines.text($0) }
        func field(_ number: Int) -> String { number < fields.count ? fields[number] : "" }
        func place(_ number: Int) -> Place {
            Place(offset: number < ranges.count ? ranges[number].lowerBound : record.range.upperBound, line: record.line, field: number + 1)
        }
        guard let from = Int(field(1)), let until = Int(field(2)), from == day.covered + 1, until >= from, until <= channel.slots else {
            day.fault = (
                place(1),
                "a 400 record must go on at interval \(day.covered + 1) and end at \(channel.slots) at the latest; mend its intervals, or the interval length of line \(channel.line)"
            )
            return
        }
        guard ranges.count > 3, isQuality(ranges[3]), let letter = field(3).utf8.first, let status = NEMCodes.status(letter) else {
            day.fault = (place(3), "no quality for intervals: A, E, F, S or N with a method of two digits")
            return
        }
        append(status, count: until - from + 1, quality: field(3), reason: field(4), text: field(5).trimmingCommas)
        day.covered = until
    }

    /// Ends a day of quality V: taken if its 400 records cover it, else quarantined whole, for a day of which nobody knows which
    /// half is measured is not half a day.
    mutating func closeDay() {
        guard let day = openDay, let channel else { return }
        openDay = nil
        guard day.fault == nil, day.covered == channel.slots else {
            let fault =
                day.fault ?? (
                    day.place,
                    "the 400 records end at interval \(day.covered) of \(channel.slots); send the rest, or mend the interval length of line \(channel.line)"
                )
            // Values that have a fault of their own are counted there.
            let rejected = out.batch.values[day.first...].count { $0 != .min }
            out.batch.values.removeLast(out.batch.values.count - day.first)
            out.batch.statuses.removeLast(out.batch.statuses.count - day.first)
            out.codes.truncate(to: day.first)
            return out.fault(index, fault.place, .badStatus, fault.message, values: rejected)
        }
        close(start: day.start, firstValue: day.first, place: day.place, details: day.details, channel)
    }

    private mutating func append(_ status: ValueStatus, count: Int, quality: String, reason: String, text: String) {
        out.batch.statuses.append(contentsOf: repeatElement(status.rawValue, count: count))
        var set = [ValueCode(ValueCode.nemQuality, quality)]
        if !reason.isEmpty { set.append(ValueCode(ValueCode.nemReason, reason.limited(16))) }
        if !text.isEmpty { set.append(ValueCode(ValueCode.nemText, text.limited(240))) }
        out.codes.append(out.codes.number(of: set), count: count)
    }

    private mutating func close(start: Instant, firstValue: Int, place: Place, details: [MarketReadings.Detail], _ channel: Channel) {
        let range = firstValue..<out.batch.values.count
        for slot in range where out.batch.values[slot] == .min || out.batch.statuses[slot] == ValueStatus.absent.rawValue {
            out.batch.values[slot] = 0
            out.batch.statuses[slot] = ValueStatus.absent.rawValue
        }
        if let obis = channel.obis, let scale = channel.scale {
            out.batch.intervals.append(
                .init(
                    index: Int32(clamping: index), meter: channel.meter, unit: scale.unit, obis: obis, start: start,
                    resolution: channel.resolution,
                    slots: range))
            out.intervalSides.append(.init(origin: channel.origin, place: place, details: details))
            last = .interval(out.intervalSides.count - 1)
            return
        }
        let side = MarketReadings.Side(origin: channel.origin, place: place)
        let origin = out.origin(side)
        out.untaken.append(
            .init(
                origin: origin, place: place, start: start, resolution: channel.resolution, until: nil,
                values: Array(out.batch.values[range]), statuses: Array(out.batch.statuses[range]),
                codes: range.map { out.codes.set(at: $0) },
                details: details, reason: "no register of ours counts \(origin.channel) in “\(origin.unit)”"))
        last = .untaken(out.untaken.count - 1)
        out.batch.values.removeSubrange(range)
        out.batch.statuses.removeSubrange(range)
        out.codes.truncate(to: firstValue)
    }

    /// 500: what was done at the meter, and often what its register showed.
    mutating func transactionRecord(_ record: NEMLines.Record) {
        let ranges = lines.fields(record, limit: 5)
        let fields = ranges.map { lines.text($0) }
        let rest = fields.dropFirst().joined(separator: ",")
        switch last {
        case .interval(let item): out.intervalSides[item].details.append(.init("500", rest))
        case .untaken(let item): out.untaken[item].details.append(.init("500", rest))
        case .none, .pair: break
        }
        guard fields.count > 4, !fields[4].isEmpty, let channel, let interval = channel.obis, let scale = channel.scale else { return }
        guard let at = DigitTime.instant(lines.bytes, ranges[3], offsetSeconds: NEMCodes.offsetSeconds) else {
            return out.fault(
                max(index, 0), Place(offset: ranges[3].lowerBound, line: record.line, field: 4), .badTime,
                "no such time; write it as CCYYMMDDhhmmss", values: 1)
        }
        do throws(DecimalField.Problem) {
            // The index stands at the end of the line; trailing commas of padded files are none of it.
            let range = ranges[4].lowerBound..<(ranges[4].lowerBound + fields[4].trimmingCommas.utf8.count)
            let micro = try DecimalField.parse(lines.bytes, range, scale: 6 + scale.shift)
            out.batch.registers.append(
                .init(
                    index: Int32(clamping: max(index, 0)), meter: channel.meter, unit: scale.unit, status: .measured,
                    obis: interval.registerOfChannel ?? interval, at: at, micro: micro))
            out.registerSides.append(
                .init(
                    origin: channel.origin, place: Place(offset: record.range.lowerBound, line: record.line), details: [.init("500", rest)])
            )
        } catch {
            out.fault(max(index, 0), Place(offset: ranges[4].lowerBound, line: record.line, field: 5), .badNumber, error.message, values: 1)
        }
    }

    /// A flag, alone or with a method of two digits; V has none.
    func isQuality(_ range: Range<Int>) -> Bool {
        let text = Array(lines.text(range).utf8)
        guard let flag = text.first, NEMCodes.status(flag) != nil || flag == UInt8(ascii: "V") else { return false }
        return text.count == 1
            || (text.count == 3 && flag != UInt8(ascii: "V") && text.dropFirst().allSatisfy { (0x30...0x39).contains($0) })
    }

    /// How many values a record tried to send: the fields behind the day up to the first that is no number.
    func numericFields(_ record: NEMLines.Record) -> Int {
        lines.fields(record).dropFirst(2).prefix { range in
            !range.isEmpty && lines.text(range).utf8.allSatisfy { (0x30...0x39).contains($0) || $0 == 0x2E || $0 == 0x2D }
        }.count
    }
}

extension String {
    /// Without the commas with which some programs pad every line to one length.
    var trimmingCommas: String {
        var text = self
        while text.last == "," || text.last == " " { text.removeLast() }
        return text
    }
}
