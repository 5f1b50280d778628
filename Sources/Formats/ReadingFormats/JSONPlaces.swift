internal import JSON
internal import Metering
internal import Synchronization

/// Where the items of a message stand. Looked for when the first of them is refused after it was read: by then nobody remembers, and
/// messages without a mistake must not pay for it.
final class JSONPlaces: Sendable {
    private struct Found {
        var lines: TextLines
        var items: [String: [Range<Int>]]
    }
    private let bytes: [UInt8]
    private let found = Mutex<Found?>(nil)

    init(_ bytes: [UInt8]) { self.bytes = bytes }

    /// - Parameter member: of the item, such as `value` or `values/3`; where it has none, the item's own place is told.
    func location(list: String, index: Int32, member: String) -> ReadingBatch.Location {
        let found = found.withLock { known in
            if let known { return known }
            let found = Found(lines: TextLines(bytes), items: JSONPlaces.items(of: bytes))
            known = found
            return found
        }
        let path = "/\(list)/\(index)" + (member.isEmpty ? "" : "/\(member)")
        guard let items = found.items[list], items.indices.contains(Int(index)) else {
            return .init(index: Int(index), path: path, words: path)
        }
        let item = items[Int(index)]
        let offset = item.lowerBound + (JSONPlaces.offset(of: member, in: Array(bytes[item])) ?? 0)
        return .init(index: Int(index), path: path, place: found.lines.place(of: offset))
    }

    private static func items(of bytes: [UInt8]) -> [String: [Range<Int>]] {
        let items = try? JSONScanner.withScanner(over: bytes) { (scanner) throws(JSONError) -> [String: [Range<Int>]] in
            var items: [String: [Range<Int>]] = [:]
            try scanner.openObject()
            while let key = try scanner.nextKey() {
                let name = scanner.text(key)
                guard ["registers", "intervals", "reports"].contains(name), scanner.peekKind() == .array else {
                    try scanner.skipValue()
                    continue
                }
                var list: [Range<Int>] = []
                try scanner.openArray()
                while try scanner.nextElement() {
                    let start = try scanner.skipValue()
                    list.append(start..<scanner.position)
                }
                items[name] = list
            }
            return items
        }
        return items ?? [:]
    }

    private static func offset(of member: String, in item: [UInt8]) -> Int? {
        let names = member.split(separator: "/")
        guard let name = names.first else { return nil }
        let slot = names.count > 1 ? Int(names[1]) : nil
        let place = try? JSONScanner.withScanner(over: item) { (scanner) throws(JSONError) -> Int? in
            try scanner.openObject()
            while let key = try scanner.nextKey() {
                guard scanner.text(key) == name else {
                    try scanner.skipValue()
                    continue
                }
                guard let slot, scanner.peekKind() == .array else { return try scanner.skipValue() }
                try scanner.openArray()
                var number = 0
                while try scanner.nextElement() {
                    let start = try scanner.skipValue()
                    if number == slot { return start }
                    number += 1
                }
                return nil
            }
            return nil
        }
        return place ?? nil
    }
}
