import SOAP
import Testing
import Values
import XML

/// A service that says back what it was told; its caller is a name.
private let echo = SOAPService<String>(
    name: "Echo", path: "/soap/echo", namespace: "urn:test:echo:1", documentation: "Says it back.",
    operations: [
        SOAPOperation(
            "Say", documentation: "Says it back.",
            request: [SOAPField("text", .string), SOAPField("values", .list(of: "value", .decimal), .optional)],
            response: [SOAPField("text", .string), SOAPField("caller", .string)]
        ) { (request, caller: String) in
            guard let text = request.value("text") else { throw SOAPFault(code: "missing-element", "<text> is required", path: "/text") }
            var writer = XMLWriter(declaration: false)
            writer.element("text", text)
            writer.element("caller", caller)
            return writer.bytes
        },
        SOAPOperation("Mark", documentation: "Nothing.", request: [], response: []) { (_, _: String) in [] },
    ])

private let now: Instant = {
    guard let instant = try? Instant("2026-03-01T12:00:00Z") else { preconditionFailure("a time is a time") }
    return instant
}()

private func envelope(_ body: String, header: String = "", _ version: SOAPVersion = .soap11) -> String {
    """
    <?xml version="1.0" encoding="UTF-8"?>
    <s:Envelope xmlns:s="\(version.namespace)" xmlns:m="urn:test:echo:1">\(header.isEmpty ? "" : "<s:Header>\(header)</s:Header>")<s:Body>\(body)</s:Body></s:Envelope>
    """
}

private func answer(_ text: String) async throws -> XMLElement {
    let bytes = Array(text.utf8)
    let call = try echo.call(bytes, now: now)
    return try XMLElement(parsing: try await call.answer("erika", envelope: bytes, now: now))
}

private func fault(_ text: String) throws -> SOAPRefusal {
    try #require(throws: SOAPRefusal.self) { try echo.call(Array(text.utf8), now: now) }
}

@Suite struct `The SOAP engine` {
    @Test(arguments: SOAPVersion.allCases)
    func `answers in the version it was asked in`(version: SOAPVersion) async throws {
        let root = try await answer(envelope("<m:Say><m:text>Grüß &amp; Gott</m:text></m:Say>", version))
        #expect(root.name == XMLName("Envelope", in: version.namespace))
        let response = try #require(root.child("Body")?.child("SayResponse"))
        #expect(response.name.namespace == "urn:test:echo:1")
        #expect(response.value("text") == "Grüß & Gott")
        #expect(response.value("caller") == "erika")
    }

    @Test(arguments: [
        "<m:Say><text>x</text></m:Say>", "<Say xmlns='urn:test:echo:1'><text xmlns=''>x</text></Say>",
        "<m:Say s:encodingStyle='http://schemas.xmlsoap.org/soap/encoding/'><text xsi:type='xsd:int' xmlns:xsi='http://www.w3.org/2001/XMLSchema-instance'>x</text></m:Say>",
        "\n  <m:Say>\n <m:unknown><m:deep/></m:unknown><m:text> x </m:text>\n</m:Say>\n",
    ])
    func `takes what Perl, PHP and others send`(body: String) async throws {
        #expect(try await answer(envelope(body)).child("Body")?.child("SayResponse")?.value("text") == "x")
        #expect(try await answer("\u{FEFF}" + envelope(body, .soap12)).child("Body")?.child("SayResponse")?.value("text") == "x")
    }

    @Test(arguments: [
        ("<Say><text>x</text></Say>", "unknown-operation"), ("<m:Shout/>", "unknown-operation"),
        ("<Say xmlns='urn:test:echo:2'/>", "unknown-operation"), ("", "empty-body"), ("<m:Mark/><m:Mark/>", "body-children"),
        ("text", "bad-envelope"), ("<m:Mark>", "xml-malformed"), ("<!DOCTYPE a><m:Mark/>", "xml-doctype"),
    ])
    func `refuses what is no request`(body: String, code: String) throws {
        let refusal = try fault(envelope(body))
        #expect(refusal.fault.code == code)
        #expect(refusal.fault.party == .client)
    }

