public import XML

/// An answer that says no, in both versions of the protocol. It never tells more of our inside than a code and a sentence.
public struct SOAPFault: Error, Sendable, Hashable {
    /// Whose mistake it is.
    public enum Party: Sendable, Hashable {
        /// An envelope of a version nobody knows.
        case version
        /// A header that must be understood and is not.
        case header(XMLName)
        /// The sender: sending the same again fails again.
        case client
        /// We: sending the same again later may work.
        case server
    }

    public var party: Party
    /// Stable, for programs: the code REST would give in its problem document.
    public var code: String
    /// For people.
    public var reason: String
    /// Where in the message: `/registers/3/value`; empty for the whole.
    public var path: String
    /// Line of the message from 1, where it is known.
    public var line: Int?

    /// A fault.
    public init(_ party: Party = .client, code: String, _ reason: String, path: String = "", line: Int? = nil) {
        self.party = party
        self.code = code
        self.reason = reason
        self.path = path
        self.line = line
    }

    /// A text that is no acceptable XML.
    public init(_ error: XMLError) { self.init(code: error.code.rawValue, error.message, line: error.line) }

    /// The detail element's name in every service: `code`, `message`, `path`, `line`, `correlation`.
    public static let detailElement = "ServiceFault"

    /// The whole envelope. The detail lies in the service's namespace, so that clients find the type their WSDL declared.
    public func envelope(_ version: SOAPVersion, serviceNamespace: String, correlation: String) -> [UInt8] {
        envelope(version, serviceNamespace: serviceNamespace, correlation: correlation, addressing: nil)
    }

    /// The same for a sender who speaks WS-Addressing and would not know an answer without its MessageID.
    func envelope(_ version: SOAPVersion, serviceNamespace: String, correlation: String, addressing: SOAPAddressing?) -> [UInt8] {
        var writer = XMLWriter(reservingCapacity: 1024)
        writer.element("env:Envelope", ["xmlns:env": version.namespace]) { writer in
            var blocks: XMLText = ""
            if version == .soap12, case .header(let name) = party {
                blocks += """
                    <env:NotUnderstood qname="h:\(name.local)" xmlns:h="\(name.namespace)"/>
                    """
            }
            if let addressing { blocks += addressing.answer(action: "\(addressing.namespace)/fault") }
            if !blocks.text.isEmpty { writer.raw("<env:Header>\(blocks)</env:Header>") }
            writer.element("env:Body") { writer in
                let detail = detail(serviceNamespace, correlation)
                switch version {
                case .soap11:
                    writer.element("env:Fault") { writer in
                        writer.element("faultcode", "env:\(faultCode(version))")
                        writer.element("faultstring", reason)
                        // A fault about the header may not carry a detail (SOAP 1.1, section 4.4).
                        if case .header = party {} else { writer.raw("<detail>\(detail)</detail>") }
                    }
                case .soap12:
                    writer.element("env:Fault") { writer in
                        writer.element("env:Code") { $0.element("env:Value", "env:\(faultCode(version))") }
                        writer.element("env:Reason") { $0.element("env:Text", ["xml:lang": "en"], reason) }
                        if case .header = party {} else { writer.raw("<env:Detail>\(detail)</env:Detail>") }
                    }
                }
            }
        }
        return writer.bytes
    }

    private func faultCode(_ version: SOAPVersion) -> String {
        switch (party, version) {
        case (.version, _): "VersionMismatch"
        case (.header, _): "MustUnderstand"
        case (.client, .soap11): "Client"
        case (.client, .soap12): "Sender"
        case (.server, .soap11): "Server"
        case (.server, .soap12): "Receiver"
        }
    }

    private func detail(_ namespace: String, _ correlation: String) -> XMLText {
        let path: XMLText = path.isEmpty ? "" : "<path>\(path)</path>"
        let line: XMLText = line.map { "<line>\($0)</line>" } ?? ""
        return """
            <\(raw: SOAPFault.detailElement) xmlns="\(namespace)"><code>\(code)</code><message>\(reason)</message>\(path)\(line)<correlation>\(correlation)</correlation></\(raw: SOAPFault.detailElement)>
            """
    }
}
