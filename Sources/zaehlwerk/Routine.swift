import Logging
import Values

/// Duties that come back: each in its own rhythm, the first time at once or after its delay. One that fails is logged and comes again; none ends the service.
struct Routine: Sendable {
    struct Duty: Sendable {
        let name: String
        let interval: Duration
        /// How long after the start it is done first.
        let delay: Duration
        let work: @Sendable (Instant) async throws -> Void

        init(
            _ name: String, every interval: Duration, after delay: Duration = .zero,
            work: @escaping @Sendable (Instant) async throws -> Void
        ) {
            self.name = name
            self.interval = interval
            self.delay = delay
            self.work = work
        }
    }

    let logger: Logger
    let duties: [Duty]

    /// Runs until it is cancelled.
    func run() async {
        await withTaskGroup(of: Void.self) { group in
            for duty in duties { group.addTask { await attend(to: duty) } }
        }
    }

    private func attend(to duty: Duty) async {
        if duty.delay > .zero { try? await Task.sleep(for: duty.delay) }
        while !Task.isCancelled {
            do { try await duty.work(Clock.now) } catch  where !Task.isCancelled {
                logger.warning(
                    "a routine duty failed and will be tried again", metadata: ["duty": "\(duty.name)", "error": "\(Sentence.of(error))"])
            } catch {}
            try? await Task.sleep(for: duty.interval)
        }
    }
}
