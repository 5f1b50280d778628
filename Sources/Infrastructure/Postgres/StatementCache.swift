/// The statements a connection has prepared, by text and parameter types, the least recently used leaving first.
///
/// A pure value: it names and forgets; ``Connection`` prepares and deallocates.
struct StatementCache {
    struct Key: Hashable {
        var text: String
        var types: [UInt32]
    }
    private struct Entry {
        var name: String
        var lastUse: UInt64
    }

    let capacity: Int
    private var entries: [Key: Entry] = [:]
    private var clock: UInt64 = 0
    private var made: UInt64 = 0

    init(capacity: Int) { self.capacity = capacity }

    var count: Int { entries.count }

    /// The name under which the statement is prepared, if it is.
    mutating func name(of key: Key) -> String? {
        clock += 1
        guard let index = entries.index(forKey: key) else { return nil }
        entries.values[index].lastUse = clock
        return entries.values[index].name
    }

    /// A name that was never used on this connection.
    mutating func newName() -> String {
        made += 1
        return "zw\(made)"
    }

    mutating func insert(_ key: Key, name: String) {
        clock += 1
        entries[key] = Entry(name: name, lastUse: clock)
    }

    /// Forgets what is too much and returns the names to deallocate.
    mutating func trim() -> [String] {
        guard entries.count > capacity else { return [] }
        let oldest = entries.sorted { $0.value.lastUse < $1.value.lastUse }.prefix(entries.count - capacity)
        for (key, _) in oldest { entries[key] = nil }
        return oldest.map(\.value.name)
    }

    /// Forgets all: the server no longer has them, or must plan them anew.
    mutating func removeAll() { entries.removeAll(keepingCapacity: true) }
}
