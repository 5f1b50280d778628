internal import AccessOperations
internal import JSON
internal import MasterDataFormat
internal import PartnerOperations
internal import Values
internal import Web

// What changes customers one by one; many at once come as master data.
extension RESTInterface {
    var customerEndpoints: [Endpoint] {
        [
            Endpoint(
                method: .post, path: "/partners", permission: .writePartners, area: "partners",
                summary: "Registers a customer with the accounts that are opened for it; the same again changes nothing",
                body: .json(
                    .object([
                        .required("partner", .map(.anything), "as in the master data"),
                        .optional(
                            "accounts", .array(.object([.required("key", .text), .optional("iban", .nullable(.text))])),
                            "contract accounts of this partner"),
                    ])), answer: .json(.object(Schemas.overview + [Schemas.existed])), problems: [422]
            ) { request in
                let document = try RegistrationDocument(try JSONValue(parsing: try await request.body()))
                let outcome = try await RegisterCustomer(pool: pool)(document, author: request.principal?.name ?? "", now: request.now)
                return .json { writer in
                    writer.object { writer in
                        writeMembers(of: outcome.overview, [:], to: &writer)
                        writer.member("existed", outcome.existed)
                    }
                }
            },
            Endpoint(
                method: .post, path: "/contracts", permission: .writePartners, area: "partners",
                summary: "Lets a contract begin; the same again changes nothing",
                body: .json(
                    .object([
                        .required("key", .text), .required("account", .text, "number or key"), .required("meteringPoint", .text),
                        .required("tariff", .text, "commodity/name"), .required("from", .day),
                        .optional("until", .nullable(.day), "exclusive"), .optional("cycle", .nullable(.text)),
                        .optional("attributes", .map(.nullable(.text)), "what the tariffs ask for, such as usage and region"),
                    ])), answer: .json(.object(Schemas.contract + [Schemas.existed])), problems: [422]
            ) { request in
                let contract = try MasterDataDocument.Contract(try JSONValue(parsing: try await request.body()))
                let outcome = try await StartContract(pool: pool)(contract, author: request.principal?.name ?? "", now: request.now)
                return .json { writer in
                    writer.object { writer in
                        writeMembers(of: outcome.contract, to: &writer)
                        writer.member("existed", outcome.existed)
                    }
                }
            },
            Endpoint(
                method: .post, path: "/contracts/{contract}/end", permission: .writePartners, area: "partners",
                summary: "Lets a contract (number or key) end; the same again changes nothing",
                body: .json(.object([.required("until", .day, "exclusive: the first day on which it no longer holds")])),
                answer: .json(.named("Contract")), problems: [404, 422]
            ) { request in
                let body = try JSONNode(parsing: await request.body())
                try body.allow(only: "until")
                let contract = try await EndContract(pool: pool)(
                    request["contract"], until: try body.member("until").parsed(Day.expectation) { Day(entered: $0) },
                    author: request.principal?.name ?? "", now: request.now)
                return .json { writer in writer.object { writer in writeMembers(of: contract, to: &writer) } }
            },
        ]
    }
}
