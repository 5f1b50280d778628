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
            .required("parameters", .map(.text), "values by name"),
            .required("history", RESTInterface.thresholdHistory),
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
                        .required("parameters", .map(.anything), "strings or whole numbers by name"), .required("reason", .text),
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
        let valid = try RESTInterface.validity(body)
        var values: [String: String] = [:]
        for (name, text) in try RESTInterface.thresholds(body) {
            guard let text else { throw try body.member("parameters").fault("“\(name.prefix(64))” cannot be switched off") }
            values[name] = text
        }
        do {
            try await SetCheckParameter(pool: pool)(
                .init(key, valid: valid, values: values), author: request.principal?.name ?? "", reason: try body.string("reason"),
                now: request.now)
        } catch let refusal as SetCheckParameter.Refusal {
            throw Problem(
                Problem.Kind(422, "bill-check-parameters", "The thresholds were refused; nothing was changed"), refusal.explanation)
        }
        let entries = try await ListCheckParameters(pool: pool)(on: valid.from, commodity: key.commodity, customers: key.customers)
        return .json { writer in for entry in entries { RESTInterface.write(entry, to: &writer) } }
    }

    private static func write(_ entry: ListCheckParameters.Entry, to writer: inout JSONWriter) {
        writer.object { writer in
            writer.member("commodity", entry.key.commodity.rawValue)
            writer.member("customers", entry.key.customers.rawValue)
            write(thresholds: CheckSetting.all.map { ($0.name, $0.value(in: entry.parameters)) }, to: &writer)
            writer.key("history")
            writer.array { writer in
                for record in entry.history {
                    writeChange(
                        record.id, record.change.valid, record.change.values.mapValues { $0 }, author: record.author, reason: record.reason,
                        at: record.recordedAt, to: &writer)
                }
            }
        }
    }
}
