internal import BillingOperations
internal import Metering
internal import VEE
internal import Values

/// The named shapes of the OpenAPI document.
enum Schemas {
    struct Named: Sendable {
        let name: String
        let schema: Schema
    }

    static let all: [Named] = [
        Named(name: "Problem", schema: problem), Named(name: "Readings", schema: readings), Named(name: "Receipt", schema: receipt),
        Named(name: "ReadingSeries", schema: readingSeries), Named(name: "MasterData", schema: masterData),
        Named(name: "Finding", schema: finding), Named(name: "ValidationParameters", schema: validationParameters),
        Named(name: "Edit", schema: RESTInterface.editSchema), Named(name: "DeviceEvent", schema: RESTInterface.deviceEventSchema),
        Named(name: "Delivery", schema: RESTInterface.deliverySchema),
        Named(name: "BillingRun", schema: billingRun), Named(name: "InvoiceSummary", schema: invoiceSummary),
        Named(name: "HeldInvoice", schema: heldInvoice), Named(name: "HeldInvoicePreview", schema: heldInvoicePreview),
        Named(name: "NoticedBill", schema: noticedBill),
        Named(name: "BillingHold", schema: billingHold),
        Named(name: "Correction", schema: correction), Named(name: "Instalment", schema: instalment),
        Named(name: "InstalmentPlan", schema: instalmentPlan), Named(name: "Payment", schema: payment),
        Named(name: "Booking", schema: booking), Named(name: "OpenItem", schema: openItem), Named(name: "Partner", schema: partner),
        Named(name: "PartnerOverview", schema: .object(overview)), Named(name: "Contract", schema: .object(contract)),
        Named(name: "MeteringPoint", schema: meteringPoint), Named(name: "Invoice", schema: invoice),
        Named(name: "InvoiceDraft", schema: invoiceDraft),
        Named(name: "Explanation", schema: explanation), Named(name: "Fault", schema: fault),
    ]

    static let commodity = Schema.words(Commodity.allCases.map(\.rawValue))
    static let unit = Schema.words(UnitCode.allCases.map(\.rawValue))
    static let status = Schema.words(ValueStatus.allCases.filter { $0 != .absent }.map(\.word))

    static let problem = Schema.object([
        .required("type", .text), .required("title", .text), .required("status", .integer),
        .required("code", .text, "stable; for programs"),
        .optional("detail", .text), .optional("instance", .text, "the correlation id of this request"),
    ])

    private static let alarm = Schema.words(DeviceAlarm.allCases.map(\.rawValue))

    static let readings = Schema.object([
        .required("messageId", .text, "unique per source; 1 to 255 bytes without control characters"),
        .required("source", .text, "1 to 255 bytes without control characters"),
        .optional(
            "registers",
            .array(
                .object([
                    .required("meter", .text, "serial; 1 to 64 bytes"), .required("obis", .text),
                    .required("at", .instant, "at most 24 hours ahead"),
                    .required("value", .decimal, "not negative; at most six decimals, and no more digits than the register has"),
                    .required("unit", unit), .optional("status", status),
                    .optional("factor", .decimal, "by which the sender multiplies; compared with the master data"),
                    .optional("alarm", alarm, "what the meter reports; several words if several"),
                ])), "required unless intervals or reports are there"),
        .optional(
            "intervals",
            .array(
                .object([
                    .required("meter", .text), .required("obis", .text), .required("start", .instant),
                    .required("resolution", .text, "PT1M … PT1H, P1D; P1D that begins at 06:00 is a gas day, P1D@06:00 says so"),
                    .required("unit", unit),
                    .required(
                        "values", .array(.nullable(.decimal)),
                        "null is a gap; at most 200,000 in one item, each with at most six decimals, none that ends more than 24 hours ahead"
                    ),
                    .optional("status", status), .optional("factor", .decimal, "as of registers"), .optional("alarm", alarm),
                ]))),
        .optional(
            "reports",
            .array(
                .object([
                    .required("meter", .text), .required("at", .instant),
                    .optional("until", .instant, "of what is of a time and not of a moment"),
                    .optional("alarm", alarm), .optional("factor", .decimal),
                    .optional("obis", .text, "the register that the factor is of"),
                    .optional("conversion", .decimal, "mean z of a volume corrector from at to until"),
                    .optional("flowTemperature", .decimal, "mean of a heat meter from at to until, in °C"),
                    .optional("returnTemperature", .decimal, "as flowTemperature"),
                ])), "what devices say beside their readings; no values, counted nowhere"),
    ])

