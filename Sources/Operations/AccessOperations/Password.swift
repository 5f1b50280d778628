internal import Digests

/// What a password must be, and the ones we make ourselves.
public enum Password {
    /// Why a password is refused. Composition rules are none of it: length and being unknown to guessers is what counts.
    public enum Problem: String, Error, Hashable, Sendable, CaseIterable {
        case tooShort = "password-too-short"
        case tooLong = "password-too-long"
        case tooCommon = "password-too-common"
        case containsLogin = "password-contains-login"
        case unchanged = "password-unchanged"
    }

    /// Checks a password that somebody chose.
    public static func problem(_ password: String, login: String) -> Problem? {
        guard password.count >= 12 else { return .tooShort }
        guard password.count <= 128, password.utf8.count <= 512 else { return .tooLong }
        let folded = password.lowercased()
        let letters = folded.filter { $0.isLetter || $0.isNumber }
        if Set(folded).count < 5 || common.contains(folded) || common.contains(letters) { return .tooCommon }
        // `sommer2026!!` is `sommer` with what everybody appends.
        let stem = String(letters.drop { $0.isNumber }.reversed().drop { $0.isNumber }.reversed())
        if stems.contains(stem) { return .tooCommon }
        if login.count >= 3, folded.contains(login.lowercased()) { return .containsLogin }
        return nil
    }

    /// A password for one use: 80 random bits in groups that can be read out.
    static func oneTime() -> String {
        let alphabet = Array("0123456789abcdefghjkmnpqrstvwxyz")
        // 32 letters: the low five bits of a byte choose one without a bias.
        let letters = SecureRandom.bytes(16).map { alphabet[Int($0 & 31)] }
        return stride(from: 0, to: 16, by: 4).map { String(letters[$0..<($0 + 4)]) }.joined(separator: "-")
    }

    /// From the published lists, those that are long enough to pass the length.
    private static let common: Set<String> = [
        "123456789012", "1234567890123", "12345678901234", "1234567890123456", "123123123123", "password1234", "password12345",
        "password123456",
        "passwordpassword", "passwort1234", "passwort12345", "passwortpasswort", "geheimgeheim", "qwertyuiop123", "qwertzuiop123",
        "qwertyuiopas",
        "qwertzuiopas", "1q2w3e4r5t6y", "1q2w3e4r5t6z", "1qaz2wsx3edc", "1qay2wsx3edc", "q1w2e3r4t5y6", "abcdefghijkl", "abcdefghijklm",
        "abc123abc123",
        "iloveyou1234", "ichliebedich", "adminadmin12", "administrator", "administrator1", "letmeinletmein", "welcome12345",
        "willkommen123",
        "hallohallo12", "zaehlwerk123", "zaehlwerk1234", "changeme1234", "trustno1trustno1", "correcthorsebatterystaple",
    ]
    private static let stems: Set<String> = [
        "password", "passwort", "geheim", "willkommen", "welcome", "hallo", "admin", "administrator", "sommer", "winter", "frühling",
        "herbst", "summer",
        "stadtwerke", "zaehlwerk", "zählwerk", "qwertz", "qwerty", "asdfghjkl", "letmein", "changeme", "start", "test", "testtest",
        "iloveyou",
    ]
}
