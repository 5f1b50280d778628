/// Which connection is free, busy or wanted: all decisions of ``Pool``, without a thread, a clock or a socket.
///
/// Slots are numbered connections; jobs are numbered pieces of work. A job that finds no slot waits in line, and the thread
/// that becomes free takes the next job itself, without a detour over the caller.
struct PoolState: Equatable {
    typealias Slot = Int
    typealias Job = UInt64

    struct Waiting: Equatable {
        var job: Job
        var deadline: ContinuousClock.Instant
    }

    /// What to do with a new job.
    enum Placement: Equatable {
        /// Give it to this idle slot.
        case run(Slot)
        /// Open this slot and give it the job.
        case open(Slot)
        /// It waits in line.
        case wait
        /// The pool is closed.
        case refuse
    }
    /// What a slot does next.
    enum Next: Equatable {
        case run(Job)
        case rest
        /// The pool is closed: end.
        case end
    }

    let maximum: Int
    /// A stack: the slot used last has the warmest caches at both ends.
    private(set) var idle: [Slot] = []
    private(set) var busy: [Slot: Job] = [:]
    private(set) var line: [Waiting] = []
    /// Closed slots whose connection has not ended yet.
    private(set) var ending: Set<Slot> = []
    private(set) var isClosed = false

    init(maximum: Int) { self.maximum = max(1, maximum) }

    /// Everything has ended after `close`.
    var isOver: Bool { isClosed && idle.isEmpty && busy.isEmpty && ending.isEmpty }

    mutating func place(_ job: Job, until deadline: ContinuousClock.Instant) -> Placement {
        guard !isClosed else { return .refuse }
        if let slot = idle.popLast() {
            busy[slot] = job
            return .run(slot)
        }
        if busy.count < maximum {
            // The lowest free number, so that numbers stay below `maximum`.
            guard let slot = (0..<maximum).first(where: { busy[$0] == nil }) else { return .wait }
            busy[slot] = job
            return .open(slot)
        }
        line.append(Waiting(job: job, deadline: deadline))
        return .wait
    }

    /// The slot has done its job. First come, first served.
    mutating func next(for slot: Slot) -> Next {
        guard busy.removeValue(forKey: slot) != nil else { return isClosed ? .end : .rest }
        guard !isClosed else {
            ending.insert(slot)
            return .end
        }
        guard let first = line.first else {
            idle.append(slot)
            return .rest
        }
        line.removeFirst()
        busy[slot] = first.job
        return .run(first.job)
    }

    /// The job is no longer wanted.
    /// - Returns: whether it was still waiting; if not, `slot(running:)` knows where it runs, if it does.
    mutating func abandon(_ job: Job) -> Bool {
        guard let index = line.firstIndex(where: { $0.job == job }) else { return false }
        line.remove(at: index)
        return true
    }

    func slot(running job: Job) -> Slot? { busy.first { $0.value == job }?.key }

    /// Takes those out of the line whose patience is over.
    mutating func expire(now: ContinuousClock.Instant) -> [Job] {
        let over = line.filter { $0.deadline <= now }
        if !over.isEmpty { line.removeAll { $0.deadline <= now } }
        return over.map(\.job)
    }

    /// No more jobs: those in line are refused, idle slots end now, busy ones after their job.
    mutating func close() -> (end: [Slot], refuse: [Job]) {
        guard !isClosed else { return ([], []) }
        isClosed = true
        let result = (end: idle, refuse: line.map(\.job))
        ending.formUnion(idle)
        idle = []
        line = []
        return result
    }

    /// The slot's connection is closed and its thread is about to end.
    mutating func ended(_ slot: Slot) {
        ending.remove(slot)
        idle.removeAll { $0 == slot }
    }
}
