internal import Metering
internal import Values

/// 250 (two readings of one register and the quantity between them) and 550 (transactions) of NEM13.
extension NEMParser {
    private static let names = [
        "NMIConfiguration", "RegisterID", "MDMDataStreamIdentifier", "DirectionIndicator", "Quantity", "NextScheduledReadDate",
        "UpdateDateTime",
        "MSATSLoadDateTime",
    ]

    mutating func pairRecord(_ record: NEMLines.Record) {
        index += 1
        last = .none
        let ranges = lines.fields(record, limit: 40)
        let fields = ranges.map { lines.text($0) }
        func field(_ number: Int) -> String { number < fields.count ? fields[number] : "" }
        func place(_ number: Int) -> Place {
            Place(offset: number < ranges.count ? ranges[number].lowerBound : record.range.upperBound, line: record.line, field: number + 1)
        }
        guard fields.count >= 20 else {
            return out.fault(
                index, place(fields.count), .missingMember, "\(fields.count) fields, a 250 record has 20 at least; send it whole", values: 2
            )
        }
        guard !field(1).isEmpty, field(1).utf8.count <= 63, field(6).utf8.count <= 63 else {
            return out.fault(index, place(1), .missingMember, "the NMI is missing or too long; name the metering point", values: 2)
        }
        guard ["E", "I"].contains(field(7)) else {
            return out.fault(index, place(7), .badMember, "the direction must be E (to the customer) or I (into the grid)", values: 2)
        }
        guard let scale = UnitScale.named(field(19)) else {
            return out.fault(index, place(19), .wrongUnit, "no unit of energy; send kWh, Wh, MWh or their reactive relatives", values: 2)
        }
        guard let obis = NEMCodes.register(suffix: field(4), isReactive: scale.unit == .kilovarHour, isImport: field(7) == "I") else {
            return out.fault(index, place(4), .unknownRegister, "no NMI suffix of two digits, such as 11", values: 2)
        }
        let origin = MarketReadings.Origin(
            point: field(1), meter: field(6), channel: field(4), unit: field(19),
            details: zip(NEMParser.names, [2, 3, 5, 7, 18, 20, 21, 22]).map { MarketReadings.Detail($0.0, field($0.1)) })
        let number = out.number(of: origin)
        let meter = out.batch.meter(origin.batchMeter)
        let firstItem = out.batch.registers.count
        // Previous reading and current reading: value, time, quality, reason, text.
        for (part, column) in [("previous", 8), ("current", 13)] {
            guard let at = DigitTime.instant(lines.bytes, ranges[column + 1], offsetSeconds: NEMCodes.offsetSeconds) else {
                out.fault(index, place(column + 1), .badTime, "no such time; write it as CCYYMMDDhhmmss", values: 1)
                continue
            }
            guard isQuality(ranges[column + 2]), let letter = field(column + 2).utf8.first, let status = NEMCodes.status(letter),
                status != .absent
            else {
                out.fault(
                    index, place(column + 2), .badStatus, "no quality of a reading: A, E, F or S with a method of two digits", values: 1)
                continue
            }
            do throws(DecimalField.Problem) {
                let micro = try DecimalField.parse(lines.bytes, ranges[column], scale: 6 + scale.shift)
                var set = [ValueCode(ValueCode.nemQuality, field(column + 2))]
                if !field(column + 3).isEmpty { set.append(ValueCode(ValueCode.nemReason, field(column + 3))) }
                if !field(column + 4).isEmpty { set.append(ValueCode(ValueCode.nemText, field(column + 4))) }
                out.batch.registers.append(
                    .init(
                        index: Int32(clamping: index), meter: meter, unit: scale.unit, status: status, obis: obis, at: at, micro: micro))
                out.registerSides.append(
                    .init(
                        origin: number, codes: out.codes.number(of: set), place: place(column),
                        details: [.init(part, field(column)), .init("at", lines.text(ranges[column + 1]))]))
            } catch {
                let code: ItemFault.Code = error == .places ? .tooManyDigits : .badNumber
                out.fault(index, place(column), code, error.message, values: 1)
            }
        }
        guard out.batch.registers.count == firstItem + 2 else { return }
        last = .pair(firstItem)
        checkQuantity(ranges[18], scale: scale, firstItem, place(18))
    }

    /// The quantity is told beside its readings; if it is something else, somebody should know. A rollover explains it.
    private mutating func checkQuantity(_ range: Range<Int>, scale: UnitScale, _ firstItem: Int, _ place: Place) {
        guard let quantity = try? DecimalField.parse(lines.bytes, range, scale: 6 + scale.shift) else { return }
        let previous = out.batch.registers[firstItem].micro
        let current = out.batch.registers[firstItem + 1].micro
        let (advance, over) = current.subtractingReportingOverflow(previous)
        guard !over, advance >= 0 || quantity < 0, advance.magnitude != quantity.magnitude else { return }
        out.notes.append(
            MarketNote(
                .quantityDiffers, place,
                "the readings advance by \(DecimalText.format(advance, scale: 6)), the record says otherwise; check the readings"))
    }

    mutating func pairTransactionRecord(_ record: NEMLines.Record) {
        guard case .pair(let item) = last, item < out.registerSides.count else { return }
        out.registerSides[item].details.append(
            .init("550", lines.fields(record, limit: 6).dropFirst().map { lines.text($0) }.joined(separator: ",")))
    }
}
