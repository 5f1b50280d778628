/// Why a text is no key of its kind.
public enum KeyProblem: Error, Hashable, Sendable {
    case length(expected: String, found: Int)
    case character(String)
    case checkDigit
}

/// The code of a metering point: Messlokation (33 characters), Marktlokation (11 digits with a check digit), or the
/// utility's own.
public struct MeteringPointCode: Hashable, Sendable, Comparable, Codable, CustomStringConvertible {
    public enum Kind: String, Sendable, Hashable { case messlokation, marktlokation, own }
    public let text: String
    public let kind: Kind

    /// Parses by shape: 11 digits are a Marktlokation, `DE` and 31 letters or digits a Messlokation, all else an own code
    /// of 1–64 letters, digits, `-`, `_`, `.`, `/`.
    /// - Throws: `KeyProblem`; a Marktlokation's check digit is verified.
    public init(_ text: String) throws(KeyProblem) {
        let bytes = Array(text.utf8)
        let digits = bytes.allSatisfy { (48...57).contains($0) }
        let alphanumeric = bytes.allSatisfy { (48...57).contains($0) || (65...90).contains($0) || (97...122).contains($0) }
        if bytes.count == 11, digits {
            guard MeteringPointCode.marktlokationCheckDigit(bytes.dropLast().map { Int($0) - 48 }) == Int(bytes[10]) - 48 else {
                throw .checkDigit
            }
            kind = .marktlokation
        } else if bytes.count == 33, alphanumeric, text.hasPrefix("DE") {
            kind = .messlokation
        } else {
            guard (1...64).contains(bytes.count) else { throw .length(expected: "1–64", found: bytes.count) }
            for byte in bytes
            where !((48...57).contains(byte) || (65...90).contains(byte) || (97...122).contains(byte) || [45, 46, 47, 95].contains(byte)) {
                throw .character(String(UnicodeScalar(byte)))
            }
            kind = .own
        }
        self.text = text
    }

    /// BDEW Marktlokation: odd positions once, even positions twice; the difference to the next ten.
    public static func marktlokationCheckDigit(_ digits: [Int]) -> Int {
        let sum = digits.enumerated().reduce(0) { $0 + $1.element * ($1.offset % 2 == 0 ? 1 : 2) }
        return (10 - sum % 10) % 10
    }

    public var description: String { text }
    public static func < (left: MeteringPointCode, right: MeteringPointCode) -> Bool { left.text < right.text }

    public init(from decoder: any Decoder) throws {
        let text = try decoder.singleValueContainer().decode(String.self)
        do { self = try MeteringPointCode(text) } catch {
            throw DecodingError.dataCorrupted(.init(codingPath: decoder.codingPath, debugDescription: "\(text) is no metering point code"))
        }
    }
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(text)
    }
}

/// A number that we print for people, with a check digit: `GP-1000017`, `VK-…`.
///
/// The check digit is Luhn's (ISO/IEC 7812-1 annex B): it catches every wrong digit and nearly every swap of neighbours.
public struct PrintedNumber: Hashable, Sendable, Comparable, Codable, CustomStringConvertible {
    public enum Circle: String, Sendable, Hashable, CaseIterable {
        case partner = "GP", account = "VK", contract = "VT", invoice = "R", payment = "Z", run = "L", instalment = "AB"
        /// A billing run on trial: it issues nothing and takes no number of a run.
        case trial = "LP"
    }
    public let circle: Circle
    public let serial: Int64

    /// - Precondition: `serial` is not negative.
    public init(_ circle: Circle, serial: Int64) {
        precondition(serial >= 0, "serial numbers count up from zero")
        self.circle = circle
        self.serial = serial
    }

    /// Parses `GP-1000017` and verifies the check digit.
    public init(_ text: String) throws(KeyProblem) {
        guard let dash = text.firstIndex(of: "-"), let circle = Circle(rawValue: String(text[..<dash])) else {
            throw .character(String(text.prefix(4)))
        }
        let digits = text[text.index(after: dash)...]
        guard digits.utf8.allSatisfy({ (48...57).contains($0) }) else { throw .character(String(digits)) }
        guard (2...18).contains(digits.count), let all = Int64(digits) else { throw .length(expected: "2–18 digits", found: digits.count) }
        let serial = all / 10
        guard PrintedNumber.luhn(serial) == Int(all % 10) else { throw .checkDigit }
        self.init(circle, serial: serial)
    }

    public static func luhn(_ serial: Int64) -> Int {
        var sum = 0
        for (index, digit) in String(serial).utf8.reversed().enumerated() {
            let value = (Int(digit) - 48) * (index % 2 == 0 ? 2 : 1)
            sum += value > 9 ? value - 9 : value
        }
        return (10 - sum % 10) % 10
    }

    public var description: String { "\(circle.rawValue)-\(serial)\(PrintedNumber.luhn(serial))" }
    public static func < (left: PrintedNumber, right: PrintedNumber) -> Bool {
        (left.circle.rawValue, left.serial) < (right.circle.rawValue, right.serial)
    }

    public init(from decoder: any Decoder) throws {
        let text = try decoder.singleValueContainer().decode(String.self)
        do { self = try PrintedNumber(text) } catch {
            throw DecodingError.dataCorrupted(.init(codingPath: decoder.codingPath, debugDescription: "\(text) is no number of ours"))
        }
    }
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }
}

/// An international bank account number, without blanks (ISO 13616), its check digits verified (ISO 7064 mod 97-10).
public struct IBAN: Hashable, Sendable, Codable, CustomStringConvertible {
    public let text: String

    /// Blanks are left out, letters become capitals.
    public init(_ input: String) throws(KeyProblem) {
        let text = input.filter { $0 != " " }.uppercased()
        let bytes = Array(text.utf8)
        guard (15...34).contains(bytes.count) else { throw .length(expected: "15–34", found: bytes.count) }
        if text.hasPrefix("DE"), bytes.count != 22 { throw .length(expected: "22 (DE)", found: bytes.count) }
        var remainder = 0
        for (index, byte) in (bytes[4...] + bytes[..<4]).enumerated() {
            switch byte {
            case 48...57: remainder = (remainder * 10 + Int(byte) - 48) % 97
            case 65...90: remainder = (remainder * 100 + Int(byte) - 55) % 97
            default: throw .character("position \(index)")
            }
        }
        guard (65...90).contains(bytes[0]), (65...90).contains(bytes[1]) else { throw .character(String(text.prefix(2))) }
        guard remainder == 1 else { throw .checkDigit }
        self.text = text
    }

    public var description: String { text }
    /// For pages: the country, the check digits and the last four.
    public var masked: String { "\(text.prefix(4)) •••• \(text.suffix(4))" }

    public init(from decoder: any Decoder) throws {
        let text = try decoder.singleValueContainer().decode(String.self)
        do { self = try IBAN(text) } catch {
            throw DecodingError.dataCorrupted(.init(codingPath: decoder.codingPath, debugDescription: "no IBAN"))
        }
    }
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(text)
    }
}
