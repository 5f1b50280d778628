internal import Metering

extension ReadingBatch {
    /// How many faults are told one by one. A body of nothing but mistakes must not cost gigabytes of explanations.
    static let faultLimit = 10_000

    /// Notes a fault; beyond the limit only its values are counted, with the last one told. Its line is counted at the end,
    /// see ``tellPlaces(in:)``.
    mutating func note(
        _ list: StaticString, _ index: Int, _ member: String, _ code: ItemFault.Code, _ message: String, values: Int, at offset: Int
    ) {
        if faults.count >= ReadingBatch.faultLimit {
            faults[faults.count - 1].values += values
            return
        }
        let path = member.isEmpty ? "/\(list)/\(index)" : "/\(list)/\(index)/\(member)"
        faults.append(
            ItemFault(
                index: index, path: path, code: code, message: message, values: values,
                place: TextPlace(offset: offset, line: 0, column: 0)))
    }

    /// Says of every fault where it stands in the text. One walk over it for all of them, and none where nothing is wrong.
    mutating func tellPlaces(in bytes: [UInt8]) {
        guard !faults.isEmpty else { return }
        let lines = TextLines(bytes)
        for index in faults.indices {
            guard let offset = faults[index].place?.offset else { continue }
            let place = lines.place(of: offset)
            faults[index].place = place
            faults[index].message = "\(place): \(faults[index].message)"
        }
    }
}

/// How many slots one item may have: two thousand days of quarter hours, or most of a year of minutes by the minute.
///
/// An empty slot costs a byte or five where it is sent and nine where it is kept, so that an item without a bound could ask
/// for much more memory than its body has.
enum SlotLimit {
    static let perItem = 200_000
}

/// The sentences of the faults, in one place so that JSON, CSV and SOAP say the same.
enum FaultText {
    static let notAString = "expected a string"
    static let noDecimal = "no plain decimal: digits with a point, as a string"
    static let tooManyPlaces = "more than six decimals"
    static let noOffset = "a time needs its offset: 2026-01-01T00:00:00+01:00"
    static let badTime = "no time of RFC 3339"
    static let badObis = "no OBIS code of the form 1-0:1.8.0"
    static let badUnit = "unknown unit"
    static let badStatus = "status is measured, estimated, substituted, provisional or rejected"
    static let badResolution = "no resolution: PT15M, PT1H, P1D, P1D@06:00, or another part of the hour"
    static let badText = "empty, longer than 64 bytes, or with control characters"
    static let twice = "given twice"
    static let tooManySlots = "more than \(SlotLimit.perItem) values in one item; send it in parts"
    static let badFactor = "a factor is a positive decimal with at most six places"
    static let badAlarm = "no alarm: burst, leak, reversed, dry, tamper, battery, defect, disturbed, multiplier, outage, clock or reset"
    static let badTemperature = "no temperature in °C with at most four decimals"
    static let nothingReported =
        "a report needs an alarm, a factor, a conversion, or flowTemperature with returnTemperature and until"
    static func missing(_ member: String) -> String { "\"\(member)\" is required" }
}
