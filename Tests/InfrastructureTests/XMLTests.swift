import Testing
import XML

@Suite struct `XML in and out` {
    @Test(arguments: [
        "<a>4711</a>", "<a>4<!-- c -->711</a>", "<a>4<![CDATA[71]]>1</a>", "<a>&#52;&#x37;11</a>", "<a>47<![CDATA[]]>11</a>",
        "\u{FEFF}<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<a>4711</a>\n<!-- end -->",
    ])
    func `text is whole however it was sent`(text: String) throws {
        let element = try XMLElement(parsing: text)
        #expect(element.text == "4711")
        #expect(element.name == XMLName("a"))
    }

    @Test func `text in pieces across the parser's chunks is whole`() throws {
        for length in [32_760, 32_765, 32_768, 65_536, 100_000] {
            let value = String((0..<length).map { Character(UnicodeScalar(UInt8(0x61 + $0 % 26))) }) + "ü"
            #expect(try XMLElement(parsing: "<a><b>\(value)</b><c/></a>").value("b") == value)
        }
    }

    @Test func `names have namespaces, not prefixes`() throws {
        let element = try XMLElement(
            parsing: "<x:a xmlns:x='urn:x' xmlns='urn:d' x:k='1' k='2'><b/><x:b xmlns:x='urn:y'/><c xmlns=''/></x:a>")
        #expect(element.name == XMLName("a", in: "urn:x"))
        #expect(element.children.map(\.name) == [XMLName("b", in: "urn:d"), XMLName("b", in: "urn:y"), XMLName("c")])
        #expect(element.attribute("k", in: "urn:x") == "1")
        #expect(element.attribute("k") == "2")
        #expect(element.children("b").count == 2)
    }

    @Test func `white space between children is nothing, around a value it goes`() throws {
        let element = try XMLElement(parsing: "<a>\n  <b> 12 </b>\n  <c>\t</c>\n</a>")
        #expect(element.text.isEmpty)
        #expect(element.value("b") == "12")
        #expect(element.child("b")?.text == " 12 ")
        #expect(element.value("c") == "")
        #expect(element.value("d") == nil)
    }

    @Test func `nil is not empty`() throws {
        let xsi = "xmlns:xsi='http://www.w3.org/2001/XMLSchema-instance'"
        let element = try XMLElement(parsing: "<a \(xsi)><b xsi:nil='true'/><c xsi:nil='1'/><d xsi:nil='false'/><e nil='true'/></a>")
        #expect(element.children.map(\.isNil) == [true, true, false, false])
        #expect(element.value("b") == nil)
        #expect(element.value("d") == "")
    }

    @Test func `a vocabulary turns names into numbers, and any namespace is welcome`() throws {
        final class Counter: XMLHandler {
            static let words = XMLVocabulary(["readings", "meter", "value"])
            var vocabulary: XMLVocabulary { Counter.words }
            var seen: [Int] = []
            var values: [String] = []
            func start(_ word: Int, _ element: borrowing XMLStart) { seen.append(word) }
            func end(_ word: Int, _ text: borrowing XMLCharacters) { if word == 2 { values.append(text.trimmed) } }
        }
        let counter = Counter()
        try XMLReader.read(Array("<x:readings xmlns:x='u'><meter/><odd/><value>1</value><x:value> 2 </x:value></x:readings>".utf8), counter)
        #expect(counter.seen == [0, 1, -1, 2, 2])
        #expect(counter.values == ["1", "2"])
    }

    @Test func `thousands of different names are still told apart`() throws {
        final class Finder: XMLHandler {
            var vocabulary: XMLVocabulary { XMLVocabulary(["n777", "n1999"]) }
            var seen: [Int] = []
            func start(_ word: Int, _ element: borrowing XMLStart) { if word >= 0 { seen.append(word) } }
            func end(_ word: Int, _ text: borrowing XMLCharacters) {}
        }
        let finder = Finder()
        try XMLReader.read(Array("<r>\(XMLAttack.numbered(3000) { "<n\($0)/>" })<n1999/></r>".utf8), finder)
        #expect(finder.seen == [0, 1, 1])
    }

    @Test func `a part of a text may go to another handler`() throws {
        final class Outer: XMLHandler {
            var vocabulary: XMLVocabulary { XMLVocabulary(["Header", "Body", "Envelope"]) }
            let header = XMLTreeBuilder()
            var log: [String] = []
            func delegate(_ word: Int, _ element: borrowing XMLStart) -> (any XMLHandler)? { word == 0 ? header : nil }
            func start(_ word: Int, _ element: borrowing XMLStart) { log.append("+\(word)") }
            func end(_ word: Int, _ text: borrowing XMLCharacters) { log.append("-\(word)\(text.string)") }
        }
        let outer = Outer()
        try XMLReader.read(Array("<Envelope><Header><Body>x</Body><Header/></Header><Body>y</Body></Envelope>".utf8), outer)
        #expect(outer.log == ["+2", "+1", "-1y", "-2"])
        #expect(outer.header.root?.children.map(\.name.local) == ["Body", "Header"])
    }

    @Test func `what a handler throws comes out as it is`() throws {
        struct Enough: Error {}
        final class Thrower: XMLHandler {
            var vocabulary: XMLVocabulary { .none }
            var starts = 0
            func start(_ word: Int, _ element: borrowing XMLStart) throws {
                starts += 1
                if starts == 3 { throw Enough() }
            }
            func end(_ word: Int, _ text: borrowing XMLCharacters) {}
        }
        let thrower = Thrower()
        #expect(throws: Enough.self) { try XMLReader.read(Array("<a><b/><c/><d/><e/></a>".utf8), thrower) }
        #expect(thrower.starts == 3)
    }

