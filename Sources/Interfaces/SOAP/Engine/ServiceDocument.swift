internal import XML

extension SOAPService {
    /// The description: WSDL 1.1, document/literal wrapped, with a binding for each version of SOAP (WS-I Basic Profile 1.1 for 1.1).
    /// The schema is imported from `?xsd=1`, so that a client can check messages with it alone.
    ///
    /// - Parameter address: where the service is reached, from configuration, not from what a request claims.
    public func description(address: String) -> [UInt8] {
        let schemas = schemas
        let imports: [XMLText] = schemas.map { schema in
            "<xs:import namespace=\"\(schema.namespace)\" schemaLocation=\"\(SOAPService.location(schema.namespace, schemas, address))\"/>"
        }
        let prefixes: [XMLText] = schemas.filter { $0.namespace != namespace }.map { schema in
            " xmlns:\(raw: prefix(schema.namespace, schemas))=\"\(schema.namespace)\""
        }
        let text: XMLText = """
            <?xml version="1.0" encoding="UTF-8"?>
            <wsdl:definitions name="\(name)" targetNamespace="\(namespace)" xmlns:tns="\(namespace)"\(prefixes) xmlns:wsdl="http://schemas.xmlsoap.org/wsdl/" xmlns:soap="http://schemas.xmlsoap.org/wsdl/soap/" xmlns:soap12="http://schemas.xmlsoap.org/wsdl/soap12/">
            <wsdl:documentation>\(documentation)</wsdl:documentation>
            <wsdl:types><xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema">\(imports)</xs:schema></wsdl:types>
            \(operations.map { messages($0, schemas) })\(headerMessage)<wsdl:message name="ServiceFault"><wsdl:part name="fault" element="\(prefix(faultNamespace, schemas)):ServiceFault"/></wsdl:message>
            <wsdl:portType name="\(name)">
            \(operations.map { portOperation($0) })</wsdl:portType>
            \(binding("Soap11", "soap"))\(binding("Soap12", "soap12"))<wsdl:service name="\(name)">
            <wsdl:port name="\(name)Soap11" binding="tns:\(name)Soap11"><soap:address location="\(address)"/></wsdl:port>
            <wsdl:port name="\(name)Soap12" binding="tns:\(name)Soap12"><soap12:address location="\(address)"/></wsdl:port>
            </wsdl:service>
            </wsdl:definitions>

            """
        return text.bytes
    }

    private func prefix(_ space: String, _ schemas: [SOAPSchema]) -> String {
        space == namespace ? "tns" : "n\((schemas.firstIndex { $0.namespace == space } ?? 0) + 1)"
    }

    private func messages(_ operation: SOAPOperation<Context>, _ schemas: [SOAPSchema]) -> XMLText {
        func name(_ element: XMLName) -> String { "\(prefix(element.namespace, schemas)):\(element.local)" }
        return """
            <wsdl:message name="\(operation.name)"><wsdl:part name="parameters" element="\(name(operation.requestElement(in: namespace)))"/></wsdl:message>
            <wsdl:message name="\(operation.name)Response"><wsdl:part name="parameters" element="\(name(operation.responseElement(in: namespace)))"/></wsdl:message>

            """
    }

    /// The dialect's header block is a message of its own, so that the Body keeps its one part.
    private var headerMessage: XMLText {
        guard let messageHeader else { return "" }
        return """
            <wsdl:message name="\(messageHeader.name)"><wsdl:part name="\(messageHeader.name)" element="tns:\(messageHeader.name)"/></wsdl:message>

            """
    }

    private func portOperation(_ operation: SOAPOperation<Context>) -> XMLText {
        """
        <wsdl:operation name="\(operation.name)"><wsdl:documentation>\(operation.documentation)</wsdl:documentation><wsdl:input message="tns:\(operation.name)"/><wsdl:output message="tns:\(operation.name)Response"/><wsdl:fault name="ServiceFault" message="tns:ServiceFault"/></wsdl:operation>

        """
    }

    /// The action is there because clients want one; nobody reads it.
    private func binding(_ suffix: String, _ prefix: String) -> XMLText {
        let prefix = XMLText(raw: prefix)
        let header: XMLText =
            messageHeader.map { "<\(prefix):header message=\"tns:\($0.name)\" part=\"\($0.name)\" use=\"literal\"/>" } ?? ""
        let lines: [XMLText] = operations.map { operation in
            """
            <wsdl:operation name="\(operation.name)"><\(prefix):operation soapAction="\(actionPrefix)\(operation.name)" style="document"/><wsdl:input>\(header)<\(prefix):body use="literal"/></wsdl:input><wsdl:output>\(header)<\(prefix):body use="literal"/></wsdl:output><wsdl:fault name="ServiceFault"><\(prefix):fault name="ServiceFault" use="literal"/></wsdl:fault></wsdl:operation>

            """
        }
        return """
            <wsdl:binding name="\(name)\(suffix)" type="tns:\(name)"><\(prefix):binding transport="http://schemas.xmlsoap.org/soap/http" style="document"/>
            \(lines)</wsdl:binding>

            """
    }
}