    @Test func `an envelope of another version is a fault of its own`() throws {
        let refusal = try fault("<e:Envelope xmlns:e='urn:other'><e:Body/></e:Envelope>")
        #expect(refusal.fault.party == .version)
        #expect(refusal.version == nil)
        #expect(try fault("<a/>").fault.code == "no-envelope")
        #expect(try fault("{}").fault.code == "xml-empty")
        #expect(try fault("<s:Envelope xmlns:s='\(SOAPVersion.soap11.namespace)'/>").fault.code == "bad-envelope")
    }

    @Test func `a header that must be understood and is not is a fault`() throws {
        let refusal = try fault(envelope("<m:Mark/>", header: "<a:Route xmlns:a='urn:a' s:mustUnderstand='1'/>"))
        #expect(refusal.fault.party == .header(XMLName("Route", in: "urn:a")))
        let envelope12 = try XMLElement(parsing: refusal.fault.envelope(.soap12, serviceNamespace: "urn:x", correlation: "c"))
        #expect(envelope12.child("Header")?.child("NotUnderstood")?.attribute("qname") == "h:Route")
        #expect(envelope12.child("Body")?.child("Fault")?.child("Code")?.value("Value") == "env:MustUnderstand")
    }

    @Test(arguments: [
        "<a:Route xmlns:a='urn:a'/>", "<a:Route xmlns:a='urn:a' s:mustUnderstand='0'><a:b>x</a:b></a:Route>",
        "<a:Route xmlns:a='urn:a' s:mustUnderstand='1' s:actor='urn:somebody:else'/>", "<a:Route xmlns:a='urn:a' mustUnderstand='1'/>",
    ])
    func `other headers are passed over`(header: String) async throws {
        _ = try await answer(envelope("<m:Mark/>", header: header))
    }

    private static func security(_ inside: String) -> String {
        """
        <o:Security s:mustUnderstand="1" xmlns:o="http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd" \
        xmlns:u="http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-utility-1.0.xsd">\(inside)</o:Security>
        """
    }
    private static func token(_ kind: String?) -> String {
        let type = kind.map { " Type='http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-username-token-profile-1.0#\($0)'" } ?? ""
        return "<o:UsernameToken><o:Username>erika</o:Username><o:Password\(type)> ge heim </o:Password></o:UsernameToken>"
    }

    @Test(arguments: ["PasswordText", nil])
    func `name and password are read before the body`(kind: String?) throws {
        // The body is broken, and nobody has looked at it yet.
        let text = envelope("<m:Nobody/><m:Two/>", header: Self.security(Self.token(kind)))
        let header = try echo.header(of: Array(text.utf8), now: now)
        #expect(header.login == "erika")
        #expect(header.password == " ge heim ")
        #expect(try echo.header(of: Array(envelope("<m:Mark/>").utf8), now: now).login == nil)
    }

    @Test(arguments: [
        (token("PasswordDigest"), "password-digest"), (token(nil) + token(nil), "invalid-security"),
        ("<o:UsernameToken><o:Username>erika</o:Username></o:UsernameToken>", "invalid-security"),
        ("<Signature xmlns='http://www.w3.org/2000/09/xmldsig#'/>", "unsupported-security"),
        (
            "<u:Timestamp><u:Created>2026-03-01T11:00:00Z</u:Created><u:Expires>2026-03-01T11:54:59Z</u:Expires></u:Timestamp>",
            "message-expired"
        ),
        ("<u:Timestamp><u:Created>2026-03-01T12:05:01Z</u:Created></u:Timestamp>", "message-from-the-future"),
        ("<u:Timestamp><u:Created>soon</u:Created></u:Timestamp>", "invalid-security"),
    ])
    func `a security header that is not understood in full is refused`(inside: String, code: String) throws {
        let refusal = try fault(envelope("<m:Mark/>", header: Self.security(inside), .soap12))
        #expect(refusal.fault.code == code)
        #expect(refusal.version == .soap12)
    }

