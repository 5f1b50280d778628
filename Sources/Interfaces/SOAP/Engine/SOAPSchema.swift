public import XML

/// A schema of a service whose types others named: the markup within `xs:schema`, and what it refers to.
public struct SOAPSchema: Sendable {
    /// Its target namespace.
    public let namespace: String
    /// Prefixes its markup uses beside `xs` and `tns`, with their namespaces; those are imported.
    public let uses: KeyValuePairs<String, String>
    /// The children of `xs:schema`.
    public let body: XMLText

    public init(namespace: String, uses: KeyValuePairs<String, String> = [:], _ body: XMLText) {
        self.namespace = namespace
        self.uses = uses
        self.body = body
    }

    /// The document. Foreign namespaces are imported from where `location` says.
    func document(location: (String) -> String) -> [UInt8] {
        let prefixes: [XMLText] = uses.map { " xmlns:\(raw: $0.key)=\"\($0.value)\"" }
        let imports: [XMLText] = uses.map { "<xs:import namespace=\"\($0.value)\" schemaLocation=\"\(location($0.value))\"/>\n" }
        let text: XMLText = """
            <?xml version="1.0" encoding="UTF-8"?>
            <xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema" xmlns:tns="\(namespace)"\(prefixes) targetNamespace="\(namespace)" elementFormDefault="qualified">
            \(imports)\(body)</xs:schema>

            """
        return text.bytes
    }
}
