public import Metering
public import Values

/// The readings of one register in one installation, in order of time, and which of them are believed where they contradict each
/// other (C3).
///
/// A reading that came first is not righter than one that came later. Believed is the longest row of measured readings of which
/// none contradicts the one before it: one wrong figure among many is found wherever it stands and whenever it came. Of rows of
/// one length the one that is earlier in time at the first difference, unless it begins with more than can have been used: a register does not run backwards until more than one
/// reading says so. What a person decided stands whatever lies before it, and what follows is held against it. So the answer depends on
/// the readings alone, not on their order of arrival.
public struct ReadingContest: Sendable {
    public let register: Register
    /// What was sent: a reading that a rule rejected before takes part as measured, one that its sender took back does not.
    public let readings: [RegisterReading]
    private let parameters: @Sendable (Instant) -> ValidationParameters

    /// Beyond so many, readings that contradict each other are believed as they come: comparing each with each would take too long.
    private static let limit = 4_000
    private static let decided = 1_000_000

    public init(
        register: Register, readings: [RegisterReading],
        parameters: @escaping @Sendable (Instant) -> ValidationParameters = { _ in .init() }
    ) {
        self.register = register
        self.readings = readings
        self.parameters = parameters
    }

    /// Whether the later of two readings may follow the earlier one.
    private func agrees(_ second: RegisterReading, after first: RegisterReading) -> Bool { follower(of: first)(second) }

    /// The same of one earlier reading and many later ones: what is asked of the earlier one is asked once.
    private func follower(of first: RegisterReading) -> (RegisterReading) -> Bool {
        var known: Register.Parameters?
        return { second in
            if second.micro >= first.micro || isDecided(second) { return true }
            let thresholds = parameters(second.at)
            if thresholds.switchedOff.contains(Rules.backwards.text.name) { return true }
            let reading = known ?? register.parameters(on: LocalTime.berlin.day(of: first.at))
            known = reading
            return Rules.fall(from: first, to: second, reading, register.ceiling(percent: thresholds.ceilingPercent)) == nil
        }
    }

    /// Whether a reading speaks for itself. Estimates give way to any measurement and are judged by those.
    private func isWitness(_ reading: RegisterReading) -> Bool { reading.status == .measured || isDecided(reading) }
    private func isDecided(_ reading: RegisterReading) -> Bool {
        reading.reason == EstimationReason.person.rawValue && reading.status.isUsable
    }

    /// Which readings are believed, in their order.
    public func believed() -> [Bool] {
        var believed = readings.map { !isWitness($0) }
        var before: RegisterReading?
        for contest in contests() {
            let winners = winners(of: contest, behind: before)
            for place in winners { believed[place] = true }
            before = winners.last.map { readings[$0] }
        }
        // Estimates, each beside the believed one before it.
        var previous: RegisterReading?
        for place in readings.indices where believed[place] {
            if !isWitness(readings[place]), let previous, !agrees(readings[place], after: previous) {
                believed[place] = false
            } else {
                previous = readings[place]
            }
        }
        return believed
    }

    /// The places of the readings that have to do with those of a time: they contradict each other, if only through others. Nil
    /// if there is none of that time.
    public func places(from first: Instant, through last: Instant) -> ClosedRange<Int>? {
        let touched = contests().filter { contest in
            guard let low = contest.first, let high = contest.last else { return false }
            return readings[high].at >= first && readings[low].at <= last
        }
        guard let low = touched.first?.first, let high = touched.last?.last else { return nil }
        return low...high
    }

    /// Witnesses in groups: nothing in one contradicts anything in another, because all before is lower than all behind.
    private func contests() -> [[Int]] {
        let witnesses = readings.indices.filter { isWitness(readings[$0]) }
        var least = witnesses.map { readings[$0].micro }
        for place in least.indices.dropLast().reversed() { least[place] = min(least[place], least[place + 1]) }
        var groups: [[Int]] = []
        var greatest = Int64.min
        for (number, place) in witnesses.enumerated() {
            if number == 0 || greatest <= least[number] { groups.append([place]) } else { groups[groups.count - 1].append(place) }
            greatest = max(greatest, readings[place].micro)
        }
        return groups
    }

    /// Whether nobody can have used what lies between two readings.
    private func isTooMuch(_ second: RegisterReading, after first: RegisterReading) -> Bool {
        let pair = ReadingPair(register: register, reading: second, previous: first, now: second.at)
        return !Rules.advanceCeiling.hits(pair, parameters(second.at)).isEmpty
    }

    /// The longest row without contradiction, the earliest of several that can be after what is believed before.
    private func winners(of contest: [Int], behind before: RegisterReading?) -> [Int] {
        guard contest.count > 1 else { return contest }
        guard contest.count <= ReadingContest.limit else {
            return contest.reduce(into: []) { row, place in
                if row.last.map({ agrees(readings[place], after: readings[$0]) }) ?? true { row.append(place) }
            }
        }
        // From behind: how much the best row is worth that begins here, and where it goes on.
        var worth = [Int](repeating: 0, count: contest.count)
        var next = [Int?](repeating: nil, count: contest.count)
        for number in contest.indices.reversed() {
            let reading = readings[contest[number]]
            let mayFollow = follower(of: reading)
            var best = 0
            for other in contest.indices.dropFirst(number + 1) where worth[other] > best && mayFollow(readings[contest[other]]) {
                best = worth[other]
                next[number] = other
            }
            worth[number] = best + (isDecided(reading) ? ReadingContest.decided : 1)
        }
        var row: [Int] = []
        let most = worth.max() ?? 0
        let best = contest.indices.filter { worth[$0] == most }
        var place = best.first { number in before.map { !isTooMuch(readings[contest[number]], after: $0) } ?? true } ?? best.first
        while let number = place {
            row.append(contest[number])
            place = next[number]
        }
        return row
    }
}
