internal import AccessOperations
internal import Metering
internal import MeteringOperations
internal import Values
internal import Web
internal import XML

// Intervals, blocks of values and events that others tell us. The names of the methods are MultiSpeak's; what is in them is ours
// (confirm against the standard).
extension MultiSpeakService {
    static func noticeMethods(_ cases: UseCases) -> [SOAPOperation<WebRequest>] {
        let transaction = SOAPField("transactionID", .string, .optional, "The same again changes nothing.")
        return [
            exchange(
                "IntervalDataNotification", "Takes intervals in; an errorObject for each block that was not taken.",
                [SOAPField("intervalData", .list(of: "intervalBlock", .complex(intervalBlock))), transaction], .errors
            ) { message, request in
                try await take(message, noun: "intervalBlock", cases, request) { notice in
                    for block in message.element.child("intervalData")?.children("intervalBlock") ?? [] { notice.take(intervals: block) }
                }
            },
            exchange(
                "FormattedBlockNotification", "Takes register readings in rows of text; an errorObject for each value that was not taken.",
                [SOAPField("changedBlock", .complex(formattedBlock)), transaction], .errors
            ) { message, request in
                try await take(message, noun: "formattedBlock", cases, request) { notice in
                    if let block = message.element.child("changedBlock") { notice.take(block: block) }
                }
            },
            exchange(
                "MeterEventNotification", "Takes what meters report; an errorObject for each event without a meaning here.",
                [SOAPField("events", .list(of: "meterEvent", .complex(meterEvent))), transaction], .errors
            ) { message, request in
                try await take(message, noun: "meterEvent", cases, request) { notice in
                    for event in message.element.child("events")?.children("meterEvent") ?? [] { notice.take(event: event) }
                }
            },
        ]
    }

    private static func take(
        _ message: SOAPMessage, noun: String, _ cases: UseCases, _ request: WebRequest, _ fill: (inout Notice) -> Void
    ) async throws -> Result {
        try request.demand(.submitReadings)
        var notice = try Notice(message, source: request.principal?.name ?? "")
        fill(&notice)
        let receipt = try await cases.ingest(notice.batch, body: message.envelope, format: "multispeak", now: request.now)
        let errors: [XMLText] = receipt.errors.map { fault in
            error(notice.object(fault.index), "\(fault.code.rawValue): \(fault.message)", noun: noun, request)
        }
        return Result("\(errors)")
    }

    static let intervalBlock = SOAPComplexType(
        "intervalBlock", documentation: "Consecutive intervals of one channel.",
        [
            SOAPField("meterID", .complex(meterID)), SOAPField("fieldName", .string, .once, "An OBIS code."),
            SOAPField("units", .string), SOAPField("startDate", .dateTime, .once, "With offset: the begin of the first interval."),
            SOAPField("intervalLength", .string, .once, "PT15M, PT1H, P1D."),
            SOAPField("readingStatusCode", .string, .optional, "measured if absent."),
            SOAPField("values", .string, .once, "Decimals with blanks between them; a minus alone is a gap."),
        ])

    static let formattedBlock = SOAPComplexType(
        "formattedBlock", documentation: "Rows of meterNo, dateTime and the values of the fields.",
        [
            SOAPField("formattedBlockTemplateName", .string, .optional), SOAPField("separator", .string, .optional, "A comma if absent."),
            SOAPField("fieldNames", .list(of: "string", .string), .once, "posKWh, negKWh, posKVArh, negKVArh, or OBIS codes."),
            SOAPField("values", .list(of: "string", .string), .once, "One row each; an empty field has no value."),
        ])

    static let meterEvent = SOAPComplexType(
        "meterEvent", documentation: "What a meter reports.",
        [
            SOAPField("meterID", .complex(meterID)), SOAPField("dateTime", .dateTime, .once, "With offset."),
            SOAPField("eventCode", .string, .once, "burst, leak, reversed, dry, tamper, battery, defect, disturbed, outage, clock, reset."),
        ])
}

extension Notice {
    private mutating func fault(_ index: Int, _ member: String, _ code: ItemFault.Code, _ message: String, values: Int) {
        note(ItemFault(index: index, path: "/\(index)/\(member)", code: code, message: message, values: values))
    }
    /// The meter's number in the batch; nil after naming what is wrong.
    private mutating func meter(_ element: XMLElement, _ index: Int, values: Int) -> Int32? {
        let serial = (try? MultiSpeakService.serial(element, "/\(index)")) ?? ""
        guard !serial.isEmpty, serial.utf8.count <= 64 else {
            fault(index, "meterID", .unknownMeter, "no meterID names the meter", values: values)
            return nil
        }
        name(index, serial)
        return batch.meter(serial)
    }
    private mutating func instant(_ text: String?, _ index: Int, _ member: String, values: Int) -> Instant? {
        do throws(Instant.Problem) { return try Instant(text ?? "") } catch {
            let isLocal = error == .noOffset
            fault(
                index, member, isLocal ? .noOffset : .badTime, isLocal ? "a time needs its offset" : "expected a time with offset",
                values: values)
            return nil
        }
    }

