internal import CLibPQ
import Glibc
import Logging
import Synchronization

/// The listening connections of a pool.
final class Listeners: Sendable {
    private let bells = Mutex<(open: [Int: Bell], last: Int, isStopped: Bool)>(([:], 0, false))

    func listen(_ channel: String, configuration: Connection.Configuration, logger: Logger) -> AsyncStream<String> {
        let (stream, continuation) = AsyncStream<String>.makeStream(bufferingPolicy: .bufferingNewest(10_000))
        guard let bell = Bell() else {
            logger.error("no pipe for a listener: \(errno)")
            continuation.finish()
            return stream
        }
        let number = bells.withLock { bells -> Int? in
            guard !bells.isStopped else { return nil }
            bells.last += 1
            bells.open[bells.last] = bell
            return bells.last
        }
        guard let number else {
            continuation.finish()
            return stream
        }
        continuation.onTermination = { [self] _ in
            bells.withLock { $0.open.removeValue(forKey: number) }?.ring()
        }
        OwnThread.start {
            var pause = 20
            while !bell.isRung {
                do {
                    let connection = try Connection(configuration, logger: logger)
                    try connection.script("LISTEN \(SQL.quoted(channel))")
                    pause = 20
                    continuation.yield("")
                    try connection.hear(until: bell) { continuation.yield($0) }
                } catch {
                    logger.debug("the listener on \(channel) starts anew: \(error)")
                    bell.wait(milliseconds: pause)
                    pause = min(pause * 2, 1000)
                }
            }
            continuation.finish()
        }
        return stream
    }

    func stop() {
        let open = bells.withLock { bells in
            bells.isStopped = true
            defer { bells.open = [:] }
            return bells.open.values.map { $0 }
        }
        for bell in open { bell.ring() }
    }
}

/// Wakes a thread that waits in `poll`: a pipe that nobody writes to until it is closed at one end.
final class Bell: Sendable {
    let descriptor: Int32
    private let other: Int32
    private let rung = Atomic<Bool>(false)

    init?() {
        var ends: [Int32] = [0, 0]
        guard unsafe pipe(&ends) == 0 else { return nil }
        descriptor = ends[0]
        other = ends[1]
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
    }
    deinit {
        close(descriptor)
        close(other)
    }

    var isRung: Bool { rung.load(ordering: .acquiring) }
    func ring() {
        rung.store(true, ordering: .releasing)
        var byte: UInt8 = 1
        _ = unsafe write(other, &byte, 1)
    }
    /// Returns when rung, at the latest after the time given.
    func wait(milliseconds: Int) {
        var waiting = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        _ = unsafe poll(&waiting, 1, Int32(clamping: milliseconds))
    }
}

extension Connection {
    /// Hands over notifications until the bell rings.
    /// - Throws: when the connection breaks.
    func hear(until bell: Bell, _ body: (String) -> Void) throws(DatabaseError) {
        while !bell.isRung {
            while let notification = unsafe PQnotifies(handle) {
                body(unsafe String(cString: notification.pointee.extra))
                unsafe PQfreemem(notification)
            }
            var waiting = unsafe [
                pollfd(fd: PQsocket(handle), events: Int16(POLLIN), revents: 0),
                pollfd(fd: bell.descriptor, events: Int16(POLLIN), revents: 0),
            ]
            _ = unsafe poll(&waiting, 2, -1)
            guard unsafe PQconsumeInput(handle) == 1, !isBroken else { throw connectionError("LISTEN") }
        }
    }
}
