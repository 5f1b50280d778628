internal import AccessOperations
internal import Digests
internal import Logging
public import Postgres
internal import Synchronization
public import Values

/// Answers of POSTs that came with an `Idempotency-Key`, so that a repetition gets the first answer and does nothing.
///
/// The answer is kept beside the effect, not in one transaction with it: the use cases are idempotent themselves (message id, billing
/// run, journal entry key), so a crash between the two leads to a repetition that changes nothing.
public struct IdempotencyStore: Sendable {
    let pool: Pool
    /// When old answers were last thrown away.
    private let purged = PurgeMemory()
    /// A request that has not finished after this time belongs to a server that died.
    static let leaseSeconds: Int64 = 120
    /// How long an answer is kept.
    static let keepSeconds: Int64 = 7 * 86_400
    /// Answers larger than this are not kept; no POST has one.
    static let largestAnswer = 4 << 20

    /// Keeps answers in this database.
    public init(pool: Pool) { self.pool = pool }

    /// What is known about a key.
    enum Found: Sendable {
        case fresh
        case pending
        case otherBody
        case answered(WebResponse)
    }

    /// Names of keys may repeat, their prefixes do not: keys of different callers never meet.
    private static func caller(_ principal: Principal) -> String {
        if case .key(let prefix) = principal.means { "\(principal.name)#\(prefix)" } else { principal.name }
    }

    /// - Parameter problem: what an error means for the caller: a refusal is an answer like another.
    func answer(
        _ request: WebRequest, key: String, principal: Principal, route: Route, problem: (any Error) -> Problem
    ) async throws -> WebResponse {
        guard (1...255).contains(key.utf8.count), key.utf8.allSatisfy({ $0 >= 0x20 && $0 != 0x7F }) else {
            throw Problem(.badRequest, "an Idempotency-Key has 1 to 255 visible characters")
        }
        let request = try await request.collecting()
        if purged.isDue(request.now) {
            request.background.start("purge idempotency keys") { [now = request.now] in _ = try await purge(now: now) }
        }
        let body = request.collected ?? []
        // The body's own digest is taken first, so that no body can pretend to be another path.
        let hash = SHA256.hash("\(route.method.rawValue) \(request.path)?\(request.query.urlEncoded)\n\(SHA256.hash(body).hex)").bytes
        let caller = IdempotencyStore.caller(principal)
        let now = request.now
        switch try await pool.transaction({ try $0.claimIdempotencyKey(key, of: caller, hash: hash, now: now) }) {
        case .pending: throw Problem(.idempotencyPending, headers: ["Retry-After": "1"])
        case .otherBody: throw Problem(.idempotencyConflict)
        case .answered(var response):
            response.headers["Idempotency-Replayed"] = "true"
            return response
        case .fresh: break
        }
        do {
            let response = try await route.handler(request)
            try await keep(response, key: key, of: caller, now: now)
            return response
        } catch {
            let problem = problem(error)
            if IdempotencyStore.isAnswer(problem) {
                let response = problem.response(correlation: request.correlation)
                try await keep(response, key: key, of: caller, now: now)
                return response
            }
            // What failed may be tried again under the same key. If even this fails, the lease ends it.
            _ = try? await pool.with { try $0.forgetIdempotencyKey(key, of: caller, claimed: now) }
            throw error
        }
    }

    /// Whether a refusal is about what was asked, so that asking again is answered the same. What is about the moment or the caller's
    /// rights may be tried again.
    private static func isAnswer(_ problem: Problem) -> Bool {
        (400..<500).contains(problem.kind.status) && ![401, 403, 408, 413, 429].contains(problem.kind.status)
    }

    private func keep(_ response: WebResponse, key: String, of caller: String, now: Instant) async throws {
        let body: [UInt8]
        switch response.body {
        case .empty: body = []
        case .bytes(let bytes): body = bytes
        case .stream: body = []
        }
        let isKept: Bool =
            if case .stream = response.body { false } else { response.status < 500 && body.count <= IdempotencyStore.largestAnswer }
        try await pool.with { connection in
            if isKept {
                try connection.keepIdempotentAnswer(response, body: body, key: key, of: caller, now: now)
            } else {
                try connection.forgetIdempotencyKey(key, of: caller, claimed: now)
            }
        }
    }

    /// Throws away what is older than a week.
    /// - Returns: how many answers went.
    public func purge(now: Instant) async throws -> Int {
        try await pool.with { try $0.forgetIdempotencyKeys(before: now.adding(seconds: -IdempotencyStore.keepSeconds)) }
    }
}

/// Remembers when the last purge was; one an hour is plenty.
private final class PurgeMemory: Sendable {
    private let last = Mutex<Instant?>(nil)

    func isDue(_ now: Instant) -> Bool {
        last.withLock { last in
            guard last.map({ $0.seconds(until: now) >= 3_600 }) ?? true else { return false }
            last = now
            return true
        }
    }
}
