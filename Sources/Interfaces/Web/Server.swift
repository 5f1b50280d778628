internal import HTTPTypes
internal import Hummingbird
internal import HummingbirdCore
internal import HummingbirdTLS
internal import Logging
internal import NIOCore
internal import NIOHTTPTypes
internal import NIOSSL
internal import ServiceLifecycle
internal import UnixSignals

/// Serves a ``Site`` over HTTP until the process is told to stop.
public struct Server: Sendable {
    /// Certificate files in PEM form.
    public struct TLS: Sendable {
        public var certificate: String
        public var key: String
        /// Clients must show a certificate of this authority.
        public var clientAuthority: String?

        public init(certificate: String, key: String, clientAuthority: String? = nil) {
            self.certificate = certificate
            self.key = key
            self.clientAuthority = clientAuthority
        }
    }

    /// Why it does not start.
    public enum Refusal: Error, Hashable, Sendable, CustomStringConvertible {
        /// Passwords and readings in clear over a network, and nobody said so.
        case clearTextBeyondLoopback(host: String)
        case portInUse(host: String, port: Int)

        public var description: String {
            switch self {
            case .clearTextBeyondLoopback(let host):
                "without TLS the server listens on loopback only, not on \(host); set a certificate, or say --insecure if a proxy encrypts"
            case .portInUse(let host, let port): "\(host):\(port) is in use; choose another port"
            }
        }
    }

    public var host: String
    public var port: Int
    public var tls: TLS?
    /// Listen beyond loopback without TLS, because a proxy in front encrypts.
    public var allowsClearText: Bool
    /// SIGTERM and SIGINT stop it. Tests cancel the task instead.
    public var handlesSignals: Bool
    /// An idle connection, and a request's head, have this long.
    public var idleSeconds: Int64
    /// After this time a stop no longer waits for requests at work.
    public var stopSeconds: Int64

    public init(
        host: String = "127.0.0.1", port: Int = 8080, tls: TLS? = nil, allowsClearText: Bool = false, handlesSignals: Bool = true,
        idleSeconds: Int64 = 75, stopSeconds: Int64 = 60
    ) {
        self.host = host
        self.port = port
        self.tls = tls
        self.allowsClearText = allowsClearText
        self.handlesSignals = handlesSignals
        self.idleSeconds = idleSeconds
        self.stopSeconds = stopSeconds
    }

    /// Whether the host means this machine only.
    public static func isLoopback(host: String) -> Bool { host == "localhost" || host == "::1" || host.hasPrefix("127.") }

    /// Serves until told to stop; requests that were accepted are finished first.
    ///
    /// - Parameters:
    ///   - health: becomes "not ready" when the stop begins, so that a balancer sends no more.
    ///   - onListening: called once with the port (of interest when 0 was asked for) when connections are accepted.
    /// - Throws: `Refusal`, or what the network says.
    public func run(_ site: Site, health: Health? = nil, onListening: @escaping @Sendable (_ port: Int) async -> Void) async throws {
        guard tls != nil || allowsClearText || Server.isLoopback(host: host) else { throw Refusal.clearTextBeyondLoopback(host: host) }
        var site = site
        site.settings.isSecure = tls != nil
        let application = Application(
            responder: SiteResponder(site: site, isSecure: tls != nil),
            server: try builder(limit: max(site.settings.bodyLimit, site.settings.soapBodyLimit)),
            configuration: ApplicationConfiguration(address: .hostname(host, port: port), backlog: 1_024),
            onServerRunning: { channel in await onListening(channel.localAddress?.port ?? 0) },
            logger: site.logger)
        var configuration = ServiceGroupConfiguration(
            services: [.init(service: application)] + (health.map { [.init(service: StopWatch(health: $0))] } ?? []),
            gracefulShutdownSignals: handlesSignals ? [.sigterm, .sigint] : [], logger: site.logger)
        configuration.maximumGracefulShutdownDuration = .seconds(stopSeconds)
        do {
            try await ServiceGroup(configuration: configuration).run()
            await site.background.stop()
        } catch {
            await site.background.stop()
            if let error = error as? IOError, error.errnoCode == 98 { throw Refusal.portInUse(host: host, port: port) }
            throw error
        }
    }

    private func builder(limit: Int) throws -> HTTPServerBuilder {
        let plain = HTTPServerBuilder.http1(
            configuration: .init(
                additionalChannelHandlers: [RequestGate(limit: limit)], idleTimeout: .seconds(idleSeconds),
                httpDecoderConfiguration: .init(maxHeaderFieldSize: 16 << 10, maxHeaderListSize: 32 << 10, maxHeaderFieldCount: 100)))
        guard let tls else { return plain }
        let chain = try NIOSSLCertificate.fromPEMFile(tls.certificate).map { NIOSSLCertificateSource.certificate($0) }
        var configuration = TLSConfiguration.makeServerConfiguration(
            certificateChain: chain, privateKey: .privateKey(try NIOSSLPrivateKey(file: tls.key, format: .pem)))
        configuration.minimumTLSVersion = .tlsv12
        configuration.applicationProtocols = ["http/1.1"]
        if let authority = tls.clientAuthority {
            configuration.trustRoots = .file(authority)
            configuration.certificateVerification = .noHostnameVerification
        }
        return try .tls(plain, tlsConfiguration: configuration)
    }
}

/// Tells the health check that the stop has begun.
private struct StopWatch: Service {
    let health: Health

    func run() async throws {
        try await gracefulShutdown()
        health.stop()
    }
}

/// The channel's address, which Hummingbird leaves to the context.
struct ServerContext: InitializableFromSource, Sendable {
    let remote: SocketAddress?

    init(source: ApplicationRequestContextSource) { remote = source.channel.remoteAddress }
}

/// Hummingbird's request into ours, our answer into its.
struct SiteResponder: HTTPResponder {
    let site: Site
    let isSecure: Bool

    func respond(to request: Request, context: ServerContext) async throws -> Response {
        var headers = Headers()
        for field in request.headers { headers.add(field.name.rawName, field.value) }
        // HTTPTypes keeps Host apart, as HTTP/2 does.
        if headers["Host"] == nil, let authority = request.head.authority { headers["Host"] = authority }
        let address = context.remote?.ipAddress ?? "local"
        let incoming = Incoming(
            method: RequestMethod(rawValue: request.method.rawValue), target: request.head.path ?? "/", headers: headers,
            remoteAddress: address,
            isLoopback: address == "local" || address == "::1" || address.hasPrefix("127.") || address.hasPrefix("::ffff:127."),
            isSecure: isSecure, body: request.body)
        let answer = await site.answer(incoming)
        return answer.serverResponse(withoutBody: incoming.method == .head)
    }
}
