import Testing
import XML

/// A hostile text, and what it is refused for.
struct XMLAttack: Sendable, CustomTestStringConvertible {
    let name: String
    let code: XMLError.Code
    let text: @Sendable () -> [UInt8]

    init(_ name: String, _ code: XMLError.Code, _ text: @escaping @Sendable () -> String) {
        self.name = name
        self.code = code
        self.text = { Array(text().utf8) }
    }

    var testDescription: String { name }

    static func repeated(_ piece: String, _ count: Int) -> String { String(repeating: piece, count: count) }

    static func numbered(_ count: Int, _ piece: (Int) -> String) -> String { (0..<count).map(piece).joined() }

    static let all: [XMLAttack] = [
        XMLAttack("billion laughs", .documentType) {
            let entities = numbered(9) { "<!ENTITY l\($0 + 1) \"\(repeated("&l\($0);", 10))\">" }
            return "<!DOCTYPE r [<!ENTITY l0 \"lol\">\(entities)]><r>&l9;</r>"
        },
        XMLAttack("quadratic blowup", .documentType) {
            "<!DOCTYPE r [<!ENTITY a \"\(repeated("a", 100_000))\">]><r>\(repeated("&a;", 50_000))</r>"
        },
        XMLAttack("parameter-entity laughs", .documentType) {
            "<!DOCTYPE r [<!ENTITY % a \"&#37;b;&#37;b;\"><!ENTITY % b \"<!ENTITY c 'd'>\">%a;]><r/>"
        },
        XMLAttack("external entity", .documentType) { "<!DOCTYPE r [<!ENTITY x SYSTEM \"file:///etc/passwd\">]><r>&x;</r>" },
        XMLAttack("external DTD", .documentType) { "<?xml version=\"1.0\"?>\n<!DOCTYPE r SYSTEM \"http://127.0.0.1:1/x.dtd\"><r/>" },
        XMLAttack("external parameter entity", .documentType) {
            "<!DOCTYPE r [<!ENTITY % p SYSTEM \"file:///etc/hostname\"> %p;]><r/>"
        },
        XMLAttack("DOCTYPE behind a comment", .documentType) { "<!-- <a --><!DOCTYPE r><r/>" },
        XMLAttack("a bare entity declaration", .documentType) { "<r><!ENTITY a \"b\"></r>" },
        XMLAttack("an undefined entity", .malformed) { "<r>&secret;</r>" },
        XMLAttack("processing instruction", .processingInstruction) { "<?xml-stylesheet href=\"x.xsl\"?><r/>" },
        XMLAttack("a million processing instructions", .processingInstruction) { "<r>\(repeated("<?a?>", 1_000_000))</r>" },
        XMLAttack("a second XML declaration", .processingInstruction) { "<?xml version=\"1.0\"?><?xml version=\"1.0\"?><r/>" },
        XMLAttack("depth 1,000,000", .depth) { repeated("<a>", 1_000_000) },
        XMLAttack("depth 65", .depth) { repeated("<a>", 65) + repeated("</a>", 65) },
        XMLAttack("50,000 attributes", .attributes) { "<r \(numbered(50_000) { "a\($0)='' " })/>" },
        XMLAttack("65 attributes", .attributes) { "<r \(numbered(65) { "a\($0)='' " })/>" },
        XMLAttack("namespace bomb", .namespaces) {
            "<r \(numbered(20_000) { "xmlns:n\($0)='urn:\($0)' " })\(numbered(20_000) { "n\($0):a='' " })/>"
        },
        XMLAttack("namespaces piled up in scope", .namespaces) {
            numbered(60) { depth in "<a \(numbered(2) { "xmlns:n\(depth)x\($0)='urn:x' " })>" }
        },
        XMLAttack("20 MB of text", .text) { "<r>\(repeated("0123456789abcdef", 1_250_000))</r>" },
        XMLAttack("2 MB of CDATA in pieces", .text) { "<r>\(repeated("<![CDATA[0123456789abcdef]]>", 125_000))</r>" },
        XMLAttack("text in pieces between comments", .text) { "<r>\(repeated("0123456789abcdef<!-- -->", 125_000))</r>" },
        XMLAttack("20 MB attribute", .tag) { "<r a=\"\(repeated("0123456789abcdef", 1_250_000))\"/>" },
        XMLAttack("a name of 60 kB", .name) { "<\(repeated("n", 60_000))/>" },
        XMLAttack("an attribute's name of 60 kB", .name) { "<r \(repeated("n", 60_000))=''/>" },
        XMLAttack("an end tag of 60 kB", .name) { "<r></\(repeated("n", 60_000))>" },
        XMLAttack("UTF-7", .encoding) { "<?xml version=\"1.0\" encoding=\"UTF-7\"?><r>+ADw-script+AD4-</r>" },
        XMLAttack("UTF-7 behind a lie", .malformed) { "<?xml version=\"encoding='utf-8'\" encoding='utf-7'?><r>+ADw-a/+AD4-</r>" },
        XMLAttack("Latin-1", .encoding) { "<?xml version=\"1.0\" encoding='ISO-8859-1'?><r/>" },
        XMLAttack("NUL", .character) { "<r>a\u{0}b</r>" },
        XMLAttack("a control character", .character) { "<r>a\u{8}b</r>" },
        XMLAttack("U+FFFE", .character) { "<r>\u{FFFE}</r>" },
        XMLAttack("a NUL by reference", .malformed) { "<r>&#0;</r>" },
        XMLAttack("a quote that hides a tag", .malformed) { "<r a=\"></r><b c='\" d='\"<x>'/>" },
        XMLAttack("'>' in a value is no end", .malformed) { "<r a='>'><b></r>" },
        XMLAttack("a tag never closed", .malformed) { "<r><b" },
        XMLAttack("a quote never closed", .malformed) { "<r a=\"b></r>" },
        XMLAttack("an element never closed", .malformed) { "<r><b></b>" },
        XMLAttack("a second root", .malformed) { "<r/><r/>" },
        XMLAttack("text behind the root", .malformed) { "<r/>text" },
        XMLAttack("wrong nesting", .malformed) { "<a><b></a></b>" },
        XMLAttack("the same attribute twice", .malformed) { "<a b='' b=''/>" },
        XMLAttack("an attribute twice by two prefixes", .malformed) { "<a xmlns:x='u' xmlns:y='u' x:b='' y:b=''/>" },
        XMLAttack("a prefix nobody declared", .malformed) { "<x:a/>" },
        XMLAttack("']]>' in text", .malformed) { "<a>]]></a>" },
        XMLAttack("a comment never closed", .malformed) { "<a><!-- </a>" },
        XMLAttack("mixed content before a child", .mixed) { "<a>12<b/></a>" },
        XMLAttack("mixed content after a child", .mixed) { "<a><b/>12</a>" },
        XMLAttack("nothing", .empty) { " \n" },
        XMLAttack("no XML", .empty) { "{\"a\": 1}" },
    ]
}

