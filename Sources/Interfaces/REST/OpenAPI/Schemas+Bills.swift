internal import Billing
internal import Values

/// What a bill looks like, from the first line to the charts, and how it explains itself.
extension Schemas {
    private static let period = Schema.object([.required("from", .day), .required("to", .nullable(.day), "exclusive")])
    private static let measure = Schema.object([.required("value", .decimal), .required("unit", .text)])
    private static let label = Schema.object([.required("de", .text), .required("en", .text)])
    private static let reading = Schema.object([
        .required("at", .instant), .required("value", .decimal), .required("unit", .text), .required("status", .text),
        .required("method", .integer, "how it came about, by its number; 0 as measured"),
        .required("version", .nullable(.integer), "null: worked out for the bill"),
        .required("origin", .text, "how it came to be at the boundary: read, interpolated, estimated"),
    ])
    /// What a stored value says of itself, in words.
    private static let provenance: [Schema.Member] = [
        .required("version", .nullable(.integer), "of the stored value; null: there is none"), .required("status", .text),
        .required("method", .nullable(.text), "the estimation method, or the code a sender gave for it; null: as measured"),
        .optional("reason", .text, "why it is not as measured"),
    ]
    private static let explainedReading = Schema.object([
        .required("at", .instant), .required("value", .decimal), .required("unit", .text), .required("status", .text),
        .required("method", .nullable(.text), "how it came about; null: as measured. Of an end that was worked out, the word of `origin`"),
        .required("version", .nullable(.integer), "of the stored reading; null: worked out for the bill"),
        .required("origin", .text, "measured, estimated; or worked out by intervals, profile, day-linear"),
        .optional(
            "between", .array(.object([.required("at", .instant), .required("value", .decimal)] + provenance)),
            "of an end that was worked out: the readings on both sides, or those it was carried on from; absent on bills from before this was kept"
        ),
    ])
    private static let runs: [Schema.Member] = [
        .optional(
            "runs",
            .array(
                .object(
                    [.required("from", .instant), .required("to", .instant, "exclusive")] + provenance + [.required("count", .integer)])),
            "slots in a row that came about alike; absent on bills from before versions were kept"),
        .optional("runsLeftOut", .integer, "runs beyond the first 5000"),
    ]
    private static let slots = Schema.object(
        [
            .required("begin", .instant), .required("end", .instant),
            .required("seconds", .integer, "of a slot; 86400 where it is a day, however long"), .required("count", .integer),
            .required("statuses", .array(.object([.required("status", .text), .required("count", .integer)]))),
        ] + runs)
    private static let zone = Schema.object([
        .required("name", .text), .required("otherwise", .boolean, "it holds whenever none of the windows does"),
        .required(
            "windows",
            .array(
                .object([
                    .required("zone", .text),
                    .required("days", .array(.words(["mon", "tue", "wed", "thu", "fri", "sat", "sun", "holiday"]))),
                    .required("from", .text, "of the wall clock, 07:00"), .required("until", .text, "exclusive; 24:00 is the day's end"),
                    .optional("season", .text), .optional("seasonFrom", .text, "month-day"), .optional("seasonUntil", .text, "exclusive"),
                ]))),
        .required("holidays", .nullable(.text), "of which state; DE: those of the whole country; null: none"),
        .required("holidaysAsSundays", .boolean), .required("text", .text, "in English"), .required("text.de", .text),
    ])
    private static let spot = Schema.object([
        .required("series", .text), .required("source", .text), .required("from", .instant),
        .required("to", .nullable(.instant), "exclusive"),
        .required("count", .integer, "slots of the line, each at its own price"),
        .required("seconds", .nullable(.integer), "of a slot; null where they differ"), .required("unit", .text),
        .required("lowest", .nullable(.decimal)), .required("highest", .nullable(.decimal)),
        .required("cap", .nullable(.decimal), "the most that a price counts with, before the markup"),
        .required("floor", .nullable(.decimal)),
        .required("files", .array(.object([.required("file", .text), .required("hash", .text)])), "of these prices, with their SHA-256"),
    ])
    private static let namedSeries = Schema.array(
        .object([
            .required("index", .nullable(.text), "its name in the formula; null: it is the price"), .required("key", .text),
            .required("unit", .nullable(.text)), .required("file", .text), .required("hash", .nullable(.text), "SHA-256 of the file"),
            .optional("value", .decimal, "on the first day of the line"), .optional("source", .text),
        ]))
    private static let taxMembers: [Schema.Member] = [
        .required("taxRate", .nullable(.decimal), "percent; null outside of tax"), .optional("taxExemption", .text),
    ]
    private static let setOff = Schema.array(
        .object([
            .required("document", .text, "number of the claim"), .required("amount", .decimal),
            .required("left", .decimal, "of the claim, then"),
        ]))
    private static let previous = Schema.nullable(
        .object([
            .required("period", period), .required("consumption", .nullable(measure)), .required("gross", .decimal),
            .optional(
                "sameDays",
                .object([
                    .required("period", period), .required("consumption", measure),
                    .required(
                        "basis", .text,
                        "values: from readings or intervals; divided: readings divided by the season; profile: the bill of then by the season; days: by days"
                    ),
                ]), "what the days of this bill used one year before, where the bill of then is over others"),
        ]))
    private static let tariff: [Schema.Member] = [
        .required("version", .day), .required("hash", .text, "SHA-256 of the published file"),
    ]
    private static let breakdown = Schema.array(
        .object([
            .required("series", .text), .required("label", label), .required("period", period), .required("quantity", .nullable(.decimal)),
            .required("unit", .nullable(.text)), .optional("factor", .decimal), .optional("factorUnit", .text),
            .optional("emission", .decimal), .optional("emissionUnit", .text), .optional("price", .decimal), .optional("priceUnit", .text),
            .optional("amount", .decimal),
        ]))
    private static let line = Schema.object(
        [
            .required("position", .integer), .required("component", .text), .required("label", label), .required("service", .text),
            .required("period", period), .required("quantity", .nullable(.decimal)), .required("unit", .nullable(.text)),
            .required("price", .nullable(.decimal)), .required("priceUnit", .nullable(.text)), .required("share", .nullable(.text)),
            .required("formula", .text), .required("amount", .decimal, "net"),
        ] + taxMembers + [
            .required("tariff", .object([.required("key", .text)] + tariff)),
            .required("division", .nullable(.text), "how the quantity was divided"), .required("meters", .array(.text)),
        ])
    private static let text = Schema.object([
        .required("title", .text), .required("due", .text),
        .required("statements", .array(.object([.required("title", .text), .required("paragraphs", .array(.text))]))),
        .required(
            "comparisons",
            .array(
                .object([
                    .required("title", .text), .required("sentence", .text),
                    .required("bars", .array(.object([.required("label", .text), .required("value", .decimal)]))),
                ]))),
    ])

