internal import VEE
internal import Values

/// The words of MDFF 2.6 (AEMO) in ours: suffixes and OBIS codes. Quality flags are in `VEE.NEM12Codes`.
enum NEMCodes {
    /// Market time: UTC+10 without summer time, the whole year.
    static let offsetSeconds = 36_000

    /// The OBIS code of an interval suffix: `E1` consumption → `1-0:1.29.0`, `B1` feed-in → 2.29, `Q1`/`K1` reactive → 3.29/4.29.
    /// The second character is the stream; stream 1 is channel 0, so that a plain meter has plain codes, and stream 0
    /// is channel 1 in its place; others keep their number.
    /// nil for what is no energy (voltage, power factor) or unknown.
    static func interval(_ suffix: some StringProtocol) -> ObisCode? {
        let bytes = Array(suffix.utf8)
        guard bytes.count == 2, let channel = stream(bytes[1]) else { return nil }
        switch bytes[0] {
        case UInt8(ascii: "E"): return ObisCode(1, channel, 1, 29, 0)
        case UInt8(ascii: "B"): return ObisCode(1, channel, 2, 29, 0)
        case UInt8(ascii: "Q"): return ObisCode(1, channel, 3, 29, 0)
        case UInt8(ascii: "K"): return ObisCode(1, channel, 4, 29, 0)
        default: return nil
        }
    }

    /// The same of a channel whose RegisterID is an OBIS code of the quantity: so we write those that no suffix names.
    static func interval(_ suffix: some StringProtocol, registerID: String) -> ObisCode? {
        guard let plain = interval(suffix) else { return nil }
        guard let said = ObisCode(registerID), said.a == plain.a, said.c == plain.c else { return plain }
        return said
    }

    private static func stream(_ byte: UInt8) -> UInt8? {
        switch byte {
        case 0x30: 1
        case 0x31: 0
        case 0x32...0x39: byte - 0x30
        // Letters go on behind the digits: A is stream 10.
        case 0x41...0x5A: byte - 0x41 + 10
        default: nil
        }
    }

    /// The suffix of an interval channel; nil if MDFF has none for the code.
    static func suffix(_ code: ObisCode) -> String? {
        guard code.a == 1, code.b <= 35, (1...4).contains(code.c) else { return nil }
        let letter = ["E", "B", "Q", "K"][Int(code.c) - 1]
        let stream = code.b == 0 ? "1" : code.b == 1 ? "0" : code.b < 10 ? String(code.b) : String(UnicodeScalar(UInt8(0x41 + code.b - 10)))
        return letter + stream
    }

    /// The OBIS code of a NEM13 register: suffix `11` is the plain register, others keep their two digits as channel. Direction E
    /// is from the grid to the customer, I into the grid; reactive if the unit says so.
    static func register(suffix: some StringProtocol, isReactive: Bool, isImport: Bool) -> ObisCode? {
        let text = String(suffix)
        let channel: UInt8
        if text.isEmpty || text == "11" {
            channel = 0
        } else if let number = UInt8(text), number < 100 {
            channel = number
        } else if let interval = interval(text) {
            return ObisCode(1, interval.b, interval.c, 8, 0)
        } else {
            return nil
        }
        return ObisCode(1, channel, (isReactive ? 3 : 1) + (isImport ? 1 : 0), 8, 0)
    }

    /// The status of a quality flag; nil for V and for what is none.
    static func status(_ flag: UInt8) -> ValueStatus? {
        NEM12Codes.Quality(rawValue: String(UnicodeScalar(flag))).flatMap(NEM12Codes.status(of:))
    }
}
