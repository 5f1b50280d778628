internal import Metering
internal import Values

/// What metering points, partners and reports look like.
extension Schemas {
    static let meteringPoint = Schema.object([
        .required("code", .text), .required("commodity", commodity), .required("state", .nullable(.text), "federal state"),
        .required(
            "address",
            .object([
                .required("street", .nullable(.text)), .required("house", .nullable(.text)), .required("postcode", .nullable(.text)),
                .required("city", .nullable(.text)),
            ])),
        .optional("coordinates", .object([.required("lat", .decimal), .required("lon", .decimal)])),
        .optional("capacity", .object([.required("value", .decimal), .required("unit", unit)])),
        .required(
            "meters",
            .array(
                .object([
                    .required("serial", .text), .required("from", .day), .required("until", .nullable(.day), "exclusive"),
                    .required(
                        "registers",
                        .array(
                            .object([
                                .required("obis", .text), .required("unit", unit),
                                .required("resolution", .nullable(.text), "of a channel; null: it is read"),
                                .required("digits", .nullable(.integer)), .required("decimals", .nullable(.integer)),
                                .required("factor", .decimal, "of today, or of the last day on which it hung there"),
                                .required(
                                    "factors", .array(.object([.required("from", .day), .required("factor", .decimal)])),
                                    "each that held while it hung there"),
                            ]))),
                ]))),
    ])

    static let contract: [Schema.Member] = [
        .required("number", .text), .required("key", .text), .required("account", .text), .required("tariff", .text),
        .required("from", .day), .required("until", .nullable(.day), "exclusive"),
        .required("cycle", .text, "annual-01 … annual-12, or monthly"), .required("meteringPoint", .text),
        .required("commodity", commodity),
        .required(
            "meters", .array(.object([.required("serial", .text), .required("from", .day), .required("until", .nullable(.day))]))),
    ]
    static let existed = Schema.Member.required("existed", .boolean, "true: it was known, nothing was changed")
    static let overview: [Schema.Member] = [
        .required("number", .nullable(.text)), .required("key", .text), .required("kind", .text), .required("name", .text),
        .required("address", .nullable(.text)), .required("born", .nullable(.day)), .required("email", .nullable(.text)),
        .required("phone", .nullable(.text)),
        .required(
            "accounts",
            .array(
                .object([
                    .required("number", .text), .required("key", .text), .required("iban", .nullable(.text), "masked"),
                    .optional("balance", .decimal, "for who may read accounts"), .optional("due", .decimal),
                ]))),
        .required("contracts", .array(.object(contract))), .required("updatedAt", .instant), .required("updatedBy", .text),
    ]

    static let trialBalanceRow = Schema.object([
        .required("ledger", .text), .required("name", .text), .required("opening", .decimal), .required("debit", .decimal),
        .required("credit", .decimal), .required("closing", .decimal),
    ])
    static let agingRow = Schema.object([.required("bucket", .text, "days overdue, or credits"), .required("amount", .decimal)])
    static let journalRow = Schema.object([
        .required("entry", .text), .required("bookingDate", .day), .required("valueDate", .day), .required("recordedAt", .instant),
        .required("kind", .text), .required("document", .nullable(.text)), .required("text", .text), .required("ledger", .text),
        .required("debit", .nullable(.decimal)), .required("credit", .nullable(.decimal)), .required("tax", .nullable(.text)),
        .required("author", .text),
    ])
    static let fault = Schema.object([
        .required("index", .integer, "position in its array"), .required("path", .text, "JSON Pointer"),
        .required("code", .words(ItemFault.Code.allCases.map(\.rawValue))),
        .required("message", .text, "begins with the place: line, column and byte, of the unpacked text where it came compressed"),
    ])
}
