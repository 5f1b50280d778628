/// The colour space sRGB as an ICC profile (version 4.2, IEC 61966-2-1), made here: PDF/A wants it inside each file, and a packaged
/// one would bring a licence and a place to look for it.
enum ColourProfile {
    static let sRGB: [UInt8] = {
        let tags: [(name: String, data: [UInt8])] = [
            ("desc", text("sRGB")), ("cprt", text("No copyright")),
            ("wtpt", xyz(0xF6D6, 0x1_0000, 0xD32D)),
            ("chad", array([0x1_0C44, 0x05DF, -0x0CDA, 0x0794, 0xFD8F, -0x045F, -0x025E, 0x03DB, 0xC075])),
            // The primaries, adapted to D50, in 1/65536.
            ("rXYZ", xyz(0x6FA2, 0x38F5, 0x0390)), ("gXYZ", xyz(0x6299, 0xB785, 0x18DA)), ("bXYZ", xyz(0x24A0, 0x0F84, 0xB6CF)),
            ("rTRC", curve),
        ]
        // Three channels, one curve.
        let offsetOfFirst = 128 + 4 + 12 * (tags.count + 2)
        var body: [UInt8] = []
        var table: [UInt8] = []
        for tag in tags {
            table += Array(tag.name.utf8) + big(UInt32(offsetOfFirst + body.count)) + big(UInt32(tag.data.count))
            if tag.name == "rTRC" {
                for name in ["gTRC", "bTRC"] {
                    table += Array(name.utf8) + big(UInt32(offsetOfFirst + body.count)) + big(UInt32(tag.data.count))
                }
            }
            body += tag.data + [UInt8](repeating: 0, count: (4 - tag.data.count % 4) % 4)
        }
        let count = UInt32(table.count / 12)
        return header(size: offsetOfFirst + body.count) + big(count) + table + body
    }()

    private static func header(size: Int) -> [UInt8] {
        var bytes = big(UInt32(size)) + [0, 0, 0, 0] + big(0x0420_0000)
        bytes += Array("mntrRGB XYZ ".utf8)
        // 1 January 2000: a profile has a date, and this one does not change.
        bytes += [0x07, 0xD0, 0, 1, 0, 1, 0, 0, 0, 0, 0, 0]
        bytes += Array("acsp".utf8) + [UInt8](repeating: 0, count: 28)
        // D50.
        bytes += big(0xF6D6) + big(0x1_0000) + big(0xD32D)
        return bytes + [UInt8](repeating: 0, count: 128 - bytes.count)
    }

    private static func big(_ value: UInt32) -> [UInt8] { (0..<4).map { UInt8(truncatingIfNeeded: value >> (24 - 8 * UInt32($0))) } }
    private static func xyz(_ x: UInt32, _ y: UInt32, _ z: UInt32) -> [UInt8] {
        Array("XYZ ".utf8) + [0, 0, 0, 0] + big(x) + big(y) + big(z)
    }
    private static func array(_ values: [Int32]) -> [UInt8] {
        Array("sf32".utf8) + [0, 0, 0, 0] + values.flatMap { big(UInt32(bitPattern: $0)) }
    }
    private static func text(_ text: String) -> [UInt8] {
        let utf16 = text.utf16.flatMap { [UInt8($0 >> 8), UInt8($0 & 0xFF)] }
        return Array("mluc".utf8) + [0, 0, 0, 0] + big(1) + big(12) + Array("enUS".utf8) + big(UInt32(utf16.count)) + big(28) + utf16
    }
    /// Y = ((X + 0.055) / 1.055)^2.4, and X / 12.92 below 0.04045: parametric, type 3, in 1/65536.
    private static let curve: [UInt8] =
        Array("para".utf8) + [0, 0, 0, 0, 0, 3, 0, 0] + big(0x2_6666) + big(0xF2A7) + big(0x0D59) + big(0x13D0) + big(0x0A5B)
}
