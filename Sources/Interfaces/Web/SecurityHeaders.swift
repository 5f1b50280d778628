internal import Logging
internal import Values

extension Site {
    /// Charts are SVG with classes and scripts are one file of our own, so nothing inline is ever needed.
    static let contentSecurityPolicy = """
        default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; font-src 'self'; \
        frame-ancestors 'none'; base-uri 'none'; form-action 'self'
        """

    /// Puts on what every answer carries.
    func secure(_ response: inout WebResponse, correlation: String, signedIn: Bool) {
        response.headers["Content-Security-Policy"] = Site.contentSecurityPolicy
        response.headers["X-Content-Type-Options"] = "nosniff"
        response.headers["Referrer-Policy"] = "same-origin"
        response.headers["Cross-Origin-Opener-Policy"] = "same-origin"
        response.headers["X-Correlation-Id"] = correlation
        if settings.isSecure { response.headers["Strict-Transport-Security"] = "max-age=63072000" }
        // Style and script say themselves how long they keep; all else belongs to whoever asked.
        if response.headers["Cache-Control"] == nil { response.headers["Cache-Control"] = signedIn ? "no-store" : "no-cache" }
    }

    /// One line in the log, one count and one time in the metrics. The path is logged as its pattern: numbers of people stay out.
    func record(_ incoming: Incoming, route: String, status: Int, correlation: String, took: Duration) {
        let method = incoming.method?.rawValue ?? "OTHER"
        let labels = [Metrics.Label("method", method), Metrics.Label("route", route), Metrics.Label("status", String(status))]
        metrics.count("zaehlwerk_http_requests_total", labels)
        metrics.observe("zaehlwerk_http_request_duration_seconds", took, [labels[0], labels[1]])
        let level: Logger.Level = status >= 500 ? .warning : .debug
        logger.log(
            level: level, "\(method) \(route) \(status)",
            metadata: [
                "correlation": "\(correlation)", "status": "\(status)", "microseconds": "\(Metrics.microseconds(took))",
            ])
    }
}

/// The cookie that carries a session.
public enum SessionCookie {
    /// `__Host-` binds it to this host, to TLS and to the whole site; without TLS (loopback) browsers refuse that name.
    static func name(isSecure: Bool) -> String { isSecure ? "__Host-zaehlwerk" : "zaehlwerk" }

    /// The header value that sets it; it ends with the browser's session and, in any case, with ours.
    public static func set(_ token: String, isSecure: Bool) -> String {
        "\(name(isSecure: isSecure))=\(token); Path=/; HttpOnly; SameSite=Lax\(isSecure ? "; Secure" : "")"
    }

    /// The header value that removes it.
    public static func clear(isSecure: Bool) -> String {
        "\(name(isSecure: isSecure))=; Path=/; HttpOnly; SameSite=Lax; Max-Age=0\(isSecure ? "; Secure" : "")"
    }
}
