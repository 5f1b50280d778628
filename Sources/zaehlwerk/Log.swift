import Logging
import Web

/// Loggers of this program. Messages go to standard error; data never does.
enum Log {
    /// For commands: only what a person must see.
    static var quiet: Logger {
        var logger = Logger(label: "zaehlwerk") { _ in PlainLogHandler() }
        logger.logLevel = .warning
        return logger
    }
    /// For the service: JSON lines.
    static var service: Logger {
        Logger(label: "zaehlwerk") { label in JSONLogHandler(label: label) }
    }
}

/// `warning: text`, for a person at a terminal.
private struct PlainLogHandler: LogHandler {
    var metadata: Logger.Metadata = [:]
    var logLevel: Logger.Level = .warning
    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }
    func log(event: LogEvent) {
        Output.message("\(event.level): \(event.message)")
    }
}
