public import AccessOperations
public import Logging
public import Values

/// A request as a handler sees it: routed, judged, and with everything it may need in its hands.
public struct WebRequest: Sendable {
    public let method: RequestMethod
    /// The path as it was sent, without the query.
    public let path: String
    /// What the holes of the route's path took, decoded.
    public internal(set) var parameters: [String: String] = [:]
    /// The query, decoded.
    public let query: Fields
    public let headers: Headers
    /// The client's address, for delays after wrong passwords and for the log.
    public let remoteAddress: String
    /// Whether the client sits on this machine.
    public let isLoopback: Bool
    /// Whether the connection is encrypted.
    public let isSecure: Bool
    public let language: Language
    /// Leads from an answer to its log lines.
    public let correlation: String
    /// When the request arrived.
    public let now: Instant
    /// Knows the correlation already.
    public internal(set) var logger: Logger
    /// Who asks; nil only on routes that are open.
    public internal(set) var principal: Principal?
    /// The base of the addresses we hand out, without a slash at the end.
    public let publicURL: String

    /// Where work goes that outlives the request.
    public let background: BackgroundWork

    let gatekeeper: Gatekeeper
    let access: Access?
    let limit: Int
    let source: BodySource
    let reservation: BodyReservation
    // Set once a step of the pipeline has read the body: a body can be read from the network only once.
    var collected: [UInt8]?

    /// The local day on which the request arrived.
    public var today: Day { LocalTime.berlin.day(of: now) }

    /// The server's time of the request and what has gone by since, for work that outlives it.
    public var clock: @Sendable () -> Instant {
        let (now, start) = (now, ContinuousClock.now)
        return {
            let (seconds, attoseconds) = start.duration(to: .now).components
            return Instant(microseconds: now.microseconds + seconds * 1_000_000 + attoseconds / 1_000_000_000_000)
        }
    }

    /// What the hole of this name took.
    /// - Precondition: the route has such a hole; its path is written beside the handler.
    public subscript(_ hole: String) -> String {
        guard let value = parameters[hole] else { preconditionFailure("the route has no {\(hole)}") }
        return value
    }

    /// The key of a POST that may be repeated.
    public var idempotencyKey: String? { headers["Idempotency-Key"] }

    /// The whole body, decompressed. A handler calls it once.
    ///
    /// - Parameter limit: bytes after decompression, if the route's own limit is not the right one.
    /// - Throws: `Problem` (413, 415, 400, 503).
    public func body(limit: Int? = nil) async throws -> [UInt8] {
        if let collected {
            guard collected.count <= limit ?? self.limit else { throw Problem(.bodyTooLarge, "more than \(limit ?? self.limit) bytes") }
            return collected
        }
        return try await source.collect(
            limit: limit ?? self.limit, declared: headers["Content-Length"].flatMap { Int($0) },
            encoding: headers["Content-Encoding"], reservation: reservation)
    }

    /// The fields of a form.
    /// - Throws: `Problem`, also for another content type.
    public func form() async throws -> Fields {
        guard headers.mediaType == "application/x-www-form-urlencoded" else {
            throw Problem(.unsupportedMediaType, "a form is sent as application/x-www-form-urlencoded")
        }
        return try Fields(urlEncoded: String(decoding: try await body(limit: min(limit, WebRequest.formLimit)), as: UTF8.self))
    }

    /// The same request with its body in memory.
    func collecting(limit: Int? = nil) async throws -> WebRequest {
        var request = self
        request.collected = try await body(limit: limit)
        return request
    }

    /// A form of a person is short; a megabyte is generous.
    static let formLimit = 1 << 20

    /// Demands a permission beyond those of the route, for a handler that does several things.
    /// - Throws: `Problem` (401, 403).
    public func demand(_ permission: Permission) throws(Problem) {
        guard let principal else { throw Problem(.unauthenticated) }
        guard !principal.mustChangePassword else { throw .oneTimePassword }
        guard principal.may(permission) else { throw Problem(.forbidden, "it needs the right \(permission.rawValue)") }
    }

    /// Whether the caller has a permission: what a role may not see is not sent.
    public func may(_ permission: Permission) -> Bool { principal?.may(permission) ?? false }

    /// The same request for the person whose name and password stand in the body (WS-Security UsernameToken).
    ///
    /// - Throws: `Problem`: 401, or 403 when the person lacks the route's permission, or when secrets came in clear from another machine.
    public func signedIn(login: String, password: String) async throws -> WebRequest {
        guard isSecure || isLoopback else { throw Problem(.forbidden, "a password is accepted over TLS or on this machine only") }
        guard let principal = try await gatekeeper.authenticate(.basic(login: login, password: password), remoteAddress, now) else {
            throw Problem(.unauthenticated)
        }
        var request = self
        request.principal = principal
        try access?.check(principal)
        return request
    }
}

extension WebRequest {
    /// The token that the forms of this session carry; nil without a session.
    public var csrfToken: String? {
        if case .session(_, let token) = principal?.means { token } else { nil }
    }

    /// The hidden field that every form of a page carries.
    public var csrfField: HTML { "<input type=\"hidden\" name=\"csrf\" value=\"\(csrfToken)\">" }

    /// The value of the session cookie, for ending the session.
    public var sessionToken: String? { headers.cookie(SessionCookie.name(isSecure: isSecure)) }
}
