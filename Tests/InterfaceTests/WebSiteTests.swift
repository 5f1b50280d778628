import AccessOperations
import Compression
import JSON
import Logging
import Testing
import Values
@testable import Web

@Suite struct `A site answers` {
    @Test func `a path's holes are filled and decoded, and an escaped slash stays inside its hole`() async {
        var fixture = WebFixture()
        fixture.site.get("/api/v1/points/{code}/readings/{obis}", allow: .open) { .text("\($0["code"])|\($0["obis"])") }
        #expect(await fixture.get("/api/v1/points/DE%2F1%20a/readings/1-0:1.8.0").text == "DE/1 a|1-0:1.8.0")
        #expect(await fixture.get("/api/v1/points//readings/x").status == 404)
        #expect(await fixture.get("/api/v1/points/%zz/readings/x").status == 400)
        #expect(await fixture.get("/api/v1/points/%00/readings/x").status == 400)
    }

    @Test func `the narrower path is asked first, whatever the order of the table`() async {
        var fixture = WebFixture()
        fixture.site.get("/invoices/{n}", allow: .open) { .text("page \($0["n"])") }
        fixture.site.get("/invoices/{n}.xml", allow: .open) { .text("xml \($0["n"])") }
        fixture.site.get("/invoices/new", allow: .open) { _ in .text("new") }
        #expect(await fixture.get("/invoices/R-17").text == "page R-17")
        #expect(await fixture.get("/invoices/R-17.xml").text == "xml R-17")
        #expect(await fixture.get("/invoices/new").text == "new")
        #expect(await fixture.get("/invoices/.xml").text == "page .xml")
    }

    @Test func `a method that an address does not know gets 405 and the list of those it does`() async {
        var fixture = WebFixture()
        fixture.site.get("/api/v1/things", allow: .open) { _ in .text("x") }
        fixture.site.post("/api/v1/things", allow: .open) { _ in .text("x") }
        let refused = await fixture.site.answer(Incoming(.delete, "/api/v1/things"))
        #expect(refused.status == 405)
        #expect(refused.headers["Allow"] == "GET, HEAD, POST, OPTIONS")
        #expect(refused.code == "method-not-allowed")
        var unknown = Incoming(.get, "/api/v1/things")
        unknown.method = nil
        #expect(await fixture.site.answer(unknown).status == 405)
        #expect(await fixture.site.answer(Incoming(.options, "/api/v1/things")).status == 204)
        #expect(await fixture.site.answer(Incoming(.head, "/api/v1/things")).status == 200)
    }

    @Test func `a problem names its code, its status and the way to the log`() async throws {
        var fixture = WebFixture()
        fixture.site.get("/api/v1/broken", allow: .open) { _ in
            throw Problem(.conflict, "two \"at\" once", members: [.init("pointer", "/a/0")])
        }
        let answer = await fixture.get("/api/v1/broken", ["X-Correlation-Id": "abcdef123456"])
        #expect(answer.status == 409)
        #expect(answer.headers["Content-Type"] == "application/problem+json")
        let document = try JSONValue(parsing: answer.text)
        #expect(document["code"]?.string == "conflict")
        #expect(document["status"]?.integer == 409)
        #expect(document["detail"]?.string == "two \"at\" once")
        #expect(document["pointer"]?.string == "/a/0")
        #expect(document["instance"]?.string == "urn:zaehlwerk:request:abcdef123456")
        #expect(answer.headers["X-Correlation-Id"] == "abcdef123456")
    }

    @Test func `an unknown error tells the caller nothing about our inside`() async {
        struct Secret: Error { let password = "hunter2" }
        var fixture = WebFixture()
        fixture.site.get("/api/v1/oops", allow: .open) { _ in throw Secret() }
        let answer = await fixture.get("/api/v1/oops")
        #expect(answer.status == 500)
        #expect(answer.code == "internal-error")
        #expect(!answer.text.contains("hunter2") && !answer.text.contains("Secret"))
    }

    @Test func `an interface translates its own errors before the general rule`() async {
        struct Closed: Error {}
        var fixture = WebFixture()
        fixture.site.translate { $0 is Closed ? Problem(.init(409, "period-closed", "The period is closed")) : nil }
        fixture.site.get("/api/v1/book", allow: .open) { _ in throw Closed() }
        #expect(await fixture.get("/api/v1/book").code == "period-closed")
    }

    @Test func `the clock of a request goes on by less than a second, too`() async {
        var fixture = WebFixture()
        fixture.site.get("/late", allow: .open) { request in
            let clock = request.clock
            try await Task.sleep(for: .milliseconds(5))
            return .text("\(clock().microseconds - request.now.microseconds)")
        }
        let gone = Int64(await fixture.get("/late").text) ?? 0
        #expect((5_000..<60_000_000).contains(gone), "\(gone)")
    }

