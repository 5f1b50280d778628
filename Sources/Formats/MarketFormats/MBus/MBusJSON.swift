internal import JSON
internal import Metering
internal import Values

extension MBus {
    /// The JSON of wM-Bus receivers: one telegram, an array of them, or one a line.
    /// - Throws: `MarketFormatError` if it is no JSON or no telegram can be told.
    public static func parse(json bytes: [UInt8], origin: MarketOrigin) throws(MarketFormatError) -> MarketReadings {
        var out = MarketReadings(format: .wmbusJSON, messageId: origin.messageId, source: origin.source)
        for (index, piece) in try telegrams(bytes).enumerated() {
            take(piece, index, origin, &out) { key in place(of: key, in: piece, bytes) }
        }
        guard !out.isEmpty || !out.deviceState.isEmpty else {
            throw MarketFormatError(.noData, Place(offset: 0), "no telegram with a counter")
        }
        return out
    }

    /// One telegram and where it stands.
    private struct Piece {
        let value: JSONValue
        let place: Place
        let range: Range<Int>
    }

    private static func telegrams(_ bytes: [UInt8]) throws(MarketFormatError) -> [Piece] {
        do throws(JSONError) {
            let whole = try JSONValue(parsing: bytes)
            let ranges = try ranges(bytes, isList: whole.array != nil)
            var (line, counted) = (1, 0)
            return zip(whole.array ?? [whole], ranges).map { value, range in
                line += bytes[counted..<range.lowerBound].count { $0 == 0x0A }
                counted = range.lowerBound
                return Piece(value: value, place: Place(offset: range.lowerBound, line: line), range: range)
            }
        } catch {
            // Receivers write one telegram a line.
            var pieces: [Piece] = []
            var start = 0
            var line = 1
            while start < bytes.count {
                let end = bytes[start...].firstIndex(of: 0x0A) ?? bytes.count
                let text = Array(bytes[start..<end])
                if text.contains(where: { $0 > 0x20 }) {
                    do throws(JSONError) {
                        pieces.append(
                            Piece(value: try JSONValue(parsing: text), place: Place(offset: start, line: line), range: start..<end))
                    } catch let inner {
                        let place =
                            pieces.isEmpty
                            ? Place(offset: error.offset ?? 0, line: error.line) : Place(offset: start + (inner.offset ?? 0), line: line)
                        throw MarketFormatError(
                            .json, place, "\(pieces.isEmpty ? error.message : inner.message); send one JSON object a telegram")
                    }
                }
                start = end + 1
                line += 1
            }
            return pieces
        }
    }

    /// Where the telegrams of a list stand, or the only one.
    private static func ranges(_ bytes: [UInt8], isList: Bool) throws(JSONError) -> [Range<Int>] {
        try JSONScanner.withScanner(over: bytes) { (scanner) throws(JSONError) -> [Range<Int>] in
            var ranges: [Range<Int>] = []
            func one(_ scanner: inout JSONScanner) throws(JSONError) {
                _ = scanner.peekKind()
                let start = scanner.position
                try scanner.skipValue()
                ranges.append(start..<scanner.position)
            }
            guard isList else {
                try one(&scanner)
                return ranges
            }
            try scanner.openArray()
            while try scanner.nextElement() { try one(&scanner) }
            return ranges
        }
    }

    /// Where the value of a member stands; asked for only where it is wrong.
    private static func place(of key: String, in piece: Piece, _ bytes: [UInt8]) -> Place {
        let found = try? JSONScanner.withScanner(over: Array(bytes[piece.range])) { (scanner) throws(JSONError) -> Int? in
            try scanner.openObject()
            while let name = try scanner.nextKey() {
                let kind = scanner.peekKind()
                if scanner.text(name) == key { return scanner.position + (kind == .string ? 1 : 0) }
                try scanner.skipValue()
            }
            return nil
        }
        guard let found else { return piece.place }
        let offset = piece.range.lowerBound + found
        return Place(
            offset: offset, line: piece.place.line.map { $0 + bytes[piece.range.lowerBound..<offset].count { $0 == 0x0A } })
    }