    /// `GET /invoices/{number}`.
    static let invoice = Schema.object(
        [
            .required("state", .words(["issued", "cancelled"])), .required("cancelledBy", .nullable(.text)), .required("number", .text),
            .required("issuedOn", .day), .required("dueOn", .day),
        ] + bill + [
            .required("text.de", text, "what the law wants said and what the charts show, in German"), .required("text.en", text),
        ])

    /// A bill before it has a number and a day.
    static let invoiceDraft = Schema.object(bill)

    private static let bill: [Schema.Member] = [
        .required("type", .words(["invoice", "correction", "cancellation"])), .required("cancels", .nullable(.text)),
        .optional("corrects", .text), .optional("replaces", .text, "the bill that was taken back to be written anew as this one"),
        .optional("selfBilled", .boolean, "a Gutschrift: the customer supplies; amounts are what the customer owes, so negative"),
        .required("kind", .text),
        .required("period", period), .required("account", .text), .required("contract", .text), .required("contractKey", .text),
        .required("commodity", commodity), .required("tariff", .text), .required("meteringPoint", .text), .required("place", .array(.text)),
        .required(
            "recipient",
            .object([
                .required("partner", .text), .required("name", .text), .required("street", .text), .required("postcode", .text),
                .required("city", .text), .required("vatId", .nullable(.text)),
            ])),
        .required("supplier", .object([.required("name", .text), .required("vatId", .text), .required("iban", .text)])),
        .required("consumption", .nullable(measure)), .required("lines", .array(line)),
        .required(
            "meters",
            .array(
                .object([
                    .required("meter", .text), .required("obis", .text), .required("period", period),
                    .required("begin", .nullable(reading)),
                    .required("end", .nullable(reading)), .required("factor", .decimal), .required("quantity", .decimal),
                    .required("unit", .text), .required("division", .text),
                ]))),
        .required("breakdown", breakdown, "levies and emissions contained in the price"),
        .required(
            "totals",
            .object([
                .required("net", .decimal), .required("tax", .decimal), .required("gross", .decimal),
                .required("byRate", .array(.object(taxMembers + [.required("net", .decimal), .required("tax", .decimal)]))),
            ])),
        .required(
            "instalments", .array(.object([.required("paidOn", .day), .required("gross", .decimal), .required("tax", .decimal)])),
            "set off, as paid"),
        .required("due", .decimal, "gross less instalments: what is booked on the account"),
        .optional("accountCredit", .decimal, "what stood on the account at issue and pays the bill or a part of it"),
        .optional(
            "payable", .decimal,
            "what the paper asks for (BT-115) and `amountDue` of the lists: due less accountCredit; of a Storno what is left of the claim. If missing: due"
        ),
        .optional(
            "settled", .object([.required("paid", .decimal), .required("accountBalance", .decimal)]),
            "of a Storno: what had been paid of the claim or set off against it, and what the account came to (negative: a credit)"),
        .optional("setOff", setOff, "of a correction that gives money back: what of it pays older claims at once"),
        .optional("reopened", setOff, "of the Storno of such a credit: the claims that are open again, each under its own number"),
        .optional("payOutBy", .day, "by when a credit is paid out"), .required("previous", previous),
        .optional(
            "supplies",
            .array(
                .object([
                    .required("contract", .text), .required("commodity", commodity), .required("tariff", .text),
                    .required("meteringPoint", .text), .required("place", .array(.text)), .required("period", period),
                    .required("consumption", .nullable(measure)), .required("previous", previous), .required("lines", .array(.integer)),
                    .required("net", .decimal),
                ])), "the contracts on one paper, or the stretches of one contract"),
        .optional(
            "instalmentPlans",
            .array(
                .object([
                    .required("contract", .text), .required("yearly", .decimal), .optional("basisGross", .decimal),
                    .optional("basisDays", .integer),
                    .required(
                        "instalments", .array(.object([.required("due", .day), .required("gross", .decimal), .required("tax", .decimal)]))),
                ]))),
    ]

