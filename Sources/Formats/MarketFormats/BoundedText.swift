/// Texts of a sender that are kept: serials, numbers of messages, codes, remarks.
extension StringProtocol {
    /// At most so many bytes of UTF-8, cut between characters of Unicode: a character may be joined from thousands of bytes.
    func limited(_ bytes: Int) -> String {
        guard utf8.count > bytes else { return String(self) }
        var kept = String.UnicodeScalarView()
        var size = 0
        for scalar in unicodeScalars {
            size += UTF8.width(scalar)
            guard size <= bytes else { break }
            kept.append(scalar)
        }
        return String(kept)
    }

    /// Without control characters, which no name has and no database keeps; each becomes U+FFFD, so that two names stay two.
    var withoutControls: String {
        guard utf8.contains(where: { $0 < 0x20 || $0 == 0x7F }) else { return String(self) }
        return String(String.UnicodeScalarView(unicodeScalars.map { $0.value < 0x20 || $0.value == 0x7F ? "\u{FFFD}" : $0 }))
    }
}
