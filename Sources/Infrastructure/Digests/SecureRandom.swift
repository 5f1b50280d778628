internal import CLibCrypto

/// Random bytes for keys, tokens, salts and one-time passwords.
public enum SecureRandom {
    /// So many random bytes.
    ///
    /// A generator that cannot deliver ends the program: a predictable key is worse than no server.
    public static func bytes(_ count: Int) -> [UInt8] {
        precondition(count >= 0 && count <= 1 << 20, "a secret has some bytes, not megabytes")
        guard count > 0 else { return [] }
        return unsafe [UInt8](unsafeUninitializedCapacity: count) { buffer, initialized in
            let done = unsafe RAND_bytes(buffer.baseAddress, Int32(count))
            precondition(done == 1, "the system's random generator failed")
            initialized = count
        }
    }

    /// A token for machines: so many random bytes in base64url without padding. 32 bytes are 256 bits.
    public static func token(bytes count: Int = 32) -> String {
        Base64.encode(bytes(count), .urlSafe)
    }
}

/// Comparison that takes as long for a near miss as for a far one.
public enum ConstantTime {
    /// Whether the two are equal. Only their lengths show in the time taken.
    public static func equal(_ left: [UInt8], _ right: [UInt8]) -> Bool {
        guard left.count == right.count else { return false }
        return unsafe left.withUnsafeBytes { first in
            unsafe right.withUnsafeBytes { second in
                unsafe CRYPTO_memcmp(first.baseAddress, second.baseAddress, first.count) == 0
            }
        }
    }

    /// Whether the two digests are equal.
    public static func equal(_ left: Digest, _ right: Digest) -> Bool {
        (left.first ^ right.first) | (left.second ^ right.second) | (left.third ^ right.third) | (left.fourth ^ right.fourth) == 0
    }

    /// Whether the two texts have the same UTF-8.
    public static func equal(_ left: String, _ right: String) -> Bool {
        equal(Array(left.utf8), Array(right.utf8))
    }
}
