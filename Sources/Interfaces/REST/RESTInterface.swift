internal import AccessOperations
internal import BillingOperations
internal import JSON
internal import LedgerOperations
public import MeteringOperations
internal import PartnerOperations
public import Postgres
public import Web

/// The REST interface: its endpoints on a site.
public struct RESTInterface: Sendable {
    let pool: Pool
    let directory: MeterDirectory
    let version: String

    /// - Parameter directory: shared with every other way in, so that each sees the same meters.
    public init(pool: Pool, directory: MeterDirectory, version: String) {
        self.pool = pool
        self.directory = directory
        self.version = version
    }

    /// Adds every endpoint, `/openapi.json`, and what this interface's errors mean.
    public func add(to site: inout Site) {
        let endpoints = self.endpoints
        for endpoint in endpoints {
            site.route(
                endpoint.method, "/api/v1" + endpoint.path, allow: .permission(endpoint.permission), summary: endpoint.summary,
                handler: endpoint.handler)
        }
        let document = OpenAPIDocument(endpoints: endpoints, version: version)
        site.get("/openapi.json", allow: .open, summary: "this document") { request in .json(document.json(server: request.publicURL)) }
        site.translate(RESTInterface.problem(of:))
    }

    var endpoints: [Endpoint] {
        readingEndpoints + meteringEndpoints + masterDataEndpoints + findingEndpoints + thresholdEndpoints + completenessEndpoints
            + temperatureEndpoints
            + billingEndpoints + billingRunEndpoints + invoiceEndpoints + heldInvoiceEndpoints + correctionEndpoints + instalmentEndpoints
            + outdatedPlanEndpoints
            + spotPriceEndpoints + accountEndpoints + reportEndpoints
            + partnerEndpoints
    }
}
