/// Thirty-two bytes of SHA-256 (or HMAC-SHA256). Kept as four words, so that a digest is a plain value: no heap, hashable, ordered as
/// its bytes are.
public struct Digest: Hashable, Sendable, Comparable, CustomStringConvertible {
    // Big-endian words: comparing them in order is comparing the bytes in order.
    var first: UInt64 = 0
    var second: UInt64 = 0
    var third: UInt64 = 0
    var fourth: UInt64 = 0

    /// How many bytes a digest has.
    public static let byteCount = 32

    /// Thirty-two zero bytes: the predecessor of the first link of a hash chain.
    public static let zero = Digest()

    private init() {}

    /// The digest with these bytes; nil unless there are exactly 32.
    public init?(bytes: some Collection<UInt8>) {
        guard bytes.count == Digest.byteCount else { return nil }
        var words: (UInt64, UInt64, UInt64, UInt64) = (0, 0, 0, 0)
        for (place, byte) in bytes.enumerated() {
            switch place >> 3 {
            case 0: words.0 = words.0 << 8 | UInt64(byte)
            case 1: words.1 = words.1 << 8 | UInt64(byte)
            case 2: words.2 = words.2 << 8 | UInt64(byte)
            default: words.3 = words.3 << 8 | UInt64(byte)
            }
        }
        (first, second, third, fourth) = words
    }

    /// The digest written as 64 hexadecimal digits; nil for anything else.
    public init?(hex: String) {
        guard let bytes = Hexadecimal.decode(hex) else { return nil }
        self.init(bytes: bytes)
    }

    /// What OpenSSL wrote: `body` fills 32 bytes.
    init(filledBy body: (UnsafeMutablePointer<UInt8>) -> Void) {
        var words: (UInt64, UInt64, UInt64, UInt64) = (0, 0, 0, 0)
        unsafe withUnsafeMutableBytes(of: &words) { raw in
            // 32 bytes of four words, bound for the length of this closure.
            unsafe raw.withMemoryRebound(to: UInt8.self) { bytes in
                guard let base = bytes.baseAddress else { return }
                unsafe body(base)
            }
        }
        first = UInt64(bigEndian: words.0)
        second = UInt64(bigEndian: words.1)
        third = UInt64(bigEndian: words.2)
        fourth = UInt64(bigEndian: words.3)
    }

    /// The 32 bytes.
    public var bytes: [UInt8] {
        unsafe [UInt8](unsafeUninitializedCapacity: Digest.byteCount) { buffer, count in
            var place = 0
            for word in [first, second, third, fourth] {
                for shift in stride(from: 56, through: 0, by: -8) {
                    unsafe buffer[place] = UInt8(truncatingIfNeeded: word >> UInt64(shift))
                    place += 1
                }
            }
            count = place
        }
    }

    /// 64 lower-case hexadecimal digits.
    public var hex: String { Hexadecimal.encode(bytes) }

    public var description: String { hex }

    public static func < (left: Digest, right: Digest) -> Bool {
        (left.first, left.second, left.third, left.fourth) < (right.first, right.second, right.third, right.fourth)
    }
}