    mutating func take(intervals block: XMLElement) {
        let index = next("")
        let text = block.value("values") ?? ""
        let (count, sent) = Notice.counted(text)
        // Before they are taken apart: an empty one costs a byte where it is sent and much more here.
        guard count <= Notice.valuesPerBlock else {
            return fault(
                index, "values", .badMember, "more than \(Notice.valuesPerBlock) values in one block; send it in parts", values: sent)
        }
        let words = text.split(whereSeparator: Notice.isBlank)
        guard let meter = meter(block, index, values: sent), let start = instant(block.value("startDate"), index, "startDate", values: sent)
        else { return }
        guard let obis = ObisCode(block.value("fieldName") ?? "") else {
            return fault(index, "fieldName", .badMember, "expected an OBIS code", values: sent)
        }
        guard let unit = UnitCode(name: block.value("units") ?? "") else {
            return fault(index, "units", .wrongUnit, "expected a known unit", values: sent)
        }
        guard let resolution = Resolution(block.value("intervalLength") ?? "") else {
            return fault(index, "intervalLength", .badResolution, "expected PT15M, PT1H, P1D, or another part of the hour", values: sent)
        }
        guard let status = block.value("readingStatusCode").map({ ValueStatus(word: $0) }) ?? .measured, status != .absent else {
            return fault(
                index, "readingStatusCode", .badStatus, "expected measured, estimated, substituted, provisional or rejected", values: sent)
        }
        let first = batch.values.count
        for word in words {
            let micro = word == "-" ? nil : DecimalText.parse(word, scale: 6)
            if micro == nil, word != "-" { fault(index, "values", .badNumber, "\(word.prefix(20)) is no plain decimal", values: 1) }
            batch.values.append(micro ?? 0)
            batch.statuses.append((micro == nil ? ValueStatus.absent : status).rawValue)
        }
        batch.intervals.append(
            .init(
                index: Int32(clamping: index), meter: meter, unit: unit, obis: obis, start: start, resolution: resolution,
                slots: first..<batch.values.count))
    }

    private static func isBlank(_ character: Character) -> Bool { " \t\n\r\r\n".contains(character) }

    /// How many words there are, and how many of them are values.
    private static func counted(_ text: String) -> (words: Int, values: Int) {
        var (words, gaps, length, isDash) = (0, 0, 0, false)
        for byte in text.utf8 {
            if byte == 0x20 || (0x09...0x0D).contains(byte) {
                if length == 1, isDash { gaps += 1 }
                length = 0
            } else {
                if length == 0 { (words, isDash) = (words + 1, byte == 0x2D) }
                length += 1
            }
        }
        if length == 1, isDash { gaps += 1 }
        return (words, words - gaps)
    }

    mutating func take(block: XMLElement) {
        let separator = block.value("separator").flatMap(\.first) ?? ","
        let fields = (block.child("fieldNames")?.children("string") ?? []).map(\.trimmed)
        for row in block.child("values")?.children("string") ?? [] {
            let cells = row.trimmed.split(separator: separator, omittingEmptySubsequences: false).map(String.init)
            let sent = cells.dropFirst(2).count { !$0.isEmpty }
            let index = next(cells.first ?? "")
            guard let serial = cells.first, !serial.isEmpty, serial.utf8.count <= 64 else {
                fault(index, "meterID", .unknownMeter, "no meterNo begins the row", values: sent)
                continue
            }
            guard let at = instant(cells.count > 1 ? cells[1] : nil, index, "dateTime", values: sent) else { continue }
            for (place, cell) in cells.dropFirst(2).enumerated() where !cell.isEmpty {
                guard place < fields.count, let obis = MultiSpeakField.code(fields[place]),
                    let unit = MultiSpeakField.unit(fields[place]) ?? obis.usualUnit
                else {
                    fault(index, "fieldName", .badMember, "the cell has no field name with a known unit", values: 1)
                    continue
                }
                guard let micro = DecimalText.parse(cell, scale: 6) else {
                    fault(index, "value", .badNumber, "expected a plain decimal of at most six places", values: 1)
                    continue
                }
                batch.registers.append(
                    .init(
                        index: Int32(clamping: index), meter: batch.meter(serial), unit: unit, status: .measured, obis: obis, at: at,
                        micro: micro))
            }
        }
    }

    mutating func take(event: XMLElement) {
        let index = next("")
        guard let meter = meter(event, index, values: 0), let at = instant(event.value("dateTime"), index, "dateTime", values: 0) else {
            return
        }
        let alarms = DeviceAlarm.named(event.value("eventCode") ?? "")
        if alarms.isEmpty { fault(index, "eventCode", .badMember, "no event that means something here; see the WSDL", values: 0) }
        for alarm in alarms {
            batch.reports.append(DeviceReport(index: Int32(clamping: index), meter: meter, at: at, content: .alarm(alarm)))
        }
    }
}

extension ObisCode {
    /// The unit in which registers of this kind count, where nobody says another.
    fileprivate var usualUnit: UnitCode? {
        switch (a, c) {
        case (1, 1), (1, 2), (5, 1), (6, 1): .kilowattHour
        case (1, 3), (1, 4): .kilovarHour
        case (7, 3), (7, 13), (8, 1), (9, 1), (6, 2): .cubicMetre
        default: nil
        }
    }
}
