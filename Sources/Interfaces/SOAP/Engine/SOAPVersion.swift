/// The two versions of the protocol. An envelope's namespace says which one it is; the content type may say anything.
public enum SOAPVersion: Sendable, Hashable, CaseIterable {
    case soap11, soap12

    /// The namespace of the envelope.
    public var namespace: String {
        switch self {
        case .soap11: "http://schemas.xmlsoap.org/soap/envelope/"
        case .soap12: "http://www.w3.org/2003/05/soap-envelope"
        }
    }

    /// The content type of an answer.
    public var contentType: String {
        switch self {
        case .soap11: "text/xml; charset=utf-8"
        case .soap12: "application/soap+xml; charset=utf-8"
        }
    }

    /// The version of this envelope namespace; nil for a foreign one.
    public init?(namespace: String) {
        guard let version = SOAPVersion.allCases.first(where: { $0.namespace == namespace }) else { return nil }
        self = version
    }

    /// What a content type suggests, for answers to requests whose envelope was never seen.
    public init(mediaType: String) { self = mediaType == "application/soap+xml" ? .soap12 : .soap11 }

    /// Actors and roles under which a header block is meant for us.
    func isMeantForUs(_ actor: String?) -> Bool {
        switch actor {
        case nil, "", "http://schemas.xmlsoap.org/soap/actor/next", "http://www.w3.org/2003/05/soap-envelope/role/next",
            "http://www.w3.org/2003/05/soap-envelope/role/ultimateReceiver":
            true
        default: false
        }
    }
}
