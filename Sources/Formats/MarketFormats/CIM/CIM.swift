internal import Metering
internal import Values

/// MeterReadings of IEC 61968-9 in the message of IEC 61968-100, or the payload alone.
///
/// The time stamp of an interval reading is its **end**, as the standard wants it. Delta data (accumulation 4) are slots, what a
/// register shows (1, 3, 9) are register readings, wherever they stand.
public enum CIM {
    /// - Throws: `MarketFormatError` if this is no readable XML, another noun, a verb that carries no readings, or holds none.
    public static func parse(_ bytes: [UInt8], origin: MarketOrigin) throws(MarketFormatError) -> MarketMessage {
        let reader = CIMReader(LineStarts(bytes), origin: origin)
        try XMLPrologue.read(bytes, reader)
        return try reader.finished()
    }

    /// What an EndDeviceEventType `type.domain.subdomain.action` means, by its domain: 2 battery, 12 security, 26 power, 36 clock
    /// (IEC 61968-9 annex E; confirm against the standard). nil for events without a meaning here.
    static func alarm(ofEvent reference: some StringProtocol) -> DeviceAlarm? {
        let fields = reference.split(separator: ".")
        guard fields.count == 4 else { return nil }
        return switch fields[1] {
        case "2": .battery
        case "12": .tamper
        case "26": .outage
        case "36": .clock
        default: nil
        }
    }

    enum Verb { case readings, withdrawal, other }
    static func verb(_ text: String) -> Verb {
        switch text.lowercased() {
        case "", "created", "create", "changed", "change", "reply": .readings
        case "canceled", "cancelled", "cancel", "deleted", "delete": .withdrawal
        default: .other
        }
    }
}

/// What one MeterReading holds until its Meter is known, which comes last.
struct CIMMeterReading {
    struct Value {
        var at: Instant?
        /// 10^-6 of the unit with its multiplier as sent; nil for a gap.
        var value: Int64?
        var qualities: Int32 = 0
        /// Where the element begins, and what is wrong in it.
        var offset: Int32 = 0
        var flawOffset: Int32?
        var problem: Problem?
    }
    enum Problem: Hashable {
        case time(Instant.Problem)
        case number(DecimalField.Problem)
    }
    /// Values of one ReadingType: an IntervalBlock, or one of Readings.
    struct Group {
        var type = ""
        var offset: Int?
        var values: [Value] = []
    }
    var groups: [Group] = []
    /// What the device reported.
    var events: [(alarm: DeviceAlarm, at: Instant)] = []
    var meter = ""
    var meterId = ""
    var point = ""
    var pointId = ""
    var offset: Int?
}
