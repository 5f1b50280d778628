/// Words and types of `/soap/metering`. Element names and structure are those of the JSON: an array of objects is a repeated element named
/// like the array (`<registers>`), an array of plain values is a wrapper with one `<value>` for each (`<values>`), `xsi:nil` is null.
public enum MeteringService {
    /// Where it answers.
    public static let path = "/soap/metering"
    /// Version 1. What is published here is never changed; what was added since stands in version 2 beside it.
    public static let namespace = "urn:zaehlwerk:metering:1"

    /// What is published, each under a namespace of its own.
    public enum Version: Int, Sendable, CaseIterable {
        case first = 1
        /// What devices say beside their readings: factors, alarms, reports.
        case second

        public var path: String { self == .first ? MeteringService.path : "\(MeteringService.path)/\(rawValue)" }
        public var namespace: String { "urn:zaehlwerk:metering:\(rawValue)" }
        /// Fields that came after the first version.
        func added(_ fields: SOAPField...) -> [SOAPField] { self == .first ? [] : fields }
    }

    static let documentation = """
        Meter readings and metering points. Structure and names are those of the JSON of POST /api/v1/readings: an array of objects is a \
        repeated element named like the array, an array of values is a wrapper with one value element for each slot, xsi:nil is a gap. \
        Times carry their offset; days are local to Europe/Berlin; periods are half-open. Sign in by HTTP Bearer (API key), HTTP Basic, or \
        a WS-Security UsernameToken with PasswordText, the latter two over TLS or loopback only. SOAPAction is ignored.
        """

    static let status = SOAPType.words(SOAPWords("Status", ["measured", "estimated", "substituted", "provisional", "rejected"]))

    static func registerItem(_ version: Version) -> SOAPType {
        .complex(
            SOAPComplexType(
                "RegisterReading", documentation: "What a register showed at a moment.",
                [
                    SOAPField("meter", .string, .once, "Serial number of the meter."),
                    SOAPField("obis", .string, .once, "OBIS code of the register: 1-0:1.8.0."),
                    SOAPField("at", .dateTime, .once, "With offset."),
                    SOAPField("value", .decimal),
                    SOAPField("unit", .string),
                    SOAPField("status", status, .optional, "measured if absent."),
                ]
                    + version.added(
                        SOAPField("factor", .decimal, .optional, "By which the sender multiplies; compared with the master data."),
                        SOAPField("alarm", .string, .optional, "What the meter reports; several words if several."))))
    }

    static func intervalItem(_ version: Version) -> SOAPType {
        .complex(
            SOAPComplexType(
                "IntervalReadings", documentation: "What flowed in equal intervals from a start.",
                [
                    SOAPField("meter", .string, .once, "Serial number of the meter."),
                    SOAPField("obis", .string, .once, "OBIS code of the channel: 1-0:1.29.0."),
                    SOAPField("start", .dateTime, .once, "Begin of the first interval, with offset."),
                    SOAPField("resolution", .string, .once, "ISO 8601: PT15M, PT1H, P1D."),
                    SOAPField("unit", .string),
                    SOAPField("values", .list(of: "value", .decimal), .once, "One for each interval, xsi:nil for a gap."),
                    SOAPField("status", status, .optional, "measured if absent; of all values."),
                ]
                    + version.added(
                        SOAPField("factor", .decimal, .optional, "As of registers."),
                        SOAPField("alarm", .string, .optional, "As of registers."))))
    }

    static let reportItem = SOAPType.complex(
        SOAPComplexType(
            "DeviceReport", documentation: "What a device says beside its readings. No value; counted nowhere.",
            [
                SOAPField("meter", .string, .once, "Serial number of the meter."),
                SOAPField("at", .dateTime, .once, "With offset."),
                SOAPField("until", .dateTime, .optional, "Of what is of a time and not of a moment."),
                SOAPField("obis", .string, .optional, "The register that the factor is of."),
                SOAPField("factor", .decimal, .optional),
                SOAPField("alarm", .string, .optional, "burst, leak, reversed, dry, tamper, battery, defect, outage and so on."),
                SOAPField("conversion", .decimal, .optional, "Mean z of a volume corrector from at to until."),
                SOAPField("flowTemperature", .decimal, .optional, "Mean of a heat meter from at to until, in degrees Celsius."),
                SOAPField("returnTemperature", .decimal, .optional, "As flowTemperature."),
            ]))

    static let itemError = SOAPType.complex(
        SOAPComplexType(
            "ItemError", documentation: "Something wrong with one item; the rest of the message was accepted.",
            [
                SOAPField("index", .integer, .once, "Position among the elements of its name, from 0."),
                SOAPField("path", .string, .once, "JSON Pointer, as in REST."),
                SOAPField("code", .string),
                SOAPField("message", .string),
            ]))

    static func submitRequest(_ version: Version) -> [SOAPField] {
        [
            SOAPField("messageId", .string, .once, "Unique for the source. The same message again changes nothing."),
            SOAPField("source", .string, .once, "Who sends: the name of the gateway."),
            SOAPField("registers", registerItem(version), .many),
            SOAPField("intervals", intervalItem(version), .many),
        ] + version.added(SOAPField("reports", reportItem, .many))
    }

    static let submitResponse = [
        SOAPField("messageId", .string),
        SOAPField("accepted", .integer, .once, "accepted + duplicates + revised + rejected = values sent."),
        SOAPField("duplicates", .integer),
        SOAPField("revised", .integer),
        SOAPField("rejected", .integer),
        SOAPField("findings", .integer),
        SOAPField("errors", itemError, .many),
    ]

    static let readRequest = [
        SOAPField("meteringPoint", .string, .once, "Code of the metering point."),
        SOAPField("obis", .string, .optional, "All registers and channels if absent."),
        SOAPField("from", .string, .optional, "A day, or a moment with offset."),
        SOAPField("to", .string, .optional, "Exclusive; a day, or a moment with offset."),
        SOAPField("asOf", .dateTime, .optional, "What was known at that moment; now if absent."),
        SOAPField("cursor", .string, .optional, "The next of the page before."),
    ]

    static let readValue = SOAPType.complex(
        SOAPComplexType(
            "Value", documentation: "A value with where it came from. It has start in an interval series and at in a register series.",
            [
                SOAPField("start", .dateTime, .optional),
                SOAPField("at", .dateTime, .optional),
                SOAPField("value", .decimal),
                SOAPField("status", status),
                SOAPField("method", .string, .optional, "How it was estimated."),
                SOAPField("reason", .string, .optional, "Why it was estimated or changed."),
                SOAPField("version", .integer),
                SOAPField("knownSince", .dateTime),
            ]))

    static let readResponse = [
        SOAPField("meteringPoint", .string),
        SOAPField(
            "series",
            .complex(
                SOAPComplexType(
                    "Series", documentation: "The values of one register or channel in time order.",
                    [
                        SOAPField("meter", .string),
                        SOAPField("obis", .string),
                        SOAPField("unit", .string),
                        SOAPField("resolution", .string, .optional, "Absent for a register that is read."),
                        SOAPField("values", readValue, .many),
                    ])), .many),
        SOAPField("next", .string, .optional, "Cursor of the next page; absent on the last."),
    ]
}
