internal import CLibPQ
import Logging

/// What the server says without being asked goes to the log: warnings as warnings, notices as debug.
@safe final class NoticeSink {
    private let logger: Logger
    init(logger: Logger) { self.logger = logger }

    /// The sink must outlive the connection: ``Connection`` owns both.
    func attach(to handle: OpaquePointer) {
        // Unretained on purpose: the connection holds this object and closes the handle before it lets go.
        let me = unsafe Unmanaged.passUnretained(self).toOpaque()
        _ = unsafe PQsetNoticeProcessor(
            handle,
            { argument, text in
                guard let argument = unsafe argument, let text = unsafe text else { return }
                unsafe Unmanaged<NoticeSink>.fromOpaque(argument).takeUnretainedValue().receive(unsafe String(cString: text))
            }, me)
    }

    private func receive(_ text: String) {
        let message = text.trimmingLineEnd()
        logger.log(level: message.hasPrefix("WARNING") ? .warning : .debug, "postgresql: \(message)")
    }
}
