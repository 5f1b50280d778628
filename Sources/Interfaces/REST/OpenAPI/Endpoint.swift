internal import AccessOperations
internal import Web

/// One call: what the server does and what the OpenAPI document says of it, from one place, so that they cannot differ.
struct Endpoint: Sendable {
    struct Parameter: Sendable {
        let name: String
        let schema: Schema
        let about: String
        let isRequired: Bool
        init(_ name: String, _ schema: Schema, _ about: String, required: Bool = false) {
            self.name = name
            self.schema = schema
            self.about = about
            isRequired = required
        }
    }
    struct Body: Sendable {
        let mediaTypes: [String]
        let schema: Schema
        /// Whether the call does nothing without one.
        var isRequired = true
        static func json(_ schema: Schema, required: Bool = true) -> Body {
            Body(mediaTypes: ["application/json"], schema: schema, isRequired: required)
        }
    }
    enum Answer: Sendable {
        case json(Schema)
        case media([String])
        case none
    }

    let method: RequestMethod
    /// Below `/api/v1`, with `{names}`.
    let path: String
    let permission: Permission
    let area: String
    let summary: String
    var query: [Parameter] = []
    var body: Body?
    let answer: Answer
    /// Codes of problems this call may answer beside the general ones.
    var problems: [Int] = []
    let handler: @Sendable (WebRequest) async throws -> WebResponse

    static let paging = [
        Parameter("cursor", .text, "`next` of the page before"),
        Parameter("limit", .integer, "items per page, at most 1000; 100 if missing"),
    ]
    static let format = Parameter("format", .words(["json", "csv", "xlsx"]), "json if missing")
}
