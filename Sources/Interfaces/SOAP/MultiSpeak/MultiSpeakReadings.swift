internal import AccessOperations
internal import Metering
internal import MeteringOperations
internal import PartnerOperations
internal import ReadingFormats
internal import Values
internal import Web
internal import XML

// Meters and readings that are asked for.
extension MultiSpeakService {
    private static let lastReceived = SOAPField(
        "lastReceived", .string, .optional, "objectID of the last item received; empty: from the first.")
    private static let meterIDField = SOAPField("meterID", .complex(meterID))
    private static let dates = [
        SOAPField("startDate", .string, .optional, "A day, or a time with offset."),
        SOAPField("endDate", .string, .optional, "Exclusive; a day, or a time with offset."),
    ]

    static func meterMethods(_ cases: UseCases) -> [SOAPOperation<WebRequest>] {
        let list = SOAPType.list(of: "meter", .complex(meter))
        let all: @Sendable (XMLElement, WebRequest) async throws -> Result = { call, request in
            try request.demand(.readMeteringPoints)
            let page = try await cases.meters(after: call.value("lastReceived") ?? "", limit: 500)
            let meters: [XMLText] = page.entries.map { entry in
                let until: XMLText = entry.valid.until.map { "<removeDate>\($0.description)</removeDate>" } ?? ""
                return """
                    <meter objectID="\(entry.serial)"><meterNo>\(entry.serial)</meterNo><serialNumber>\(entry.serial)</serialNumber><serviceLocationID>\(entry.point)</serviceLocationID><serviceType>\(service(entry.commodity))</serviceType><installDate>\(entry.valid.from.description)</installDate>\(until)</meter>
                    """
            }
            return Result("\(meters)", header: paging(page.entries.last?.serial, page.remaining))
        }
        return [
            method("GetAllMeters", "All meters, a page at a time.", [lastReceived], list, work: all),
            method("GetAMRSupportedMeters", "All meters: each may deliver.", [lastReceived], list, work: all),
            method(
                "GetModifiedAMRMeters", "All meters: nothing is remembered of sessions.",
                [SOAPField("previousSessionID", .string, .optional), lastReceived], list, work: all),
            method("IsAMRMeter", "Whether the meter is known.", [meterIDField], .boolean) { call, request in
                try request.demand(.readMeteringPoints)
                return Result(try await cases.meters(serials: [try serial(call, "/meterID")]).isEmpty ? "false" : "true")
            },
        ]
    }

    static func readingMethods(_ cases: UseCases) -> [SOAPOperation<WebRequest>] {
        [
            method(
                "GetReadingsByDate", "Register readings of all meters in a time, a page of meters at a time.", dates + [lastReceived],
                .meterReadings
            ) {
                call, request in
                try request.demand(.readReadings)
                let range = try range(call)
                let page = try await cases.meters(after: call.value("lastReceived") ?? "", limit: 100)
                var readings: [XMLText] = []
                for (serial, places) in grouped(page.entries) {
                    let found = try await MeterQuery(cases, serial, places, range).registers()
                    if !found.text.isEmpty { readings.append(reading(serial, found)) }
                }
                return Result("\(readings)", header: paging(page.entries.last?.serial, page.remaining))
            },
            method("GetReadingsByMeterID", "Register readings of a meter in a time.", [meterIDField] + dates, .meterReadings) {
                call, request in
                try request.demand(.readReadings)
                let range = try range(call)
                return try await one(call, cases) { try await MeterQuery(cases, $0, $1, range).registers() }
            },
            method("GetLatestReadingByMeterID", "The last reading of each register of a meter.", [meterIDField], .meterReadings) {
                call, request in
                try request.demand(.readReadings)
                return try await one(call, cases) { try await MeterQuery(cases, $0, $1, (nil, nil)).latest(request.now) }
            },
            method(
                "GetReadingsByBillingCycle",
                "Register readings of the meters of a billing cycle around its billing date, a page of meters at a time.",
                [
                    SOAPField("billingCycle", .string, .once, "annual-01 to annual-12, or monthly."),
                    SOAPField("billingDate", .string, .once, "The first day after the period: 2026-01-01 ends 2025."),
                    SOAPField("kWhLookBack", .integer, .optional, "Days before the billing date; 0 if absent: readings of that day."),
                    SOAPField("kWLookBack", .integer, .optional, "Passed over: demand registers are read as the others are."),
                    SOAPField("kWLookForward", .integer, .optional, "Passed over."), lastReceived,
                    SOAPField("formattedBlockTemplateName", .string, .optional, "Passed over: readings come by name."),
                    SOAPField("fieldName", .list(of: "string", .string), .optional, "Field names or OBIS codes; absent: all registers."),
                ], .meterReadings
            ) { call, request in
                try request.demand(.readReadings)
                return try await byCycle(call, cases)
            },
            method(
                "GetReadingsByMeterIDListAndFieldNameIntervalData", "Interval values of meters in a time.",
                [
                    SOAPField("meterIDs", .list(of: "meterID", .complex(meterID))),
                    SOAPField("fieldNames", .list(of: "string", .string), .optional, "OBIS codes; absent: all channels."),
                ] + dates, .meterReadings
            ) { call, request in
                try request.demand(.readReadings)
                let range = try range(call)
                let fields = try (call.child("fieldNames")?.children ?? []).map { try code($0.trimmed, "/fieldNames") }
                var readings: [XMLText] = []
                for element in call.child("meterIDs")?.children ?? [] {
                    let serial = try serial(element)
                    let places = try await cases.meters(serials: [serial])
                    readings.append(
                        places.isEmpty
                            ? unknown(serial) : reading(serial, try await MeterQuery(cases, serial, places, range).intervals(fields)))
                }
                return Result("\(readings)")
            },
        ]
    }