    @Test func `a correlation id of strange characters is replaced`() async {
        var fixture = WebFixture()
        fixture.site.get("/x", allow: .open) { _ in .text("x") }
        for strange in ["short", "has blank in it", "line\r\nSet-Cookie: a=b", String(repeating: "a", count: 65)] {
            let answer = await fixture.get("/x", ["X-Correlation-Id": strange])
            #expect(answer.headers["X-Correlation-Id"] != strange)
            #expect(answer.headers["X-Correlation-Id"]?.count == 16)
        }
    }

    @Test func `every answer carries the security headers, errors too`() async {
        let fixture = WebFixture(settings: .init(isSecure: true))
        let answer = await fixture.get("/nowhere")
        let policy = answer.headers["Content-Security-Policy"] ?? ""
        #expect(policy.hasPrefix("default-src 'none'; script-src 'self'; style-src 'self'"))
        #expect(!policy.contains("unsafe"))
        #expect(answer.headers["X-Content-Type-Options"] == "nosniff")
        #expect(answer.headers["Referrer-Policy"] == "same-origin")
        #expect(answer.headers["Cross-Origin-Opener-Policy"] == "same-origin")
        #expect(answer.headers["Strict-Transport-Security"] == "max-age=63072000")
    }

    @Test func `metrics are for this machine only and count by route, not by address`() async {
        var fixture = WebFixture()
        fixture.site.addOperations(health: Health {})
        fixture.site.get("/api/v1/points/{code}", allow: .open) { _ in .text("x") }
        _ = await fixture.get("/api/v1/points/a")
        _ = await fixture.get("/api/v1/points/b")
        let text = await fixture.get("/metrics").text
        #expect(text.contains("zaehlwerk_http_requests_total{method=\"GET\",route=\"/api/v1/points/{code}\",status=\"200\"} 2\n"))
        #expect(text.contains("zaehlwerk_http_request_duration_seconds_count{method=\"GET\",route=\"/api/v1/points/{code}\"} 2\n"))
        #expect(text.contains("le=\"0.001\""))
        var stranger = Incoming(.get, "/metrics")
        stranger.isLoopback = false
        stranger.remoteAddress = "192.0.2.1"
        #expect(await fixture.site.answer(stranger).status == 403)
    }

    @Test func `readiness is the database's word, and over when the stop begins`() async {
        struct Down: Error {}
        var fixture = WebFixture()
        let health = Health {}
        fixture.site.addOperations(health: health)
        #expect(await fixture.get("/readyz").status == 200)
        health.stop()
        #expect(await fixture.get("/readyz").status == 503)
        #expect(await fixture.get("/healthz").status == 200)
        var other = WebFixture()
        other.site.addOperations(health: Health { throw Down() })
        let answer = await other.get("/readyz")
        #expect(answer.status == 503)
        #expect(answer.headers["Retry-After"] == "2")
    }

    @Test(arguments: ["https://evil.example", "//evil.example", "/\\evil.example", "javascript:alert(1)", ""])
    func `a redirect never leaves this site`(target: String) {
        #expect(WebResponse.redirect(target).headers["Location"] == "/")
    }

    @Test func `a file's name cannot leave its header`() {
        #expect(WebResponse.disposition("R-1\"; x=\r\n.pdf") == "attachment; filename=\"R-1___x___.pdf\"")
    }
}

@Suite struct `A body` {
    private static func fixture(limit: Int = 1_000, budget: Int = 1 << 20) -> WebFixture {
        var fixture = WebFixture(settings: .init(bodyLimit: limit, bodyBudget: budget))
        fixture.site.post("/api/v1/in", allow: .open) { request in .text("\(try await request.body().count)") }
        return fixture
    }

    @Test func `of exactly the limit is accepted, one byte more is 413`() async {
        let fixture = Self.fixture()
        #expect(await fixture.post("/api/v1/in", body: String(repeating: "x", count: 1_000)).text == "1000")
        let refused = await fixture.post("/api/v1/in", body: String(repeating: "x", count: 1_001))
        #expect(refused.status == 413)
        #expect(refused.code == "body-too-large")
        #expect(await fixture.post("/api/v1/in", ["Content-Length": "1001"]).status == 413)
    }

