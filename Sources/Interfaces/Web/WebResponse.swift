public import JSON
internal import HTTPTypes
internal import NIOCore
internal import Hummingbird
internal import ServiceLifecycle

/// What a handler answers.
public struct WebResponse: Sendable {
    /// The bytes, at once or as they come.
    public enum Body: Sendable {
        case empty
        case bytes([UInt8])
        /// Written by the closure while it is sent: exports larger than memory, server-sent events.
        case stream(@Sendable (inout BodyWriter) async throws -> Void)
    }

    public var status: Int
    public var headers: Headers
    public var body: Body

    public init(status: Int = 200, headers: Headers = [:], body: Body = .empty) {
        self.status = status
        self.headers = headers
        self.body = body
    }

    /// Bytes of a media type.
    public static func bytes(_ bytes: [UInt8], _ mediaType: String, status: Int = 200) -> WebResponse {
        WebResponse(status: status, headers: ["Content-Type": mediaType], body: .bytes(bytes))
    }

    /// A JSON document that is written already.
    public static func json(_ bytes: [UInt8], status: Int = 200) -> WebResponse { .bytes(bytes, "application/json", status: status) }

    /// A JSON document.
    public static func json(_ value: JSONValue, status: Int = 200) -> WebResponse { .json(value.bytes, status: status) }

    /// A JSON document from a writer.
    public static func json(status: Int = 200, _ write: (inout JSONWriter) throws -> Void) rethrows -> WebResponse {
        var writer = JSONWriter()
        try write(&writer)
        return .json(writer.bytes, status: status)
    }

    /// A page.
    public static func html(_ page: HTML, status: Int = 200) -> WebResponse {
        .bytes(page.bytes, "text/html; charset=utf-8", status: status)
    }

    /// Plain text.
    public static func text(_ text: String, status: Int = 200) -> WebResponse {
        .bytes(Array(text.utf8), "text/plain; charset=utf-8", status: status)
    }

    /// Nothing to say.
    public static let noContent = WebResponse(status: 204)

    /// To another page, by GET. `path` begins with one slash: this cannot lead to a foreign site.
    public static func redirect(_ path: String) -> WebResponse {
        let isLocal = path.hasPrefix("/") && !path.hasPrefix("//") && !path.hasPrefix("/\\")
        return WebResponse(status: 303, headers: ["Location": isLocal ? path : "/"])
    }

    /// A file to keep, under a name made harmless.
    public static func attachment(_ bytes: [UInt8], _ mediaType: String, name: String) -> WebResponse {
        var response = WebResponse.bytes(bytes, mediaType)
        response.headers["Content-Disposition"] = WebResponse.disposition(name)
        return response
    }

    /// `attachment; filename="…"` with nothing but letters, digits and `-_.` in the name.
    public static func disposition(_ name: String) -> String {
        let safe = name.unicodeScalars.map { scalar -> Character in
            switch scalar {
            case "a"..."z", "A"..."Z", "0"..."9", "-", "_", ".": Character(scalar)
            default: "_"
            }
        }
        return "attachment; filename=\"\(String(safe.prefix(120)))\""
    }

    /// Server-sent events; the closure writes until it returns, the client goes, or the server stops.
    public static func events(_ write: @escaping @Sendable (inout EventWriter) async throws -> Void) -> WebResponse {
        WebResponse(
            headers: ["Content-Type": "text/event-stream", "Cache-Control": "no-store", "X-Accel-Buffering": "no"],
            body: .stream { body in
                var events = EventWriter(body: body)
                try await write(&events)
            })
    }

    /// The same answer with a cookie set.
    public func setting(cookie: String) -> WebResponse {
        var response = self
        response.headers.add("Set-Cookie", cookie)
        return response
    }
}

/// Sends pieces of a body. A write waits until the client takes it, so a slow reader does not fill our memory.
public struct BodyWriter {
    var writer: any ResponseBodyWriter

    /// Sends these bytes.
    public mutating func write(_ bytes: [UInt8]) async throws {
        guard !bytes.isEmpty else { return }
        try await writer.write(ByteBuffer(bytes: bytes))
    }

    /// Sends this text.
    public mutating func write(_ text: String) async throws { try await write(Array(text.utf8)) }
}

/// Sends server-sent events.
public struct EventWriter {
    var body: BodyWriter

    /// One event; line ends in `data` begin a new data line, as the format wants.
    /// - Throws: `CancellationError` when the server stops: a stream must not hold up the end; the browser asks again by itself.
    public mutating func send(_ event: String, data: String, id: String? = nil) async throws {
        guard !Task.isShuttingDownGracefully else { throw CancellationError() }
        var text = ""
        if let id { text += "id: \(EventWriter.oneLine(id))\n" }
        text += "event: \(EventWriter.oneLine(event))\n"
        for line in data.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline) { text += "data: \(line)\n" }
        try await body.write(text + "\n")
    }

    private static func oneLine(_ text: String) -> String { text.filter { !$0.isNewline } }
}

extension WebResponse {
    /// For the HTTP server. A `HEAD` answer has the headers of `GET` and no body.
    func serverResponse(withoutBody: Bool) -> Response {
        var fields = HTTPFields()
        for field in headers.fields {
            // HTTPField blanks out what may not stand in a value (CR, LF, NUL): a header cannot be split.
            guard let name = HTTPField.Name(field.name) else { continue }
            fields.append(HTTPField(name: name, value: field.value))
        }
        let status = HTTPResponse.Status(code: status)
        switch body {
        case .empty: return Response(status: status, headers: fields)
        case .bytes(let bytes):
            guard withoutBody else {
                return Response(status: status, headers: fields, body: ResponseBody(byteBuffer: ByteBuffer(bytes: bytes)))
            }
            fields[.contentLength] = String(bytes.count)
            return Response(status: status, headers: fields)
        case .stream(let write):
            guard !withoutBody else { return Response(status: status, headers: fields) }
            return Response(
                status: status, headers: fields,
                body: ResponseBody { writer in
                    var body = BodyWriter(writer: writer)
                    try await write(&body)
                    try await body.writer.finish(nil)
                })
        }
    }
}