    // MARK: Parts

    private static func byCycle(_ call: XMLElement, _ cases: UseCases) async throws -> Result {
        guard let day = Day(entered: call.value("billingDate") ?? "") else {
            throw SOAPFault(code: "bad-element", "expected \(Day.expectation)", path: "/billingDate")
        }
        let back = try call.optional("kWhLookBack", "", "days, 0 to 3660") {
            $0.isEmpty ? 0 : Int($0).flatMap { (0...3_660).contains($0) ? $0 : nil }
        }
        let fields = try (call.child("fieldName")?.children ?? []).map { try code($0.trimmed, "/fieldName") }
        let time = LocalTime.berlin
        let range = (from: Optional(time.start(of: day.adding(days: -(back ?? 0)))), to: Optional(time.start(of: day.adding(days: 1))))
        let page: (serials: [String], remaining: Int64)
        do {
            page = try await cases.cycle(
                call.value("billingCycle") ?? "", on: day.adding(days: -1), after: call.value("lastReceived") ?? "", limit: 100)
        } catch let error as ListCycleMeters.UnknownCycle {
            throw SOAPFault(
                code: "unknown-cycle", "“\(error.text.prefix(40))” is no billing cycle: annual-01 … annual-12, or monthly",
                path: "/billingCycle")
        }
        let entries = try await cases.meters(serials: page.serials)
        var readings: [XMLText] = []
        for (serial, places) in grouped(entries) {
            readings.append(reading(serial, try await MeterQuery(cases, serial, places, range).registers(fields)))
        }
        return Result("\(readings)", header: paging(page.serials.last, page.remaining))
    }

    private static func one(
        _ call: XMLElement, _ cases: UseCases, _ values: (String, [ListMeters.Entry]) async throws -> XMLText
    ) async throws -> Result {
        let serial = try serial(call, "/meterID")
        let places = try await cases.meters(serials: [serial])
        return Result(places.isEmpty ? unknown(serial) : reading(serial, try await values(serial, places)))
    }

    private static func reading(_ serial: String, _ values: XMLText) -> XMLText {
        """
        <meterReading objectID="\(serial)"><meterID meterNo="\(serial)">\(serial)</meterID><readingValues>\(values)</readingValues></meterReading>
        """
    }

    private static func unknown(_ serial: String) -> XMLText {
        "<meterReading objectID=\"\(serial)\" errorString=\"there is no meter \(serial)\"/>"
    }

    private static func grouped(_ entries: [ListMeters.Entry]) -> [(String, [ListMeters.Entry])] {
        var groups: [(String, [ListMeters.Entry])] = []
        for entry in entries {
            if groups.last?.0 == entry.serial { groups[groups.count - 1].1.append(entry) } else { groups.append((entry.serial, [entry])) }
        }
        return groups
    }

    private static func paging(_ last: String?, _ remaining: Int64) -> [(name: String, value: String)] {
        [("ObjectsRemaining", String(remaining)), ("LastSent", last ?? "")]
    }

    private static func service(_ commodity: Commodity) -> String {
        switch commodity {
        case .electricity: "Electric"
        case .gas: "Gas"
        case .water: "Water"
        case .heat: "Heat"
        }
    }

    /// The serial of the call's meterID.
    static func serial(_ call: XMLElement, _ path: String) throws(SOAPFault) -> String {
        guard let element = call.child("meterID") else { throw SOAPFault(code: "missing-element", "<meterID> is required", path: path) }
        return try serial(element)
    }

    static func serial(_ element: XMLElement) throws(SOAPFault) -> String {
        let text = element.trimmed.isEmpty ? element.attribute("meterNo") ?? "" : element.trimmed
        guard (1...64).contains(text.utf8.count) else {
            throw SOAPFault(code: "bad-element", "a meterID is a serial of 1 to 64 bytes", path: "/meterID", line: element.line)
        }
        return text
    }

