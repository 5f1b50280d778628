import AccessOperations
import SOAP
import Testing
import Values
import Web
import XML

private let service = SOAPService<WebRequest>(
    name: "Who", path: "/soap/who", namespace: "urn:zaehlwerk:who:1", documentation: "Says who called.",
    operations: [
        SOAPOperation("Who", documentation: "Says who called.", request: [], response: [SOAPField("name", .string)]) {
            (_, request: WebRequest) in
            var writer = XMLWriter(declaration: false)
            writer.element("name", request.principal?.name ?? "")
            return writer.bytes
        }
    ])

private func fixture() -> WebFixture {
    var fixture = WebFixture()
    service.mount(on: &fixture.site, allow: .permission(.submitReadings))
    return fixture
}

/// The same in a dialect whose header carries name and password.
private let dialect = SOAPService<WebRequest>(
    name: "Who", path: "/soap/dialect", namespace: "urn:other:who", documentation: "Says who called.",
    faultNamespace: "urn:zaehlwerk:dialect:1",
    messageHeader: SOAPMessageHeader(
        name: "MsgHeader", fields: ["UserID", "Pwd", "Sent"].map { SOAPField($0, .string, .attribute) }, login: "UserID", password: "Pwd",
        answer: { _ in [("Sent", "0")] }),
    operations: [
        SOAPOperation("Who", documentation: "Says who called.", request: [], response: [SOAPField("name", .string)], elements: 10) {
            message, request in
            var writer = XMLWriter(declaration: false)
            writer.element("name", request.principal?.name ?? "")
            return SOAPAnswer(writer.bytes, header: [("Sent", message.header?.attribute("Sent") ?? "none")])
        }
    ])

@Suite struct `A dialect with a header of its own` {
    private func call(_ header: String) async -> WebResponse {
        var fixture = WebFixture()
        dialect.mount(on: &fixture.site, allow: .permission(.submitReadings))
        return await fixture.post(
            "/soap/dialect",
            body: """
                <s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Header>\(header)</s:Header>\
                <s:Body><Who xmlns="urn:other:who"/></s:Body></s:Envelope>
                """)
    }

    @Test func `signs its sender in by it, and answers with it`() async {
        let answer = await call(#"<MsgHeader xmlns="urn:other:who" UserID="gateway" Pwd="right" Sent="7" s:mustUnderstand="1"/>"#)
        #expect(answer.status == 200)
        #expect(answer.text.contains("<name>gateway</name>"))
        #expect(answer.text.contains(#"<MsgHeader xmlns="urn:other:who" Sent="7"/>"#))
    }

    @Test(arguments: [
        #"<MsgHeader xmlns="urn:other:who" UserID="gateway" Pwd="wrong"/>"#, #"<MsgHeader xmlns="urn:other:who" UserID="gateway"/>"#,
        #"<MsgHeader xmlns="urn:somebody" UserID="gateway" Pwd="right"/>"#, "",
    ])
    func `lets nobody in who does not know the password`(header: String) async throws {
        let answer = await call(header)
        #expect(answer.status == 401 || answer.status == 500)
        #expect(answer.text.contains("<ServiceFault xmlns=\"urn:zaehlwerk:dialect:1\"><code>unauthenticated</code>"))
    }

    @Test func `describes header and fault with the schemas they need`() async throws {
        var fixture = WebFixture()
        dialect.mount(on: &fixture.site, allow: .permission(.submitReadings))
        let wsdl = await fixture.get("/soap/dialect?wsdl").text
        #expect(wsdl.contains("part=\"MsgHeader\""))
        for number in 1...2 {
            let schema = await fixture.get("/soap/dialect?xsd=\(number)").text
            #expect(wsdl.contains("?xsd=\(number)"))
            #expect(throws: Never.self) { try XMLSchema(Array(schema.utf8)) }
        }
        #expect(await fixture.get("/soap/dialect?xsd=3").status == 404)
        #expect(await fixture.get("/soap/dialect?xsd=-1").status == 404)
    }
}

private func envelope(password: String = "right", nonce: String?, created: Instant? = WebFixture.now) -> String {
    let parts =
        (nonce.map { "<o:Nonce>\($0)</o:Nonce>" } ?? "")
        + (created.map {
            "<u:Created xmlns:u=\"http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-utility-1.0.xsd\">\($0)</u:Created>"
        } ?? "")
    return """
        <s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Header>\
        <o:Security s:mustUnderstand="1" xmlns:o="http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd">\
        <o:UsernameToken><o:Username>gateway</o:Username><o:Password>\(password)</o:Password>\(parts)</o:UsernameToken></o:Security>\
        </s:Header><s:Body><Who xmlns="urn:zaehlwerk:who:1"/></s:Body></s:Envelope>
        """
}

@Suite struct `A UsernameToken with a nonce` {
    private func code(_ answer: WebResponse) -> String? {
        (try? XMLElement(parsing: answer.text))?.child("Body")?.child("Fault")?.child("detail")?.child("ServiceFault")?.value("code")
    }

    @Test func `counts once`() async {
        let fixture = fixture()
        let first = await fixture.post("/soap/who", body: envelope(nonce: "bm9uY2Ux"))
        #expect(first.status == 200)
        let second = await fixture.post("/soap/who", body: envelope(nonce: "bm9uY2Ux"))
        #expect(second.status == 500)
        #expect(code(second) == "replayed")
        #expect(await fixture.post("/soap/who", body: envelope(nonce: "bm9uY2Uy")).status == 200)
        #expect(await fixture.post("/soap/who", body: envelope(nonce: nil)).status == 200, "without a nonce there is nothing to remember")
    }

    @Test func `is not spent by somebody who does not know the password`() async {
        let fixture = fixture()
        #expect(code(await fixture.post("/soap/who", body: envelope(password: "wrong", nonce: "bm9uY2Uz"))) == "unauthenticated")
        #expect(await fixture.post("/soap/who", body: envelope(nonce: "bm9uY2Uz")).status == 200)
    }

    @Test func `says when it was made, within five minutes`() async {
        let fixture = fixture()
        #expect(code(await fixture.post("/soap/who", body: envelope(nonce: "bm9uY2U0", created: nil))) == "invalid-security")
        for seconds in [-301, 301] as [Int64] {
            let answer = await fixture.post(
                "/soap/who", body: envelope(nonce: "bm9uY2U1", created: WebFixture.now.adding(seconds: seconds)))
            #expect(code(answer) == "message-expired")
        }
        for (number, seconds) in ([-299, 299] as [Int64]).enumerated() {
            let answer = await fixture.post(
                "/soap/who", body: envelope(nonce: "bm9uY2U2\(number)", created: WebFixture.now.adding(seconds: seconds)))
            #expect(answer.status == 200)
        }
    }
}
