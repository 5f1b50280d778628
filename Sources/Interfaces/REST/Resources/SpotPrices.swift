internal import AccessOperations
internal import BillingOperations
internal import JSON
internal import Values
internal import Web

extension RESTInterface {
    /// Prices of the exchange as they come.
    var spotPriceEndpoints: [Endpoint] {
        [
            Endpoint(
                method: .post, path: "/spot-prices", permission: .publishTariffs, area: "billing",
                summary:
                    "Publishes prices of market time units: CSV with `# schema: spot/1`, `# series: set/name`, unit, resolution and source above `start,price`; the same again changes nothing, another price for a unit is refused",
                body: Endpoint.Body(mediaTypes: ["text/csv"], schema: .text),
                answer: .json(
                    .object([
                        .required("series", .text), .required("from", .instant), .required("to", .instant, "exclusive"),
                        .required("units", .integer), .required("new", .boolean),
                    ])), problems: [422]
            ) { request in
                let report = try await ImportSpotPrices(pool: pool)(
                    await request.body(), author: request.principal?.name ?? "", today: request.today, now: request.now)
                return .json { writer in
                    writer.object { writer in
                        writer.member("series", report.series)
                        writer.member("from", report.from.description)
                        writer.member("to", report.until.description)
                        writer.member("units", Int64(report.units))
                        writer.member("new", report.isNew)
                    }
                }
            }
        ]
    }
}
