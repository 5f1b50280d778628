import Dispatch
import Synchronization

/// Where passwords are hashed: beside the cooperative pool, a few at a time.
///
/// A hash takes a tenth of a second of a core and 32 MiB on purpose; without a bound, a flood of sign-ins would take both.
final class PasswordWork: Sendable {
    /// Too many are waiting already.
    struct Busy: Error {}

    private struct State {
        var running = 0
        var line: [CheckedContinuation<Void, Never>] = []
    }
    private let state = Mutex(State())
    private let places: Int
    private let lineLength: Int
    private let queue = DispatchQueue(label: "passwords", attributes: .concurrent)

    init(places: Int = 4, lineLength: Int = 64) {
        self.places = places
        self.lineLength = lineLength
    }

    /// Runs `body` on a thread that may block.
    /// - Throws: ``Busy``.
    func callAsFunction<Value: Sendable>(_ body: @escaping @Sendable () -> Value) async throws -> Value {
        guard state.withLock({ $0.line.count < lineLength }) else { throw Busy() }
        await withCheckedContinuation { continuation in
            let goes = state.withLock { state in
                if state.running < places {
                    state.running += 1
                    return true
                }
                state.line.append(continuation)
                return false
            }
            if goes { continuation.resume() }
        }
        defer {
            let next = state.withLock { state -> CheckedContinuation<Void, Never>? in
                if state.line.isEmpty {
                    state.running -= 1
                    return nil
                }
                return state.line.removeFirst()
            }
            next?.resume()
        }
        return await withCheckedContinuation { continuation in
            queue.async { continuation.resume(returning: body()) }
        }
    }
}
