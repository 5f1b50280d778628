import AccessOperations
import Testing
import Values
@testable import Web

@Suite struct `Who may use a route` {
    private static let roles = Role.allCases

    private static func fixture() -> WebFixture {
        var fixture = WebFixture()
        fixture.site.get("/api/v1/partners", allow: .permission(.readPartners)) { .text($0.principal?.name ?? "") }
        fixture.site.post("/api/v1/payments", allow: .permission(.postPayments)) { _ in .text("booked") }
        fixture.site.get("/api/v1/readings", allow: .anyOf([.submitReadings, .readReadings])) { _ in .text("ok") }
        fixture.site.get("/api/v1/me", allow: .signedIn) { .text($0.principal?.name ?? "") }
        fixture.site.get("/", kind: .page, allow: .signedIn) { .text("home of \($0.principal?.name ?? "")") }
        fixture.site.get("/users", kind: .page, allow: .permission(.manageUsers)) { _ in .text("users") }
        fixture.site.get("/sign-in", kind: .page, allow: .open) { _ in .text("sign in") }
        fixture.site.get("/password", kind: .page, allow: .signedIn) { _ in .text("new password") }
        fixture.site.post("/change", kind: .page, allow: .permission(.writePartners)) { .text("changed \(try await $0.form()["x"] ?? "")") }
        return fixture
    }

    @Test func `a Host header that is none is refused, and no address is made of it`() async {
        let fixture = WebFixture()
        for host in ["a b", "a\r\nX: y", "a\"b", "a/b", "", "[::1", "[]", "a:b", "a:123456", "ä.example", "a@b"] {
            #expect(await fixture.get("/nowhere", ["Host": host]).status == 400, "\(host)")
        }
        for host in ["localhost", "127.0.0.1:8080", "[::1]:8080", "zw.example", "a_b-c.example:1"] {
            #expect(await fixture.get("/nowhere", ["Host": host]).status == 404, "\(host)")
        }
    }

