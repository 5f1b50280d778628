/// PostgreSQL's binary format is big endian throughout.
extension [UInt8] {
    mutating func append<Number: FixedWidthInteger>(bigEndian number: Number) {
        // Safe: the pointer lives as long as the closure, and `append` copies.
        unsafe Swift.withUnsafeBytes(of: number.bigEndian) { unsafe append(contentsOf: $0) }
    }

    /// Overwrites the four bytes at `offset`, which must be there.
    mutating func overwrite(at offset: Int, with number: Int32) {
        let bits = UInt32(bitPattern: number)
        for place in 0..<4 { self[offset + place] = UInt8(truncatingIfNeeded: bits >> (24 - 8 * UInt32(place))) }
    }
}

extension Span<UInt8> {
    /// The big endian number at `offset`. Bounds are checked by the span: a short field traps nowhere, because every caller
    /// compares the length first.
    func bigEndian<Number: FixedWidthInteger>(_ type: Number.Type = Number.self, at offset: Int = 0) -> Number {
        var bits: UInt64 = 0
        for index in offset..<offset + Number.bitWidth / 8 { bits = bits << 8 | UInt64(self[index]) }
        return Number(truncatingIfNeeded: bits)
    }

    func text() -> String {
        // Safe: String copies the bytes before the closure returns.
        unsafe withUnsafeBufferPointer { unsafe String(decoding: $0, as: UTF8.self) }
    }

    func array() -> [UInt8] {
        unsafe withUnsafeBufferPointer { unsafe Array($0) }
    }
}