    @Test func `a timestamp is answered by a timestamp, as WCF wants`() async throws {
        let stamp =
            "<u:Timestamp><u:Created>2026-03-01T11:56:00.000Z</u:Created><u:Expires>2026-03-01T12:01:00.000Z</u:Expires></u:Timestamp>"
        let root = try await answer(envelope("<m:Mark/>", header: Self.security(stamp + Self.token("PasswordText"))))
        let answered = try #require(root.child("Header")?.child("Security")?.child("Timestamp"))
        #expect(answered.value("Created") == "2026-03-01T12:00:00.000Z")
        #expect(answered.value("Expires") == "2026-03-01T12:05:00.000Z")
        #expect(try await answer(envelope("<m:Mark/>")).child("Header") == nil)
    }

    @Test(arguments: SOAPVersion.allCases)
    func `a fault has a typed detail and tells no more`(version: SOAPVersion) throws {
        let fault = SOAPFault(code: "missing-element", "<text> is required", path: "/text", line: 3)
        let root = try XMLElement(parsing: fault.envelope(version, serviceNamespace: "urn:test:echo:1", correlation: "abc"))
        let element = try #require(root.child("Body")?.child("Fault"))
        let detail: XMLElement?
        switch version {
        case .soap11:
            #expect(element.value("faultcode") == "env:Client")
            #expect(element.value("faultstring") == "<text> is required")
            // Children of a SOAP 1.1 fault have no namespace.
            #expect(element.child("faultcode")?.name.namespace == "")
            detail = element.child("detail")
        case .soap12:
            #expect(element.child("Code")?.value("Value") == "env:Sender")
            #expect(element.child("Reason")?.value("Text") == "<text> is required")
            detail = element.child("Detail")
        }
        let typed = try #require(detail?.child("ServiceFault"))
        #expect(typed.name.namespace == "urn:test:echo:1")
        #expect(typed.value("code") == "missing-element")
        #expect(typed.value("path") == "/text")
        #expect(typed.value("line") == "3")
        #expect(typed.value("correlation") == "abc")
    }

    @Test func `its schema accepts its own messages`() async throws {
        let schema = try XMLSchema(echo.schema)
        let xsi = "xmlns:xsi='http://www.w3.org/2001/XMLSchema-instance'"
        try schema.validate(
            Array("<Say xmlns='urn:test:echo:1' \(xsi)><text>x</text><values><value>1.5</value><value xsi:nil='true'/></values></Say>".utf8)
        )
        try schema.validate(Array("<SayResponse xmlns='urn:test:echo:1'><text>x</text><caller>y</caller></SayResponse>".utf8))
        try schema.validate(Array("<ServiceFault xmlns='urn:test:echo:1'><code>x</code><message>y</message></ServiceFault>".utf8))
        #expect(throws: XMLError.self) {
            try schema.validate(Array("<Say xmlns='urn:test:echo:1'><values><value>x</value></values></Say>".utf8))
        }
    }

    @Test func `its description names both bindings and the address it was told`() throws {
        let root = try XMLElement(parsing: echo.description(address: "https://metering.example/soap/echo"))
        #expect(root.children("binding").map { $0.attribute("name") } == ["EchoSoap11", "EchoSoap12"])
        #expect(root.children("message").count == 5)
        let ports = try #require(root.child("service")).children("port")
        #expect(
            ports.map { $0.child("address")?.attribute("location") } == Array(repeating: "https://metering.example/soap/echo", count: 2))
        let imported = root.child("types")?.child("schema")?.child("import")
        #expect(imported?.attribute("schemaLocation") == "https://metering.example/soap/echo?xsd=1")
    }
}
