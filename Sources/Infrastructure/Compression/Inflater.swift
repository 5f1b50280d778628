internal import CZlib

/// Inflates a stream piece by piece and counts what comes out while it comes out. It owns zlib's state and frees it.
///
/// Several gzip members one after another are one stream, as RFC 1952 wants.
@safe public struct Inflater: ~Copyable {
    private let stream: UnsafeMutablePointer<z_stream>
    // What comes out lands here first, so that the array grows by what there is and not by what there might be.
    private let scratch: UnsafeMutableBufferPointer<UInt8>
    private let format: CompressionFormat
    private let limit: Int
    private let ratioLimit: Int
    private var isComplete = false
    /// Bytes that went in.
    public private(set) var bytesIn = 0
    /// Bytes that came out.
    public private(set) var bytesOut = 0

    // Below this the ratio says nothing: a small body of zeros is no attack.
    private static let ratioCountsFrom = 1 << 20

    /// An inflater that lets at most `limit` bytes out, and beyond the first MiB at most `ratioLimit` for each byte in.
    public init(_ format: CompressionFormat = .gzip, limit: Int, ratioLimit: Int = 100) {
        let stream = UnsafeMutablePointer<z_stream>.allocate(capacity: 1)
        unsafe stream.initialize(to: unsafe z_stream())
        // Fails only when memory is short, like any allocation.
        let ready = unsafe shim_inflateInit2(stream, format.windowBits)
        precondition(ready == Z_OK, "zlib has no memory for a stream")
        unsafe self.stream = stream
        unsafe scratch = .allocate(capacity: 64 << 10)
        self.format = format
        self.limit = limit
        self.ratioLimit = ratioLimit
    }

    deinit {
        unsafe inflateEnd(stream)
        unsafe stream.deallocate()
        unsafe scratch.deallocate()
    }

    /// Inflates the next piece and appends what it gives to `output`.
    public mutating func append(_ piece: [UInt8], to output: inout [UInt8]) throws(CompressionError) {
        try unsafe piece.withUnsafeBufferPointer { (bytes) throws(CompressionError) in
            try unsafe append(UnsafeRawBufferPointer(bytes), to: &output)
        }
    }

    /// Inflates the next piece, which must stay valid during the call, and appends what it gives to `output`.
    public mutating func append(_ piece: UnsafeRawBufferPointer, to output: inout [UInt8]) throws(CompressionError) {
        guard piece.count > 0, let start = piece.baseAddress else { return }
        let chunk = unsafe scratch.count
        var consumed = 0
        while consumed < piece.count {
            if isComplete {
                // Another member follows, or rubbish does.
                guard format == .gzip, unsafe inflateReset(stream) == Z_OK else { throw .corrupt }
                isComplete = false
            }
            let available = min(piece.count - consumed, 1 << 30)
            // zlib only reads through next_in; the cast is owed to its old header.
            unsafe stream.pointee.next_in = UnsafeMutablePointer(
                mutating: start.advanced(by: consumed).assumingMemoryBound(to: UInt8.self))
            unsafe stream.pointee.avail_in = UInt32(available)
            var status: Int32 = Z_OK
            repeat {
                unsafe stream.pointee.next_out = scratch.baseAddress
                unsafe stream.pointee.avail_out = UInt32(chunk)
                status = unsafe inflate(stream, Z_NO_FLUSH)
                let made = unsafe chunk - Int(stream.pointee.avail_out)
                unsafe output.append(contentsOf: UnsafeBufferPointer(rebasing: scratch[..<made]))
                bytesOut += made
                let taken = unsafe available - Int(stream.pointee.avail_in)
                guard bytesOut <= limit else { throw .tooLarge(limit: limit) }
                guard bytesOut <= Inflater.ratioCountsFrom || bytesOut / ratioLimit <= bytesIn + taken else {
                    throw .tooDense(ratioLimit: ratioLimit)
                }
                guard status == Z_OK || status == Z_STREAM_END || status == Z_BUF_ERROR else { throw .corrupt }
            } while unsafe status == Z_OK && stream.pointee.avail_out == 0
            let taken = unsafe available - Int(stream.pointee.avail_in)
            bytesIn += taken
            consumed += taken
            if status == Z_STREAM_END {
                isComplete = true
            } else if taken == 0 {
                throw .corrupt
            }
        }
    }

    /// Demands that the stream came to its end.
    public consuming func finish() throws(CompressionError) {
        guard isComplete else { throw .truncated }
    }
}