@Suite struct `Hostile XML` {
    @Test(arguments: XMLAttack.all)
    func `is refused at once and by name`(attack: XMLAttack) throws {
        let text = attack.text()
        let clock = ContinuousClock()
        let start = clock.now
        let error = try #require(throws: XMLError.self) { try XMLReader.read(text, Recorder()) }
        #expect(error.code == attack.code, "\(error)")
        #expect(error.message.utf8.count <= 300)
        // Seconds of a busy machine in debug; a release build needs milliseconds.
        #expect(clock.now - start < .seconds(3))
    }

    @Test(
        arguments: [
            [0xFF, 0xFE, 0x3C, 0x00], [0xFE, 0xFF, 0x00, 0x3C], [0x3C, 0x72, 0x3E, 0xC0, 0x80], [0x3C, 0x72, 0x3E, 0xED, 0xA0, 0x80],
        ] as [[UInt8]])
    func `UTF-16 and broken UTF-8 are refused`(bytes: [UInt8]) throws {
        #expect(try #require(throws: XMLError.self) { try XMLReader.read(bytes, Recorder()) }.code == .encoding)
    }

    @Test func `elements are counted`() throws {
        let text = Array("<r>\(XMLAttack.repeated("<a/>", 20_000))</r>".utf8)
        #expect(try #require(throws: XMLError.self) { try XMLElement(parsing: text) }.code == .elements)
        try XMLReader.read(text, Recorder())
    }

    @Test func `64 attributes, 64 levels and a MiB of text are honest`() throws {
        try XMLReader.read(Array("<r \(XMLAttack.numbered(64) { "a\($0)='' " })/>".utf8), Recorder())
        try XMLReader.read(Array((XMLAttack.repeated("<a>", 64) + XMLAttack.repeated("</a>", 64)).utf8), Recorder())
        let text = String(repeating: "x", count: 1 << 20)
        let recorder = Recorder()
        try XMLReader.read(Array("<r>\(text)</r>".utf8), recorder)
        #expect(recorder.lines == ["<r", text])
    }

    @Test func `an error names its line`() throws {
        let early = try #require(throws: XMLError.self) { try XMLReader.read(Array("<a>\n\n<?x?></a>".utf8), Recorder()) }
        #expect(early.line == 3)
        #expect(early.offset == 5)
        let late = try #require(throws: XMLError.self) { try XMLReader.read(Array("<a>\n\n\n<b></c></a>".utf8), Recorder()) }
        #expect(late.line == 4)
    }

    @Test(arguments: 0..<300)
    func `any damage is an error or harmless, never a trap`(seed: UInt64) {
        var state = seed
        func below(_ limit: Int) -> Int {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int(state >> 33) % limit
        }
        var bytes = Array("<?xml version='1.0'?><a x=\"1\" xmlns:n='urn:n'><!-- c --><n:b>t&amp;&#48;</n:b><![CDATA[ ]]><c/></a>".utf8)
        let pieces: [[UInt8]] = ["<", ">", "/", "\"", "'", "=", "&", "<!--", "-->", "<![CDATA[", "]]>", "<?", "\u{0}", "xmlns:a='b'"].map {
            Array($0.utf8)
        }
        for _ in 0..<3 {
            let place = below(bytes.count)
            switch below(3) {
            case 0: bytes.remove(at: place)
            case 1: bytes[place] = UInt8(below(256))
            default: bytes.insert(contentsOf: pieces[below(pieces.count)], at: place)
            }
        }
        do {
            try XMLReader.read(bytes, Recorder())
        } catch {
            #expect(error is XMLError)
        }
    }
}

/// Writes down what the reader says.
final class Recorder: XMLHandler {
    var lines: [String] = []
    var vocabulary: XMLVocabulary { .none }

    func start(_ word: Int, _ element: borrowing XMLStart) {
        lines.append("<\(element.name)" + element.attributes.map { " \($0.name)=\($0.value)" }.joined())
    }

    func end(_ word: Int, _ text: borrowing XMLCharacters) {
        lines.append(text.string)
    }
}