    static let receipt = Schema.object([
        .required("messageId", .text), .required("accepted", .integer), .required("duplicates", .integer), .required("revised", .integer),
        .required("rejected", .integer), .required("findings", .integer),
        .required(
            "errors", .array(.named("Fault"))),
        .optional(
            "messages", .array(.named("Receipt")),
            "of an interchange of several messages: the receipt of each; the counts beside are their sums"),
    ])

    static let readingSeries = Schema.object([
        .required("meteringPoint", .text),
        .required(
            "series",
            .array(
                .object([
                    .required("meter", .text), .required("obis", .text), .required("unit", unit), .required("resolution", .nullable(.text)),
                    .required(
                        "values",
                        .array(
                            .object([
                                .optional("start", .instant), .optional("at", .instant), .required("value", .decimal),
                                .required("status", status),
                                .required("method", .nullable(.text)), .required("reason", .nullable(.text)),
                                .required("version", .integer), .required("knownSince", .instant),
                                .optional(
                                    "codes",
                                    .object([
                                        .required("mscons", .array(.text), "QTY qualifier, then STS codes"), .required("nem12", .text),
                                        .required("cim", .text),
                                    ]), "how the market says it; absent for a value as measured"),
                            ]))),
                ]))),
        .optional("next", .nullable(.text)),
    ])

    private static let address = Schema.object([
        .optional("street", .nullable(.text)), .optional("house", .nullable(.text)), .optional("postcode", .nullable(.text)),
        .optional("city", .nullable(.text)),
    ])

    static let masterData = Schema.object([
        .optional(
            "partners",
            .array(
                .object([
                    .optional("number", .nullable(.text)), .required("key", .text),
                    .optional(
                        "name",
                        .object([
                            .optional("given", .nullable(.text)), .optional("family", .nullable(.text)),
                            .optional("company", .nullable(.text)),
                        ])),
                    .optional("address", address), .optional("kind", .nullable(.text)), .optional("born", .nullable(.day)),
                    .optional("email", .nullable(.text)),
                    .optional("phone", .nullable(.text)), .optional("electronicAddress", .nullable(.text)),
                    .optional("vatId", .nullable(.text)), .optional("leitwegId", .nullable(.text)),
                ]))),
        .optional(
            "accounts",
            .array(
                .object([
                    .required("key", .text), .required("partner", .text), .optional("iban", .nullable(.text)),
                    .optional("collectiveInvoice", .nullable(.boolean), "one bill for all contracts of the account"),
                ]))),
        .optional(
            "meteringPoints",
            .array(
                .object([
                    .required("code", .text), .required("commodity", commodity), .optional("state", .nullable(.text)),
                    .optional("address", address),
                    .optional("coordinates", .nullable(.object([.required("lat", .decimal), .required("lon", .decimal)]))),
                    .optional("capacity", .nullable(.object([.required("value", .decimal), .required("unit", unit)]))),
                    .optional(
                        "meters",
                        .array(
                            .object([
                                .required("serial", .text), .required("from", .day), .optional("until", .nullable(.day)),
                                .optional(
                                    "registers",
                                    .array(
                                        .object([
                                            .required("obis", .text), .required("unit", unit),
                                            .optional(
                                                "resolution", .nullable(.text), "PT15M, PT1H, P1D, P1D@06:00 of gas days; null: read"),
                                            .optional("digits", .nullable(.integer)),
                                            .optional("decimals", .nullable(.integer)), .optional("factor", .nullable(.decimal)),
                                            .optional(
                                                "times", .nullable(.text),
                                                "when a tariff register counts: mon-fri 06:00-22:00; sat 06:00-13:00"),
                                        ]))),
                            ]))),
                ]))),
        .optional(
            "contracts",
            .array(
                .object([
                    .required("key", .text), .required("account", .text), .required("meteringPoint", .text), .required("tariff", .text),
                    .required("from", .day),
                    .optional("until", .nullable(.day)), .optional("cycle", .nullable(.text), "annual-01 … annual-12, or monthly"),
                    .optional("attributes", .nullable(.map(.nullable(.text))), "what the tariffs ask for, such as usage and region"),
                ]))),
    ])

    static let finding = Schema.object([
        .required("id", .integer), .required("rule", .text), .required("severity", .words(Finding.Severity.allCases.map(\.rawValue))),
        .optional("meteringPoint", .nullable(.text)), .optional("meter", .nullable(.text)), .optional("obis", .nullable(.text)),
        .required("from", .instant), .required("until", .instant), .required("threshold", .text), .required("explanation", .text),
        .required("inputs", .array(.object([.required("name", .text), .required("value", .text)]))),
        .required("proposal", .words(Proposal.allCases.map(\.rawValue)), "what to do about it"),
        .required("state", .words(["open", "resolved"])), .required("commodity", .nullable(commodity)),
        .required("source", .nullable(.text), "who sent what it is about"), .required("messageId", .nullable(.text)),
        .required("createdAt", .instant), .required("resolvedAt", .nullable(.instant)), .required("resolvedBy", .nullable(.text)),
        .required("resolution", .nullable(.text), "what was done, or why nothing"),
    ])

