/// Text as a search compares it: what people spell differently becomes the same.
///
/// Capitals, umlauts and their transcriptions, accents, `ß`, and the forms of *Straße* are folded on both sides, so `Müller`, `Mueller`
/// and `MULLER` meet in `muller`. Folding merges a few words that differ (`Manuel` is `manul`): a search would rather show one too many.
public enum SearchText {
    /// Lower-case words of letters and digits, one blank between them.
    public static func folded(_ text: String) -> String { words(text).joined(separator: " ") }

    /// The words of a text, folded.
    public static func words(_ text: String) -> [String] {
        var words: [String] = []
        var word: [UInt8] = []
        func end() {
            if !word.isEmpty { words.append(folded(word: word)) }
            word = []
        }
        for character in text {
            // Composed or decomposed, `ü` is one Character; its canonical spelling is not asked for.
            let spelled = letters(of: character)
            if spelled.isEmpty { end() } else { word += spelled }
        }
        end()
        return words
    }

    /// The digits of a telephone number as dialled within Germany, without the leading zero: `+49 4321 12-3` is `4321123`. Other
    /// countries keep their code.
    public static func phone(_ text: String) -> String {
        let isInternational = text.drop(while: { $0 == " " || $0 == "(" }).first == "+"
        var digits = text.filter { $0.isASCII && $0.isNumber }
        if !isInternational, digits.hasPrefix("00") {
            digits.removeFirst(2)
            return national(digits)
        }
        if isInternational { return national(digits) }
        return String(digits.drop { $0 == "0" })
    }
    private static func national(_ digits: String) -> String {
        guard digits.hasPrefix("49") else { return digits }
        // `+49 (0) 4321` is often written.
        return String(digits.dropFirst(2).drop { $0 == "0" })
    }

    /// Whether the word looks like a number of ours or of a device rather than like a name.
    public static func looksLikeNumber(_ word: String) -> Bool { word.utf8.contains { (48...57).contains($0) } }

    /// Vowel and `e` become the vowel, after umlauts have become vowels; a street is a street.
    private static func folded(word bytes: [UInt8]) -> String {
        var out: [UInt8] = []
        out.reserveCapacity(bytes.count)
        for byte in bytes {
            if byte == UInt8(ascii: "e"), let last = out.last,
                last == UInt8(ascii: "a") || last == UInt8(ascii: "o") || last == UInt8(ascii: "u")
            {
                continue
            }
            out.append(byte)
        }
        let word = String(decoding: out, as: UTF8.self)
        for ending in ["strasse", "strase"] where word.hasSuffix(ending) { return word.dropLast(ending.count) + "str" }
        return word
    }

    /// ASCII letters or digits for a character; none for what separates words.
    private static func letters(of character: Character) -> [UInt8] {
        if let ascii = character.asciiValue {
            switch ascii {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"): return [ascii]
            case UInt8(ascii: "A")...UInt8(ascii: "Z"): return [ascii | 0x20]
            default: return []
            }
        }
        if let folded = accented[character] { return Array(folded.utf8) }
        guard character.isLetter || character.isNumber else { return [] }
        // Decomposed (`u` and a combining mark): the base letter is the first scalar.
        if let base = character.unicodeScalars.first, base.isASCII { return letters(of: Character(base)) }
        return Array(character.lowercased().utf8)
    }

    /// Latin letters of our neighbours by what they fold to.
    private static let accented: [Character: String] = {
        let groups: KeyValuePairs<String, String> = [
            "a": "äàáâãåāăąÄÀÁÂÃÅĀĂĄ", "o": "öòóôõøōőÖÒÓÔÕØŌŐ", "u": "üùúûūŭůűųÜÙÚÛŪŬŮŰŲ", "e": "èéêëēĕėęěÈÉÊËĒĔĖĘĚ",
            "i": "ìíîïĩīįıÌÍÎÏĨĪĮİ",
            "c": "çćĉċčÇĆĈĊČ", "d": "ďđðĎĐÐ", "g": "ĝğġģĜĞĠĢ", "l": "ĺļľłĹĻĽŁ", "n": "ñńņňÑŃŅŇ", "r": "ŕŗřŔŖŘ", "s": "śŝşšșŚŜŞŠȘ",
            "t": "ţťțŢŤȚ",
            "y": "ýÿÝŸ", "z": "źżžŹŻŽ", "ss": "ßẞ", "a ": "æÆ", "o ": "œŒ",
        ]
        var table: [Character: String] = [:]
        for (folded, letters) in groups {
            for letter in letters { table[letter] = folded.hasSuffix(" ") ? String(folded.dropLast()) : folded }
        }
        return table
    }()
}
