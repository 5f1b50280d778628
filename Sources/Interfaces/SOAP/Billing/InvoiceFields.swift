// The types of an invoice: those of its JSON (`InvoiceJSON`), member by member. A member that a later version of the JSON adds is not
// said here: it belongs into a later version of this namespace; `added` lists those of the second.
extension BillingService {
    private static let period = SOAPField(
        "period",
        .complex(
            SOAPComplexType(
                "Period", documentation: "Half open: `to` is the first day that no longer belongs to it.",
                [SOAPField("from", .date), SOAPField("to", .date, .optional)])), .optional)

    private static let label = SOAPField(
        "label",
        .complex(
            SOAPComplexType(
                "Label", documentation: "In both languages.", [SOAPField("de", .string, .optional), SOAPField("en", .string, .optional)])),
        .optional)

    private static let measure = SOAPType.complex(
        SOAPComplexType(
            "Measure", documentation: "A quantity.", [SOAPField("value", .decimal), SOAPField("unit", .string)]))

    private static func texts(_ names: String...) -> [SOAPField] { names.map { SOAPField($0, .string, .optional) } }
    private static func amounts(_ names: String...) -> [SOAPField] { names.map { SOAPField($0, .decimal, .optional) } }

    private static let recipient = SOAPComplexType(
        "Recipient", documentation: "Who is billed.", texts("partner", "name", "street", "postcode", "city", "vatId"))

    private static let supplier = SOAPComplexType("Supplier", documentation: "Who bills.", texts("name", "vatId", "iban"))

    private static func line(_ version: Version) -> SOAPComplexType {
        SOAPComplexType(
            "InvoiceLine", documentation: "A line with the formula its amount comes from.",
            [SOAPField("position", .integer, .optional), SOAPField("component", .string, .optional), label]
                + texts("service") + [period] + amounts("quantity") + texts("unit") + amounts("price")
                + texts("priceUnit", "share", "formula") + [SOAPField("amount", .decimal)]
                + [
                    SOAPField("taxRate", .string, .optional, "Percent; absent outside of tax.")
                ] + version.added(SOAPField("taxExemption", .string, .optional, "Why no tax is charged.")) + [
                    SOAPField("tariff", .complex(tariff), .optional)
                ]
                + texts("division") + [SOAPField("meters", .list(of: "value", .string), .optional, "Serials.")])
    }

    private static let tariff = SOAPComplexType(
        "TariffVersion", documentation: "The published file a price comes from.", texts("key", "version", "hash"))

    private static let reading = SOAPType.complex(
        SOAPComplexType(
            "InvoiceReading", documentation: "A reading as the bill used it.",
            [SOAPField("at", .dateTime, .optional)] + amounts("value") + texts("unit", "status", "method")
                + [SOAPField("version", .integer, .optional)] + texts("origin")))

    private static let meter = SOAPComplexType(
        "MeterRow", documentation: "What a register counted in the period.",
        texts("meter", "obis") + [period, SOAPField("begin", reading, .optional), SOAPField("end", reading, .optional)]
            + texts("factor") + amounts("quantity") + texts("unit", "division"))

    private static func breakdown(_ version: Version) -> SOAPComplexType {
        SOAPComplexType(
            "BreakdownRow", documentation: "What a line contains of taxes and levies.",
            texts("series") + [label, period] + amounts("quantity") + texts("unit")
                + version.added(
                    SOAPField("factor", .decimal, .optional, "What a unit emits."), SOAPField("factorUnit", .string, .optional),
                    SOAPField("emission", .decimal, .optional), SOAPField("emissionUnit", .string, .optional))
                + amounts("price") + texts("priceUnit") + amounts("amount"))
    }

    private static let totals = SOAPComplexType(
        "Totals", documentation: "Sums, with the tax once for each rate.",
        amounts("net", "tax", "gross") + [
            SOAPField(
                "byRate",
                .complex(
                    SOAPComplexType(
                        "RateTotal", documentation: "Net and tax of one rate.", texts("taxRate") + amounts("net", "tax"))), .many)
        ])

