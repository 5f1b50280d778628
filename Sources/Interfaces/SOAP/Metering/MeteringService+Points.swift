extension MeteringService {
    private static let address = SOAPType.complex(
        SOAPComplexType(
            "Address", documentation: "Where it is.",
            ["street", "house", "postcode", "city"].map { SOAPField($0, .string, .optional) }))

    private static let registerFields = [
        SOAPField("obis", .string),
        SOAPField("unit", .string),
        SOAPField("resolution", .string, .optional, "ISO 8601; absent for a register that is read."),
        SOAPField("digits", .integer, .optional, "Digits before the point; absent: no digit check."),
        SOAPField("decimals", .integer, .optional, "Digits after the point; 3 if absent."),
        SOAPField("factor", .decimal, .optional, "Transformer and pulse factor; 1 if absent. In answers the one of today."),
    ]

    private static let register = SOAPType.complex(
        SOAPComplexType(
            "Register", documentation: "A counter of a meter; with a resolution it is a channel that delivers intervals.", registerFields))

    private static let knownRegister = SOAPType.complex(
        SOAPComplexType(
            "KnownRegister", documentation: "A counter of a meter with what became of its factor.",
            registerFields + [
                SOAPField(
                    "factors",
                    .complex(
                        SOAPComplexType(
                            "DatedFactor", documentation: "A factor and the first day on which it holds.",
                            [SOAPField("from", .date), SOAPField("factor", .decimal)])), .many, "Each that held while the meter hung there."
                )
            ]))

    /// What became of a factor came after the first version.
    private static func meter(_ version: Version) -> SOAPType {
        SOAPType.complex(
            SOAPComplexType(
                "Meter", documentation: "A device and when it hung there.",
                [
                    SOAPField("serial", .string),
                    SOAPField("from", .date),
                    SOAPField("until", .date, .optional, "Exclusive; absent: still there."),
                    SOAPField("registers", version == .first ? register : knownRegister, .many),
                ]))
    }

    static let pointRequest = [SOAPField("meteringPoint", .string, .once, "Code of the metering point.")]

    static func pointResponse(_ version: Version) -> [SOAPField] {
        place + [SOAPField("meters", meter(version), .many, "In order of installation.")]
    }

    private static let place = [
        SOAPField("code", .string),
        SOAPField("commodity", .string),
        SOAPField("state", .string, .optional, "Federal state, for its holidays."),
        SOAPField("address", address, .optional),
        SOAPField(
            "coordinates",
            .complex(
                SOAPComplexType(
                    "Coordinates", documentation: "Degrees.", [SOAPField("lat", .decimal), SOAPField("lon", .decimal)])), .optional),
        SOAPField(
            "capacity",
            .complex(
                SOAPComplexType(
                    "Capacity", documentation: "The most that can flow.", [SOAPField("value", .decimal), SOAPField("unit", .string)])),
            .optional),
    ]

    private static let exchangeReading = SOAPType.complex(
        SOAPComplexType(
            "ExchangeReading", documentation: "What a register showed at the exchange, in its unit.",
            [SOAPField("obis", .string), SOAPField("value", .decimal)]))

    static let exchangeRequest = [
        SOAPField("meteringPoint", .string, .once, "Code of the metering point."),
        SOAPField("day", .date, .once, "First day of the new meter; both readings are of its first moment."),
        SOAPField(
            "oldMeter",
            .complex(
                SOAPComplexType(
                    "RemovedMeter", documentation: "The meter that goes, with the reading of each of its registers.",
                    [SOAPField("serial", .string), SOAPField("readings", exchangeReading, .many)]))),
        SOAPField(
            "newMeter",
            .complex(
                SOAPComplexType(
                    "InstalledMeter", documentation: "The meter that comes, with the reading of each of its registers.",
                    [
                        SOAPField("serial", .string),
                        SOAPField("registers", register, .many, "Those of the old meter if absent."),
                        SOAPField("readings", exchangeReading, .many),
                    ]))),
    ]

    static let exchangeResponse = submitResponse
}
