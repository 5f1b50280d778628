internal import XML

extension SOAPService {
    /// The schema of the service's messages: `?xsd=1`.
    public var schema: [UInt8] { document(1, address: path) ?? [] }

    /// The schema of this number, from 1; nil beyond the last.
    ///
    /// - Parameter address: where the service is reached, because schemas import each other from there.
    public func document(_ number: Int, address: String) -> [UInt8]? {
        let schemas = schemas
        guard schemas.indices.contains(number - 1) else { return nil }
        return schemas[number - 1].document { SOAPService.location($0, schemas, address) }
    }

    static func location(_ namespace: String, _ schemas: [SOAPSchema], _ address: String) -> String {
        "\(address)?xsd=\((schemas.firstIndex { $0.namespace == namespace } ?? 0) + 1)"
    }

    /// All of them: those of others, or the one written from the operations; and the fault's, where it has a namespace of its own.
    var schemas: [SOAPSchema] {
        let fault = element(SOAPFault.detailElement, SOAPService.faultFields)
        let own = foreignSchemas ?? [SOAPSchema(namespace: namespace, faultNamespace == namespace ? messages + fault : messages)]
        return own.contains { $0.namespace == faultNamespace } ? own : own + [SOAPSchema(namespace: faultNamespace, fault)]
    }

    private var messages: XMLText {
        let elements = operations.flatMap { operation in
            [element(operation.name, operation.request), element(operation.name + "Response", operation.response)]
        }
        let header = messageHeader.map { element($0.name, $0.fields) } ?? ""
        let types = namedTypes
        return "\(elements)\(header)\(types.complex.map { complexType($0) })\(types.words.map { wordType($0) })"
    }

    static var faultFields: [SOAPField] {
        [
            SOAPField("code", .string, .once, "Stable name of what is wrong, the same as in the problem documents of REST."),
            SOAPField("message", .string, .once, "For people."),
            SOAPField("path", .string, .optional, "JSON Pointer to the element that is wrong."),
            SOAPField("line", .integer, .optional, "Line of the message."),
            SOAPField("correlation", .string, .optional, "To be told to the operator, who finds the log by it."),
        ]
    }

    private func element(_ name: String, _ fields: [SOAPField]) -> XMLText {
        """
        <xs:element name="\(name)"><xs:complexType>\(content(fields))</xs:complexType></xs:element>

        """
    }

    private func complexType(_ type: SOAPComplexType) -> XMLText {
        let content: XMLText =
            type.hasText
            ? "<xs:simpleContent><xs:extension base=\"xs:string\">\(attributes(type.fields))</xs:extension></xs:simpleContent>"
            : content(type.fields)
        return """
            <xs:complexType name="\(type.name)">\(annotation(type.documentation))\(content)</xs:complexType>

            """
    }

    private func wordType(_ type: SOAPWords) -> XMLText {
        let words: [XMLText] = type.words.map { "<xs:enumeration value=\"\($0)\"/>" }
        return """
            <xs:simpleType name="\(type.name)"><xs:restriction base="xs:string">\(words)</xs:restriction></xs:simpleType>

            """
    }

    private func content(_ fields: [SOAPField]) -> XMLText {
        "<xs:sequence>\(fields.filter { $0.occurs != .attribute }.map { field($0) })</xs:sequence>\(attributes(fields))"
    }

    private func attributes(_ fields: [SOAPField]) -> [XMLText] {
        fields.filter { $0.occurs == .attribute }.map { "<xs:attribute name=\"\($0.name)\" type=\"\(reference($0.type))\"/>" }
    }

    private func field(_ field: SOAPField) -> XMLText {
        let occurs: XMLText =
            switch field.occurs {
            case .once, .attribute: ""
            case .optional: " minOccurs=\"0\""
            case .many: " minOccurs=\"0\" maxOccurs=\"unbounded\""
            }
        if case .list(let item, let type) = field.type {
            return """
                <xs:element name="\(field.name)"\(occurs)>\(annotation(field.documentation))<xs:complexType><xs:sequence><xs:element name="\(item)" type="\(reference(type))" minOccurs="0" maxOccurs="unbounded" nillable="true"/></xs:sequence></xs:complexType></xs:element>
                """
        }
        let head: XMLText = "<xs:element name=\"\(field.name)\" type=\"\(reference(field.type))\"\(occurs)"
        return field.documentation.isEmpty ? "\(head)/>" : "\(head)>\(annotation(field.documentation))</xs:element>"
    }

    private func annotation(_ text: String) -> XMLText {
        text.isEmpty ? "" : "<xs:annotation><xs:documentation>\(text)</xs:documentation></xs:annotation>"
    }

    private func reference(_ type: SOAPType) -> String {
        switch type {
        case .string: "xs:string"
        case .decimal: "xs:decimal"
        case .integer: "xs:int"
        case .boolean: "xs:boolean"
        case .dateTime: "xs:dateTime"
        case .date: "xs:date"
        case .complex(let type): "tns:\(type.name)"
        case .words(let type): "tns:\(type.name)"
        case .list: preconditionFailure("a list stands in an element of its own")
        }
    }

    /// Every named type that is reached from a message, in the order of first mention.
    private var namedTypes: (complex: [SOAPComplexType], words: [SOAPWords]) {
        var complex: [SOAPComplexType] = []
        var words: [SOAPWords] = []
        func visit(_ type: SOAPType) {
            switch type {
            case .complex(let type):
                if let known = complex.first(where: { $0.name == type.name }) {
                    precondition(known == type, "two types are named \(type.name)")
                    return
                }
                complex.append(type)
                for field in type.fields { visit(field.type) }
            case .words(let type):
                if !words.contains(type) { words.append(type) }
            case .list(_, let item): visit(item)
            case .string, .decimal, .integer, .boolean, .dateTime, .date: break
            }
        }
        for operation in operations { for field in operation.request + operation.response { visit(field.type) } }
        for field in messageHeader?.fields ?? [] { visit(field.type) }
        return (complex, words)
    }
}
