internal import Synchronization

/// What is remembered of a large file while it is taken in piece by piece: as which deliveries the parts of each of its messages are
/// stored. Two rows of one file that contradict each other do so wherever the file is cut, and are no correction.
public final class FileParts: Sendable {
    private struct State {
        /// By the number of the message that the parts belong to.
        var deliveries: [String: Set<Int64>] = [:]
        /// Slots of which the file said what was known already: said, but not stored by it.
        var repeated: [DayKey: SlotSet] = [:]
    }
    private let state = Mutex(State())
    /// Beyond so many days nothing more is remembered of what was known already: a bound for memory, reached by no usual file.
    private static let limit = 100_000

    public init() {}

    /// The number of the whole that a part has, given its own: parts are numbered behind it; those of files without a number of their own are
    /// all of one whole.
    static func whole(_ messageId: String, isNumbered: Bool) -> String {
        guard isNumbered else { return "" }
        guard let mark = messageId.lastIndex(of: "#"), messageId[mark...].dropFirst().allSatisfy(\.isNumber) else { return messageId }
        return String(messageId[..<mark])
    }

    func deliveries(of whole: String) -> Set<Int64> { state.withLock { $0.deliveries[whole] ?? [] } }
    func add(_ delivery: Int64, to whole: String) {
        state.withLock { _ = $0.deliveries[whole, default: []].insert(delivery) }
    }
    func repeated(_ key: DayKey) -> SlotSet { state.withLock { $0.repeated[key] ?? SlotSet() } }
    func remember(_ slots: SlotSet, of key: DayKey) {
        guard !slots.isEmpty else { return }
        state.withLock { state in
            if state.repeated.count < Self.limit || state.repeated[key] != nil { state.repeated[key, default: SlotSet()].formUnion(slots) }
        }
    }
}

/// Slots of a day, a bit each.
struct SlotSet: Sendable {
    private var words: [UInt64] = []
    var isEmpty: Bool { words.isEmpty }
    func contains(_ slot: Int) -> Bool { slot >> 6 < words.count && words[slot >> 6] & 1 << UInt64(slot & 63) != 0 }
    mutating func insert(_ slot: Int) {
        while words.count <= slot >> 6 { words.append(0) }
        words[slot >> 6] |= 1 << UInt64(slot & 63)
    }
    mutating func formUnion(_ other: SlotSet) {
        while words.count < other.words.count { words.append(0) }
        for place in other.words.indices { words[place] |= other.words[place] }
    }
}

/// A part of a file: what is remembered of the others, and the whole it belongs to.
struct FilePart: Sendable {
    let parts: FileParts
    let whole: String
    var deliveries: Set<Int64> { parts.deliveries(of: whole) }
}
