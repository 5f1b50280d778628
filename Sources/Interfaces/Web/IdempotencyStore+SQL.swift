internal import Postgres
internal import Values

extension Connection {
    /// Claims the key for a request, or says what became of the first one. Runs inside a transaction.
    func claimIdempotencyKey(_ key: String, of principal: String, hash: [UInt8], now: Instant) throws -> IdempotencyStore.Found {
        let inserted = try execute(
            """
            INSERT INTO idempotency (principal, key, request_hash, started_at) VALUES (\(principal), \(key), \(hash), \(now))
            ON CONFLICT DO NOTHING
            """)
        if inserted == 1 { return .fresh }
        // A row that another transaction has just removed again is none: the caller may claim it, which the retry of its client does.
        let found = try optional(
            """
            SELECT request_hash, started_at, status, media_type, location, body FROM idempotency
            WHERE principal = \(principal) AND key = \(key) FOR UPDATE
            """
        ) { row in
            (
                hash: try row.get(0, as: [UInt8].self), started: try row.get(1, as: Instant.self), status: try row.get(2, as: Int16?.self),
                mediaType: try row.get(3, as: String?.self), location: try row.get(4, as: String?.self),
                body: try row.get(5, as: [UInt8]?.self)
            )
        }
        guard let found else { return .pending }
        guard found.hash == hash else { return .otherBody }
        if let status = found.status {
            var response = WebResponse(status: Int(status), body: .bytes(found.body ?? []))
            if let mediaType = found.mediaType { response.headers["Content-Type"] = mediaType }
            if let location = found.location { response.headers["Location"] = location }
            return .answered(response)
        }
        guard found.started.adding(seconds: IdempotencyStore.leaseSeconds) <= now else { return .pending }
        try execute("UPDATE idempotency SET started_at = \(now) WHERE principal = \(principal) AND key = \(key)")
        return .fresh
    }

    func keepIdempotentAnswer(_ response: WebResponse, body: [UInt8], key: String, of principal: String, now: Instant) throws {
        let mediaType: SQL = response.headers["Content-Type"].map { "\($0)" } ?? "NULL"
        let location: SQL = response.headers["Location"].map { "\($0)" } ?? "NULL"
        try execute(
            """
            UPDATE idempotency SET status = \(Int16(response.status)), media_type = \(mediaType), location = \(location), body = \(body),
                   finished_at = \(now)
            WHERE principal = \(principal) AND key = \(key) AND started_at = \(now)
            """)
    }

    /// Only the claim of this moment: after a lease ran out the key may be another request's.
    func forgetIdempotencyKey(_ key: String, of principal: String, claimed: Instant) throws {
        try execute(
            "DELETE FROM idempotency WHERE principal = \(principal) AND key = \(key) AND started_at = \(claimed) AND status IS NULL")
    }

    /// - Returns: how many were forgotten.
    func forgetIdempotencyKeys(before instant: Instant) throws -> Int {
        try execute("DELETE FROM idempotency WHERE started_at < \(instant)")
    }
}