    @Test func `comes as gzip, and its length counts after inflating`() async {
        let fixture = Self.fixture()
        let fits = Incoming(
            .post, "/api/v1/in", headers: ["Content-Encoding": "gzip"], body: Gzip.compress([UInt8](repeating: 65, count: 1_000)))
        #expect(await fixture.site.answer(fits).text == "1000")
        let bomb = Gzip.compress([UInt8](repeating: 0, count: 64 << 20))
        #expect(bomb.count < 100_000)
        let refused = await fixture.site.answer(Incoming(.post, "/api/v1/in", headers: ["Content-Encoding": "gzip"], body: bomb))
        #expect(refused.status == 413)
        let damaged = await fixture.site.answer(Incoming(.post, "/api/v1/in", headers: ["Content-Encoding": "gzip"], body: [1, 2, 3]))
        #expect(damaged.status == 400)
        let foreign = await fixture.post("/api/v1/in", ["Content-Encoding": "br"], body: "x")
        #expect(foreign.status == 415)
        #expect(foreign.code == "unsupported-encoding")
        #expect(foreign.headers["Accept-Encoding"] == "gzip")
    }

    @Test func `beyond the memory of all requests is told to come again, and what was held is given back`() async {
        let fixture = Self.fixture(limit: 2_000_000, budget: 100_000)
        let large = Incoming(
            .post, "/api/v1/in", headers: ["Content-Encoding": "gzip"], body: Gzip.compress([UInt8](repeating: 0, count: 150_000)))
        let refused = await fixture.site.answer(large)
        #expect(refused.status == 503)
        #expect(refused.headers["Retry-After"] == "1")
        let small = Incoming(
            .post, "/api/v1/in", headers: ["Content-Encoding": "gzip"], body: Gzip.compress([UInt8](repeating: 0, count: 90_000)))
        for _ in 0..<3 { #expect(await fixture.site.answer(small).text == "90000") }
        #expect(fixture.site.budget.bytes == 0)
    }

    @Test func `of a form is decoded once, and only if it says it is a form`() async throws {
        var fixture = WebFixture()
        fixture.site.post("/api/v1/form", allow: .open) { request in
            let form = try await request.form()
            return .text("\(form["name"] ?? "-")|\(form.all("tag").joined(separator: ","))|\(form.filled("empty") ?? "nil")")
        }
        let sent = "name=M%C3%BCller+%26+Sohn&tag=a&tag=b&empty=++"
        #expect(
            await fixture.post("/api/v1/form", ["Content-Type": "application/x-www-form-urlencoded; charset=utf-8"], body: sent).text
                == "Müller & Sohn|a,b|nil")
        #expect(await fixture.post("/api/v1/form", ["Content-Type": "text/plain"], body: sent).status == 415)
        #expect(await fixture.post("/api/v1/form", ["Content-Type": "application/x-www-form-urlencoded"], body: "a=%f").status == 400)
    }
}

@Suite struct `What is written into a page` {
    @Test func `is escaped unless it says that it is markup`() {
        let hostile = "<script>alert('x')</script> & \"y\""
        let page: HTML = "<p title=\"\(hostile)\">\(hostile)</p>\(raw: "<hr>")\(HTML.nothing)\([HTML("<b>1</b>"), "<b>2</b>"])"
        #expect(
            page.text == """
                <p title="&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt; &amp; &quot;y&quot;">\
                &lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt; &amp; &quot;y&quot;</p><hr><b>1</b><b>2</b>
                """)
        let none: String? = nil
        #expect(("<i>\(none)</i>" as HTML).text == "<i></i>")
        #expect(("/p/\(segment: "a/b c?\"<")" as HTML).text == "/p/a%2Fb%20c%3F%22%3C")
        #expect(HTML.escape("a\u{0}b\u{1B}[2J") == "a\u{FFFD}b\u{FFFD}[2J")
    }

    @Test func `the language is the person's choice, then the browser's, then German`() {
        #expect(Language(cookie: nil, acceptLanguage: nil) == .german)
        #expect(Language(cookie: nil, acceptLanguage: "fr-FR, en-GB;q=0.8, de;q=0.5") == .english)
        #expect(Language(cookie: "de", acceptLanguage: "en") == .german)
        #expect(Language(cookie: "xx", acceptLanguage: "en-US") == .english)
    }

    @Test func `a log line is one line, whatever is logged, and secrets are stars`() throws {
        final class Lines: @unchecked Sendable { var all: [[UInt8]] = [] }
        let lines = Lines()
        var handler = JSONLogHandler(label: "t", level: .info) { lines.all.append($0) }
        handler[metadataKey: "partner"] = "x\r\n{\"level\":\"forged\"}\u{1B}[2J\u{9B}"
        handler[metadataKey: "password"] = "hunter2"
        handler.log(event: .init(level: .info, message: "hello", metadata: nil, source: "t", file: "t/t.swift", function: "f", line: 1))
        let line = String(decoding: try #require(lines.all.first), as: UTF8.self)
        #expect(line.filter(\.isNewline).count == 1)
        #expect(!line.contains("hunter2") && !line.contains("\u{1B}") && !line.contains("\u{9B}"))
        #expect((try JSONValue(parsing: String(line.dropLast())))["message"]?.string == "hello")
    }
}