    private static func range(_ call: XMLElement) throws(SOAPFault) -> (from: Instant?, to: Instant?) {
        func moment(_ text: String) -> Instant? { Day(entered: text).map { LocalTime.berlin.start(of: $0) } ?? (try? Instant(text)) }
        let what = "a day, or a time with offset"
        return (
            try call.optional("startDate", "", what) { $0.isEmpty ? nil : moment($0) },
            try call.optional("endDate", "", what) { $0.isEmpty ? nil : moment($0) }
        )
    }

    private static func code(_ text: String, _ path: String) throws(SOAPFault) -> ObisCode {
        guard let code = MultiSpeakField.code(text) else {
            throw SOAPFault(code: "bad-element", "expected a field name or an OBIS code", path: path)
        }
        return code
    }
}

/// The names of registers.
enum MultiSpeakField {
    private static let names: [(name: String, obis: String, unit: UnitCode)] = [
        ("posKWh", "1-0:1.8.0", .kilowattHour), ("negKWh", "1-0:2.8.0", .kilowattHour), ("posKVArh", "1-0:3.8.0", .kilovarHour),
        ("negKVArh", "1-0:4.8.0", .kilovarHour),
    ]
    static func code(_ name: String) -> ObisCode? { ObisCode(names.first { $0.name == name }?.obis ?? name) }
    static func unit(_ name: String) -> UnitCode? { names.first { $0.name == name }?.unit }
    static func name(_ code: ObisCode) -> String { names.first { $0.obis == code.description }?.name ?? code.description }
}

/// The values of one meter.
private struct MeterQuery {
    private let cases: MultiSpeakService.UseCases
    private let serial: String
    private let points: [String]
    private let range: (from: Instant?, to: Instant?)

    init(_ cases: MultiSpeakService.UseCases, _ serial: String, _ places: [ListMeters.Entry], _ range: (from: Instant?, to: Instant?)) {
        self.cases = cases
        self.serial = serial
        points = places.reduce(into: []) { if !$0.contains($1.point) { $0.append($1.point) } }
        self.range = range
    }

    func registers(_ fields: [ObisCode] = []) async throws -> XMLText {
        try await values { $0.resolution == nil && (fields.isEmpty || fields.contains($0.obis)) }
    }

    func intervals(_ fields: [ObisCode]) async throws -> XMLText {
        try await values { $0.resolution != nil && (fields.isEmpty || fields.contains($0.obis)) }
    }

    /// Of each register the last reading: looked for among the youngest first, because there may be thousands.
    func latest(_ now: Instant) async throws -> XMLText {
        var text: XMLText = ""
        for (point, register) in try await wanted({ $0.resolution == nil }) {
            for days in [40, 400, 40_000] as [Int64] {
                let from = now.adding(seconds: -days * 86_400)
                let found = try await series(point, register, from, nil)
                guard let series = found.last(where: { !$0.values.isEmpty }), let last = series.values.last else { continue }
                text += MeterQuery.text(last, of: series)
                break
            }
        }
        return text
    }

    private func values(_ wants: (Register) -> Bool) async throws -> XMLText {
        var text: XMLText = ""
        for (point, register) in try await wanted(wants) {
            for series in try await series(point, register, range.from, range.to) {
                for value in series.values { text += MeterQuery.text(value, of: series) }
            }
        }
        return text
    }

    private func wanted(_ wants: (Register) -> Bool) async throws -> [(point: String, register: ObisCode)] {
        var found: [(point: String, register: ObisCode)] = []
        for point in points {
            for device in try await cases.point(point).devices where device.serial == serial {
                for register in device.registers where wants(register) && !found.contains(where: { $0 == (point, register.obis) }) {
                    found.append((point, register.obis))
                }
            }
        }
        return found
    }

    private func series(_ point: String, _ obis: ObisCode, _ from: Instant?, _ to: Instant?) async throws -> [SeriesDocument.Register] {
        var query = ReadSeries.Query(meteringPoint: point, obis: obis, from: from, to: to)
        var found: [SeriesDocument.Register] = []
        repeat {
            let page = try await cases.read(query)
            found += page.series.filter { $0.meter == serial }
            query.cursor = page.next
        } while query.cursor != nil && found.reduce(0) { $0 + $1.values.count } < 100_000
        return found
    }

    private static func text(_ value: SeriesDocument.Value, of series: SeriesDocument.Register) -> XMLText {
        let at = series.resolution.map { $0.instant(1, after: value.at) } ?? value.at
        return """
            <readingValue><units>\(series.unit.rawValue)</units><value>\(DecimalText.format(value.micro, scale: 6))</value><fieldName>\(MultiSpeakField.name(series.obis))</fieldName><dateTime>\(LocalTime.berlin.text(at))</dateTime><readingStatusCode>\(value.status.word)</readingStatusCode></readingValue>
            """
    }
}
