internal import AccessOperations
internal import Digests
internal import Logging
internal import Values

extension Site {
    /// Answers a request: finds the route, judges the caller, runs the handler, and turns whatever goes wrong into an answer of the
    /// route's protocol. Every request ends here, and none ends in a trap.
    public func answer(_ incoming: Incoming) async -> WebResponse {
        let start = ContinuousClock.now
        let correlation = Site.correlation(incoming.headers["X-Correlation-Id"])
        metrics.add("zaehlwerk_http_requests_in_flight", 1)
        defer { metrics.add("zaehlwerk_http_requests_in_flight", -1) }

        let (response, name) = await routed(incoming, correlation: correlation)
        var finished = response
        secure(&finished, correlation: correlation, signedIn: incoming.headers["Authorization"] != nil || incoming.headers["Cookie"] != nil)
        record(incoming, route: name, status: finished.status, correlation: correlation, took: start.duration(to: .now))
        return finished
    }

    private func routed(_ incoming: Incoming, correlation: String) async -> (WebResponse, route: String) {
        let path = String(incoming.path)
        let host = incoming.headers["Host"]
        guard host.map(Site.isHost) ?? true else {
            return (Problem(.badRequest, "the Host header is malformed").response(correlation: correlation), "malformed")
        }
        guard path.hasPrefix("/"), path.utf8.count <= 4_096, let segments = PathPattern.segments(of: path),
            let query = try? Fields(urlEncoded: String(incoming.query))
        else {
            return (Problem(.badRequest, "the address is malformed").response(correlation: correlation), "malformed")
        }
        let candidates = candidates(for: segments)
        let asked: RequestMethod? = incoming.method == .head ? .get : incoming.method
        let hit = candidates.first { $0.route.method == asked } ?? candidates.first { $0.route.method == incoming.method }
        let nearest = hit ?? candidates.first
        var request = WebRequest(
            method: incoming.method ?? .get, path: path, parameters: hit?.parameters ?? [:], query: query, headers: incoming.headers,
            remoteAddress: incoming.remoteAddress, isLoopback: incoming.isLoopback, isSecure: incoming.isSecure,
            language: Language(cookie: incoming.headers.cookie("lang"), acceptLanguage: incoming.headers["Accept-Language"]),
            correlation: correlation, now: clock(), logger: logger, publicURL: publicURL(incoming), background: background,
            gatekeeper: gatekeeper,
            access: hit?.route.access, limit: hit?.route.limit ?? settings.bodyLimit, source: incoming.source,
            reservation: BodyReservation(budget))
        request.logger[metadataKey: "correlation"] = "\(correlation)"

        let kind = nearest?.route.kind ?? (path.hasPrefix("/api/") ? .api : path.hasPrefix("/soap/") ? .soap : .page)
        let name = nearest?.route.path.text ?? "unknown"
        do {
            guard let route = hit?.route else {
                guard !candidates.isEmpty else { throw Problem(.notFound) }
                let allowed = Site.allowed(candidates.map(\.route.method))
                if incoming.method == .options { return (WebResponse(status: 204, headers: ["Allow": allowed]), name) }
                throw Problem(.methodNotAllowed, headers: ["Allow": allowed])
            }
            return (try await judged(request, route), name)
        } catch {
            let problem = problem(of: error)
            if problem.kind.status >= 500 {
                request.logger.error("request failed", metadata: ["route": "\(name)", "error": "\(error)", "code": "\(problem.kind.code)"])
            }
            if let render = renderers[kind] { return (render(problem, request), name) }
            return (problem.response(correlation: correlation), name)
        }
    }

    private func judged(_ request: WebRequest, _ route: Route) async throws -> WebResponse {
        var request = request
        if route.access == .loopback {
            guard request.isLoopback else { throw Problem(.forbidden, "on this machine only") }
        }
        switch route.kind {
        case .api, .soap:
            request.principal = try await principal(of: request)
            if let principal = request.principal {
                try route.access.check(principal)
            }
            // A SOAP caller may carry its token in the envelope; its handler signs in and is checked by the same rule.
            else if route.access.needsCaller, route.kind == .api {
                throw Site.unauthenticated
            }
        case .page:
            if let turnedAway = try await admit(&request, on: route) { return turnedAway }
        }
        if route.kind == .api, route.method == .post, let key = request.idempotencyKey, let idempotency, let principal = request.principal {
            return try await idempotency.answer(request, key: key, principal: principal, route: route, problem: problem(of:))
        }
        return try await route.handler(request)
    }

