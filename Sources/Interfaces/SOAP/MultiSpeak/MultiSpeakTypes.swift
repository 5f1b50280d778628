// The types of `/soap/multispeak`, as far as we read and write them.
extension SOAPType {
    static let errors = SOAPType.list(of: "errorObject", .complex(MultiSpeakService.errorObject))
    static let strings = SOAPType.list(of: "string", .string)
    static let meterReadings = SOAPType.list(of: "meterReading", .complex(MultiSpeakService.meterReading))
}

extension MultiSpeakService {
    private static func attributes(_ names: String...) -> [SOAPField] { names.map { SOAPField($0, .string, .attribute) } }

    static let errorObject = SOAPComplexType(
        "errorObject", documentation: "What is wrong with one object.", attributes("objectID", "errorString", "nounType", "eventTime"))

    static let domainMember = SOAPComplexType(
        "domainMember", documentation: "A word.", [SOAPField("description", .string, .optional)] + attributes("objectID"))

    static let registrationInfo = SOAPComplexType(
        "registrationInfo", documentation: "Who wants to be called.",
        [SOAPField("registrationID", .string, .optional), SOAPField("responseURL", .string, .optional)])

    static let meterID = SOAPComplexType(
        "meterID", documentation: "The serial of the meter, as text or as meterNo.", hasText: true,
        attributes("meterNo", "serviceType", "utility"))

    static let meter = SOAPComplexType(
        "meter", documentation: "A meter and where it hangs.",
        [
            SOAPField("meterNo", .string), SOAPField("serialNumber", .string),
            SOAPField("serviceLocationID", .string, .optional, "Code of the metering point."),
            SOAPField("serviceType", .string), SOAPField("installDate", .date, .optional),
            SOAPField("removeDate", .date, .optional, "Exclusive; absent: it hangs there."),
        ] + attributes("objectID"))

    static let meterReading = SOAPComplexType(
        "meterReading", documentation: "Readings of one meter; the objectID is its serial.",
        [
            SOAPField("meterID", .complex(meterID), .optional),
            SOAPField(
                "readingValues", .list(of: "readingValue", .complex(readingValue)), .optional),
        ] + attributes("objectID", "verb", "errorString", "utility", "comments"))

    private static let readingValue = SOAPComplexType(
        "readingValue", documentation: "A value of one register or channel.",
        [
            SOAPField("units", .string, .optional, "That of the field if absent."), SOAPField("value", .decimal),
            SOAPField("fieldName", .string, .once, "posKWh, negKWh, posKVArh, negKVArh, or an OBIS code."),
            SOAPField("dateTime", .dateTime, .once, "With offset; of an interval its end."),
            SOAPField("readingStatusCode", .string, .optional, "measured if absent."),
        ])
}
