/// Why bytes could not be inflated.
public enum CompressionError: Error, Hashable, Sendable, CustomStringConvertible {
    /// More comes out than the limit allows. A limit of 16 MiB is reached by 16 kB of a gzip bomb.
    case tooLarge(limit: Int)
    /// More comes out for each byte that goes in than honest data would give.
    case tooDense(ratioLimit: Int)
    /// Not compressed data, or damaged.
    case corrupt
    /// The data ends before it says so.
    case truncated

    public var description: String {
        switch self {
        case .tooLarge(let limit): "more than \(limit) bytes when decompressed"
        case .tooDense(let ratio): "compressed more than \(ratio) to 1"
        case .corrupt: "not valid compressed data"
        case .truncated: "the compressed data ends too early"
        }
    }
}

/// How compressed bytes are wrapped.
public enum CompressionFormat: Sendable {
    /// RFC 1952, with a header and a checksum: HTTP and files.
    case gzip
    /// RFC 1951 bare: the archive of deliveries, which has its own hash.
    case deflate

    /// What zlib calls it: 15 bits of window, 16 added for gzip, negative for bare.
    var windowBits: Int32 { self == .gzip ? 31 : -15 }
}