    static let validationParameters = RESTInterface.thresholds(
        "customerClass", values: "threshold by name, as a string; null where it is switched off. What each means: `settings`")

    static let billingRun = Schema.object([
        .required("number", .text), .required("cycle", .text), .required("periodStart", .day),
        .required("periodEnd", .nullable(.day), "exclusive"), .required("startedAt", .instant),
        .required("finishedAt", .nullable(.instant)),
        .required("author", .text),
        .required("state", .words(["running", "paused", "stopped", "finished"])),
        .required("simulated", .boolean), .required("contracts", .integer, "that the run looks at"),
        .required("done", .integer, "contracts: billed and held"),
        .required(
            "billed", .integer,
            "contracts that are on a bill; several contracts on one paper are one bill, which the report of the run counts as `bills`"),
        .required("held", .integer, "contracts that are kept back"), .required("net", .decimal), .required("vat", .decimal),
        .required("gross", .decimal),
        .optional("contractsPerSecond", .nullable(.decimal), "of the last two minutes, of all who work on it; where one run is asked for"),
        .optional("remainingSeconds", .nullable(.integer)),
        .optional("region", .nullable(.text), "a run over a region"),
        .optional("listed", .nullable(.integer), "a run over a list of so many contracts and accounts"),
        .optional("changedBy", .nullable(.text), "who paused, continued or stopped it last"), .optional("changedAt", .nullable(.instant)),
        .optional(
            "heldContracts",
            .array(
                .object(
                    [
                        .required("contract", .text), .required("account", .text), .required("from", .day),
                        .required("to", .nullable(.day)),
                    ] + reason)), "where one run is asked for"),
    ])

    static let invoiceSummary = Schema.object([
        .required("number", .text), .required("account", .text), .required("partner", .text), .required("kind", .text),
        .required("state", .text),
        .required("issued", .day), .required("from", .day), .required("to", .day), .required("net", .decimal), .required("vat", .decimal),
        .required("gross", .decimal),
        .required(
            "amountDue", .decimal,
            "what the paper asks for (BT-115): gross less instalments and the account's credit, of a Storno what is left of the claim; negative: a credit"
        ),
        .required("cancellation", .boolean, "a Storno"),
        .required("cancels", .nullable(.text)), .required("cancelledBy", .nullable(.text)), .required("corrects", .nullable(.text)),
        .required("run", .nullable(.text)), .required("contract", .text), .required("recipient", .text),
        .required("meteringPoint", .text), .required("commodity", commodity), .required("due", .day),
    ])

    static let heldInvoice = Schema.object([
        .required("id", .integer), .required("run", .text), .required("contract", .text), .required("account", .text),
        .required("partner", .text), .required("recipient", .text), .required("from", .day), .required("to", .nullable(.day)),
        .required("state", .text, "held, released, issued, withdrawn"),
        .required("reasons", .array(.object(reason))),
        .required("releasable", .boolean, "false: nothing was computed; mend what is named and look again"),
        .optional("gross", .nullable(.decimal)),
        .optional("amountDue", .nullable(.decimal), "gross less instalments"), .required("heldAt", .instant),
        .optional("releasedBy", .nullable(.text)), .optional("releaseReason", .nullable(.text)),
        .optional("invoice", .nullable(.text), "what it became"),
    ])

    /// Why a bill is held, or what a check said of it.
    static let reason: [Schema.Member] = [
        .required("code", .text), .required("title", .nullable(label), "what the code means"),
        .required("mend", .nullable(label), "what to do about it"), .required("explanation", .text, "about this bill, in German"),
    ]
    private static let label = Schema.object([.required("de", .text), .required("en", .text)])

    static let heldInvoicePreview = Schema.object([
        .required("held", .named("HeldInvoice")),
        .required(
            "bill", .nullable(.named("InvoiceDraft")),
            "what would go out: the document of an invoice before it has a number, a day and a due date; null if it came to none"),
    ])

    static let noticedBill = Schema.object([
        .required("invoice", .text), .required("run", .text), .required("contract", .text), .required("account", .text),
        .required("recipient", .text), .required("issuedOn", .day), .required("gross", .decimal),
        .required("notices", .array(.object(reason))),
    ])

