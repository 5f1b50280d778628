import AccessOperations
import Glibc
import JSON
import Logging
import Values
@testable import Web

/// A site whose gatekeeper knows one key and one session for each role, and no database.
struct WebFixture {
    var site: Site
    static let csrf = "csrf-of-this-session"
    static let now = Instant(seconds: 1_790_000_000)

    init(settings: Site.Settings = .init(), idempotency: IdempotencyStore? = nil) {
        var logger = Logger(label: "test")
        logger.logLevel = .critical
        site = Site(
            settings: settings,
            gatekeeper: Gatekeeper { credential, _, _ in
                switch credential {
                case .bearer(let key): Role(rawValue: key).map { Principal(name: "key-\(key)", roles: [$0], means: .key(prefix: key)) }
                case .basic(let login, let password):
                    password == "right" ? Role(rawValue: login).map { Principal(name: login, roles: [$0], means: .password) } : nil
                case .session(let token):
                    if token == "once" {
                        Principal(name: "new", roles: [.admin], means: WebFixture.means, mustChangePassword: true)
                    } else {
                        Role(rawValue: token).map { Principal(name: token, roles: [$0], means: WebFixture.means) }
                    }
                }
            },
            logger: logger, idempotency: idempotency, clock: { WebFixture.now })
    }

    private static let means = Principal.Means.session(id: SessionIdentifier(sha256: [1]), csrfToken: csrf)

    func get(_ target: String, _ headers: Headers = [:]) async -> WebResponse {
        await site.answer(Incoming(.get, target, headers: headers))
    }

    func post(_ target: String, _ headers: Headers = [:], body: String = "") async -> WebResponse {
        await site.answer(Incoming(.post, target, headers: headers, body: Array(body.utf8)))
    }

    /// A form of a page, sent by a browser with a session.
    func submit(_ target: String, session: String, body: String, site fetch: String = "same-origin") async -> WebResponse {
        await post(
            target,
            ["Cookie": "zaehlwerk=\(session)", "Content-Type": "application/x-www-form-urlencoded", "Sec-Fetch-Site": fetch], body: body)
    }
}

extension WebResponse {
    var text: String {
        if case .bytes(let bytes) = body { String(decoding: bytes, as: UTF8.self) } else { "" }
    }
    /// The stable code of a problem document.
    var code: String? { (try? JSONValue(parsing: text))?["code"]?.string }
}

/// A client that says exactly the bytes it is told to say. It blocks, so it runs on a thread of its own.
struct RawClient: Sendable {
    let port: Int

    /// Connects, then for each step sends the text and reads until the mark comes, the line ends, or the patience does.
    func talk(_ steps: [(say: String, until: String)], patience: Int = 5) async -> [String] {
        await withCheckedContinuation { continuation in
            let port = port
            Thread.run {
                continuation.resume(returning: RawClient.converse(port: port, steps, patience: patience))
            }
        }
    }

    private static func converse(port: Int, _ steps: [(say: String, until: String)], patience: Int) -> [String] {
        let handle = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(handle) }
        var timeout = timeval(tv_sec: patience, tv_usec: 0)
        unsafe setsockopt(handle, SOL_SOCKET, SO_RCVTIMEO, &timeout, socklen_t(MemoryLayout<timeval>.size))
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = UInt16(port).bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        let connected = unsafe withUnsafePointer(to: &address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                unsafe connect(handle, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard connected == 0 else { return ["not connected"] }
        var answers: [String] = []
        for step in steps {
            let bytes = Array(step.say.utf8)
            var sent = 0
            while sent < bytes.count {
                let count = unsafe bytes.withUnsafeBytes {
                    unsafe send(handle, $0.baseAddress.map { unsafe $0 + sent }, bytes.count - sent, Int32(MSG_NOSIGNAL))
                }
                guard count > 0 else { break }
                sent += count
            }
            var heard: [UInt8] = []
            var buffer = [UInt8](repeating: 0, count: 65_536)
            while !String(decoding: heard, as: UTF8.self).contains(step.until) {
                let count = unsafe buffer.withUnsafeMutableBytes { unsafe recv(handle, $0.baseAddress, $0.count, 0) }
                guard count > 0 else { break }
                heard += buffer[..<count]
            }
            answers.append(String(decoding: heard, as: UTF8.self))
        }
        return answers
    }
}

/// A thread for something that blocks.
enum Thread {
    static func run(_ body: @escaping @Sendable () -> Void) {
        final class Box: Sendable {
            let body: @Sendable () -> Void
            init(_ body: @escaping @Sendable () -> Void) { self.body = body }
        }
        var thread = pthread_t()
        let box = unsafe Unmanaged.passRetained(Box(body)).toOpaque()
        // The box is released on the new thread, after its body ran.
        unsafe pthread_create(
            &thread, nil,
            { argument in
                if let argument = unsafe argument { unsafe Unmanaged<Box>.fromOpaque(argument).takeRetainedValue().body() }
                return nil
            }, box)
        pthread_detach(thread)
    }
}
