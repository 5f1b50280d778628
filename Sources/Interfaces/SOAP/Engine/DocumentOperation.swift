internal import BillingOperations
internal import JSON
internal import LedgerOperations
internal import MasterDataFormat
internal import MeteringOperations
internal import PartnerOperations
internal import Web
internal import XML

extension SOAPOperation where Context == WebRequest {
    /// An operation whose messages are documents of REST in another dress: the request becomes JSON by its fields, the answer's JSON
    /// becomes elements by its.
    static func documents(
        _ name: String, documentation: String, request: [SOAPField], response: [SOAPField],
        work: @escaping @Sendable (_ body: JSONNode, _ request: WebRequest) async throws -> JSONValue
    ) -> SOAPOperation {
        SOAPOperation(name, documentation: documentation, request: request, response: response) { element, context in
            let body = JSONNode(try SOAPDocument.json(element, request))
            do {
                return SOAPDocument.xml(try await work(body, context), response).bytes
            } catch {
                throw SOAPFault(refusal: error) ?? error
            }
        }
    }
}

extension SOAPFault {
    /// As in every list.
    static let badCursor = SOAPFault(code: "bad-element", "a cursor is the next of the page before", path: "/cursor")

    /// What a use case or a format refused, under the code that REST gives it; nil for anything else.
    init?(refusal error: any Error) {
        switch error {
        case let error as JSONError: self.init(code: error.code.rawValue, error.message, path: error.path)
        case let error as MasterDataRefusal:
            guard let first = error.problems.first else { return nil }
            self.init(code: first.code, error.problems.map(\.message).joined(separator: "; "), path: first.path)
        case is ReadSeries.BadCursor: self = .badCursor
        case let error as LedgerRefusal: self.init(code: error.code, error.explanation)
        case let error as BillingRefusal:
            if case .damaged = error {
                self.init(.server, code: error.code, error.explanation)
            } else {
                self.init(code: error.code, error.explanation)
            }
        case let error as UnknownContract:
            self.init(code: "unknown-contract", "no contract has the number or key “\(error.text.prefix(80))”", path: "/contract")
        default: return nil
        }
    }
}
