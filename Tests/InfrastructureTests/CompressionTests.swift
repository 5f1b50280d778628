import Compression
import Testing

@Suite struct `Compression and its limits` {
    private let text = Array(String(repeating: "Zählerstand 4711,3 kWh\n", count: 2000).utf8)

    @Test(arguments: [1, 6, 9])
    func `what is compressed comes back`(level: Int) throws {
        for bytes in [text, [], [0], (0..<300_000).map { UInt8(truncatingIfNeeded: $0 &* 2_654_435_761 >> 13) }] {
            #expect(try Gzip.decompress(Gzip.compress(bytes, level: level), limit: 1 << 20) == bytes)
            #expect(try Deflate.decompress(Deflate.compress(bytes, level: level), limit: 1 << 20) == bytes)
        }
    }

    @Test func `readings compress well`() {
        #expect(Gzip.compress(text).count * 20 < text.count)
        #expect(Gzip.isGzip(Gzip.compress([])))
        #expect(!Gzip.isGzip([0x1F]))
    }

    @Test func `a bomb is defused while it goes off`() throws {
        let zeros = [UInt8](repeating: 0, count: 12 << 20)
        let bomb = Gzip.compress(zeros, level: 9)
        #expect(bomb.count < 20_000)
        var inflater = Inflater(limit: 8 << 20)
        var output: [UInt8] = []
        let dense = #expect(throws: CompressionError.self) { try inflater.append(bomb, to: &output) }
        #expect(dense == .tooDense(ratioLimit: 100))
        // It stopped soon after the first MiB, not at 12.
        #expect(output.count <= 2 << 20)
        #expect(throws: CompressionError.tooLarge(limit: 8 << 20)) {
            try Gzip.decompress(bomb, limit: 8 << 20, ratioLimit: 10_000)
        }
        _ = consume inflater
    }

    @Test func `the limit itself is allowed, one byte more is not`() throws {
        let packed = Gzip.compress(text)
        #expect(try Gzip.decompress(packed, limit: text.count).count == text.count)
        #expect(throws: CompressionError.tooLarge(limit: text.count - 1)) { try Gzip.decompress(packed, limit: text.count - 1) }
    }

    @Test func `a stream in single bytes is the same stream`() throws {
        var inflater = Inflater(limit: 1 << 20)
        var output: [UInt8] = []
        for byte in Gzip.compress(text) { try inflater.append([byte], to: &output) }
        try inflater.finish()
        #expect(output == text)
    }

    @Test func `two members are one stream`() throws {
        let both = Gzip.compress(Array("one ".utf8)) + Gzip.compress(Array("two".utf8))
        #expect(try Gzip.decompress(both, limit: 100) == Array("one two".utf8))
    }

    @Test func `damage is found`() {
        var packed = Gzip.compress(text)
        #expect(throws: CompressionError.truncated) { try Gzip.decompress([], limit: 100) }
        #expect(throws: CompressionError.truncated) { try Gzip.decompress(Array(packed.dropLast(1)), limit: 1 << 20) }
        #expect(throws: CompressionError.corrupt) { try Gzip.decompress(packed + Array("rubbish!".utf8), limit: 1 << 20) }
        #expect(throws: CompressionError.corrupt) { try Gzip.decompress(Array("no gzip at all".utf8), limit: 100) }
        packed[packed.count - 6] ^= 1
        #expect(throws: CompressionError.corrupt) { try Gzip.decompress(packed, limit: 1 << 20) }
        #expect(throws: CompressionError.corrupt) { try Deflate.decompress(Deflate.compress(text) + [0], limit: 1 << 20) }
    }
}
