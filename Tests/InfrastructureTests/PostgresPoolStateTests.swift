@testable import Postgres
import Testing

/// A table of events and what the pool decides; the eye sees the one column that changes.
@Suite struct `The pool's decisions` {
    private let start = ContinuousClock.now

    /// `+n` places job n, `-s` frees slot s, `xn` abandons job n, `t` lets patience end, `c` closes, `es` ends slot s.
    private func play(maximum: Int, _ script: String) -> String {
        var state = PoolState(maximum: maximum)
        return script.split(separator: " ").map { word in
            let number = Int(word.dropFirst()) ?? 0
            switch word.first {
            case "+": return "\(state.place(UInt64(number), until: start + .seconds(number)))"
            case "-": return "\(state.next(for: number))"
            case "x": return "\(state.abandon(UInt64(number)))"
            case "t": return "\(state.expire(now: start + .seconds(number)))"
            case "c":
                let (end, refuse) = state.close()
                return "end\(end) refuse\(refuse)"
            case "e":
                state.ended(number)
                return "over \(state.isOver)"
            default: return "?"
            }
        }.joined(separator: ", ")
    }

    @Test(arguments: [
        (1, "+1", "open(0)"),
        (2, "+1 +2 +3", "open(0), open(1), wait"),
        (2, "+1 -0 +2", "open(0), rest, run(0)"),
        (2, "+1 +2 -0 -1 +3 +4", "open(0), open(1), rest, rest, run(1), run(0)"),  // warmest first
        (1, "+1 +2 +3 -0 -0 -0", "open(0), wait, wait, run(2), run(3), rest"),  // first come, first served
        (1, "+1 +2 +3 x2 -0", "open(0), wait, wait, true, run(3)"),
        (1, "+1 x1 -0", "open(0), false, rest"),  // running: not ours to drop
        (1, "+1 +5 +9 t5 -0", "open(0), wait, wait, [5], run(9)"),
        (1, "+1 +5 t4", "open(0), wait, []"),
        (2, "+1 -0 +2 +3 c", "open(0), rest, run(0), open(1), end[] refuse[]"),
        (2, "+1 -0 c +2 e0", "open(0), rest, end[0] refuse[], refuse, over true"),
        (1, "+1 +2 c -0 e0", "open(0), wait, end[] refuse[2], end, over true"),
        (1, "+1 c c -0 -0", "open(0), end[] refuse[], end[] refuse[], end, end"),
    ])
    func `follow the table`(maximum: Int, script: String, expected: String) {
        #expect(play(maximum: maximum, script) == expected)
    }

    @Test(arguments: 0..<50)
    func `never use a slot twice or lose a job`(seed: UInt64) {
        var random = seed &* 2_862_933_555_777_941_757 &+ 3_037_000_493
        func draw(_ bound: Int) -> Int {
            random = random &* 6_364_136_223_846_793_005 &+ 1
            return Int(random >> 33) % bound
        }
        let maximum = 1 + draw(4)
        var state = PoolState(maximum: maximum)
        var outstanding: Set<UInt64> = []
        for job in 1...500 as ClosedRange<UInt64> {
            _ = state.place(job, until: start + .seconds(1000))
            outstanding.insert(job)
            for _ in 0..<draw(3) {
                guard let slot = state.busy.keys.sorted().first, let done = state.busy[slot] else { break }
                outstanding.remove(done)
                _ = state.next(for: slot)
            }
            if draw(10) == 0, let waiting = state.line.last?.job, state.abandon(waiting) { outstanding.remove(waiting) }
            #expect(state.busy.count + state.idle.count <= maximum)
            #expect(Set(state.busy.keys).isDisjoint(with: state.idle))
            #expect(Set(state.busy.values).union(state.line.map(\.job)) == outstanding)
            #expect(state.line.isEmpty || state.idle.isEmpty)
        }
    }
}