    @Test func `data in markup is escaped, markup in markup is not`() throws {
        let hostile = "<script>\"&'\u{0}\u{FFFF}\r\n ü😀"
        let lines: [XMLText] = [1, 2].map { "<line n=\"\($0)\"/>" }
        let text: XMLText = "<a b=\"\(hostile)\">\(hostile)</a>"
        let whole: XMLText = "<r>\(text)\(lines)\(raw: "<c/>")</r>"
        let element = try XMLElement(parsing: whole.bytes)
        #expect(element.children.map(\.name.local) == ["a", "line", "line", "c"])
        #expect(element.child("a")?.text == "<script>\"&'\u{FFFD}\u{FFFD}\r\n ü😀")
        #expect(element.child("a")?.attribute("b") == "<script>\"&'\u{FFFD}\u{FFFD}\r  ü😀")
    }

    @Test func `the writer closes what it opens`() throws {
        var writer = XMLWriter()
        writer.element("a", ["xmlns": "urn:a"]) {
            $0.element("b", ["c": "<\">"], "1 < 2 & 3")
            $0.optional("d", nil)
            $0.optional("e", "x")
            $0.empty("f", ["g": "h"])
            $0.element("n", 42)
        }
        #expect(
            writer.text == """
                <?xml version="1.0" encoding="UTF-8"?>
                <a xmlns="urn:a"><b c="&lt;&quot;&gt;">1 &lt; 2 &amp; 3</b><e>x</e><f g="h"/><n>42</n></a>
                """)
        #expect(try XMLElement(parsing: writer.bytes).child("b")?.text == "1 < 2 & 3")
    }

    @Test func `a schema says what is valid, and where not`() throws {
        let schema = try XMLSchema(
            Array(
                """
                <xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema" xmlns:t="urn:t" xmlns:m="urn:m" targetNamespace="urn:m" elementFormDefault="qualified">
                <xs:import namespace="urn:t" schemaLocation="types.xsd"/>
                <xs:element name="reading"><xs:complexType><xs:sequence><xs:element name="value" type="t:Amount" maxOccurs="unbounded"/></xs:sequence></xs:complexType></xs:element>
                </xs:schema>
                """.utf8),
            others: [
                "types.xsd": Array(
                    """
                    <xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema" targetNamespace="urn:t">
                    <xs:simpleType name="Amount"><xs:restriction base="xs:decimal"/></xs:simpleType></xs:schema>
                    """.utf8)
            ])
        try schema.validate(Array("<reading xmlns='urn:m'><value>1.5</value></reading>".utf8))
        let error = try #require(throws: XMLError.self) {
            try schema.validate(Array("<reading xmlns='urn:m'>\n<value>1.5</value>\n<value>x</value></reading>".utf8))
        }
        #expect(error.code == .invalid)
        #expect(error.line == 3)
        #expect(error.message.contains("Amount"))
        #expect(try #require(throws: XMLError.self) { try schema.validate(Array("<reading xmlns='urn:m'>".utf8)) }.code == .malformed)
    }

    @Test func `a schema never reads a file or the network`() throws {
        let error = try #require(throws: XMLError.self) {
            try XMLSchema(
                Array(
                    """
                    <xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema">
                    <xs:include schemaLocation="http://127.0.0.1:1/x.xsd"/><xs:element name="a" type="Missing"/></xs:schema>
                    """.utf8))
        }
        #expect(error.code == .schema)
        #expect(throws: XMLError.self) { try XMLSchema(Array("<nothing/>".utf8)) }
    }
}

@Suite struct `XML in UTF-16` {
    private static let text = "<?xml version=\"1.0\" encoding=\"UTF-16\"?><r>Größe 𝄞 €</r>"

    private static func bytes(_ text: String, isBig: Bool) -> [UInt8] {
        ("\u{FEFF}" + text).utf16.flatMap { unit -> [UInt8] in
            let (high, low) = (UInt8(unit >> 8), UInt8(unit & 0xFF))
            return isBig ? [high, low] : [low, high]
        }
    }

    @Test(arguments: [true, false]) func `is written anew for the readers, without what it said of itself`(isBig: Bool) throws {
        let plain = try XMLEncoding.utf8(Self.bytes(Self.text, isBig: isBig))
        #expect(String(decoding: plain, as: UTF8.self) == "<?xml version=\"1.0\"?><r>Größe 𝄞 €</r>")
        #expect(try XMLElement(parsing: plain).text == "Größe 𝄞 €")
    }

    @Test func `that is broken, lies or grows too large is refused, and UTF-8 stays as it is`() throws {
        let good = Self.bytes(Self.text, isBig: true)
        let broken: [[UInt8]] = [Array(good.dropLast()), good + [0xD8, 0x00], good + [0xDC, 0x00, 0x00, 0x20]]
        for bytes in broken { #expect(try #require(throws: XMLError.self) { try XMLEncoding.utf8(bytes) }.code == .encoding) }
        #expect(try #require(throws: XMLError.self) { try XMLEncoding.utf8(good, limit: 10) }.code == .encoding)
        let lie = try XMLEncoding.utf8(Self.bytes(Self.text.replacing("UTF-16", with: "ISO-8859-1"), isBig: false))
        #expect(try #require(throws: XMLError.self) { try XMLElement(parsing: lie) }.code == .encoding)
        for text in ["", "<r/>", "ü"] { #expect(try XMLEncoding.utf8(Array(text.utf8)) == Array(text.utf8)) }
    }
}
