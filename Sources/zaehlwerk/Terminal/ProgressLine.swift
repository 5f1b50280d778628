import Foundation
import Synchronization

/// Progress of long work: one line rewritten on a terminal, a plain line every few seconds elsewhere.
final class ProgressLine: Sendable {
    private struct State {
        var started = Date()
        var lastShown = Date.distantPast
        var shown = false
    }
    private let what: String
    private let before: Int
    private let state = Mutex(State())

    /// - Parameter before: what was done before we began: others did it, and it says nothing of our speed.
    init(_ what: String, before: Int = 0) {
        self.what = what
        self.before = before
    }

    func update(done: Int, of total: Int) {
        let interval = Output.isTerminal ? 0.1 : 5
        let line = state.withLock { state -> String? in
            let now = Date()
            guard now.timeIntervalSince(state.lastShown) >= interval else { return nil }
            state.lastShown = now
            state.shown = true
            let seconds = max(now.timeIntervalSince(state.started), 0.001)
            let rate = Double(max(0, done - before)) / seconds
            let rest = rate > 0 && total > done ? "  \(Int(Double(total - done) / rate)) s left" : ""
            return "\(what)  \(Output.count(done)) of \(Output.count(total))  \(Output.count(Int(rate)))/s\(rest)"
        }
        guard let line else { return }
        Output.write(Output.isTerminal ? "\r\u{1B}[2K" + line : line + "\n", to: 2)
    }

    func finish() {
        if Output.isTerminal, state.withLock({ $0.shown }) { Output.write("\r\u{1B}[2K", to: 2) }
    }
}
