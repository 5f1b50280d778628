public import Foundation
import Glibc
import Synchronization

/// A running `serve` and a client for it.
public final class ServedProgram: Sendable {
    private let child: Child
    private let killed = Atomic<Bool>(false)
    /// `http://127.0.0.1:PORT`.
    public let base: String
    public let port: Int

    private init(child: Child, port: Int) {
        self.child = child
        self.port = port
        base = "http://127.0.0.1:\(port)"
    }

    /// Starts the program and waits until it says that it listens.
    public static func start(_ arguments: [String], environment: [String: String]) async throws -> ServedProgram {
        let child = try Child(ProgramUnderTest.executable(), arguments, environment: environment, folder: ProgramUnderTest.projectFolder)
        let line = await withTaskCancellationHandler {
            await child.firstLine()
        } onCancel: {
            child.signal(SIGKILL)
        }
        guard line.hasPrefix("listening on http://127.0.0.1:"), let port = line.split(separator: ":").last.flatMap({ Int($0) }) else {
            child.signal(SIGKILL)
            throw ProgramUnderTest.Failure("expected `listening on …`, got “\(line)”; \(child.messages.suffix(2_000))")
        }
        return ServedProgram(child: child, port: port)
    }

    public struct Answer: Sendable {
        public let status: Int
        /// Names in lower case.
        public let headers: [String: String]
        public let body: Data

        public init(status: Int, headers: [String: String], body: Data) {
            self.status = status
            self.headers = headers
            self.body = body
        }
        public var text: String { String(decoding: body, as: UTF8.self) }
    }

    public var processIdentifier: Int32 { child.processIdentifier }
    public var output: String { child.output }
    public var messages: String { child.messages }
    public var wasKilled: Bool { killed.load(ordering: .relaxed) }

    /// One request on a connection of its own; redirects are not followed, cookies not kept.
    ///
    /// By hand, because a client that helps (answers challenges, follows, retries) hides what the server says.
    public func request(
        _ method: String, _ path: String, key: String? = nil, headers: [String: String] = [:], body: Data? = nil, patience: Int = 60
    ) async throws -> Answer {
        let connection = try RawConnection(port: port, patience: patience)
        var head = "\(method) \(path) HTTP/1.1\r\nHost: 127.0.0.1:\(port)\r\nConnection: close\r\n"
        if let key { head += "Authorization: Bearer \(key)\r\n" }
        for (name, value) in headers { head += "\(name): \(value)\r\n" }
        if let body { head += "Content-Length: \(body.count)\r\n" }
        let request = Array((head + "\r\n").utf8) + (body.map(Array.init) ?? [])
        let heard = await RawConnection.onThread {
            connection.say(request)
            var heard: [UInt8] = []
            while let more = connection.hear() { heard += more }
            return heard
        }
        guard let answer = Answer(heard) else {
            throw ProgramUnderTest.Failure("no HTTP answer to \(method) \(path): \(heard.count) bytes")
        }
        return answer
    }

    /// A request with JSON.
    public func json(_ method: String, _ path: String, key: String, _ body: String? = nil) async throws -> Answer {
        try await request(
            method, path, key: key, headers: body == nil ? [:] : ["Content-Type": "application/json"], body: body.map { Data($0.utf8) })
    }

    /// SIGTERM; what was accepted goes on.
    public func terminate() { child.signal(SIGTERM) }
    /// SIGKILL: as if the machine had lost its power, as far as the program is concerned.
    public func kill() {
        killed.store(true, ordering: .relaxed)
        child.signal(SIGKILL)
    }
    /// Waits for the end; the status is the negative signal number if a signal ended it.
    public func end() async -> Int32 { await child.end() }
    public func stop() async -> Int32 {
        terminate()
        return await end()
    }
}

extension ServedProgram.Answer {
    /// From the bytes of a connection that was closed behind them; nil if they are no whole answer.
    public init?(_ bytes: [UInt8]) {
        guard let end = bytes.firstRange(of: Array("\r\n\r\n".utf8)) else { return nil }
        let lines = String(decoding: bytes[..<end.lowerBound], as: UTF8.self).split(separator: "\r\n")
        guard let status = lines.first?.split(separator: " ").dropFirst().first.flatMap({ Int($0) }) else { return nil }
        var headers: [String: String] = [:]
        for line in lines.dropFirst() {
            let halves = line.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
            guard halves.count == 2 else { return nil }
            headers[halves[0].lowercased()] = halves[1].trimmingCharacters(in: .whitespaces)
        }
        let rest = Array(bytes[end.upperBound...])
        if headers["transfer-encoding"] == "chunked" {
            guard let body = Self.joined(rest) else { return nil }
            self.init(status: status, headers: headers, body: Data(body))
        } else {
            guard let length = headers["content-length"].flatMap({ Int($0) }) ?? (rest.isEmpty ? 0 : nil), rest.count == length else {
                return nil
            }
            self.init(status: status, headers: headers, body: Data(rest))
        }
    }

    private static func joined(_ chunks: [UInt8]) -> [UInt8]? {
        var body: [UInt8] = []
        var rest = chunks[...]
        while let end = rest.firstRange(of: [13, 10]) {
            guard let length = Int(String(decoding: rest[..<end.lowerBound], as: UTF8.self), radix: 16) else { return nil }
            if length == 0 { return body }
            guard rest.distance(from: end.upperBound, to: rest.endIndex) >= length + 2 else { return nil }
            body += rest[end.upperBound..<(end.upperBound + length)]
            rest = rest[(end.upperBound + length + 2)...]
        }
        return nil
    }
}
