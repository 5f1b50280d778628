internal import XML

extension SOAPService {
    /// The schema of the service's messages: `?xsd=1`.
    public var schema: [UInt8] {
        let elements = operations.flatMap { operation in
            [element(operation.name, operation.request), element(operation.name + "Response", operation.response)]
        }
        let types = namedTypes
        let text: XMLText = """
            <?xml version="1.0" encoding="UTF-8"?>
            <xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema" xmlns:tns="\(namespace)" targetNamespace="\(namespace)" elementFormDefault="qualified">
            \(elements)\(element(SOAPFault.detailElement, SOAPService.faultFields))\(types.complex.map { complexType($0) })\(types.words.map { wordType($0) })</xs:schema>

            """
        return text.bytes
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
        <xs:element name="\(name)"><xs:complexType>\(sequence(fields))</xs:complexType></xs:element>

        """
    }

    private func complexType(_ type: SOAPComplexType) -> XMLText {
        """
        <xs:complexType name="\(type.name)">\(annotation(type.documentation))\(sequence(type.fields))</xs:complexType>

        """
    }

    private func wordType(_ type: SOAPWords) -> XMLText {
        let words: [XMLText] = type.words.map { "<xs:enumeration value=\"\($0)\"/>" }
        return """
            <xs:simpleType name="\(type.name)"><xs:restriction base="xs:string">\(words)</xs:restriction></xs:simpleType>

            """
    }

    private func sequence(_ fields: [SOAPField]) -> XMLText { "<xs:sequence>\(fields.map { field($0) })</xs:sequence>" }

    private func field(_ field: SOAPField) -> XMLText {
        let occurs: XMLText =
            switch field.occurs {
            case .once: ""
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
        return (complex, words)
    }
}
