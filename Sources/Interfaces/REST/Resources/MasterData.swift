internal import JSON
internal import AccessOperations
internal import MasterDataFormat
internal import MeteringOperations
internal import PartnerOperations
internal import Web

extension RESTInterface {
    var masterDataEndpoints: [Endpoint] {
        [
            Endpoint(
                method: .put, path: "/master-data", permission: .importMasterData, area: "master data",
                summary: "Partners, accounts, metering points and contracts; what exists is updated from its date on, what is absent stays",
                body: .json(.named("MasterData")),
                answer: .json(
                    .object([
                        .required("meteringPoints", .integer), .required("meters", .integer), .required("registers", .integer),
                        .required("created", .integer, "partners, accounts and contracts"), .required("updated", .integer),
                        .required("unchanged", .integer),
                    ])), problems: [422]
            ) { request in
                let body = try await request.body()
                // What is no JSON at all is a broken request, not a document with problems.
                _ = try JSONNode(parsing: body)
                let document = try MasterDataDocument(json: body)
                let outcome = try await ImportMasterData(pool: pool)(document, author: request.principal?.name ?? "", now: request.now)
                return .json { writer in
                    writer.object { writer in
                        writer.member("meteringPoints", outcome.metering.meteringPoints)
                        writer.member("meters", outcome.metering.meters)
                        writer.member("registers", outcome.metering.registers)
                        writer.member("created", outcome.partners.created)
                        writer.member("updated", outcome.partners.updated)
                        writer.member("unchanged", outcome.partners.unchanged)
                    }
                }
            }
        ]
    }
}
