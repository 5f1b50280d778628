/// The sentences of the faults, in one place so that JSON, CSV and SOAP say the same.
public enum FaultText {
    public static let notAString = "expected a string"
    public static let noDecimal = "no plain decimal: digits with a point"
    public static let tooManyPlaces = "more than six decimals"
    public static let noOffset = "a time needs its offset: 2026-01-01T00:00:00+01:00"
    public static let badTime = "no time of RFC 3339"
    public static let badObis = "no OBIS code of the form 1-0:1.8.0"
    public static let badUnit = "unknown unit"
    public static let badStatus = "status is measured, estimated, substituted, provisional or rejected"
    public static let badResolution = "no resolution: PT15M, PT1H, P1D, P1D@06:00, or another part of the hour"
    public static let badText = "empty, longer than 64 bytes, or with control characters"
    public static let twice = "given twice"
    public static let tooManySlots = "more than \(SlotLimit.perItem) values in one item; send it in parts"
    public static let badFactor = "a factor is a positive decimal with at most six places"
    public static let badAlarm =
        "no alarm: burst, leak, reversed, dry, tamper, battery, defect, disturbed, multiplier, outage, clock or reset"
    public static let badTemperature = "no temperature in °C with at most four decimals"
    public static let nothingReported =
        "a report needs an alarm, a factor, a conversion, or flowTemperature with returnTemperature and until"
    public static func missing(_ member: String) -> String { "\"\(member)\" is required" }
}
