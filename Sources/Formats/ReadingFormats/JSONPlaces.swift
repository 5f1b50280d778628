internal import JSON
internal import Metering

/// Where the items of a message stand. Made when the first of them is refused after it was read: by then nobody remembers, and messages
/// without a mistake must not pay for it.
struct JSONPlaces: Sendable {
    private let bytes: [UInt8]
    private let lines: TextLines
    private let items: [String: [Range<Int>]]

    init(_ bytes: [UInt8]) {
        self.bytes = bytes
        lines = TextLines(bytes)
        items = JSONPlaces.items(of: bytes)
    }

    /// - Parameter member: of the item, such as `value` or `values/3`; where it has none, the item's own place is told.
    func location(list: String, index: Int32, member: String) -> ReadingBatch.Location {
        let path = "/\(list)/\(index)" + (member.isEmpty ? "" : "/\(member)")
        guard let items = items[list], items.indices.contains(Int(index)) else {
            return .init(index: Int(index), path: path, words: path)
        }
        let item = items[Int(index)]
        let offset = item.lowerBound + (JSONPlaces.offset(of: member, in: Array(bytes[item])) ?? 0)
        return .init(index: Int(index), path: path, place: lines.place(of: offset))
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
