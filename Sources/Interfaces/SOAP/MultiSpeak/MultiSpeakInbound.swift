internal import AccessOperations
internal import Metering
internal import MeteringOperations
internal import Values
internal import Web
internal import XML

// What others tell us.
extension MultiSpeakService {
    static func inboundMethods(_ cases: UseCases) -> [SOAPOperation<WebRequest>] {
        [
            exchange(
                "ReadingChangedNotification",
                "Takes register readings in. Answers when they are durable, with an errorObject for each that was not taken.",
                [
                    SOAPField("changedMeterReads", .meterReadings),
                    SOAPField("transactionID", .string, .optional, "The same again changes nothing."),
                ], .errors
            ) { message, request in
                try request.demand(.submitReadings)
                var notice = try Notice(message, source: request.principal?.name ?? "")
                notice.take(changed: message)
                let receipt = try await cases.ingest(notice.batch, body: message.envelope, format: "multispeak", now: request.now)
                let errors: [XMLText] = receipt.errors.map { fault in
                    error(notice.object(fault.index), "\(fault.code.rawValue): \(fault.message)", noun: "meterReading", request)
                }
                return Result("\(errors)")
            },
            method(
                "InitiateMeterReadingsByMeterID",
                "Is refused for each meter: readings come here from the head-end system, and no responseURL is called.",
                [
                    SOAPField("meterIDs", .list(of: "meterID", .complex(meterID))), SOAPField("responseURL", .string, .optional),
                    SOAPField("transactionID", .string, .optional), SOAPField("expTime", .string, .optional),
                ], .errors
            ) { call, request in
                try request.demand(.readReadings)
                let errors: [XMLText] = try (call.child("meterIDs")?.children ?? []).map { element in
                    error(
                        try serial(element), "no meter is asked from here: GetLatestReadingByMeterID gives what is stored", noun: "meterID",
                        request)
                }
                return Result("\(errors)")
            },
        ]
    }
}

extension Notice {
    /// The readings of `MeterReadingsChanged…`.
    fileprivate mutating func take(changed message: SOAPMessage) {
        for (number, reading) in (message.element.child("changedMeterReads")?.children("meterReading") ?? []).enumerated() {
            let path = "/changedMeterReads/\(number)"
            let serial = (try? MultiSpeakService.serial(reading, path)) ?? ""
            let object = reading.attribute("objectID") ?? serial
            for (place, value) in (reading.child("readingValues")?.children("readingValue") ?? []).enumerated() {
                take(value, next(object), serial, "\(path)/readingValues/\(place)")
            }
        }
    }

    private mutating func take(_ value: XMLElement, _ index: Int, _ serial: String, _ path: String) {
        func fault(_ member: String, _ code: ItemFault.Code, _ message: String) -> ItemFault {
            ItemFault(index: index, path: "\(path)/\(member)", code: code, message: message, values: 1)
        }
        guard !serial.isEmpty else { return note(fault("meterID", .unknownMeter, "no meterID names the meter")) }
        let field = value.value("fieldName") ?? ""
        guard let obis = MultiSpeakField.code(field) else {
            return note(fault("fieldName", .badMember, "expected posKWh, negKWh, posKVArh, negKVArh or an OBIS code"))
        }
        guard let unit = value.value("units").map({ UnitCode(name: $0) }) ?? MultiSpeakField.unit(field) else {
            return note(fault("units", .wrongUnit, "expected a known unit"))
        }
        guard let micro = value.value("value").flatMap({ DecimalText.parse($0, scale: 6) }) else {
            return note(fault("value", .badNumber, "expected a plain decimal of at most six places"))
        }
        guard let status = value.value("readingStatusCode").map({ ValueStatus(word: $0) }) ?? .measured, status != .absent else {
            return note(
                fault("readingStatusCode", .badStatus, "expected measured, estimated, substituted, provisional or rejected"))
        }
        let at: Instant
        do throws(Instant.Problem) { at = try Instant(value.value("dateTime") ?? "") } catch {
            return note(
                error == .noOffset
                    ? fault("dateTime", .noOffset, "a time needs its offset") : fault("dateTime", .badTime, "expected a time with offset"))
        }
        batch.registers.append(
            .init(
                index: Int32(clamping: index), meter: batch.meter(serial), unit: unit, status: status, obis: obis, at: at, micro: micro))
    }
}
