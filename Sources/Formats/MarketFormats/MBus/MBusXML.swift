internal import Metering
internal import Values
internal import XML

extension MBus {
    /// The XML of libmbus for one telegram, with scaled or base units.
    /// - Throws: `MarketFormatError` if it is not readable, not decoded, or the device answered with an error.
    public static func parse(xml bytes: [UInt8], origin: MarketOrigin) throws(MarketFormatError) -> MarketReadings {
        if let first = bytes.first(where: { $0 > 0x20 }), first == UInt8(ascii: "6") {
            throw MarketFormatError(.undecoded, Place(offset: 0), "bytes of a frame; send the decoded telegram")
        }
        let builder = XMLTreeBuilder()
        try XMLPrologue.read(bytes, builder)
        var lines = LineStarts(bytes)
        guard let root = builder.root, root.name.local == "MBusData", let slave = root.child("SlaveInformation") else {
            throw MarketFormatError(.messageHeader, Place(offset: 0), "MBusData with its SlaveInformation is expected")
        }
        func place(_ element: XMLElement) -> Place { lines.place(element.offset, line: element.line) }
        if let error = slave.value("Error") {
            throw MarketFormatError(.deviceError, place(slave), "the meter answered: \(error.prefix(80)); read it again")
        }
        guard let id = slave.value("Id"), !id.isEmpty, id.utf8.count <= 63 else {
            throw MarketFormatError(.messageHeader, place(slave), "SlaveInformation has no Id; the meter cannot be told")
        }
        var telegram = MBusTelegram(id: id, medium: slave.value("Medium") ?? "", format: .mbusXML, origin: origin)
        telegram.out.sender = MarketParty(slave.value("Manufacturer") ?? "")
        for name in ["Manufacturer", "Version", "ProductName", "AccessNumber", "Status"] {
            if let value = slave.value(name), !value.isEmpty {
                telegram.out.deviceState.append(.init(quantity: name, value: value, unit: ""))
            }
        }
        let records = root.children("DataRecord")
        var dueDays: [Int: Instant] = [:]
        for record in records {
            let what = (record.value("Quantity") ?? "") + (record.value("Unit") ?? "")
            guard what.lowercased().contains("time point"), let storage = Int(record.value("StorageNumber") ?? "0"), storage > 0,
                let value = record.value("Value"), dueDays[storage] == nil
            else { continue }
            dueDays[storage] = dueInstant(value)
        }
        for (index, record) in records.enumerated() {
            telegram.take(
                record, index, place(record), value: record.child("Value").map { lines.place($0.textOffset ?? $0.offset, line: $0.line) },
                dueDays)
        }
        telegram.report(status: slave.value("Status") ?? "")
        telegram.report(state: records)
        guard !telegram.out.isEmpty || !telegram.out.deviceState.isEmpty else {
            throw MarketFormatError(.noData, Place(offset: 0), "a telegram without a record")
        }
        return telegram.out
    }
}

/// The records of one telegram on their way to readings.
struct MBusTelegram {
    private struct Key: Hashable {
        var obis: ObisCode
        var at: Instant
    }
    var out: MarketReadings
    let id: String
    private let mediumText: String
    let medium: MBus.Medium
    let receivedAt: Instant
    private var taken: Set<Key> = []

    init(id: String, medium: String, format: MarketFormat, origin: MarketOrigin) {
        self.id = id
        mediumText = medium
        self.medium = MBus.Medium(medium)
        receivedAt = origin.receivedAt
        out = MarketReadings(format: format, messageId: origin.messageId, source: origin.source)
    }

    mutating func take(_ record: XMLElement, _ index: Int, _ place: Place, value: Place?, _ dueDays: [Int: Instant]) {
        let valuePlace = value ?? place
        let unit = record.value("Unit") ?? ""
        let quantity = record.value("Quantity") ?? ""
        let value = record.value("Value") ?? ""
        let function = record.value("Function") ?? ""
        let storage = Int(record.value("StorageNumber") ?? "0") ?? 0
        let device = Int(record.value("Device") ?? "0") ?? 0
        let tariff = Int(record.value("Tariff") ?? "0") ?? 0
        guard let scale = MBusUnits.counter(unit: unit, quantity: quantity) else {
            if !value.isEmpty {
                out.deviceState.append(
                    .init(quantity: quantity.isEmpty ? function : quantity, value: value.limited(120), unit: unit))
            }
            return
        }
        let details = [
            ("Function", function), ("StorageNumber", String(storage)), ("Device", String(device)), ("Tariff", String(tariff)),
            ("Quantity", quantity),
        ]
        let origin = MarketReadings.Origin(point: "", meter: id, channel: quantity, unit: unit, details: details.map { .init($0.0, $0.1) })
        let isValue = function == "Instantaneous value" || function == "Actual value"
        let stamp = storage == 0 ? record.value("Timestamp").flatMap { try? Instant($0) } : nil
        // A storage number without a day is a value of nobody knows when.
        let at = storage == 0 ? stamp ?? receivedAt : dueDays[storage]
        read(value, scale, origin, index, place, value: valuePlace, at: isValue ? at : nil, device: device, tariff: tariff, isFeedIn: false)
    }

    /// Takes one counter; `at` nil keeps it aside.
    mutating func read(
        _ text: String, _ scale: UnitScale, _ origin: MarketReadings.Origin, _ index: Int, _ place: Place, value: @autoclosure () -> Place,
        at: Instant?, device: Int,
        tariff: Int,
        isFeedIn: Bool
    ) {
        do throws(DecimalField.Problem) {
            let raw = try DecimalField.parse(text, scale: 6)
            guard let (micro, unit) = MBus.tidy(raw, scale) else {
                return out.fault(index, value(), .tooManyDigits, "more decimals or digits than can be kept", values: 1)
            }
            let obis = medium.obis(unit.dimension, device: device, tariff: tariff, isFeedIn: isFeedIn)
            if let obis, let at, taken.insert(Key(obis: obis, at: at)).inserted {
                if at == receivedAt { out.batch.receivedAt = at }
                out.batch.registers.append(
                    .init(
                        index: Int32(clamping: index), meter: out.batch.meter(id), unit: unit, status: .measured, obis: obis, at: at,
                        micro: micro))
                out.registerSides.append(.init(origin: out.number(of: origin), place: place))
                return
            }
            let reason =
                obis == nil
                ? "medium “\(mediumText.prefix(32))” has no register for \(unit.rawValue)"
                : at == nil
                    ? "no value of a known moment (storage \(origin["StorageNumber"]), \(origin["Function"].prefix(32)))"
                    : "a second counter of the same kind; the decoded form does not tell them apart"
            out.untaken.append(
                .init(
                    origin: origin, place: place, start: at, resolution: nil, until: nil, values: [raw],
                    statuses: [ValueStatus.measured.rawValue], codes: [0],
                    details: [], reason: reason))
        } catch {
            out.fault(index, value(), .badNumber, error.message, values: 1)
        }
    }
}
