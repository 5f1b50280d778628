internal import AccessOperations
internal import Billing
internal import BillingOperations
internal import JSON
internal import MeteringOperations
internal import VEE
internal import Values
internal import Web

/// Dated thresholds as a resource: those of the validation rules and those of the checks before issue. This is what differs.
private struct ThresholdResource<Kind: StoredThresholds>: Sendable {
    let area: String
    let list: (permission: Permission, summary: String)
    let change: Permission
    /// The member that says whose they are beside `commodity`, and the one that says what goes by a threshold.
    let customer: String
    let reference: String
    let item: Schema
    let values: String
}

extension RESTInterface {
    var thresholdEndpoints: [Endpoint] {
        endpoints(
            ThresholdResource<ValidationParameters>(
                area: "validation",
                list: (.readFindings, "The thresholds of the rules by commodity and class of customers, and who changed them when"),
                change: .manageValidation, customer: "customerClass", reference: "rules", item: .named("ValidationParameters"),
                values: "strings or whole numbers by name; null switches off"))
            + endpoints(
                ThresholdResource<CheckParameters>(
                    area: "billing",
                    list: (
                        .readBillingRuns,
                        "The thresholds bills are checked by before issue, by commodity and group of customers, and who changed them when"
                    ),
                    change: .manageBillChecks, customer: "customers", reference: "check",
                    item: RESTInterface.thresholds("customers", values: "values by name"), values: "strings or whole numbers by name"))
    }

    /// What holds for one commodity and class, with its history.
    static func thresholds(_ customer: String, values: String) -> Schema {
        .object([
            .required("commodity", Schemas.commodity), .required(customer, RESTInterface.customerClasses),
            .required("parameters", .map(.nullable(.text)), values),
            .required(
                "history",
                .array(
                    .object([
                        .required("id", .integer), .required("from", .day), .required("until", .nullable(.day), "exclusive"),
                        .required("parameters", .map(.nullable(.text)), "what was changed"), .required("author", .text),
                        .required("reason", .text), .required("recordedAt", .instant),
                    ]))),
        ])
    }
    private static let customerClasses = Schema.words(CustomerClass.allCases.map(\.rawValue))

    private func endpoints<Kind>(_ resource: ThresholdResource<Kind>) -> [Endpoint] {
        [
            Endpoint(
                method: .get, path: "/\(Kind.word)", permission: resource.list.permission, area: resource.area,
                summary: resource.list.summary,
                query: [
                    .init("on", .day, "the day on which they hold; today if missing"),
                    .init("commodity", Schemas.commodity, "all if missing"),
                    .init(resource.customer, RESTInterface.customerClasses, "all if missing"),
                ],
                answer: .json(
                    .object([
                        .required("on", .day),
                        .required(
                            "settings",
                            .array(
                                .object(["name", resource.reference, "german", "english"].map { .required($0, .text) }))),
                        .required("items", .array(resource.item)),
                    ]))
            ) { request in
                let day = try request.day("on") ?? request.today
                let entries = try await ListThresholds<Kind>(pool: pool)(
                    on: day, commodity: try request.word("commodity", as: Commodity.self),
                    customer: try request.word(resource.customer, as: CustomerClass.self))
                return .json { writer in
                    writer.object { writer in
                        writer.member("on", day.description)
                        writer.member("settings", array: Kind.settings) { setting, writer in
                            writer.object { writer in
                                writer.member("name", setting.name)
                                writer.member(resource.reference, setting.reference)
                                writer.member("german", setting.german)
                                writer.member("english", setting.english)
                            }
                        }
                        writer.member("items", array: entries) { resource.write($0, to: &$1) }
                    }
                }
            },
            Endpoint(
                method: .put, path: "/\(Kind.word)", permission: resource.change, area: resource.area,
                summary: "Changes thresholds from a day on, or for some days; what is not named stays, nothing that held before is lost",
                body: .json(
                    .object([
                        .required("commodity", Schemas.commodity), .required(resource.customer, RESTInterface.customerClasses),
                        .required("from", .day), .optional("until", .nullable(.day), "exclusive; open if missing"),
                        .required("parameters", .map(.anything), resource.values), .required("reason", .text),
                    ])), answer: .json(resource.item), problems: [422]
            ) { request in
                let body = try JSONNode(parsing: await request.body())
                try body.allow(only: "commodity", resource.customer, "from", "until", "parameters", "reason")
                let key = ThresholdKey(
                    try body.member("commodity").parsed("electricity, gas, water or heat") { Commodity(rawValue: $0) },
                    try body.member(resource.customer).parsed("household, commercial or industrial") { CustomerClass(rawValue: $0) })
                let valid = try RESTInterface.validity(body)
                try await SetThresholds<Kind>(pool: pool)(
                    ThresholdChange(key, valid: valid, values: try RESTInterface.thresholds(body)), author: request.principal?.name ?? "",
                    reason: try body.string("reason"), now: request.now)
                let entries = try await ListThresholds<Kind>(pool: pool)(on: valid.from, commodity: key.commodity, customer: key.customer)
                return .json { writer in for entry in entries.prefix(1) { resource.write(entry, to: &writer) } }
            },
        ]
    }

    /// `from` and `until` of a change.
    /// - Throws: `Problem` (422) for an empty range, `JSONError`.
    static func validity(_ body: JSONNode) throws -> DayRange {
        let from: Day = try body.member("from").parsed(Day.expectation) { Day(entered: $0) }
        let until: Day? = try body.optional("until")?.parsed(Day.expectation) { Day(entered: $0) }
        guard let valid = DayRange(checked: from, until: until) else { throw Problem(.unprocessable, "`until` must lie behind `from`") }
        return valid
    }

    /// Thresholds by name, as texts; null is one that is switched off.
    private static func thresholds(_ body: JSONNode) throws -> [String: String?] {
        let given = try body.member("parameters")
        var values: [String: String?] = [:]
        for member in try given.object().members {
            switch member.value {
            case .null: values[member.key] = .some(nil)
            case .string(let text), .number(let text): values[member.key] = text
            default: throw given.fault("“\(member.key.prefix(64))” must be a string, a number or null")
            }
        }
        return values
    }
}

extension ThresholdResource {
    fileprivate func write(_ entry: ListThresholds<Kind>.Entry, to writer: inout JSONWriter) {
        writer.object { writer in
            writer.member("commodity", entry.key.commodity.rawValue)
            writer.member(customer, entry.key.customer.rawValue)
            writer.member(
                "parameters", object: { for setting in Kind.settings { $0.member(setting.name, setting.value(in: entry.parameters)) } })
            writer.member("history", array: entry.history) { record, writer in
                writer.object { writer in
                    writer.member("id", record.id)
                    writer.member("from", record.change.valid.from.description)
                    writer.member("until", record.change.valid.until?.description)
                    let values = record.change.values.sorted { $0.key < $1.key }
                    writer.member("parameters", object: { for (name, text) in values { $0.member(name, text) } })
                    writer.member("author", record.author)
                    writer.member("reason", record.reason)
                    writer.member("recordedAt", record.recordedAt.description)
                }
            }
        }
    }
}
