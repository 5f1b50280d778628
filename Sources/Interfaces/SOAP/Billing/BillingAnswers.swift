internal import Billing
internal import BillingOperations
internal import JSON
internal import Values

// The documents of `/soap/billing` and the types their schema is written from.
extension BillingService {
    static func document(_ run: BillingRunRecord, held: [HeldContract]?) -> JSONValue {
        [
            "number": .string(run.number), "cycle": .string(run.cycle), "periodStart": .string(run.period.from.description),
            "periodEnd": .optional(run.period.until?.description), "state": .string(run.state.rawValue),
            "simulated": .bool(run.isSimulation), "startedAt": .string(run.startedAt.description),
            "finishedAt": .optional(run.finishedAt?.description), "author": .string(run.author), "contracts": .integer(run.contracts),
            "done": .integer(run.done), "billed": .integer(run.billed), "held": .integer(run.held), "net": .string(run.net.description),
            "vat": .string(run.tax.description), "gross": .string(run.gross.description),
            "region": .optional(run.region), "listed": .optional(run.listed.map { String($0) }),
            "heldContracts": .array(
                (held ?? []).map { contract in
                    [
                        "contract": .string(contract.contract), "account": .string(contract.account),
                        "from": .string(contract.period.from.description), "to": .optional(contract.period.until?.description),
                        "code": .string(contract.code), "explanation": .string(contract.explanation),
                    ]
                }),
        ]
    }

    /// The JSON of an invoice as a version says it. `due` is what is to be paid: the first version has no other word for it, and what a
    /// Storno takes back is owed by nobody.
    static func document(of invoice: JSONValue, _ version: Version) -> JSONValue {
        guard case .object(var members) = invoice, let payable = members["payable"], version == .first || members["settled"] != nil else {
            return invoice
        }
        members["due"] = payable
        return .object(members)
    }

    static func document(of invoice: InvoiceRecord) -> JSONValue {
        [
            "number": .string(invoice.number), "kind": .string(invoice.kind.rawValue), "state": .string(invoice.state.rawValue),
            "cancellation": .bool(invoice.isCancellation), "cancels": .optional(invoice.cancels),
            "cancelledBy": .optional(invoice.cancelledBy), "corrects": .optional(invoice.corrects), "run": .optional(invoice.run),
            "account": .string(invoice.account),
            "contract": .string(invoice.contract), "partner": .string(invoice.partner), "recipient": .string(invoice.recipient),
            "meteringPoint": .string(invoice.meteringPoint), "commodity": .string(invoice.commodity.rawValue),
            "from": .string(invoice.period.from.description), "to": .optional(invoice.period.until?.description),
            "issued": .string(invoice.issuedOn.description), "due": .string(invoice.dueOn.description),
            "net": .string(invoice.net.description), "vat": .string(invoice.tax.description), "gross": .string(invoice.gross.description),
            "amountDue": .string(invoice.payable.description),
        ]
    }

    static func runFields(_ version: Version) -> [SOAPField] { firstRunFields + version.added(region, listed) }

    private static let region = SOAPField("region", .string, .optional, "Of a run that was asked for one.")
    private static let listed = SOAPField("listed", .integer, .optional, "Contracts and accounts that were named, in a run of a list.")
    private static let firstRunFields = [
        SOAPField("number", .string), SOAPField("cycle", .string), SOAPField("periodStart", .date),
        SOAPField("periodEnd", .date, .optional, "Exclusive."), SOAPField("state", .string, .once, "running, paused, stopped or finished."),
        SOAPField("simulated", .boolean), SOAPField("startedAt", .dateTime), SOAPField("finishedAt", .dateTime, .optional),
        SOAPField("author", .string), SOAPField("contracts", .integer), SOAPField("done", .integer), SOAPField("billed", .integer),
        SOAPField("held", .integer), SOAPField("net", .decimal), SOAPField("vat", .decimal), SOAPField("gross", .decimal),
        SOAPField("heldContracts", .complex(heldContract), .many, "In the answer of GetBillingRun."),
    ]

    private static let heldContract = SOAPComplexType(
        "HeldContract", documentation: "A contract that was kept back, and why.",
        [
            SOAPField("contract", .string), SOAPField("account", .string), SOAPField("from", .date), SOAPField("to", .date, .optional),
            SOAPField("code", .string), SOAPField("explanation", .string),
        ])

    static let corrects = SOAPField("corrects", .string, .optional, "The invoice whose difference it charges or credits.")

    static func summary(_ version: Version) -> SOAPComplexType {
        SOAPComplexType(
            "InvoiceSummary", documentation: "An invoice without its lines.", firstSummaryFields + version.added(corrects))
    }

    private static let firstSummaryFields = [
        SOAPField("number", .string), SOAPField("kind", .string), SOAPField("state", .string), SOAPField("cancellation", .boolean),
        SOAPField("cancels", .string, .optional), SOAPField("cancelledBy", .string, .optional), SOAPField("run", .string, .optional),
        SOAPField("account", .string), SOAPField("contract", .string), SOAPField("partner", .string),
        SOAPField("recipient", .string), SOAPField("meteringPoint", .string), SOAPField("commodity", .string),
        SOAPField("from", .date), SOAPField("to", .date, .optional, "Exclusive."), SOAPField("issued", .date),
        SOAPField("due", .date), SOAPField("net", .decimal), SOAPField("vat", .decimal), SOAPField("gross", .decimal),
        SOAPField("amountDue", .decimal),
    ]
}
