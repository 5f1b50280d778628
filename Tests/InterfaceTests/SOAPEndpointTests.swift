import AccessOperations
import SOAP
import Testing
import Values
import Web
import XML

/// Says who called.
private let service = SOAPService<WebRequest>(
    name: "Who", path: "/soap/who", namespace: "urn:zaehlwerk:who:1", documentation: "Says who called.",
    operations: [
        SOAPOperation("Who", documentation: "Says who called.", request: [], response: [SOAPField("name", .string)]) {
            (_, request: WebRequest) in
            var writer = XMLWriter(declaration: false)
            writer.element("name", request.principal?.name ?? "")
            return writer.bytes
        },
        SOAPOperation("Pay", documentation: "Needs a right of its own.", request: [], response: []) { (_, request: WebRequest) in
            try request.demand(.postPayments)
            return []
        },
        SOAPOperation("Break", documentation: "Goes wrong.", request: [], response: []) { (_, _: WebRequest) in
            struct Secret: Error { let text = "SELECT password FROM person" }
            throw Secret()
        },
    ])

private func fixture() -> WebFixture {
    var fixture = WebFixture(settings: .init(publicURL: "https://metering.example/"))
    service.mount(on: &fixture.site, allow: .permission(.submitReadings))
    SOAPEndpoint.renderFaults(on: &fixture.site)
    return fixture
}

private func envelope(_ operation: String, header: String = "", _ version: SOAPVersion = .soap11) -> String {
    "<s:Envelope xmlns:s='\(version.namespace)'><s:Header>\(header)</s:Header><s:Body><\(operation) xmlns='urn:zaehlwerk:who:1'/></s:Body></s:Envelope>"
}

private func token(_ login: String, _ password: String, type: String = "PasswordText") -> String {
    """
    <o:Security s:mustUnderstand="1" xmlns:o="http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd">\
    <o:UsernameToken><o:Username>\(login)</o:Username><o:Password Type="http://docs.oasis-open.org/wss/2004/01/\
    oasis-200401-wss-username-token-profile-1.0#\(type)">\(password)</o:Password></o:UsernameToken></o:Security>
    """
}

extension WebResponse {
    /// The code in a fault's detail.
    fileprivate var faultCode: String? {
        let fault = (try? XMLElement(parsing: text))?.child("Body")?.child("Fault")
        return (fault?.child("detail") ?? fault?.child("Detail"))?.child("ServiceFault")?.value("code")
    }
}

@Suite struct `A SOAP endpoint` {
    @Test(arguments: SOAPVersion.allCases)
    func `answers a caller with a key`(version: SOAPVersion) async throws {
        // The content type says the other version; the envelope counts.
        let answer = await fixture().post(
            "/soap/who", ["Authorization": "Bearer gateway", "Content-Type": "text/xml", "SOAPAction": "\"urn:anything\""],
            body: envelope("Who", version))
        #expect(answer.status == 200)
        #expect(answer.headers["Content-Type"] == version.contentType)
        #expect(try XMLElement(parsing: answer.text).child("Body")?.child("WhoResponse")?.value("name") == "key-gateway")
    }

    @Test func `answers a caller with a UsernameToken`() async throws {
        let answer = await fixture().post("/soap/who", body: envelope("Who", header: token("gateway", "right")))
        #expect(answer.status == 200)
        #expect(answer.text.contains("<name>gateway</name>"))
    }

