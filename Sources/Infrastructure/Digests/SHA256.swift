internal import CLibCrypto

/// SHA-256 (FIPS 180-4).
public enum SHA256 {
    // Fetched once: `EVP_sha256()` looks the algorithm up anew for every digest, which costs more than hashing a journal entry.
    // The pointer is never written again and OpenSSL's method objects are shared between threads by design.
    nonisolated(unsafe) static let algorithm: OpaquePointer? = unsafe EVP_MD_fetch(nil, "SHA256", nil)

    /// The digest of these bytes.
    public static func hash(_ bytes: [UInt8]) -> Digest {
        unsafe bytes.withUnsafeBytes { unsafe hash($0) }
    }

    /// The digest of these bytes.
    public static func hash(_ bytes: RawSpan) -> Digest {
        unsafe bytes.withUnsafeBytes { unsafe hash($0) }
    }

    /// The digest of the text's UTF-8.
    public static func hash(_ text: String) -> Digest {
        unsafe hash(text.utf8.span.bytes)
    }

    /// The digest of these bytes, which must stay valid during the call.
    public static func hash(_ bytes: UnsafeRawBufferPointer) -> Digest {
        unsafe Digest { out in
            let done = unsafe EVP_Digest(bytes.baseAddress, bytes.count, out, nil, algorithm, nil)
            // OpenSSL without SHA-256 is a broken installation, not a wrong input.
            precondition(done == 1, "SHA-256 is not available in this OpenSSL")
        }
    }

    /// A digest taken in pieces. It owns OpenSSL's context and frees it.
    @safe public struct Hasher: ~Copyable {
        private let context: OpaquePointer

        /// A hasher that has seen nothing.
        public init() {
            guard let context = unsafe EVP_MD_CTX_new(), unsafe EVP_DigestInit_ex(context, SHA256.algorithm, nil) == 1 else {
                preconditionFailure("SHA-256 is not available in this OpenSSL")
            }
            unsafe self.context = context
        }

        deinit { unsafe EVP_MD_CTX_free(context) }

        /// Adds these bytes.
        public mutating func update(_ bytes: RawSpan) {
            unsafe bytes.withUnsafeBytes { unsafe update($0) }
        }

        /// Adds these bytes.
        public mutating func update(_ bytes: [UInt8]) {
            unsafe bytes.withUnsafeBytes { unsafe update($0) }
        }

        /// Adds the text's UTF-8.
        public mutating func update(_ text: String) {
            unsafe update(text.utf8.span.bytes)
        }

        /// Adds these bytes, which must stay valid during the call.
        public mutating func update(_ bytes: UnsafeRawBufferPointer) {
            let done = unsafe EVP_DigestUpdate(context, bytes.baseAddress, bytes.count)
            precondition(done == 1, "SHA-256 refused an update")
        }

        /// The digest of all that was added; ends the hasher.
        public consuming func finish() -> Digest {
            unsafe Digest { out in
                let done = unsafe EVP_DigestFinal_ex(context, out, nil)
                precondition(done == 1, "SHA-256 refused to finish")
            }
        }
    }
}

/// Keyed digests (RFC 2104).
public enum HMAC {
    /// HMAC-SHA256 of the message under the key, of any length.
    public static func sha256(_ message: [UInt8], key: [UInt8]) -> Digest {
        unsafe Digest { out in
            let written = unsafe message.withUnsafeBufferPointer { text in
                unsafe key.withUnsafeBytes { secret in
                    // An empty key may have no address, and OpenSSL reads nil as "the key of before".
                    let anything: StaticString = ""
                    let address = unsafe secret.baseAddress ?? UnsafeRawPointer(anything.utf8Start)
                    return unsafe CLibCrypto.HMAC(
                        SHA256.algorithm, address, Int32(clamping: secret.count), text.baseAddress, text.count, out, nil)
                }
            }
            precondition(unsafe written != nil, "HMAC-SHA256 is not available in this OpenSSL")
        }
    }
}
