internal import Synchronization
internal import Values

/// Remembers the nonces of UsernameTokens for as long as a message may be under way, so that a message overheard cannot be sent again.
///
/// One process remembers; several nodes behind a balancer each accept a nonce once. What is done twice changes nothing all the same:
/// readings, payments and runs carry keys of their own.
final class ReplayGuard: Sendable {
    /// How long a nonce is remembered: the tolerance of the clocks before and after.
    static let seconds: Int64 = 600
    private let room: Int
    private let seen = Mutex<[String: Int64]>([:])

    /// - Parameter room: how many nonces of ten minutes there may be.
    init(room: Int = 200_000) { self.room = room }

    /// Notes the nonce of a sender who has proven to be itself; a stranger's is never noted, so nobody fills the memory from outside.
    /// - Throws: `SOAPFault`: `replayed`, or the server's own trouble when there is no room to remember.
    func note(_ nonce: String, of login: String, now: Instant) throws(SOAPFault) {
        let key = "\(login)\u{0}\(nonce)"
        let verdict: SOAPFault? = seen.withLock { seen in
            if let before = seen[key], now.seconds < before + ReplayGuard.seconds {
                return SOAPFault(code: "replayed", "this nonce came before: make a new one for each message")
            }
            if seen.count >= room { seen = seen.filter { now.seconds < $0.value + ReplayGuard.seconds } }
            guard seen.count < room else { return SOAPFault(.server, code: "overloaded", "too many signed messages; come again later") }
            seen[key] = now.seconds
            return nil
        }
        if let verdict { throw verdict }
    }
}
