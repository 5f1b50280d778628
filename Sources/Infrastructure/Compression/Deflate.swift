internal import CZlib

/// Gzip (RFC 1952), for HTTP and files.
public enum Gzip {
    /// Compresses. Levels run from 1 (fast) to 9 (small).
    public static func compress(_ bytes: [UInt8], level: Int = 6) -> [UInt8] {
        deflated(bytes, .gzip, level: level)
    }

    /// Decompresses to at most `limit` bytes, and beyond the first MiB at most `ratioLimit` to 1.
    public static func decompress(_ bytes: [UInt8], limit: Int, ratioLimit: Int = 100) throws(CompressionError) -> [UInt8] {
        try inflated(bytes, .gzip, limit: limit, ratioLimit: ratioLimit)
    }

    /// Whether the bytes begin like gzip.
    public static func isGzip(_ bytes: [UInt8]) -> Bool {
        bytes.count >= 2 && bytes[0] == 0x1F && bytes[1] == 0x8B
    }
}

/// Bare deflate (RFC 1951), for what is kept beside its own hash and length.
public enum Deflate {
    /// Compresses. Levels run from 1 (fast) to 9 (small).
    public static func compress(_ bytes: [UInt8], level: Int = 6) -> [UInt8] {
        deflated(bytes, .deflate, level: level)
    }

    /// Decompresses to at most `limit` bytes. What we compressed ourselves needs no limit of its ratio.
    public static func decompress(_ bytes: [UInt8], limit: Int, ratioLimit: Int = .max) throws(CompressionError) -> [UInt8] {
        try inflated(bytes, .deflate, limit: limit, ratioLimit: ratioLimit)
    }
}

private func inflated(
    _ bytes: [UInt8], _ format: CompressionFormat, limit: Int, ratioLimit: Int
) throws(CompressionError) -> [UInt8] {
    var inflater = Inflater(format, limit: limit, ratioLimit: ratioLimit)
    var output: [UInt8] = []
    output.reserveCapacity(min(limit, bytes.count * 4) + (64 << 10))
    try inflater.append(bytes, to: &output)
    try inflater.finish()
    return output
}

private func deflated(_ bytes: [UInt8], _ format: CompressionFormat, level: Int) -> [UInt8] {
    precondition((1...9).contains(level), "zlib's levels run from 1 to 9")
    precondition(bytes.count < 1 << 31, "one piece of a stream stays below 2 GiB")
    var stream = unsafe z_stream()
    let ready = unsafe shim_deflateInit2(&stream, Int32(level), format.windowBits)
    precondition(ready == Z_OK, "zlib has no memory for a stream")
    defer { unsafe deflateEnd(&stream) }
    let bound = unsafe Int(deflateBound(&stream, UInt(bytes.count))) + 32
    return unsafe bytes.withUnsafeBufferPointer { input in
        unsafe [UInt8](unsafeUninitializedCapacity: bound) { output, count in
            // zlib only reads through next_in; the cast is owed to its old header.
            unsafe stream.next_in = UnsafeMutablePointer(mutating: input.baseAddress)
            unsafe stream.avail_in = UInt32(input.count)
            unsafe stream.next_out = output.baseAddress
            unsafe stream.avail_out = UInt32(bound)
            // With room for the bound, one call ends the stream.
            let status = unsafe deflate(&stream, Z_FINISH)
            precondition(status == Z_STREAM_END, "zlib wrote more than its own bound")
            count = unsafe bound - Int(stream.avail_out)
        }
    }
}