    private static let instalment = SOAPComplexType(
        "PaidInstalment", documentation: "An instalment that is set off.",
        [SOAPField("paidOn", .date, .optional)] + amounts("gross", "tax"))

    private static let previous = SOAPComplexType(
        "PreviousPeriod", documentation: "The bill before, to compare.",
        [period, SOAPField("consumption", measure, .optional)] + amounts("gross"))

    private static let supply = SOAPComplexType(
        "Supply", documentation: "A contract on the invoice, or a stretch of one; `lines` are the positions that charge it.",
        texts("contract", "commodity", "tariff", "meteringPoint")
            + [SOAPField("place", .list(of: "value", .string), .optional), period, SOAPField("consumption", measure, .optional)]
            + [
                SOAPField("previous", .complex(previous), .optional), SOAPField("lines", .list(of: "value", .integer), .optional),
                SOAPField("net", .decimal, .optional),
            ])

    private static let plan = SOAPComplexType(
        "InstalmentPlan", documentation: "What is to be paid in advance from now on, and the bill it follows from.",
        texts("contract") + amounts("yearly", "basisGross") + [
            SOAPField("basisDays", .integer, .optional),
            SOAPField(
                "instalments",
                .complex(
                    SOAPComplexType(
                        "PlannedInstalment", documentation: "A day and an amount.",
                        [SOAPField("due", .date)] + amounts("gross", "tax"))), .many),
        ])

    private static let settled = SOAPComplexType(
        "SettledClaim",
        documentation: "What had been paid of the claim or set off against it, and what the account came to (negative: a credit).",
        amounts("paid", "accountBalance"))

    private static let setOff = SOAPComplexType(
        "SetOffClaim", documentation: "An older claim: the number of its document, how much of it, and what is left of it.",
        [SOAPField("document", .string)] + amounts("amount", "left"))

    static func invoiceFields(_ version: Version) -> [SOAPField] {
        firstInvoiceFields(version)
            + version.added(
                corrects, SOAPField("supplies", .complex(supply), .many, "Where it is of more than one contract or stretch."),
                SOAPField("instalmentPlans", .complex(plan), .many),
                SOAPField("replaces", .string, .optional, "The invoice that was taken back to be written anew as this one."),
                SOAPField("selfBilled", .boolean, .optional, "A Gutschrift: the customer supplies; what we owe is negative."),
                SOAPField("accountCredit", .decimal, .optional, "What stood on the account and pays a part of it."),
                SOAPField("payable", .decimal, .optional, "What the paper asks for (BT-115), where that is not `due`."),
                SOAPField("settled", .complex(settled), .optional, "Of a Storno."),
                SOAPField(
                    "setOff", .complex(setOff), .many, "Of a correction that gives money back: what of it pays older claims at once."),
                SOAPField("reopened", .complex(setOff), .many, "Of the Storno of such a credit: the claims that are open again."),
                SOAPField("payOutBy", .date, .optional, "By when a credit is paid out."))
    }

    private static func firstInvoiceFields(_ version: Version) -> [SOAPField] {
        [
            SOAPField("state", .string), SOAPField("cancelledBy", .string, .optional), SOAPField("number", .string),
            SOAPField("type", .string, .once, "invoice, correction or cancellation."), SOAPField("cancels", .string, .optional),
            SOAPField("issuedOn", .date), SOAPField("dueOn", .date, .optional), SOAPField("kind", .string, .optional), period,
        ]
            + texts("account", "contract", "contractKey", "commodity", "tariff", "meteringPoint")
            + [
                SOAPField("place", .list(of: "value", .string), .optional, "Lines of the address where it was used."),
                SOAPField("recipient", .complex(recipient), .optional), SOAPField("supplier", .complex(supplier), .optional),
                SOAPField("consumption", measure, .optional), SOAPField("lines", .complex(line(version)), .many),
                SOAPField("meters", .complex(meter), .many), SOAPField("breakdown", .complex(breakdown(version)), .many),
                SOAPField("totals", .complex(totals), .optional), SOAPField("instalments", .complex(instalment), .many),
                SOAPField("due", .decimal, .optional, "What is to be paid; negative: what comes back."),
                SOAPField("previous", .complex(previous), .optional),
            ]
    }
}