    @Test func `the table's rule decides for every role and every route, and nobody passes without a key`() async {
        let fixture = Self.fixture()
        for route in fixture.site.routes where route.kind == .api {
            let nobody = await fixture.site.answer(Incoming(route.method, route.path.text))
            #expect(nobody.status == 401, "\(route.path)")
            #expect(nobody.headers["WWW-Authenticate"]?.contains("Bearer") == true)
            for role in Self.roles {
                let answer = await fixture.site.answer(
                    Incoming(route.method, route.path.text, headers: ["Authorization": "Bearer \(role.rawValue)"]))
                let expected: Bool =
                    switch route.access {
                    case .open, .signedIn, .loopback: true
                    case .permission(let permission): role.permissions.contains(permission)
                    case .anyOf(let permissions): !role.permissions.isDisjoint(with: permissions)
                    }
                #expect((answer.status == 200) == expected, "\(role) on \(route.path): \(answer.status)")
                if !expected { #expect(answer.code == "forbidden") }
            }
        }
    }

    @Test func `a wrong key, a wrong password and a strange scheme are all 401`() async {
        let fixture = Self.fixture()
        for header in ["Bearer wrong", "Bearer", "Basic \(base64("admin:wrong"))", "Basic ???", "Digest x", ""] {
            #expect(await fixture.get("/api/v1/me", ["Authorization": header]).status == 401, "\(header)")
        }
        #expect(await fixture.get("/api/v1/me", ["Authorization": "Basic \(base64("admin:right"))"]).text == "admin")
        #expect(await fixture.get("/api/v1/me", ["Authorization": "bearer admin"]).text == "key-admin")
    }

    @Test func `a password in clear from another machine is refused`() async {
        var incoming = Incoming(.get, "/api/v1/me", headers: ["Authorization": "Basic \(base64("admin:right"))"])
        incoming.isLoopback = false
        incoming.remoteAddress = "192.0.2.1"
        #expect(await Self.fixture().site.answer(incoming).status == 403)
        incoming.isSecure = true
        #expect(await Self.fixture().site.answer(incoming).status == 200)
    }

    @Test func `a cookie opens no API, so a foreign page cannot ride on it`() async {
        let fixture = Self.fixture()
        #expect(await fixture.post("/api/v1/payments", ["Cookie": "zaehlwerk=admin"]).status == 401)
        #expect(await fixture.get("/api/v1/me", ["Cookie": "zaehlwerk=admin"]).status == 401)
    }

    @Test func `a visitor without a session is led to the sign-in and back`() async {
        let fixture = Self.fixture()
        #expect(await fixture.get("/").headers["Location"] == "/sign-in")
        let away = await fixture.get("/users?role=admin")
        #expect(away.status == 303)
        #expect(away.headers["Location"] == "/sign-in?next=%2Fusers%3Frole%3Dadmin")
        #expect(await fixture.get("/", ["Cookie": "zaehlwerk=expired"]).headers["Location"] == "/sign-in")
        #expect(await fixture.get("/", ["Cookie": "other=1; zaehlwerk=service"]).text == "home of service")
        #expect(await fixture.get("/users", ["Cookie": "zaehlwerk=service"]).status == 403)
    }

    @Test func `with a one-time password there is only the new one to choose`() async {
        let fixture = Self.fixture()
        #expect(await fixture.get("/users", ["Cookie": "zaehlwerk=once"]).headers["Location"] == "/password")
        #expect(await fixture.get("/password", ["Cookie": "zaehlwerk=once"]).text == "new password")
    }

    @Test func `a form counts only with this session's token and from this site`() async {
        let fixture = Self.fixture()
        let good = "x=1&csrf=\(WebFixture.csrf)"
        #expect(await fixture.submit("/change", session: "service", body: good).text == "changed 1")
        #expect(await fixture.submit("/change", session: "service", body: "x=1").code == "csrf")
        #expect(await fixture.submit("/change", session: "service", body: "x=1&csrf=wrong").code == "csrf")
        #expect(await fixture.submit("/change", session: "service", body: good, site: "cross-site").code == "csrf")
        #expect(await fixture.submit("/change", session: "service", body: good, site: "same-site").code == "csrf")
        #expect(await fixture.submit("/change", session: "readonly", body: good).status == 403)
        let old: Headers = ["Cookie": "zaehlwerk=service", "Content-Type": "application/x-www-form-urlencoded", "Host": "zw.example"]
        var foreign = old
        foreign["Origin"] = "https://evil.example"
        var own = old
        own["Origin"] = "https://zw.example"
        #expect(await fixture.post("/change", foreign, body: good).code == "csrf")
        #expect(await fixture.post("/change", own, body: good).text == "changed 1")
    }

    @Test func `the session's cookie is for this host, this site and no script`() {
        #expect(SessionCookie.set("t", isSecure: true) == "__Host-zaehlwerk=t; Path=/; HttpOnly; SameSite=Lax; Secure")
        #expect(SessionCookie.set("t", isSecure: false) == "zaehlwerk=t; Path=/; HttpOnly; SameSite=Lax")
    }

    @Test func `an envelope's own name and password are judged by the route's rule`() async {
        var fixture = WebFixture()
        fixture.site.post("/soap/metering", kind: .soap, allow: .permission(.submitReadings)) { request in
            let text = String(decoding: try await request.body(), as: UTF8.self).split(separator: ":").map(String.init)
            let caller = request.principal == nil ? try await request.signedIn(login: text[0], password: text[1]) : request
            return .text(caller.principal?.name ?? "")
        }
        #expect(await fixture.post("/soap/metering", body: "gateway:right").text == "gateway")
        #expect(await fixture.post("/soap/metering", body: "gateway:wrong").status == 401)
        #expect(await fixture.post("/soap/metering", body: "finance:right").status == 403)
        #expect(await fixture.post("/soap/metering", ["Authorization": "Bearer finance"], body: "").status == 403)
        #expect(await fixture.post("/soap/metering", ["Authorization": "Bearer gateway"], body: "").text == "key-gateway")
    }

    private func base64(_ text: String) -> String {
        let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/")
        var bits = text.utf8.flatMap { byte in (0..<8).map { byte >> (7 - UInt8($0)) & 1 } }
        while bits.count % 6 != 0 { bits.append(0) }
        var out = stride(from: 0, to: bits.count, by: 6).map { alphabet[bits[$0..<$0 + 6].reduce(0) { $0 << 1 | Int($1) }] }
        while out.count % 4 != 0 { out.append("=") }
        return String(out)
    }
}

@Suite struct `A one-time password` {
    @Test func `opens nothing and says what to do, instead of a right that is missing`() throws {
        let person = Principal(name: "new", roles: [.admin], means: .password, mustChangePassword: true)
        for access in [Access.permission(.submitReadings), .anyOf([.readReadings, .submitReadings])] {
            let problem = try #require(throws: Problem.self) { try access.check(person) }
            #expect(problem.kind == .forbidden && problem.detail?.contains("change the password first") == true)
        }
        try Access.signedIn.check(person)
    }
}
