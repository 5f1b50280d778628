internal import Metering
internal import VEE
internal import Values

/// What a message said of a day before, in the same breath: another value for the same slot is then no correction but a contradiction
/// (rule A7), be it in one piece of its file or in two.
struct SaidSlots {
    /// By which delivery a version of the day was received.
    var senders: [Int32: Int64] = [:]
    /// Slots of which it said what was known already.
    var repeated = SlotSet()
    /// Slots that a rule rejects and that were sent as something else than measured, of what was judged last.
    var fallen: [Fallen] = []
    typealias Fallen = (slot: Int, micro: Int64, method: UInt8)
    private var contradicted: [Int: (first: Int64, second: Int64)] = [:]

    /// Whether the value that is known of a slot is one that the message said.
    func isSaid(_ slot: Int, _ known: DaySlots, by message: IngestMessage) -> Bool {
        guard known.status(slot) != .absent else { return false }
        return repeated.contains(slot) || senders[known.versions[slot]].map(message.breath.contains) ?? false
    }
    mutating func contradict(_ slot: Int, _ first: Int64, _ second: Int64) { contradicted[slot] = (first, second) }

    /// A message begins to speak of a day.
    mutating func begin(_ message: IngestMessage, _ work: DayWork) {
        repeated = message.parcel.part?.parts.repeated(.init(register: work.entry.id, day: work.day)) ?? SlotSet()
    }
    func finish(_ message: IngestMessage, _ work: DayWork) {
        message.parcel.part?.parts.remember(repeated, of: .init(register: work.entry.id, day: work.day))
    }

    /// Behind the pieces of a message that do not contradict each other: each of these is a version of the day, so that its history
    /// shows all that was said.
    func end(of pieces: [IncomingPiece], from start: Int, _ message: IngestMessage) -> Int {
        var end = start + 1
        guard end < pieces.count, pieces[end].message == pieces[start].message else { return end }
        let statuses = message.parcel.batch.statuses
        var values: [Int: Int64] = [:]
        func add(_ piece: IncomingPiece) -> Bool {
            var agrees = true
            for place in piece.range where statuses[place] != ValueStatus.absent.rawValue {
                let slot = piece.firstSlot + place - piece.range.lowerBound
                if let other = values.updateValue(message.values[place], forKey: slot), other != message.values[place] { agrees = false }
            }
            return agrees
        }
        _ = add(pieces[start])
        while end < pieces.count, pieces[end].message == pieces[start].message, add(pieces[end]) { end += 1 }
        return end
    }

    /// What was contradicted since this was asked last, as the rule sees it.
    mutating func contradictions(of work: DayWork) -> OverlappingItems? {
        guard let first = contradicted.keys.min(), let last = contradicted.keys.max() else { return nil }
        defer { contradicted = [:] }
        func item(_ value: (Int) -> Int64?) -> OverlappingItems.Item {
            let values = (first...last).map(value)
            return .init(
                firstSlot: first, values: values.map { $0 ?? 0 }[...],
                statuses: values.map { ($0 == nil ? ValueStatus.absent : .measured).rawValue }[...])
        }
        return OverlappingItems(
            register: work.entry.register, day: work.day,
            items: [item { contradicted[$0]?.first }, item { contradicted[$0]?.second }])
    }
}