    static let billingHold = Schema.object([
        .required("id", .integer), .optional("contract", .nullable(.text)), .optional("account", .nullable(.text)),
        .required("reason", .text), .required("heldBy", .text), .required("heldAt", .instant), .optional("liftedBy", .nullable(.text)),
        .optional("liftedAt", .nullable(.instant)), .optional("liftReason", .nullable(.text)),
    ])

    private static let correctionLine = Schema.object([
        .required("position", .integer), .required("component", .text), .required("label", .text), .required("service", .text),
        .required("from", .day), .required("to", .nullable(.day)), .required("formula", .text), .required("takenBack", .boolean),
        .required("amount", .decimal),
    ])
    static let correction = Schema.object([
        .required("id", .integer), .required("invoice", .text), .required("account", .text), .required("contract", .text),
        .required("recipient", .text), .required("from", .day), .required("to", .nullable(.day)),
        .required("state", .text, "proposed, released, dismissed, superseded"),
        .required("cause", .text, "readings, tariff, readings-and-tariff, contract"),
        .required("billed", .decimal, "gross, corrections included"),
        .required("right", .decimal, "gross"), .required("net", .decimal, "of the difference"), .required("vat", .decimal),
        .required("gross", .decimal), .required("foundAt", .instant), .required("foundBy", .text),
        .required(
            "checks", .array(.object(reason)),
            "for what the checks before issue would hold the right bill; two people release it then"),
        .optional("approvedBy", .nullable(.text), "the first of two people"), .optional("approvedAt", .nullable(.instant), "when"),
        .optional("decidedBy", .nullable(.text)),
        .optional("decidedAt", .nullable(.instant)), .optional("reason", .nullable(.text)), .optional("method", .nullable(.text)),
        .optional("document", .nullable(.text), "what it became"),
        .optional("documentCancelledBy", .nullable(.text), "the Storno of that document: the decision moves nothing any more"),
        .optional("cancellation", .nullable(.text), "the Storno of the bill, where it was taken back to be written anew"),
        .optional("billedLines", .array(correctionLine)), .optional("rightLines", .array(correctionLine)),
        .optional("difference", .array(correctionLine)),
    ])

    static let instalmentPlan = Schema.object([
        .required("contract", .text), .required("account", .text), .required("yearly", .decimal, "expected gross cost of a year"),
        .optional("invoice", .nullable(.text), "the bill it follows; null: agreed"),
        .required(
            "instalments",
            .array(
                .object([
                    .required("due", .day), .required("gross", .decimal), .required("vat", .decimal),
                    .optional("number", .nullable(.text), "of the request, once there is one"),
                ]))),
    ])
    static let instalment = Schema.object([
        .required("id", .integer), .required("number", .nullable(.text), "AB-…, once it is requested"), .required("account", .text),
        .required("contract", .text), .required("due", .day), .required("gross", .decimal), .required("vat", .decimal),
        .required("state", .text, "planned, requested, withdrawn"),
        .required("standing", .words(InstalmentRecord.Standing.allCases.map(\.rawValue)), "the state, and how far a request is paid"),
        .required("paid", .decimal),
        .optional("requestedOn", .nullable(.day)), .optional("invoice", .nullable(.text), "the bill that set it off"),
    ])

    static let payment = Schema.object([
        .required("account", .text, "number or key of the contract account"), .required("amount", .decimal), .required("valueDate", .day),
        .optional("reference", .nullable(.text), "remittance text; an invoice number in it decides what is paid"),
        .optional("idempotencyKey", .nullable(.text), "the payment's own key; else the header Idempotency-Key"),
    ])

    static let booking = Schema.object([
        .required("entry", .text), .required("bookingDate", .day), .required("valueDate", .day), .required("kind", .text),
        .optional("document", .nullable(.text)), .required("text", .text), .optional("due", .nullable(.day)),
        .required("amount", .decimal, "positive: the customer owes it"), .required("balance", .decimal, "after this line"),
    ])

    static let openItem = Schema.object([
        .required("account", .text), .required("entry", .text), .required("document", .nullable(.text)), .required("kind", .text),
        .required("bookingDate", .day), .required("due", .day), .required("original", .decimal), .required("open", .decimal),
    ])

    static let partner = Schema.object([
        .required("number", .text), .required("name", .text), .required("kind", .text), .required("address", .nullable(.text)),
        .required("email", .nullable(.text)), .required("phone", .nullable(.text)),
        .optional("matched", .nullable(.text), "what the search found it by"), .optional("via", .nullable(.text), "the attribute's value"),
    ])
}