    /// `GET /invoices/{number}/explanation`.
    static let explanation = Schema.object([
        .required("number", .text), .required("period", period),
        .required(
            "lines",
            .array(
                .object([
                    .required("position", .integer), .required("component", .text), .required("period", period),
                    .required("formula", .text, "what is taken back has its sign; plain decimals, English units"),
                    .required("formula.de", .text, "as a German paper writes it"),
                    .required("amount", .decimal), .required("notes", .array(.text), "in English"),
                    .required("notes.de", .array(.text)),
                    .optional(
                        "indices",
                        .array(
                            .object([
                                .required("name", .text), .required("kind", .text), .required("base", .decimal),
                                .required("value", .decimal, "the rounded mean of the months"),
                                .required("months", .array(.object([.required("month", .day), .required("value", .decimal)]))),
                            ])), "what a price clause was computed from"),
                    .optional(
                        "areas", .array(.object([.required("area", .decimal), .required("factor", .decimal)])),
                        "m² and runoff coefficients that a rain water charge is for"),
                    .required("tariff", .object([.required("path", .text)] + tariff)),
                    .optional("zone", zone, "of a line that charges a zone of the tariff's calendar by intervals: when it holds"),
                    .optional("spot", spot, "of a line at market prices"),
                    .optional("series", namedSeries, "dated series that the price was read from or follows"),
                    .optional("slotTable", .text, "where its slots can be had with their prices (CSV), relative to this document"),
                    .required(
                        "rounding",
                        .object([.required("quantityPlaces", .integer), .required("amountPlaces", .integer), .required("mode", .text)])),
                    .optional(
                        "utilisation",
                        .object([
                            .required("hours", .nullable(.decimal), "of a year"), .required("agreed", .boolean),
                            .optional("energy", .decimal, "kWh"), .optional("peak", .decimal, "kW"), .optional("period", period),
                        ]), "hours of use, where they choose the price"),
                    .optional(
                        "peak", .object([.required("begin", .instant), .required("end", .instant)] + runs),
                        "of a line that charges the highest load: when it was, and what its values say of themselves"),
                    .required("division", .nullable(.text)),
                    .required("divisionText", .nullable(.text), "in English"), .required("divisionText.de", .nullable(.text)),
                    .required(
                        "parts",
                        .array(
                            .object([
                                .optional("deducted", .boolean, "of a deduction meter: left out of the quantity"),
                                .required("meter", .text), .required("obis", .text, "the series the values were taken from"),
                                .optional("register", .text, "which that series stands for, where it is a channel"),
                                .required("period", period),
                                .required("begin", .nullable(explainedReading)), .required("end", .nullable(explainedReading)),
                                .required("factor", .decimal),
                                .required("rollovers", .integer), .required("quantity", .decimal), .required("unit", .text),
                                .required("division", .text), .required("divisionText", .text),
                                .required("divisionText.de", .text),
                                .optional(
                                    "intervals",
                                    .array(
                                        .object([
                                            .required("at", .instant), .required("since", .instant), .required("until", .instant),
                                            .required("part", .decimal), .required("whole", .decimal),
                                            .optional("obis", .text, "the channel; absent on bills from before it was kept"),
                                            .optional(
                                                "counted", .text, "which of its slots the register counts; absent: all, or not known"),
                                            .optional("counted.de", .text),
                                            .optional("slots", slots, "of the days between the two readings, whole days"),
                                        ])),
                                    "of each end that intervals tell: their sum from the reading before up to it, and up to the reading after"
                                ),
                                .optional(
                                    "slots",
                                    slots, "where the quantity is the sum of intervals: there are no readings at its ends"),
                                .optional(
                                    "profile",
                                    .object([
                                        .required("name", .text), .required("between", period), .required("advance", .decimal),
                                        .required("part", .integer), .required("whole", .integer),
                                        .required("percent", .decimal),
                                    ]), "advance × part ÷ whole: weights of these days and of those between two readings"),
                                .optional(
                                    "conversion",
                                    .object([
                                        .required("conversionFactor", .decimal), .required("calorificValue", .decimal),
                                        .required("formula", .text),
                                    ]), "m³ to kWh (G 685)"), .required("billed", .decimal, "as counted"),
                                .optional("charged", .decimal, "in the places of the line: all parts add up to its quantity"),
                            ]))),
                ]))),
        .required("taxes", .array(.object(taxMembers + [.required("formula", .text), .required("amount", .decimal)]))),
        .required("breakdown", breakdown, "of a Storno with the other sign"),
    ])
}