    @Test(arguments: [
        ("Who", "", 401, "unauthenticated"), ("Who", token("gateway", "wrong"), 500, "unauthenticated"),
        ("Who", token("finance", "right"), 500, "forbidden"), ("Pay", token("gateway", "right"), 500, "forbidden"),
        ("Who", token("gateway", "right", type: "PasswordDigest"), 500, "password-digest"),
        ("Nobody", token("gateway", "right"), 500, "unknown-operation"), ("Break", token("gateway", "right"), 500, "internal-error"),
    ])
    func `says no by a fault`(operation: String, header: String, status: Int, code: String) async {
        for version in SOAPVersion.allCases {
            let answer = await fixture().post("/soap/who", body: envelope(operation, header: header, version))
            #expect(answer.status == status)
            #expect(answer.faultCode == code)
            #expect(answer.headers["Content-Type"] == version.contentType)
            #expect(!answer.text.contains("SELECT"))
            #expect((answer.headers["WWW-Authenticate"] != nil) == (status == 401))
        }
    }

    @Test func `a wrong key is a fault and a challenge before the envelope is looked at`() async {
        let answer = await fixture().post(
            "/soap/who", ["Authorization": "Bearer nobody", "Content-Type": "application/soap+xml"], body: "no xml at all")
        #expect(answer.status == 401)
        #expect(answer.faultCode == "unauthenticated")
        #expect(answer.headers["Content-Type"] == SOAPVersion.soap12.contentType)
    }

    // The detail's type is declared by the WSDL of the version that was called.
    @Test(arguments: [
        ("/soap/billing", "urn:zaehlwerk:billing:1"), ("/soap/billing/2", "urn:zaehlwerk:billing:2"),
        ("/soap/metering/2", "urn:zaehlwerk:metering:2"), ("/soap/billing/9", "urn:zaehlwerk:billing:1"),
        ("/soap/ledger", "urn:zaehlwerk:ledger:1"),
    ])
    func `a wrong key is a fault in the namespace of the version that was called`(path: String, namespace: String) async throws {
        var fixture = fixture()
        SOAPService<WebRequest>(name: "Any", path: path, namespace: namespace, documentation: "Any.", operations: [])
            .mount(on: &fixture.site, allow: .permission(.submitReadings))
        for login in ["Bearer nobody", "Basic bm9ib2R5OnBhc3N3b3Jk"] {
            let answer = await fixture.post(path, ["Authorization": login, "Content-Type": "text/xml"], body: envelope("Who"))
            #expect(answer.status == 401)
            let fault = try XMLElement(parsing: answer.text).child("Body")?.child("Fault")
            #expect(fault?.child("detail")?.child("ServiceFault")?.name.namespace == namespace)
        }
    }

    @Test func `attachments are not for us`() async {
        let answer = await fixture().post(
            "/soap/who",
            ["Authorization": "Bearer gateway", "Content-Type": "multipart/related; type=\"application/xop+xml\"; boundary=x"], body: "--x")
        #expect(answer.status == 415)
        #expect(answer.faultCode == "unsupported-media-type")
    }

    @Test func `a body beyond the limit is a fault with its own status`() async {
        let answer = await fixture().post(
            "/soap/who", ["Authorization": "Bearer gateway"], body: String(repeating: " ", count: (16 << 20) + 1))
        #expect(answer.status == 413)
        #expect(answer.faultCode == "body-too-large")
    }

    @Test func `an unknown service is a fault, too`() async {
        let answer = await fixture().post("/soap/nothing", ["Authorization": "Bearer gateway"], body: envelope("Who"))
        #expect(answer.status == 404)
        #expect(answer.faultCode == "not-found")
    }

    @Test func `anybody may read the description, which has the configured address`() async throws {
        for query in ["?wsdl", "?WSDL", "?wsdl="] {
            let answer = await fixture().get("/soap/who\(query)")
            #expect(answer.status == 200)
            #expect(answer.text.contains("location=\"https://metering.example/soap/who\""))
            #expect(try XMLElement(parsing: answer.text).name.local == "definitions")
        }
        let schema = await fixture().get("/soap/who?xsd=1")
        #expect(throws: Never.self) { try XMLSchema(Array(schema.text.utf8)) }
        #expect(await fixture().get("/soap/who?xsd=2").status == 404)
        #expect(await fixture().get("/soap/who").text.contains("?wsdl"))
    }
}
