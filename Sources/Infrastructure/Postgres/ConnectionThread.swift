import Glibc
import Logging
import Synchronization

/// One piece of work for a connection's thread.
struct Job: Sendable {
    let id: UInt64
    /// Runs on the thread; what it returns tells the caller, after the connection has been given back.
    let run: @Sendable (Session) -> @Sendable () -> Void
    /// Instead of `run`, when there will be no connection.
    let refuse: @Sendable (any Error) -> Void
}

/// A connection's own thread: waits for a job, does it, asks for the next.
final class ConnectionThread: Sendable {
    let interrupt = Interrupt()
    private let inbox = Mutex<(job: Job?, isEnding: Bool)>((nil, false))
    private let signal = Semaphore()

    /// - Parameter next: called on the thread when a job is done; returns the job to go on with, or nil to sleep.
    /// - Parameter ended: called on the thread when the connection is closed.
    init(
        _ configuration: Connection.Configuration, logger: Logger, next: @escaping @Sendable (ConnectionThread) -> Job?,
        ended: @escaping @Sendable () -> Void
    ) {
        OwnThread.start { [self] in
            let session = Session(configuration, interrupt: interrupt, logger: logger)
            while let first = take() {
                var job: Job? = first
                while let current = job {
                    interrupt.begin(current.id)
                    let tell = current.run(session)
                    session.tidy(wasInterrupted: interrupt.end())
                    // Give back first: when the caller goes on, the connection is there for it.
                    job = next(self)
                    tell()
                }
            }
            session.close()
            ended()
        }
    }

    /// Gives the sleeping thread a job.
    func submit(_ job: Job) {
        inbox.withLock { $0.job = job }
        signal.signal()
    }
    /// Ends the thread once it sleeps.
    func end() {
        inbox.withLock { $0.isEnding = true }
        signal.signal()
    }

    private func take() -> Job? {
        while true {
            signal.wait()
            let (job, isEnding) = inbox.withLock { inbox in
                defer { inbox.job = nil }
                return (inbox.job, inbox.isEnding)
            }
            if let job { return job }
            if isEnding { return nil }
        }
    }
}
