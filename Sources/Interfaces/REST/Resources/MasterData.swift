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
                        .required("created", .integer, "of all kinds together"), .required("updated", .integer),
                        .required("unchanged", .integer),
                        .required(
                            "kinds",
                            .array(
                                .object([
                                    .required("kind", .words(["metering-points", "meters", "registers", "partners-accounts-contracts"])),
                                    .required("created", .integer), .required("updated", .integer), .required("unchanged", .integer),
                                ]))),
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
                        let (metering, partners) = (outcome.metering, outcome.partners)
                        let kinds = [
                            (
                                "metering-points", metering.pointChanges.created, metering.pointChanges.updated,
                                metering.pointChanges.unchanged
                            ),
                            ("meters", metering.meterChanges.created, metering.meterChanges.updated, metering.meterChanges.unchanged),
                            (
                                "registers", metering.registerChanges.created, metering.registerChanges.updated,
                                metering.registerChanges.unchanged
                            ),
                            ("partners-accounts-contracts", partners.created, partners.updated, partners.unchanged),
                        ]
                        writer.member("created", kinds.reduce(0) { $0 + $1.1 })
                        writer.member("updated", kinds.reduce(0) { $0 + $1.2 })
                        writer.member("unchanged", kinds.reduce(0) { $0 + $1.3 })
                        writer.key("kinds")
                        writer.array { writer in
                            for (kind, created, updated, unchanged) in kinds {
                                writer.object { writer in
                                    writer.member("kind", kind)
                                    writer.member("created", created)
                                    writer.member("updated", updated)
                                    writer.member("unchanged", unchanged)
                                }
                            }
                        }
                    }
                }
            }
        ]
    }
}
