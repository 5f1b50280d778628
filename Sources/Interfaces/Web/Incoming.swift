internal import Hummingbird

/// A request before anything is known about it. Tests make their own; the server makes one for each that comes.
public struct Incoming: Sendable {
    public var method: RequestMethod?
    /// Path and query as sent.
    public var target: String
    public var headers: Headers
    public var remoteAddress: String
    public var isLoopback: Bool
    public var isSecure: Bool
    var source: BodySource

    /// A request with its body in memory, as if it came from this machine.
    public init(_ method: RequestMethod, _ target: String, headers: Headers = [:], body: [UInt8] = []) {
        self.method = method
        self.target = target
        self.headers = headers
        remoteAddress = "127.0.0.1"
        isLoopback = true
        isSecure = false
        source = .bytes(body)
    }

    init(
        method: RequestMethod?, target: String, headers: Headers, remoteAddress: String, isLoopback: Bool, isSecure: Bool, body: RequestBody
    ) {
        self.method = method
        self.target = target
        self.headers = headers
        self.remoteAddress = remoteAddress
        self.isLoopback = isLoopback
        self.isSecure = isSecure
        source = .network(body)
    }

    /// The path without the query.
    var path: Substring { target.prefix { $0 != "?" && $0 != "#" } }
    /// The query without the question mark; empty when there is none.
    var query: Substring { target[path.endIndex...].dropFirst().prefix { $0 != "#" } }
}
