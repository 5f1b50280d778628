internal import CLibCrypto

/// A password as it may be stored: scrypt (RFC 7914) in PHC form, `$scrypt$ln=15,r=8,p=3$salt$key`.
///
/// Making and verifying one takes about a tenth of a second of a core and 32 MiB on purpose. Do it off the cooperative pool and bound how
/// many run at a time, or a flood of sign-ins takes the memory.
public struct ScryptHash: Hashable, Sendable, CustomStringConvertible {
    /// How costly a guess is: `N = 2^logN` steps over blocks of `r`, `p` times.
    public struct Cost: Hashable, Sendable {
        /// Logarithm of N to the base 2.
        public let logN: Int
        /// Block size.
        public let r: Int
        /// Repetitions.
        public let p: Int

        /// Nil beyond 64 MiB or 16 repetitions: a stored text must not be able to order more.
        public init?(logN: Int, r: Int, p: Int) {
            guard (1...18).contains(logN), (1...32).contains(r), (1...16).contains(p), 128 * r << logN <= 48 << 20 else { return nil }
            self.init(checkedLogN: logN, r: r, p: p)
        }

        private init(checkedLogN: Int, r: Int, p: Int) {
            logN = checkedLogN
            self.r = r
            self.p = p
        }

        /// N = 2^15, r = 8, p = 3: what OWASP holds equal to Argon2id with 19 MiB.
        public static let current = Cost(checkedLogN: 15, r: 8, p: 3)
    }

    /// What this hash cost.
    public let cost: Cost
    private let salt: [UInt8]
    private let key: [UInt8]

    // OpenSSL's own limit of 32 MiB refuses the parameters above.
    private static let memoryLimit: UInt64 = 64 << 20

    /// Hashes a password with a salt of its own.
    public init(password: String, cost: Cost = .current) {
        let salt = SecureRandom.bytes(16)
        guard let key = ScryptHash.derive(password, salt: salt, cost: cost, length: 32) else {
            preconditionFailure("scrypt is not available in this OpenSSL")
        }
        self.cost = cost
        self.salt = salt
        self.key = key
    }

    /// Reads the PHC form; nil for another algorithm, another shape, or a cost beyond what we would spend.
    public init?(_ text: String) {
        let parts = text.split(separator: "$", omittingEmptySubsequences: false)
        guard parts.count == 5, parts[0].isEmpty, parts[1] == "scrypt",
            let salt = Base64.decode(String(parts[3]), .standardUnpadded), (8...64).contains(salt.count),
            let key = Base64.decode(String(parts[4]), .standardUnpadded), (16...64).contains(key.count)
        else { return nil }
        let numbers = parts[2].split(separator: ",", omittingEmptySubsequences: false)
        guard numbers.count == 3,
            let logN = ScryptHash.number(numbers[0], after: "ln="),
            let r = ScryptHash.number(numbers[1], after: "r="),
            let p = ScryptHash.number(numbers[2], after: "p="),
            let cost = Cost(logN: logN, r: r, p: p)
        else { return nil }
        self.cost = cost
        self.salt = salt
        self.key = key
    }

    /// The PHC form, to be stored.
    public var description: String {
        let salted = Base64.encode(salt, .standardUnpadded)
        return "$scrypt$ln=\(cost.logN),r=\(cost.r),p=\(cost.p)$\(salted)$\(Base64.encode(key, .standardUnpadded))"
    }

    /// Whether this is the password, compared in constant time.
    public func verifies(_ password: String) -> Bool {
        guard let candidate = ScryptHash.derive(password, salt: salt, cost: cost, length: key.count) else { return false }
        return ConstantTime.equal(candidate, key)
    }

    /// Whether the password should be hashed again at the next sign-in, because the parameters rose.
    public var needsRehash: Bool { cost != .current || salt.count < 16 || key.count < 32 }

    /// The same work for a user who does not exist, so that the time taken does not say so.
    public static func spendTheSameTime(on password: String) {
        _ = derive(password, salt: [UInt8](repeating: 0, count: 16), cost: .current, length: 32)
    }

    private static func number(_ text: Substring, after prefix: String) -> Int? {
        guard text.hasPrefix(prefix) else { return nil }
        let digits = text.dropFirst(prefix.count)
        guard !digits.isEmpty, digits.utf8.count <= 3, digits.utf8.allSatisfy({ (0x30...0x39).contains($0) }) else { return nil }
        return Int(digits)
    }

    private static func derive(_ password: String, salt: [UInt8], cost: Cost, length: Int) -> [UInt8]? {
        let secret = password.utf8.map { CChar(bitPattern: $0) }
        var done: Int32 = 0
        let key = unsafe [UInt8](unsafeUninitializedCapacity: length) { out, count in
            done = unsafe secret.withUnsafeBufferPointer { characters in
                unsafe salt.withUnsafeBufferPointer { salted in
                    unsafe EVP_PBE_scrypt(
                        characters.baseAddress, characters.count, salted.baseAddress, salted.count,
                        1 << UInt64(cost.logN), UInt64(cost.r), UInt64(cost.p), memoryLimit, out.baseAddress, length)
                }
            }
            count = done == 1 ? length : 0
        }
        return done == 1 ? key : nil
    }
}
