internal import AccessOperations
internal import Billing
internal import BillingOperations
internal import JSON
internal import Values
internal import Web

extension RESTInterface {
    /// Thresholds of the checks before issue.
    var billCheckEndpoints: [Endpoint] {
        let item = Schema.object([
            .required("commodity", Schemas.commodity), .required("customers", .words(CheckBook.Customers.allCases.map(\.rawValue))),
            .required("parameters", .anything, "values by name"),
            .required(
                "history",
                .array(
                    .object([
                        .required("id", .integer), .required("from", .day), .required("until", .nullable(.day), "exclusive"),
                        .required("parameters", .anything), .required("author", .text), .required("reason", .text),
                        .required("recordedAt", .instant),
                    ]))),
        ])
        return [
            Endpoint(
                method: .get, path: "/bill-check-parameters", permission: .readBillingRuns, area: "billing",
                summary: "The thresholds bills are checked by before issue, by commodity and group of customers, and who changed them when",
                query: [
                    .init("on", .day, "the day on which they hold; today if missing"),
                    .init("commodity", Schemas.commodity, "all if missing"),
                ],
                answer: .json(
                    .object([
                        .required("on", .day),
                        .required(
                            "settings",
                            .array(
                                .object([
                                    .required("name", .text), .required("check", .text), .required("german", .text),
                                    .required("english", .text),
                                ]))), .required("items", .array(item)),
                    ]))
            ) { request in
                let day = try request.day("on") ?? request.today
                let entries = try await ListCheckParameters(pool: pool)(
                    on: day, commodity: try request.word("commodity", as: Commodity.self))
                return .json { writer in
                    writer.object { writer in
                        writer.member("on", day.description)
                        writer.key("settings")
                        writer.array { writer in
                            for setting in CheckSetting.all {
                                writer.object { writer in
                                    writer.member("name", setting.name)
                                    writer.member("check", setting.check)
                                    writer.member("german", setting.german)
                                    writer.member("english", setting.english)
                                }
                            }
                        }
                        writer.key("items")
                        writer.array { writer in for entry in entries { RESTInterface.write(entry, to: &writer) } }
                    }
                }
            },
            Endpoint(
                method: .put, path: "/bill-check-parameters", permission: .startBillingRuns, area: "billing",
                summary: "Changes thresholds from a day on, or for some days; what is not named stays, nothing that held before is lost",
                body: .json(
                    .object([
                        .required("commodity", Schemas.commodity),
                        .required("customers", .words(CheckBook.Customers.allCases.map(\.rawValue))), .required("from", .day),
                        .optional("until", .nullable(.day), "exclusive; open if missing"),
                        .required("parameters", .anything, "strings or whole numbers by name"), .required("reason", .text),
                    ])), answer: .json(item), problems: [422]
            ) { request in try await setBillChecks(request) },
        ]
    }

    private func setBillChecks(_ request: WebRequest) async throws -> WebResponse {
        let body = try JSONNode(parsing: await request.body())
        try body.allow(only: "commodity", "customers", "from", "until", "parameters", "reason")
        let key = CheckBook.Key(
            try body.member("commodity").parsed("a commodity") { Commodity(rawValue: $0) },
            try body.member("customers").parsed("household, commercial or industrial") { CheckBook.Customers(rawValue: $0) })
        let from: Day = try body.member("from").parsed("a day") { Day($0) }
        let until: Day? = try body.optional("until")?.parsed("a day") { Day($0) }
        guard let valid = DayRange(checked: from, until: until) else { throw try body.member("until").fault("expected a day after `from`") }
        var values: [String: String] = [:]
        for member in try body.member("parameters").object().members {
            guard let text = member.value.string ?? member.value.number else {
                throw try body.member("parameters").fault("expected text or numbers")
            }
            values[member.key] = text
        }
        do {
            try await SetCheckParameter(pool: pool)(
                .init(key, valid: valid, values: values), author: request.principal?.name ?? "", reason: try body.string("reason"),
                now: request.now)
        } catch let refusal as SetCheckParameter.Refusal {
            throw Problem(
                Problem.Kind(422, "bill-check-parameters", "The thresholds were refused; nothing was changed"), refusal.explanation)
        }
        let entries = try await ListCheckParameters(pool: pool)(on: from, commodity: key.commodity, customers: key.customers)
        return .json { writer in for entry in entries { RESTInterface.write(entry, to: &writer) } }
    }

    private static func write(_ entry: ListCheckParameters.Entry, to writer: inout JSONWriter) {
        func parameters(_ values: [(String, String)], _ writer: inout JSONWriter) {
            writer.member("parameters", object: { writer in for (name, value) in values { writer.member(name, value) } })
        }
        writer.object { writer in
            writer.member("commodity", entry.key.commodity.rawValue)
            writer.member("customers", entry.key.customers.rawValue)
            parameters(CheckSetting.all.map { ($0.name, $0.value(in: entry.parameters)) }, &writer)
            writer.key("history")
            writer.array { writer in
                for record in entry.history {
                    writer.object { writer in
                        writer.member("id", record.id)
                        writer.member("from", record.change.valid.from.description)
                        writer.member("until", record.change.valid.until?.description)
                        parameters(record.change.values.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }, &writer)
                        writer.member("author", record.author)
                        writer.member("reason", record.reason)
                        writer.member("recordedAt", record.recordedAt.description)
                    }
                }
            }
        }
    }
}
