public import JSON

/// One line of the route table: what is asked, who may ask it, who answers.
public struct Route: Sendable {
    /// Which protocol it speaks: how a caller signs in and what an error looks like.
    public enum Kind: Sendable, Hashable, CaseIterable {
        /// Bearer or Basic; problem documents. Cookies are ignored, so a foreign page cannot ride on them.
        case api
        /// Bearer, Basic, or a token in the envelope that the handler reads; faults.
        case soap
        /// Session cookie and CSRF token; pages.
        case page
    }

    /// What answers.
    public typealias Handler = @Sendable (WebRequest) async throws -> WebResponse

    public let method: RequestMethod
    public let path: PathPattern
    public let kind: Kind
    public let access: Access
    /// Bytes of a body after decompression.
    public let limit: Int
    /// One sentence for OpenAPI and the permission matrix.
    public let summary: String
    /// Members of the OpenAPI operation beside the summary: parameters, requestBody, responses.
    public let openAPI: JSONObject?
    let handler: Handler
}
