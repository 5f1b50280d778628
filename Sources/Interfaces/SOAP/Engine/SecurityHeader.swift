internal import Values
internal import XML

/// What WS-Security says in a header: a name and password, and for how long the message counts.
struct SecurityHeader: Sendable, Hashable {
    /// A name and its password in clear, as WCF sends them over TLS.
    struct Token: Sendable, Hashable {
        let login: String
        let password: String
        /// Chosen by the sender for this message alone; nil where it sends none.
        let nonce: String?
    }

    let token: Token?
    /// WCF refuses an answer without a timestamp if its request had one.
    let hasTimestamp: Bool

    static let namespace = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd"
    static let utilityNamespace = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-utility-1.0.xsd"
    /// How far a sender's clock may be off.
    static let tolerance: Int64 = 300

    /// - Throws: `SOAPFault`: for a digest (we keep no password that could be digested), a signature, or a message out of its time.
    init(_ header: XMLElement, now: Instant) throws(SOAPFault) {
        var found: Token?
        var stamped = false
        for part in header.children {
            switch part.name.local {
            case "UsernameToken":
                guard found == nil else { throw SOAPFault(code: "invalid-security", "more than one UsernameToken") }
                found = try SecurityHeader.token(part, now: now)
            case "Timestamp":
                guard !stamped else { throw SOAPFault(code: "invalid-security", "more than one Timestamp") }
                stamped = true
                try SecurityHeader.check(part, now: now)
            default:
                // A signature that is not verified must not look as if it were.
                throw SOAPFault(
                    code: "unsupported-security",
                    "\(part.name.local) is not supported: send a UsernameToken with PasswordText, HTTP Basic, or a Bearer key")
            }
        }
        token = found
        hasTimestamp = stamped
    }

    private static func token(_ element: XMLElement, now: Instant) throws(SOAPFault) -> Token {
        guard let login = element.value("Username"), !login.isEmpty, let password = element.child("Password") else {
            throw SOAPFault(code: "invalid-security", "a UsernameToken needs Username and Password")
        }
        let kind = password.attribute("Type") ?? "#PasswordText"
        guard kind.hasSuffix("#PasswordText") else {
            throw SOAPFault(
                code: "password-digest",
                "PasswordDigest would need stored passwords; send PasswordText over TLS, HTTP Basic, or a Bearer key instead")
        }
        // A nonce is remembered for a while only: with it the message must say when it was made.
        let nonce = element.value("Nonce")
        if let nonce {
            guard (1...256).contains(nonce.utf8.count) else { throw SOAPFault(code: "invalid-security", "a Nonce has 1 to 256 bytes") }
            guard element.child("Created") != nil else { throw SOAPFault(code: "invalid-security", "a Nonce needs Created beside it") }
        }
        if let text = element.value("Created") {
            guard let created = try? Instant(text) else { throw SOAPFault(code: "invalid-security", "Created is no time with an offset") }
            guard abs(now.seconds(until: created)) <= tolerance else {
                throw SOAPFault(
                    code: "message-expired", "the token was created more than \(tolerance) seconds away from the server's time, \(now)")
            }
        }
        return Token(login: login, password: password.text, nonce: nonce)
    }

    private static func check(_ timestamp: XMLElement, now: Instant) throws(SOAPFault) {
        if let text = timestamp.value("Created") {
            guard let created = try? Instant(text) else { throw SOAPFault(code: "invalid-security", "Created is no time with an offset") }
            guard now.seconds(until: created) <= tolerance else {
                throw SOAPFault(code: "message-from-the-future", "the message was created after the server's time, \(now)")
            }
        }
        if let text = timestamp.value("Expires") {
            guard let expires = try? Instant(text) else { throw SOAPFault(code: "invalid-security", "Expires is no time with an offset") }
            guard expires.seconds(until: now) <= tolerance else {
                throw SOAPFault(code: "message-expired", "the message expired before the server's time, \(now)")
            }
        }
    }

    /// The header of an answer to a message with a timestamp.
    static func answer(now: Instant) -> XMLText {
        // Milliseconds and `Z`, because WCF's parser is particular.
        func text(_ seconds: Int64) -> String {
            let whole = Instant(seconds: now.seconds + seconds).description.dropLast()
            let thousandths = String((now.microseconds - now.seconds * 1_000_000) / 1_000)
            return "\(whole).\(String(repeating: "0", count: 3 - thousandths.utf8.count))\(thousandths)Z"
        }
        return """
            <wsse:Security env:mustUnderstand="1" xmlns:wsse="\(namespace)" xmlns:wsu="\(utilityNamespace)"><wsu:Timestamp wsu:Id="_0"><wsu:Created>\(text(0))</wsu:Created><wsu:Expires>\(text(300))</wsu:Expires></wsu:Timestamp></wsse:Security>
            """
    }
}
