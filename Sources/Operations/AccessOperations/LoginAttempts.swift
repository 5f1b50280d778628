internal import Postgres
internal import Values

/// How long the next attempt has to wait, so that guessing gets slow while a stranger cannot lock somebody out: the delay belongs to the
/// pair of login and address, and to an address that tries many logins.
enum LoginAttempts {
    /// Free attempts, then the delay doubles: 1, 2, 4 … seconds, at most five minutes.
    static func delay(failures: Int32, free: Int32) -> Int64 {
        guard failures >= free else { return 0 }
        return min(300, 1 << Int64(min(failures - free, 10)))
    }

    static func subjects(login: String, address: String) -> (pair: String, address: String) {
        ("user:\(login.prefix(64))@\(address)", "address:\(address)")
    }
    private static let freePerPair: Int32 = 3
    private static let freePerAddress: Int32 = 30
    /// After a quiet day everything is forgotten.
    private static let memory: Int64 = 86_400

    /// Seconds until an attempt is looked at; 0 for now.
    static func wait(login: String, address: String, in connection: Connection, now: Instant) throws -> Int64 {
        let subjects = subjects(login: login, address: address)
        var wait: Int64 = 0
        for row in try connection.query(
            "SELECT subject, failures, last_failure FROM login_attempt WHERE subject IN (\(subjects.pair), \(subjects.address))")
        {
            let free = try row.get(0) as String == subjects.pair ? freePerPair : freePerAddress
            let last: Instant = try row.get(2)
            let passed = last.seconds(until: now)
            // A clock that was set back must not wait for ever.
            guard passed >= 0, passed < memory else { continue }
            wait = max(wait, delay(failures: try row.get(1), free: free) - passed)
        }
        return wait
    }

    static func failed(login: String, address: String, in connection: Connection, now: Instant) throws {
        let subjects = subjects(login: login, address: address)
        try connection.execute(
            """
            INSERT INTO login_attempt AS a (subject, failures, last_failure)
            SELECT subject, 1, \(now) FROM unnest(\([subjects.pair, subjects.address].sorted())) AS s (subject)
            ON CONFLICT (subject) DO UPDATE SET last_failure = \(now),
                failures = CASE WHEN a.last_failure < \(now.adding(seconds: -memory)) THEN 1 ELSE a.failures + 1 END
            """)
    }

    static func succeeded(login: String, address: String, in connection: Connection) throws {
        try connection.execute("DELETE FROM login_attempt WHERE subject = \(subjects(login: login, address: address).pair)")
    }
}