    private func principal(of request: WebRequest) async throws -> Principal? {
        switch Authorization(request.headers) {
        case .none: return nil
        case .unknown: throw Site.unauthenticated
        case .credential(let credential):
            if case .basic = credential, !request.isSecure, !request.isLoopback {
                throw Problem(.forbidden, "a password is accepted over TLS or on this machine only")
            }
            guard let principal = try await gatekeeper.authenticate(credential, request.remoteAddress, request.now) else {
                throw Site.unauthenticated
            }
            return principal
        }
    }

    /// Finds the session, sends visitors without one to the sign-in, and refuses forms of foreign origin.
    /// Returns an answer when the handler is not to run.
    private func admit(_ request: inout WebRequest, on route: Route) async throws -> WebResponse? {
        if let token = request.sessionToken {
            request.principal = try await gatekeeper.authenticate(.session(token), request.remoteAddress, request.now)
        }
        if request.method.changesState { try await CSRF.check(&request) }
        guard route.access.needsCaller else { return nil }
        guard let principal = request.principal else {
            let target =
                request.method.changesState ? "/" : request.path + (request.query.pairs.isEmpty ? "" : "?\(request.query.urlEncoded)")
            return .redirect(target == "/" ? signInPath : "\(signInPath)?next=\(PercentCoding.encode(target))")
        }
        // With a one-time password there is one thing to do, and one may leave.
        if principal.mustChangePassword, ![newPasswordPath, signOutPath].contains(request.path) { return .redirect(newPasswordPath) }
        try route.access.check(principal)
        return nil
    }

    private static let unauthenticated = Problem(
        .unauthenticated, headers: ["WWW-Authenticate": "Bearer realm=\"zaehlwerk\", Basic realm=\"zaehlwerk\", charset=\"UTF-8\""])

    private static func allowed(_ methods: [RequestMethod]) -> String {
        let known = Set(methods).union(methods.contains(.get) ? [.head, .options] : [.options])
        return RequestMethod.allCases.filter { known.contains($0) }.map(\.rawValue).joined(separator: ", ")
    }

    /// The caller's own id if it is harmless, so that one id leads through several systems; else a new one.
    private static func correlation(_ given: String?) -> String {
        if let given, (8...64).contains(given.utf8.count),
            given.utf8.allSatisfy({ $0 == 0x2D || (0x30...0x39).contains($0) || (0x41...0x5A).contains($0) || (0x61...0x7A).contains($0) })
        {
            return given
        }
        return Hexadecimal.encode(SecureRandom.bytes(8))
    }

    /// `name`, `name:port`, `1.2.3.4:port`, `[::1]:port` (RFC 9110, 7.2): it may become part of an address that we hand out.
    static func isHost(_ text: String) -> Bool {
        func isWord(_ byte: UInt8) -> Bool {
            (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte)
        }
        var rest = Array(text.utf8)[...]
        guard (1...255).contains(rest.count) else { return false }
        if rest.first == 0x5B {
            guard let end = rest.firstIndex(of: 0x5D), end > 1 else { return false }
            guard rest[1..<end].allSatisfy({ isWord($0) || $0 == 0x3A || $0 == 0x2E }) else { return false }
            rest = rest[(end + 1)...]
        } else {
            let name = rest.prefix { $0 != 0x3A }
            guard !name.isEmpty, name.allSatisfy({ isWord($0) || $0 == 0x2D || $0 == 0x2E || $0 == 0x5F }) else { return false }
            rest = rest.dropFirst(name.count)
        }
        guard let colon = rest.first else { return true }
        return colon == 0x3A && rest.count <= 6 && rest.dropFirst().allSatisfy { (0x30...0x39).contains($0) }
    }

    private func publicURL(_ incoming: Incoming) -> String {
        if !settings.publicURL.isEmpty {
            return settings.publicURL.hasSuffix("/") ? String(settings.publicURL.dropLast()) : settings.publicURL
        }
        // Only where the service does not know its own address: it listens everywhere.
        let host = incoming.headers["Host"] ?? "127.0.0.1"
        return "\(incoming.isSecure ? "https" : "http")://\(host)"
    }
}

extension Access {
    /// Whether somebody must be known.
    var needsCaller: Bool {
        switch self {
        case .open, .loopback: false
        case .signedIn, .permission, .anyOf: true
        }
    }
}
