internal import XML

/// What WS-Addressing says in the header: the identity of the message, and where an answer is wanted. Answers go back on the same
/// connection: to connect to an address from a message would let a stranger make us knock at doors of our own network.
struct SOAPAddressing: Sendable, Hashable {
    /// The version of the standard in which the sender speaks.
    let namespace: String
    private(set) var messageID: String?

    static let namespaces = ["http://www.w3.org/2005/08/addressing", "http://schemas.xmlsoap.org/ws/2004/08/addressing"]
    private static let anonymous: Set<String> = [
        "http://www.w3.org/2005/08/addressing/anonymous", "http://schemas.xmlsoap.org/ws/2004/08/addressing/role/anonymous",
    ]

    /// Whether this header block is one of the standard's.
    static func knows(_ name: XMLName) -> Bool {
        namespaces.contains(name.namespace)
            && ["MessageID", "RelatesTo", "To", "Action", "From", "ReplyTo", "FaultTo"].contains(name.local)
    }

    init(namespace: String) { self.namespace = namespace }

    /// Takes a block in.
    /// - Throws: `SOAPFault` for an answer that is wanted elsewhere, and for two message ids.
    mutating func take(_ block: XMLElement) throws(SOAPFault) {
        switch block.name.local {
        case "MessageID":
            guard messageID == nil else { throw SOAPFault(code: "invalid-addressing", "more than one MessageID") }
            // It comes back in the answer; nobody needs a longer one.
            guard (1...1024).contains(block.trimmed.utf8.count) else {
                throw SOAPFault(code: "invalid-addressing", "a MessageID has 1 to 1024 bytes")
            }
            messageID = block.trimmed
        case "ReplyTo", "FaultTo":
            guard let address = block.value("Address"), SOAPAddressing.anonymous.contains(address) else {
                throw SOAPFault(
                    code: "only-anonymous-address",
                    "answers are given on the same connection: send \(block.name.local) with the anonymous address, or leave it away")
            }
        default: break
        }
    }

    /// The header blocks of the answer.
    func answer(action: String) -> XMLText {
        let related: XMLText = messageID.map { "<wsa:RelatesTo xmlns:wsa=\"\(namespace)\">\($0)</wsa:RelatesTo>" } ?? ""
        return "<wsa:Action xmlns:wsa=\"\(namespace)\">\(action)</wsa:Action>\(related)"
    }
}
