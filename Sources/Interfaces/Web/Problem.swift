public import JSON
internal import Postgres

/// What went wrong, for a program to read: RFC 9457, with a `code` that never changes its meaning.
///
/// The world's errors become problems at one place, ``init(of:)``; interfaces add their own translations to the ``Site``.
public struct Problem: Error, Sendable {
    /// The status, code and title that belong together.
    public struct Kind: Sendable, Hashable {
        public let status: Int
        public let code: String
        public let title: String

        /// A kind of an interface's own; `code` is kebab-case and part of its contract.
        public init(_ status: Int, _ code: String, _ title: String) {
            self.status = status
            self.code = code
            self.title = title
        }

        public static let badRequest = Kind(400, "bad-request", "The request cannot be understood")
        public static let unauthenticated = Kind(401, "unauthenticated", "Sign in or send a valid key")
        public static let forbidden = Kind(403, "forbidden", "This is not permitted")
        public static let csrf = Kind(403, "csrf", "The form did not come from a page of this session")
        public static let notFound = Kind(404, "not-found", "There is no such thing")
        public static let methodNotAllowed = Kind(405, "method-not-allowed", "This address does not know the method")
        public static let notAcceptable = Kind(406, "not-acceptable", "The format asked for does not exist here")
        public static let conflict = Kind(409, "conflict", "It contradicts what is there")
        public static let idempotencyConflict = Kind(409, "idempotency-conflict", "The idempotency key was used with another body")
        public static let idempotencyPending = Kind(409, "idempotency-pending", "The first request with this key is still at work")
        public static let bodyTooLarge = Kind(413, "body-too-large", "The body is larger than the limit")
        public static let unsupportedMediaType = Kind(415, "unsupported-media-type", "This content type is not known here")
        public static let unsupportedEncoding = Kind(415, "unsupported-encoding", "This content encoding is not known here")
        public static let unprocessable = Kind(422, "unprocessable", "It is understood but cannot be done")
        public static let tooManyRequests = Kind(429, "too-many-requests", "Too many attempts")
        public static let internalError = Kind(500, "internal-error", "Something went wrong here")
        public static let databaseUnavailable = Kind(503, "database-unavailable", "The database does not answer")
        public static let overloaded = Kind(503, "overloaded", "Too much at once")
        public static let timeout = Kind(503, "timeout", "It took too long and was given up")
        public static let storageFull = Kind(507, "storage-full", "There is no room left to store it")
    }

    public var kind: Kind
    /// A sentence about this occurrence, safe to show to the caller.
    public var detail: String?
    /// Further members of the document, such as a pointer to the place in the body.
    public var members: [JSONObject.Member]
    /// Headers that belong to it: `Retry-After`, `Allow`, `WWW-Authenticate`.
    public var headers: Headers

    /// A problem of this kind.
    public init(_ kind: Kind, _ detail: String? = nil, members: [JSONObject.Member] = [], headers: Headers = [:]) {
        self.kind = kind
        self.detail = detail
        self.members = members
        self.headers = headers
    }

    /// The document; `correlation` leads from the caller's screen to our log.
    public func document(correlation: String) -> [UInt8] {
        var writer = JSONWriter()
        writer.object { writer in
            writer.member("type", "urn:zaehlwerk:problem:\(kind.code)")
            writer.member("title", kind.title)
            writer.member("status", kind.status)
            writer.member("code", kind.code)
            if let detail { writer.member("detail", detail) }
            writer.member("instance", "urn:zaehlwerk:request:\(correlation)")
            for member in members { writer.member(member.key, value: member.value) }
        }
        return writer.bytes
    }

    /// The answer for a program.
    public func response(correlation: String) -> WebResponse {
        var response = WebResponse(status: kind.status, headers: headers, body: .bytes(document(correlation: correlation)))
        response.headers["Content-Type"] = "application/problem+json"
        return response
    }
}
