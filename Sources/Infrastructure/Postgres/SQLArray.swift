/// One-dimensional arrays in PostgreSQL's binary form: dimensions, a flag for NULL, the element type, then length and bytes
/// of each element (-1 for NULL).
enum SQLArray {
    static func encode<Element: SQLArrayElement>(_ elements: [Element]) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(20 + elements.count * 12)
        let hasNull = elements.contains { $0.isSQLNull }
        bytes.append(bigEndian: Int32(elements.isEmpty ? 0 : 1))
        bytes.append(bigEndian: Int32(hasNull ? 1 : 0))
        bytes.append(bigEndian: Element.sqlType.oid)
        guard !elements.isEmpty else { return bytes }
        bytes.append(bigEndian: Int32(clamping: elements.count))
        bytes.append(bigEndian: Int32(1))
        for element in elements {
            if element.isSQLNull {
                bytes.append(bigEndian: Int32(-1))
            } else {
                let length = bytes.count
                bytes.append(bigEndian: Int32(0))
                element.encode(into: &bytes)
                bytes.overwrite(at: length, with: Int32(clamping: bytes.count - length - 4))
            }
        }
        return bytes
    }

    static func decode<Element: SQLArrayElement>(_ bytes: Span<UInt8>, of _: Element.Type) throws(SQLMismatch) -> [Element] {
        guard bytes.count >= 12 else { throw SQLMismatch("expected an array, got \(bytes.count) bytes") }
        let dimensions = bytes.bigEndian(Int32.self, at: 0)
        let type = SQLType(oid: bytes.bigEndian(UInt32.self, at: 8))
        if dimensions == 0 { return [] }
        guard dimensions == 1, bytes.count >= 20 else { throw SQLMismatch("expected an array of one dimension, got \(dimensions)") }
        let count = Int(bytes.bigEndian(Int32.self, at: 12))
        // Each element takes four bytes at least: a count that lies cannot make us reserve more than we were sent.
        guard count >= 0, count <= (bytes.count - 20) / 4 else {
            throw SQLMismatch("an array of \(count) elements in \(bytes.count) bytes")
        }
        var elements: [Element] = []
        elements.reserveCapacity(count)
        var position = 20
        for index in 0..<count {
            guard position + 4 <= bytes.count else { throw SQLMismatch("the array ends inside element \(index)") }
            let length = Int(bytes.bigEndian(Int32.self, at: position))
            position += 4
            if length < 0 {
                guard let null = Element.sqlNull else { throw SQLMismatch("element \(index) is NULL, \(Element.self) has no NULL") }
                elements.append(null)
            } else {
                guard position + length <= bytes.count else { throw SQLMismatch("the array ends inside element \(index)") }
                elements.append(try Element.decode(bytes.extracting(position..<position + length), as: type))
                position += length
            }
        }
        return elements
    }
}
