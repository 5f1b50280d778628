internal import Web

extension RESTInterface {
    var billingEndpoints: [Endpoint] { [] }
    var invoiceEndpoints: [Endpoint] { [] }
}
