internal import JSON
internal import Metering
internal import Values

/// What devices say beside their readings: `reports`, a list of its own in the message.
extension JSONReadingParser {
    /// One report while it is read.
    private struct Report {
        var meter: Int32?
        var at: Instant?
        var until: Instant?
        var obis: ObisCode?
        var alarms: [DeviceAlarm] = []
        var factor: Ratio?
        var conversion: Ratio?
        var flow: Int32?
        var back: Int32?
        var flaw: (member: String, code: ItemFault.Code, message: String, offset: Int)?
        /// The first byte of the value that is looked at.
        var place = 0

        mutating func spoil(_ member: String, _ code: ItemFault.Code, _ message: String) {
            if flaw == nil { flaw = (member, code, message, place) }
        }

        var contents: [DeviceReport.Content] {
            var contents: [DeviceReport.Content] = alarms.map { .alarm($0) }
            if let factor { contents.append(.factor(obis, factor)) }
            if let conversion, until != nil { contents.append(.conversion(conversion)) }
            if let flow, let back, until != nil { contents.append(.temperatures(flow: flow, back: back)) }
            return contents
        }
    }

    /// `{"meter", "at", "until", "alarm" | "factor" (of "obis") | "conversion" | "flowTemperature" and "returnTemperature"}`.
    /// A report is no value: a wrong one is named and counts nowhere.
    mutating func report(_ index: Int) throws(JSONError) {
        guard scanner.peekKind() == .object else {
            let place = try scanner.skipValue()
            return batch.note("reports", index, "", .badMember, "expected an object", values: 0, at: place)
        }
        let begin = scanner.position
        var report = Report()
        try scanner.openObject()
        while let key = try scanner.nextKey() {
            let name = scanner.text(key)
            let kind = scanner.peekKind()
            report.place = scanner.position
            switch kind {
            case .string: take(try scanner.readString(), as: name, into: &report)
            case .null: _ = try scanner.readNull()
            default:
                try scanner.skipValue()
                report.spoil(name.count > 32 ? "" : name, .badMember, FaultText.notAString)
            }
        }
        report.place = begin
        if report.meter == nil { report.spoil("meter", .missingMember, FaultText.missing("meter")) }
        if report.at == nil { report.spoil("at", .missingMember, FaultText.missing("at")) }
        if report.contents.isEmpty { report.spoil("", .missingMember, FaultText.nothingReported) }
        if let flaw = report.flaw {
            return batch.note("reports", index, flaw.member, flaw.code, flaw.message, values: 0, at: flaw.offset)
        }
        guard let meter = report.meter, let at = report.at else { return }
        for content in report.contents {
            batch.reports.append(
                DeviceReport(index: Int32(clamping: index), meter: meter, at: at, until: report.until, content: content))
        }
    }

    private mutating func take(_ slice: JSONSlice, as name: String, into report: inout Report) {
        switch name {
        case "meter":
            report.meter = meter(slice)
            if report.meter == nil { report.spoil(name, .badMember, FaultText.badText) }
        case "obis":
            report.obis = code(slice)
            if report.obis == nil { report.spoil(name, .badMember, FaultText.badObis) }
        case "at", "until":
            do throws(Instant.Problem) {
                let instant = try instant(slice)
                if name == "at" { report.at = instant } else { report.until = instant }
            } catch {
                report.spoil(name, error == .noOffset ? .noOffset : .badTime, error == .noOffset ? FaultText.noOffset : FaultText.badTime)
            }
        case "alarm":
            report.alarms = DeviceAlarm.named(scanner.text(slice))
            if report.alarms.isEmpty { report.spoil(name, .badMember, FaultText.badAlarm) }
        case "factor", "conversion":
            guard let value = try? decimal(slice), value > 0 else { return report.spoil(name, .badNumber, FaultText.badFactor) }
            if name == "factor" { report.factor = Ratio(millionths: value) } else { report.conversion = Ratio(millionths: value) }
        case "flowTemperature", "returnTemperature":
            guard let value = DecimalText.parse(scanner.text(slice), scale: 4), (-2_731_500...10_000_000).contains(value) else {
                return report.spoil(name, .badNumber, FaultText.badTemperature)
            }
            if name == "flowTemperature" { report.flow = Int32(value) } else { report.back = Int32(value) }
        default: break
        }
    }
}