    private static func take(
        _ piece: Piece, _ index: Int, _ origin: MarketOrigin, _ out: inout MarketReadings, placeOf: (String) -> Place
    ) {
        let place = piece.place
        guard let object = piece.value.object else {
            return out.fault(index, place, .badMember, "a telegram is a JSON object", values: 0)
        }
        let id = (object["id"].flatMap { $0.string ?? $0.number } ?? "").withoutControls
        let counters = object.members.compactMap { member in counter(member.key).map { (member, $0) } }.filter { !$0.0.value.isNull }
        guard !id.isEmpty, id.utf8.count <= 63 else {
            return out.fault(index, place, .unknownMeter, "\"id\" is missing; the meter cannot be told", values: counters.count)
        }
        var telegram = MBusTelegram(id: id, medium: object["media"]?.string ?? "", format: .wmbusJSON, origin: origin)
        // Exchanged, not copied: an array of telegrams must not cost their square.
        swap(&telegram.out, &out)
        defer { swap(&telegram.out, &out) }
        let sent = object["timestamp"]?.string.flatMap { try? Instant($0) }
        if sent == nil, let text = object["timestamp"]?.string {
            return telegram.out.fault(
                index, placeOf("timestamp"), .noOffset,
                "\"timestamp\" \(text.prefix(40)) is no time with an offset, like 2026-01-01T00:00:00Z",
                values: counters.count)
        }
        if sent == nil {
            telegram.out.notes.append(
                MarketNote(.receptionTime, place, "no \"timestamp\"; the moment of reception was taken"))
        }
        let receivedAt = origin.receivedAt
        let due = object["target_date"]?.string.flatMap { dueInstant($0) }
        for (member, counter) in counters {
            let details: [MarketReadings.Detail] = [
                .init("Function", "Instantaneous value"), .init("StorageNumber", counter.isDue ? "1" : "0"),
            ]
            let origin = MarketReadings.Origin(
                point: "", meter: id, channel: member.key, unit: counter.scale.unit.rawValue, details: details)
            guard let text = member.value.number ?? member.value.string else {
                telegram.out.fault(index, placeOf(member.key), .badNumber, "\"\(member.key.prefix(48))\" is no number", values: 1)
                continue
            }
            telegram.read(
                text, counter.scale, origin, index, place, value: placeOf(member.key), at: counter.isDue ? due : sent ?? receivedAt,
                device: 0, tariff: counter.tariff,
                isFeedIn: counter.isFeedIn)
        }
        telegram.report(members: object.members, at: sent ?? receivedAt)
        for member in object.members where self.counter(member.key) == nil && !["id", "media", "_", "timestamp"].contains(member.key) {
            let text = member.value.string ?? member.value.number ?? member.value.bool.map { $0 ? "true" : "false" } ?? ""
            if !text.isEmpty { telegram.out.deviceState.append(.init(quantity: member.key, value: text.limited(120), unit: "")) }
        }
    }

    /// The counters among a telegram's members, by the names wM-Bus receivers agree on.
    private static func counter(_ key: String) -> (scale: UnitScale, isDue: Bool, isFeedIn: Bool, tariff: Int)? {
        switch key {
        case "total_m3": (UnitScale(.cubicMetre), false, false, 0)
        case "total_l": (UnitScale(.litre), false, false, 0)
        case "total_kwh", "total_energy_consumption_kwh": (UnitScale(.kilowattHour), false, false, 0)
        case "total_energy_consumption_mj": (UnitScale(.megajoule), false, false, 0)
        case "total_energy_consumption_gj": (UnitScale(.gigajoule), false, false, 0)
        case "total_energy_consumption_tariff_1_kwh", "total_energy_consumption_tariff1_kwh": (UnitScale(.kilowattHour), false, false, 1)
        case "total_energy_consumption_tariff_2_kwh", "total_energy_consumption_tariff2_kwh": (UnitScale(.kilowattHour), false, false, 2)
        case "total_energy_production_kwh": (UnitScale(.kilowattHour), false, true, 0)
        case "current_consumption_hca": (UnitScale(.piece), false, false, 0)
        case "target_m3": (UnitScale(.cubicMetre), true, false, 0)
        case "target_kwh", "target_energy_consumption_kwh", "target_energy_kwh": (UnitScale(.kilowattHour), true, false, 0)
        case "consumption_at_set_date_hca": (UnitScale(.piece), true, false, 0)
        default: nil
        }
    }
}
