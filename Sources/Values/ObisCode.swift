/// The name of what a register counts: `A-B:C.D.E` of IEC 62056-61 (OBIS), for example `1-0:1.8.0`.
public struct ObisCode: Hashable, Sendable, Comparable, Codable, CustomStringConvertible, LosslessStringConvertible {
    /// Medium A (1 electricity, 6 heat, 7 gas, 8 cold water, 9 hot water), channel B, quantity C, kind D, tariff E.
    public let a: UInt8, b: UInt8, c: UInt8, d: UInt8, e: UInt8

    public init(_ a: UInt8, _ b: UInt8, _ c: UInt8, _ d: UInt8, _ e: UInt8) {
        self.a = a
        self.b = b
        self.c = c
        self.d = d
        self.e = e
    }

    /// `A-B:C.D.E`; a trailing `*255` (F) is accepted and left out.
    public init?(_ text: String) { self.init(utf8: text.utf8) }
    public init?(utf8 bytes: some Sequence<UInt8>) {
        var groups: (UInt8, UInt8, UInt8, UInt8, UInt8) = (0, 0, 0, 0, 0)
        var index = 0
        var value = -1
        let separators: [UInt8] = [45, 58, 46, 46, 42]
        func store(_ value: Int) -> Bool {
            guard (0...255).contains(value) else { return false }
            switch index {
            case 0: groups.0 = UInt8(value)
            case 1: groups.1 = UInt8(value)
            case 2: groups.2 = UInt8(value)
            case 3: groups.3 = UInt8(value)
            case 4: groups.4 = UInt8(value)
            default: return value == 255
            }
            return true
        }
        for byte in bytes {
            let digit = Int(byte) - 48
            if (0...9).contains(digit) {
                value = max(value, 0) * 10 + digit
                guard value <= 255 else { return nil }
            } else {
                guard index < 5, byte == separators[index], store(value) else { return nil }
                index += 1
                value = -1
            }
        }
        guard index >= 4, store(value) else { return nil }
        self.init(groups.0, groups.1, groups.2, groups.3, groups.4)
    }

    public var description: String {
        var text: [UInt8] = []
        text.reserveCapacity(20)
        for (group, separator) in [(a, "-"), (b, ":"), (c, "."), (d, "."), (e, "")] as [(UInt8, StaticString)] {
            if group >= 100 { text.append(UInt8(ascii: "0") + group / 100) }
            if group >= 10 { text.append(UInt8(ascii: "0") + group / 10 % 10) }
            text.append(UInt8(ascii: "0") + group % 10)
            text.append(contentsOf: separator.description.utf8)
        }
        return String(decoding: text, as: UTF8.self)
    }

    /// All groups in one integer, for look-up tables and order.
    public var packed: Int64 { Int64(a) << 32 | Int64(b) << 24 | Int64(c) << 16 | Int64(d) << 8 | Int64(e) }
    public static func < (left: ObisCode, right: ObisCode) -> Bool { left.packed < right.packed }

    /// The register whose advance the sum of this channel must equal (rule C1); nil if this is no channel's code.
    ///
    /// Electricity `C.29.E` → `C.8.E`; gas `C.21|22|23.E` → `C.0|1|2.E` (edi@energy code list: operating, temperature
    /// compensated, normal volume), but `13|16.21.E` → `13|16.2.E`: of the converted normal volume there is one register. Water and heat have no interval codes of their own: `C.29.E` → `C.0.E` by analogy.
    public var registerOfChannel: ObisCode? {
        switch (a, d) {
        case (1, 29): ObisCode(a, b, c, 8, e)
        case (7, 21) where c == 13 || c == 16: ObisCode(a, b, c, 2, e)
        case (7, 21), (7, 22), (7, 23): ObisCode(a, b, c, d - 21, e)
        case (_, 29): ObisCode(a, b, c, 0, e)
        default: nil
        }
    }

    /// Whether the code names feed-in (electricity -A, `2.x`; gas 6.x).
    public var isFeedIn: Bool { (a == 1 && c == 2) || (a == 7 && (c == 6 || c == 16)) }

    /// Whether the code names gas as the meter counts it, at the pressure and temperature in the pipe: register and difference of
    /// 3 and 6 (edi@energy code list). Only this is multiplied by the Zustandszahl.
    public var isOperatingVolume: Bool { a == 7 && (c == 3 || c == 6) && (d == 0 || d == 21) }
    /// Whether the code names gas at normal conditions, as a corrector measures (3.2.0) or converts it (13.2.0): a Zustandszahl
    /// is in it already.
    public var isNormalVolume: Bool {
        guard a == 7 else { return false }
        return (c == 13 || c == 16) ? d == 2 || d == 21 || d == 23 : (c == 3 || c == 6) && (d == 2 || d == 23)
    }

    /// The tariff a register counts in electricity: total, HT, NT.
    public enum TariffRegister: String, Sendable, Hashable, Codable { case total = "ET", high = "HT", low = "NT" }
    /// E = 0 total, 1 HT, 2 NT; nil for others.
    public var tariffRegister: TariffRegister? {
        switch e {
        case 0: .total
        case 1: .high
        case 2: .low
        default: nil
        }
    }

    public init(from decoder: any Decoder) throws {
        let text = try decoder.singleValueContainer().decode(String.self)
        guard let code = ObisCode(text) else {
            throw DecodingError.dataCorrupted(.init(codingPath: decoder.codingPath, debugDescription: "\(text) is no OBIS code"))
        }
        self = code
    }
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }
}
