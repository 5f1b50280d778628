import Digests
import Testing

@Suite struct `Digests and secrets` {
    @Test(arguments: [
        ("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
        ("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
        ("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq", "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"),
    ])
    func `SHA-256 agrees with the standard`(text: String, hex: String) {
        #expect(SHA256.hash(text).hex == hex)
        #expect(SHA256.hash(Array(text.utf8)) == Digest(hex: hex))
    }

    @Test func `a digest in pieces is the digest of the whole`() {
        let bytes = (0..<100_000).map { UInt8(truncatingIfNeeded: $0 &* 31) }
        var hasher = SHA256.Hasher()
        var place = 0
        for size in [0, 1, 63, 64, 65, 4096, 95_711] {
            hasher.update(Array(bytes[place..<place + size]))
            place += size
        }
        #expect(place == bytes.count)
        #expect(hasher.finish() == SHA256.hash(bytes))
    }

    @Test func `a digest is its bytes, and is ordered as they are`() {
        let digest = SHA256.hash("abc")
        #expect(Digest(bytes: digest.bytes) == digest)
        #expect(digest.bytes.count == 32)
        #expect(Digest(bytes: [1, 2, 3]) == nil)
        #expect(Digest(hex: String(repeating: "g", count: 64)) == nil)
        #expect(Digest.zero < digest)
        #expect(Digest.zero.hex == String(repeating: "0", count: 64))
    }

    @Test func `HMAC agrees with RFC 4231`() {
        let first = HMAC.sha256(Array("Hi There".utf8), key: [UInt8](repeating: 0x0b, count: 20))
        #expect(first.hex == "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7")
        let second = HMAC.sha256(Array("what do ya want for nothing?".utf8), key: Array("Jefe".utf8))
        #expect(second.hex == "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843")
        let empty = HMAC.sha256([], key: [])
        #expect(empty.hex == "b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad")
    }

    @Test(arguments: [
        ("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foob", "Zm9vYg=="), ("fooba", "Zm9vYmE="), ("foobar", "Zm9vYmFy"),
    ])
    func `base64 agrees with RFC 4648`(plain: String, encoded: String) {
        #expect(Base64.encode(Array(plain.utf8)) == encoded)
        #expect(Base64.decode(encoded) == Array(plain.utf8))
        let bare = String(encoded.prefix { $0 != "=" })
        #expect(Base64.encode(Array(plain.utf8), .urlSafe) == bare)
        #expect(Base64.decode(bare, .urlSafe) == Array(plain.utf8))
    }

    @Test(arguments: ["Zg=", "Zg", "Zg===", "Z", "Zh==", "Zm9v ", "Zm9\u{e4}", "=", "====", "Zm=v"])
    func `what is not canonical base64 is refused`(text: String) {
        #expect(Base64.decode(text) == nil)
    }

    @Test(arguments: 0..<50)
    func `any bytes survive base64 and hexadecimal`(length: Int) {
        let bytes = SecureRandom.bytes(length)
        #expect(bytes.count == length)
        #expect(Base64.decode(Base64.encode(bytes)) == bytes)
        #expect(Base64.decode(Base64.encode(bytes, .urlSafe), .urlSafe) == bytes)
        #expect(Hexadecimal.decode(Hexadecimal.encode(bytes)) == bytes)
    }

    @Test func `two tokens are never the same`() {
        #expect(Set((0..<1000).map { _ in SecureRandom.token() }).count == 1000)
        #expect(SecureRandom.token().utf8.count == 43)
    }

    @Test func `secrets compare by content`() {
        #expect(ConstantTime.equal("secret", "secret"))
        #expect(!ConstantTime.equal("secret", "secreT"))
        #expect(!ConstantTime.equal("secret", "secret1"))
        #expect(ConstantTime.equal([], []))
        #expect(ConstantTime.equal(SHA256.hash("a"), SHA256.hash("a")))
        #expect(!ConstantTime.equal(SHA256.hash("a"), SHA256.hash("b")))
    }

    @Test func `a password verifies against its own hash only`() throws {
        let hash = ScryptHash(password: "Überraschung 12345")
        let stored = try #require(ScryptHash(hash.description))
        #expect(hash.description.hasPrefix("$scrypt$ln=15,r=8,p=3$"))
        #expect(stored == hash)
        #expect(stored.verifies("Überraschung 12345"))
        #expect(!stored.verifies("Ueberraschung 12345"))
        #expect(!stored.needsRehash)
    }

    @Test func `a cheaper hash still verifies and asks to be made again`() throws {
        let cost = try #require(ScryptHash.Cost(logN: 10, r: 8, p: 1))
        let hash = ScryptHash(password: "", cost: cost)
        #expect(hash.verifies(""))
        #expect(!hash.verifies(" "))
        #expect(hash.needsRehash)
    }

    @Test func `scrypt agrees with RFC 7914`() throws {
        let key = try #require(
            Hexadecimal.decode(
                "7023bdcb3afd7348461c06cd81fd38ebfda8fbba904f8e3ea9b543f6545da1f2d5432955613f0fcf62d49705242a9af9e61e85dc0d651e40dfcf017b45575887"
            ))
        let salt = Base64.encode(Array("SodiumChloride".utf8), .standardUnpadded)
        let hash = try #require(ScryptHash("$scrypt$ln=14,r=8,p=1$\(salt)$\(Base64.encode(key, .standardUnpadded))"))
        #expect(hash.verifies("pleaseletmein"))
        #expect(!hash.verifies("pleaseletmeout"))
    }

    @Test(arguments: [
        "", "$scrypt$", "$argon2id$v=19$m=19456,t=2,p=1$c2FsdHNhbHQ$c2FsdHNhbHQ",
        "$scrypt$ln=30,r=8,p=3$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAA",
        "$scrypt$ln=15,r=8,p=99$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAA",
        "$scrypt$r=8,ln=15,p=3$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAA",
    ])
    func `a foreign or overpriced hash is refused before any work`(text: String) {
        #expect(ScryptHash(text) == nil)
    }
}
