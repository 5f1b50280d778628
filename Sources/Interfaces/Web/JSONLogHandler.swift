internal import Glibc
internal import JSON
public import Logging
internal import Values

/// One JSON object per line on standard error. The writer escapes control characters, so no input can forge a second line or move a
/// terminal's cursor.
public struct JSONLogHandler: LogHandler {
    private let label: String
    public var logLevel: Logger.Level
    public var metadata: Logger.Metadata = [:]
    public var metadataProvider: Logger.MetadataProvider?
    private let sink: @Sendable ([UInt8]) -> Void

    /// A handler that writes to standard error.
    public init(label: String, level: Logger.Level = .info) { self.init(label: label, level: level, sink: JSONLogHandler.standardError) }

    init(label: String, level: Logger.Level, sink: @escaping @Sendable ([UInt8]) -> Void) {
        self.label = label
        logLevel = level
        self.sink = sink
    }

    public subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    public func log(event: LogEvent) {
        var all = metadata
        if let provided = metadataProvider?.get() { all.merge(provided) { _, new in new } }
        if let own = event.metadata { all.merge(own) { _, new in new } }
        var writer = JSONWriter()
        writer.object { writer in
            writer.member("at", Wallclock.now().description)
            writer.member("level", event.level.rawValue)
            writer.member("logger", label)
            writer.member("message", JSONLogHandler.bounded(event.message.description))
            if let error = event.error { writer.member("error", JSONLogHandler.bounded("\(error)")) }
            for (key, value) in all.sorted(by: { $0.key < $1.key }) {
                writer.member(key, JSONLogHandler.isSecret(key) ? "***" : JSONLogHandler.bounded(value.description))
            }
        }
        // DEL and the C1 range are no control characters to JSON, but they are to a terminal.
        let line = String(decoding: writer.bytes, as: UTF8.self).unicodeScalars.map { (0x7F...0x9F).contains($0.value) ? "\u{FFFD}" : $0 }
        var text = String.UnicodeScalarView()
        text.append(contentsOf: line)
        sink(Array(String(text).utf8) + [0x0A])
    }

    /// Names under which a secret could come in; its value never reaches the log.
    private static func isSecret(_ key: String) -> Bool {
        let name = key.lowercased()
        return ["password", "authorization", "cookie", "secret", "token", "apikey", "api_key", "iban"].contains { name.contains($0) }
    }

    private static func bounded(_ text: String) -> String { text.utf8.count <= 4_096 ? text : "\(text.prefix(4_000))…" }

    private static let standardError: @Sendable ([UInt8]) -> Void = { bytes in
        // One write per line: lines of several threads do not mix. A log that cannot be written is no reason to stop.
        unsafe bytes.withUnsafeBytes { buffer in _ = unsafe write(2, buffer.baseAddress, buffer.count) }
    }
}
