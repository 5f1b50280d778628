internal import Synchronization

/// Lets messages with intervals of the same meter through one after the other, in the order in which they came.
///
/// Two that run at once do not see each other's values: each would find nothing behind its end, and the gap between them
/// would stay open until the next delivery. Messages of different meters do not wait for each other. Nodes of a cluster that
/// share a meter's deliveries are not held apart; there the next delivery, or a run over the period, closes such a gap.
final class ChannelGate: Sendable {
    private struct Waiter {
        let meters: Set<String>
        let go: CheckedContinuation<Void, Never>
    }
    private struct State {
        var busy: Set<String> = []
        var line: [Waiter] = []
    }
    private let state = Mutex(State())

    /// Runs `body` while nobody else holds one of these meters.
    func pass<Value: Sendable>(_ meters: Set<String>, _ body: () async throws -> Value) async throws -> Value {
        guard !meters.isEmpty else { return try await body() }
        await withCheckedContinuation { continuation in
            let goes = state.withLock { state in
                // Whoever came first and waits for one of them goes first, or a busy meter would never be reached.
                guard state.busy.isDisjoint(with: meters), state.line.allSatisfy({ $0.meters.isDisjoint(with: meters) }) else {
                    state.line.append(Waiter(meters: meters, go: continuation))
                    return false
                }
                state.busy.formUnion(meters)
                return true
            }
            if goes { continuation.resume() }
        }
        defer { leave(meters) }
        return try await body()
    }

    private func leave(_ meters: Set<String>) {
        let next = state.withLock { state in
            state.busy.subtract(meters)
            var taken = state.busy
            var going: [Waiter] = []
            var staying: [Waiter] = []
            for waiter in state.line {
                if taken.isDisjoint(with: waiter.meters) {
                    going.append(waiter)
                    state.busy.formUnion(waiter.meters)
                } else {
                    staying.append(waiter)
                }
                taken.formUnion(waiter.meters)
            }
            state.line = staying
            return going
        }
        for waiter in next { waiter.go.resume() }
    }
}
