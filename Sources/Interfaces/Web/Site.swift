public import JSON
public import Logging
public import Values

/// All that is served, as a table. Interfaces add their lines; the server, the OpenAPI document and the permission matrix read them.
///
///     site.get("/api/v1/invoices/{number}", allow: .permission(.readInvoices), summary: "One invoice") { request in … }
public struct Site: Sendable {
    /// Limits and addresses of an installation.
    public struct Settings: Sendable {
        /// The base of addresses we hand out; empty means the address the request came to.
        public var publicURL: String
        /// Bytes of a body after decompression.
        public var bodyLimit: Int
        /// The same below `/soap`.
        public var soapBodyLimit: Int
        /// Bytes of all bodies in memory at a time.
        public var bodyBudget: Int
        /// Whether connections are encrypted: cookies become Secure, HSTS is sent.
        public var isSecure: Bool

        public init(
            publicURL: String = "", bodyLimit: Int = 64 << 20, soapBodyLimit: Int = 16 << 20, bodyBudget: Int = 768 << 20,
            isSecure: Bool = false
        ) {
            self.publicURL = publicURL
            self.bodyLimit = bodyLimit
            self.soapBodyLimit = soapBodyLimit
            self.bodyBudget = bodyBudget
            self.isSecure = isSecure
        }
    }

    public var settings: Settings
    public var gatekeeper: Gatekeeper
    public var logger: Logger
    /// What time it is; tests stop it.
    public var clock: @Sendable () -> Instant
    /// Counts and times of everything.
    public let metrics: Metrics
    /// Where answers to repeated POSTs are kept; nil: keys are ignored (tests without a database).
    public var idempotency: IdempotencyStore?
    /// How a problem looks in each protocol; without an entry it is a problem document.
    public var renderers: [Route.Kind: @Sendable (Problem, WebRequest) -> WebResponse] = [:]
    /// Where a page's visitor without a session is sent, and where one whose password is only for once.
    public var signInPath = "/sign-in"
    public var newPasswordPath = "/password"
    public var signOutPath = "/sign-out"

    /// The table.
    public private(set) var routes: [Route] = []
    private var translations: [@Sendable (any Error) -> Problem?] = []
    let budget: BodyBudget
    /// Work that outlives its request.
    public let background: BackgroundWork

    public init(
        settings: Settings = Settings(), gatekeeper: Gatekeeper, logger: Logger, metrics: Metrics = Metrics(),
        idempotency: IdempotencyStore? = nil, clock: @escaping @Sendable () -> Instant = { Wallclock.now() }
    ) {
        self.settings = settings
        self.gatekeeper = gatekeeper
        self.logger = logger
        self.metrics = metrics
        self.idempotency = idempotency
        self.clock = clock
        budget = BodyBudget(limit: settings.bodyBudget)
        background = BackgroundWork(logger: logger)
    }

    /// Adds a line to the table.
    public mutating func route(
        _ method: RequestMethod, _ path: String, kind: Route.Kind = .api, allow access: Access, limit: Int? = nil,
        summary: String = "", openAPI: JSONObject? = nil, handler: @escaping Route.Handler
    ) {
        let usual = kind == .soap ? settings.soapBodyLimit : settings.bodyLimit
        let pattern = PathPattern(path)
        precondition(!routes.contains { $0.method == method && $0.path == pattern }, "\(method.rawValue) \(path) is routed twice")
        routes.append(
            Route(
                method: method, path: pattern, kind: kind, access: access, limit: limit ?? usual, summary: summary, openAPI: openAPI,
                handler: handler))
    }

    /// Adds a GET; HEAD comes with it.
    public mutating func get(
        _ path: String, kind: Route.Kind = .api, allow access: Access, summary: String = "", openAPI: JSONObject? = nil,
        handler: @escaping Route.Handler
    ) { route(.get, path, kind: kind, allow: access, summary: summary, openAPI: openAPI, handler: handler) }

    /// Adds a POST.
    public mutating func post(
        _ path: String, kind: Route.Kind = .api, allow access: Access, limit: Int? = nil, summary: String = "",
        openAPI: JSONObject? = nil, handler: @escaping Route.Handler
    ) { route(.post, path, kind: kind, allow: access, limit: limit, summary: summary, openAPI: openAPI, handler: handler) }

    /// Adds a PUT.
    public mutating func put(
        _ path: String, kind: Route.Kind = .api, allow access: Access, limit: Int? = nil, summary: String = "",
        openAPI: JSONObject? = nil, handler: @escaping Route.Handler
    ) { route(.put, path, kind: kind, allow: access, limit: limit, summary: summary, openAPI: openAPI, handler: handler) }

    /// Adds a translation of an interface's own errors; nil leaves them to the next one.
    public mutating func translate(_ translation: @escaping @Sendable (any Error) -> Problem?) { translations.append(translation) }

    /// What an error means for the caller.
    func problem(of error: any Error) -> Problem {
        if let problem = error as? Problem { return problem }
        for translation in translations { if let problem = translation(error) { return problem } }
        return Problem(of: error)
    }

    /// The routes of a path, each with what its holes took, narrowest first.
    func candidates(for segments: [String]) -> [(route: Route, parameters: [String: String])] {
        var found: [(route: Route, parameters: [String: String])] = []
        for route in routes { if let parameters = route.path.match(segments) { found.append((route, parameters)) } }
        return found.sorted { $0.route.path.rank.lexicographicallyPrecedes($1.route.path.rank) }
    }
}
