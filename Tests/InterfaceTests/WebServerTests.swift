import Synchronization
import Testing
@testable import Web

/// What only a real socket shows.
@Suite struct `A server` {
    /// Runs the site on a free port for the length of `body`.
    private func serving(
        _ fixture: WebFixture, server: Server = Server(port: 0, handlesSignals: false),
        _ body: @Sendable @escaping (RawClient) async throws -> Void
    ) async throws {
        let (ports, announce) = AsyncStream<Int>.makeStream()
        try await withThrowingTaskGroup(of: Void.self) { group in
            let site = fixture.site
            group.addTask {
                try await server.run(site) { announce.yield($0) }
            }
            for await port in ports {
                try await body(RawClient(port: port))
                break
            }
            group.cancelAll()
            do { try await group.waitForAll() } catch is CancellationError {}
        }
    }

    private static func fixture() -> WebFixture {
        var fixture = WebFixture(settings: .init(bodyLimit: 100_000, soapBodyLimit: 100_000))
        fixture.site.post("/api/v1/in", allow: .open) { request in .text("got \(try await request.body().count)\n") }
        fixture.site.get("/api/v1/big", allow: .open) { _ in .text(String(repeating: "x", count: 10)) }
        fixture.site.get("/api/v1/stream", allow: .open) { _ in
            .events { events in
                for number in 1...3 { try await events.send("progress", data: "line \(number)\nmore", id: "\(number)") }
            }
        }
        return fixture
    }

    @Test func `says 100 before the body when asked, and the answer after it`() async throws {
        try await serving(Self.fixture()) { client in
            let head = "POST /api/v1/in HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n"
            let heard = await client.talk([(head, "\r\n\r\n"), ("hello", "got 5\n")])
            #expect(heard[0].hasPrefix("HTTP/1.1 100 Continue\r\n"))
            #expect(heard[1].hasPrefix("HTTP/1.1 200 OK\r\n"))
        }
    }

    @Test func `does not ask for a body that is too large by its own word`() async throws {
        try await serving(Self.fixture()) { client in
            let heard = await client.talk([
                ("POST /api/v1/in HTTP/1.1\r\nHost: x\r\nContent-Length: 100001\r\nExpect: 100-continue\r\n\r\n", "body-too-large")
            ])
            #expect(heard[0].hasPrefix("HTTP/1.1 413 "))
            #expect(!heard[0].contains("100 Continue"))
        }
    }

    @Test func `reads chunks, and stops at the limit`() async throws {
        try await serving(Self.fixture()) { client in
            let head = "POST /api/v1/in HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
            let good = await client.talk([(head + "5\r\nhello\r\n6\r\n world\r\n0\r\n\r\n", "got 11\n")])
            #expect(good[0].contains("got 11"))
            let chunk = "10000\r\n" + String(repeating: "x", count: 0x10000) + "\r\n"
            let bad = await client.talk([(head + chunk + chunk + "0\r\n\r\n", "body-too-large")])
            #expect(bad[0].hasPrefix("HTTP/1.1 413 "))
        }
    }

    @Test func `a hundred large bodies at once stay within their memory, and who finds no room is told to come again`() async throws {
        let budget = 350_000
        var fixture = WebFixture(settings: .init(bodyLimit: 400_000, bodyBudget: budget))
        let witness = Witness()
        let held = fixture.site.budget
        fixture.site.post("/api/v1/slow", allow: .open) { request in
            let count = try await request.body().count
            await witness.see(held.bytes)
            // As long as it is at work its body is in memory.
            try await Task.sleep(for: .milliseconds(50))
            return .text("\"code\":\"got \(count)\"")
        }
        try await serving(fixture) { client in
            await withTaskGroup(of: String.self) { group in
                for _ in 0..<100 {
                    group.addTask {
                        let head = "POST /api/v1/slow HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: 100000\r\n\r\n"
                        let say = head + String(repeating: "x", count: 100_000)
                        return await client.talk([(say: say, until: "\"code\"")], patience: 20)[0]
                    }
                }
                for await heard in group {
                    await witness.hear(heard.contains("got 100000") ? 200 : heard.hasPrefix("HTTP/1.1 503 ") ? 503 : 0)
                }
            }
        }
        let statuses = await witness.statuses
        #expect(statuses.count == 100)
        #expect(Set(statuses) == [200, 503])
        let most = await witness.most
        #expect(most <= budget)
        #expect(held.bytes == 0)
    }

    private actor Witness {
        private(set) var most = 0
        private(set) var statuses: [Int] = []
        func see(_ bytes: Int) { most = max(most, bytes) }
        func hear(_ status: Int) { statuses.append(status) }
    }

    @Test func `answers HEAD without a body and keeps the line for the next request`() async throws {
        try await serving(Self.fixture()) { client in
            let heard = await client.talk([
                ("HEAD /api/v1/big HTTP/1.1\r\nHost: x\r\n\r\n", "\r\n\r\n"),
                ("GET /api/v1/big HTTP/1.1\r\nHost: x\r\n\r\n", "xxxxxxxxxx"),
            ])
            #expect(heard[0].lowercased().contains("content-length: 10"))
            #expect(!heard[0].contains("xxxxx"))
            #expect(heard[1].hasSuffix("xxxxxxxxxx"))
        }
    }

    @Test func `sends events as they come`() async throws {
        try await serving(Self.fixture()) { client in
            let heard = await client.talk([("GET /api/v1/stream HTTP/1.1\r\nHost: x\r\n\r\n", "0\r\n\r\n")])
            #expect(heard[0].lowercased().contains("content-type: text/event-stream"))
            #expect(heard[0].contains("id: 3\nevent: progress\ndata: line 3\ndata: more\n\n"))
        }
    }

    @Test func `a method nobody knows is 405, a broken request is 400`() async throws {
        try await serving(Self.fixture()) { client in
            #expect(
                await client.talk([("PROPFIND /api/v1/big HTTP/1.1\r\nHost: x\r\n\r\n", "method-not-allowed")])[0].hasPrefix(
                    "HTTP/1.1 405 "))
            #expect(await client.talk([("this is no http\r\n\r\n", "\r\n\r\n")])[0].hasPrefix("HTTP/1.1 400 "))
        }
    }

    @Test func `ends a line on which nothing comes`() async throws {
        try await serving(Self.fixture(), server: Server(port: 0, handlesSignals: false, idleSeconds: 1)) { client in
            let clock = ContinuousClock()
            let took = await clock.measure { _ = await client.talk([("GET /api/v1/big HTTP/1.1\r\nHos", "never")], patience: 10) }
            #expect(took < .seconds(8))
        }
    }

    @Test func `listens beyond this machine only encrypted, or when told`() async throws {
        await #expect(throws: Server.Refusal.clearTextBeyondLoopback(host: "0.0.0.0")) {
            try await Server(host: "0.0.0.0", port: 0, handlesSignals: false).run(Self.fixture().site) { _ in }
        }
    }

    @Test func `a port in use is named, not guessed`() async throws {
        try await serving(Self.fixture()) { client in
            await #expect(throws: Server.Refusal.portInUse(host: "127.0.0.1", port: client.port)) {
                try await Server(port: client.port, handlesSignals: false).run(Self.fixture().site) { _ in }
            }
        }
    }
}
