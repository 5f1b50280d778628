internal import Metering
internal import Synchronization
internal import Values

/// What is known of the ends of series, so that a message that continues them need not ask the database for each.
///
/// Nearly all deliveries bring the next day of a channel or the next reading of a register. What their rules need is the
/// last one before them; asking for it, series by series, was half of PostgreSQL's work.
///
/// Never stale: each transaction that writes values raises a counter in `reading_epoch`, whoever's it is. A run reads all
/// counters before it asks here. A counter that is ahead of what we know was raised by somebody else, and everything is
/// forgotten. What our own transactions raise, they say here right after their commit.
final class SeriesEnds: Sendable {
    /// The last stored day of a channel.
    struct Channel: Sendable {
        let last: Day
        let shape: DayShape
        /// The end of its last usable value.
        let until: Instant
    }

    /// Since when this run looks at memory: what it learned counts only if nothing was forgotten meanwhile.
    struct Visit: Sendable {
        fileprivate let generation: Int
    }

    /// What a run learned, to be remembered when it is durable.
    struct Lesson: Sendable {
        /// Last readings by register.
        var readings: [(register: Int64, reading: RegisterReading)] = []
        /// Registers of which earlier readings were judged anew: better not remembered.
        var unclear: [Int64] = []
        /// Up to where channels have values, where their end itself was not looked at.
        var reached: [(channel: Int64, at: Instant)] = []
        /// The end of channels; nil: better not remembered.
        var channels: [(channel: Int64, end: Channel?)] = []
        /// From this day on nothing of the channel was made here; nil: something may be.
        var clean: [(channel: Int64, from: Day?)] = []
        /// After this instant the register was not read.
        var quiet: [(register: Int64, after: Instant)] = []
    }

    private struct State {
        var epochs: [Int64] = []
        var generation = 0
        var readings: [Int64: RegisterReading] = [:]
        var channels: [Int64: Channel] = [:]
        var reached: [Int64: Instant] = [:]
        var clean: [Int64: Day] = [:]
        var quiet: [Int64: Instant] = [:]

        mutating func forget() {
            generation += 1
            readings.removeAll()
            channels.removeAll()
            reached.removeAll()
            clean.removeAll()
            quiet.removeAll()
        }
    }
    private let state = Mutex(State())
    /// Beyond this many series memory is given back and filled anew: a bound, not a strategy.
    private static let limit = 1_000_000

    /// Begins a run that sees these counters.
    func visit(epochs: [Int64]) -> Visit {
        state.withLock { state in
            // A counter behind what we know is of a snapshot before a commit of our own: what we know is newer, and right.
            let isKnown =
                state.epochs.count == epochs.count && zip(epochs, state.epochs).allSatisfy { seen, known in seen <= known }
            if !isKnown {
                state.epochs = state.epochs.count == epochs.count ? zip(epochs, state.epochs).map { max($0, $1) } : epochs
                state.forget()
            } else if max(state.readings.count, state.channels.count, state.quiet.count, state.clean.count, state.reached.count)
                > SeriesEnds.limit
            {
                state.forget()
            }
            return Visit(generation: state.generation)
        }
    }

    /// The last readings of registers, as far as they are known.
    func lastReadings(of registers: some Collection<Int64>) -> [RegisterReading?] {
        state.withLock { state in registers.map { state.readings[$0] } }
    }

    /// The ends of channels, since when nothing was made here, and since when the register beside them was not read.
    func ends(of channels: [(id: Int64, partner: Int64?)]) -> [(end: Channel?, clean: Day?, quiet: Instant?)] {
        state.withLock { state in
            channels.map { channel in
                // After its last reading a register was not read.
                (
                    state.channels[channel.id], state.clean[channel.id],
                    channel.partner.flatMap { state.readings[$0]?.at ?? state.quiet[$0] }
                )
            }
        }
    }

    /// Up to where channels have values.
    func reached(_ channels: some Collection<Int64>) -> [Instant?] {
        state.withLock { state in channels.map { state.channels[$0]?.until ?? state.reached[$0] } }
    }

    /// From which day on nothing of a channel was made here.
    func clean(_ channels: some Collection<Int64>) -> [Day?] {
        state.withLock { state in channels.map { state.clean[$0] } }
    }

    /// Takes over what a durable run learned.
    /// - Parameter raised: the counter its transaction raised, nil if it wrote no values.
    func learn(_ lesson: Lesson, from visit: Visit, raised: (slot: Int, epoch: Int64)?) {
        state.withLock { state in
            if let raised {
                // If somebody else raised it in between, it stays ahead of what we know, and the next visit forgets.
                guard state.epochs.indices.contains(raised.slot), state.epochs[raised.slot] + 1 == raised.epoch else { return }
                state.epochs[raised.slot] = raised.epoch
            }
            guard state.generation == visit.generation else {
                // What was learned is of a time before something was forgotten. Not to remember it is not enough if it was
                // written: whoever is at work may not have seen it.
                if raised != nil { state.forget() }
                return
            }
            for (register, reading) in lesson.readings {
                // Runs of one register do not overlap in this process, but a later reading is the later one in any case.
                func keepLater(_ known: inout RegisterReading) {
                    if (known.at, known.version) < (reading.at, reading.version) { known = reading }
                }
                keepLater(&state.readings[register, default: reading])
            }
            for register in lesson.unclear {
                state.readings[register] = nil
                state.quiet[register] = nil
            }
            for (channel, at) in lesson.reached { state.reached[channel] = at }
            for (channel, end) in lesson.channels {
                state.reached[channel] = nil
                // Messages that name a meter by its point and by its serial do not wait for each other: who comes back with
                // less than is known by now knows nothing.
                let isOlder = if let known = state.channels[channel], let end { known.last > end.last } else { false }
                state.channels[channel] = isOlder ? nil : end
            }
            for (channel, from) in lesson.clean { state.clean[channel] = from.map { min(state.clean[channel] ?? $0, $0) } }
            for (register, after) in lesson.quiet {
                state.quiet[register] = min(state.quiet[register] ?? after, after)
            }
        }
    }
}
