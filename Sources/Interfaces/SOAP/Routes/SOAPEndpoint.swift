internal import Logging
internal import Values
public import Web
internal import XML

extension SOAPService where Context == WebRequest {
    /// Adds the service to the route table: its address for messages, and `?wsdl` and `?xsd=1` for anybody.
    ///
    /// - Parameter access: who may call it at all; an operation may demand more.
    public func mount(on site: inout Site, allow access: Access) {
        site.get(path, kind: .soap, allow: .open, summary: "Description of \(name): ?wsdl and ?xsd=1") { request in describe(request) }
        site.post(path, kind: .soap, allow: access, summary: "SOAP: \(operations.map(\.name).joined(separator: ", "))") { request in
            await respond(to: request)
        }
    }

    private func describe(_ request: WebRequest) -> WebResponse {
        let wanted = request.query.pairs.first?.name.lowercased() ?? ""
        switch (wanted, request.query.pairs.first?.value ?? "") {
        case ("wsdl", _): return .bytes(description(address: request.publicURL + path), "text/xml; charset=utf-8")
        case ("xsd", let number):
            let wanted = number.isEmpty ? 1 : Int(number) ?? 0
            guard let schema = document(wanted, address: request.publicURL + path) else {
                return .text("there is no schema \(number.prefix(20)) of \(name)\n", status: 404)
            }
            return .bytes(schema, "text/xml; charset=utf-8")
        default: return .text("SOAP service \(name). Description: \(request.publicURL)\(path)?wsdl\n", status: wanted.isEmpty ? 200 : 404)
        }
    }

    private func respond(to request: WebRequest) async -> WebResponse {
        var version = SOAPVersion(mediaType: request.headers.mediaType)
        var addressing: SOAPAddressing?
        do {
            guard !request.headers.mediaType.hasPrefix("multipart/") else {
                throw Problem(.unsupportedMediaType, "attachments (MTOM, SwA) are not accepted; send text/xml or application/soap+xml")
            }
            let envelope = try SOAPEndpoint.utf8(await request.body())
            var caller = request
            if request.principal == nil {
                let header = try header(of: envelope, now: request.now)
                version = header.version
                guard let login = header.login, let password = header.password else { throw SOAPEndpoint.unauthenticated }
                caller = try await request.signedIn(login: login, password: password)
                if let nonce = header.nonce { try replays.note(nonce, of: login, now: request.now) }
            }
            let call = try call(envelope, now: request.now)
            version = call.version
            addressing = call.addressing
            let answer = try await call.answer(caller, envelope: envelope, now: request.now)
            return .bytes(answer, version.contentType)
        } catch let refusal as SOAPRefusal {
            return SOAPEndpoint.response(to: refusal.fault, refusal.version ?? version, namespace: faultNamespace, request)
        } catch let fault as SOAPFault {
            return SOAPEndpoint.response(to: fault, version, namespace: faultNamespace, request, addressing)
        } catch {
            let problem = (error as? Problem) ?? Problem(of: error)
            if problem.kind.status >= 500 {
                request.logger.error("request failed", metadata: ["route": "\(path)", "error": "\(error)", "code": "\(problem.kind.code)"])
            }
            return SOAPEndpoint.response(to: problem, version, namespace: faultNamespace, request, addressing)
        }
    }
}

/// How HTTP and SOAP say no together.
public enum SOAPEndpoint {
    /// Makes errors from before a handler (a wrong key, an unknown address below `/soap`) faults as well.
    public static func renderFaults(on site: inout Site) {
        site.renderers[.soap] = { problem, request in
            response(to: problem, SOAPVersion(mediaType: request.headers.mediaType), namespace: namespace(of: request.path), request)
        }
    }

    /// In which namespace a client of this address looks for the fault's detail: that of the version it speaks. Of what is not published
    /// the first, which every client knows.
    private static func namespace(of path: String) -> String {
        let segments = path.split(separator: "/")
        if let own = later[segments.joined(separator: "/")] { return own }
        return "urn:zaehlwerk:\(segments.dropFirst().first ?? "metering"):1"
    }
    private static let later = Dictionary(
        (BillingService.Version.allCases.map { ($0.path, $0.namespace) } + MeteringService.Version.allCases.map { ($0.path, $0.namespace) })
            .map { (String($0.0.dropFirst()), $0.1) }, uniquingKeysWith: { first, _ in first })

    /// What came in UTF-16 as the readers know it (WS-I Basic Profile 1.1, R1012); it may not grow by that.
    static func utf8(_ body: [UInt8]) throws(SOAPFault) -> [UInt8] {
        do { return try XMLEncoding.utf8(body, limit: body.count) } catch { throw SOAPFault(error) }
    }

    static let unauthenticated = Problem(
        .unauthenticated, headers: ["WWW-Authenticate": "Bearer realm=\"zaehlwerk\", Basic realm=\"zaehlwerk\", charset=\"UTF-8\""])

    static func response(
        to fault: SOAPFault, _ version: SOAPVersion, namespace: String, _ request: WebRequest, _ addressing: SOAPAddressing? = nil
    ) -> WebResponse {
        let envelope = fault.envelope(version, serviceNamespace: namespace, correlation: request.correlation, addressing: addressing)
        return .bytes(envelope, version.contentType, status: 500)
    }

    /// A fault has status 500 in both versions, because clients read no other. Left are the statuses that HTTP itself acts upon: a
    /// challenge to sign in, a body it cannot carry, and "come again later".
    static func response(
        to problem: Problem, _ version: SOAPVersion, namespace: String, _ request: WebRequest, _ addressing: SOAPAddressing? = nil
    ) -> WebResponse {
        let fault = SOAPFault(
            problem.kind.status >= 500 ? .server : .client, code: problem.kind.code, problem.detail ?? problem.kind.title)
        var response = response(to: fault, version, namespace: namespace, request, addressing)
        for field in problem.headers.fields { response.headers.add(field.name, field.value) }
        switch problem.kind.status {
        case 401 where problem.headers["WWW-Authenticate"] != nil: response.status = 401
        case 404, 405, 413, 415, 429, 503: response.status = problem.kind.status
        default: break
        }
        return response
    }
}
