import Testing
import XML

/// What a parser made of a text: what it said, or that it refused.
private func outcome(_ text: [UInt8], _ parser: XMLReader.Parser) -> (lines: [String], code: XMLError.Code?, message: String) {
    let recorder = Recorder()
    do {
        try XMLReader.read(text, by: parser, recorder)
        return (recorder.lines, nil, "")
    } catch let error as XMLError {
        return ([], error.code, error.description)
    } catch {
        return ([], nil, "\(error)")
    }
}

/// Two parsers, one meaning. What libxml2 and our scanner make of a text must be the same, or an attacker has two readers that disagree.
@Suite struct `Two XML parsers` {
    @Test(arguments: XMLAttack.all)
    func `refuse the same attacks by the same name`(attack: XMLAttack) {
        #expect(outcome(attack.text(), .scanner).code == attack.code)
    }

    static let honest = [
        "<a/>", "<?xml version='1.0'?><a></a>", "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone='yes' ?>\n<a>\n</a>\n<!-- x -->\n",
        "<a  b = 'c'\n\td=\"e\" />",
        "<a>1 &lt; 2 &amp;&amp; 3 &gt; 2 &quot;&apos;&#228;&#xe4;&#x1F600;</a>", "<a b='&lt;&amp;&gt;&#10;&#x9; x\ty\nz\r\nw'/>",
        "<a>line\r\nline\rline</a>",
        "<a><![CDATA[<b>&amp;]]]></a>", "<a>x<![CDATA[]]>y<!-- - -->z</a>", "<a><![CDATA[x\r\ny]]></a>",
        "<x:a xmlns:x='urn:x' x:b='1' b='2'><b xmlns='urn:y'><c/><d xmlns=''/></b><x:e xmlns:x='urn:z'/><x:f/></x:a>",
        "<a xml:lang='de' xml:space='preserve'> </a>", "<a xmlns:x='urn:a&amp;b' x:c=''/>", "<ä ö='ü'>ß</ä>", "<_a-1.b/>", "<a\n>x</a\n>",
        "<a b='>'/>", "<a b=\"'\" c='\"'/>", "\u{FEFF}<a/>", "<a>]]</a>", "<a>]]&gt;</a>", "<a><b>1</b><b> 2 </b></a>",
        "<a>&#x0000041;</a>", "<a>\u{85}\u{2028}\u{FFFD}\u{10000}</a>",
        "<a xmlns='urn:a' xmlns:a='urn:a' a:b='' b=''/>", "<a xmlns:xml='http://www.w3.org/XML/1998/namespace'/>",
    ]
    static let dishonest = [
        "<a>&#xD800;</a>", "<a>&#x110000;</a>", "<a>&#;</a>", "<a>&#x;</a>", "<a>&;</a>", "<a>&amp</a>", "<a>& b</a>", "<a>&nbsp;</a>",
        "<a b='&'/>", "<a b='&#1;'/>",
        "<a b='1'c='2'/>", "<a b/>", "<a b=/>", "<a b=1/>", "<a ='1'/>", "<a/ >", "< a/>", "<a></ a>", "<a></a >x", "<1a/>", "<-a/>",
        "<a:/>", "<:a/>", "<a:b:c/>",
        "<x:a xmlns:x=''/>", "<a xmlns:xmlns='urn:x'/>", "<a xmlns:xml='urn:x'/>", "<a xmlns:x='http://www.w3.org/XML/1998/namespace'/>",
        "<a xmlns='http://www.w3.org/2000/xmlns/'/>", "<a xmlns='u' xmlns='u'/>", "<a xmlns:x='u' xmlns:x='v'/>", "<a x:b=''/>",
        "<!-- a -- b --><a/>", "<a><!-- a ---></a>", "<![CDATA[x]]><a/>", "<a/><![CDATA[x]]>", "x<a/>", "&#32;<a/>",
        " <?xml version='1.0'?><a/>", "<?xml?><a/>",
        "<?xml version='2.0'?><a/>", "<?xml encoding='utf-8'?><a/>", "<?xml version='1.0' standalone='maybe'?><a/>",
        "<?xml version='1.0' standalone='yes' encoding='utf-8'?><a/>",
        "<?xml version='1.0'encoding='utf-8'?><a/>", "<a></b>", "<a></aa>", "<aa></a>", "<a b=''b=''/>", "<a>\u{300}</a><\u{300}b/>",
        "<\u{d7}/>",
        "<a xmlns='urn:a b'/>", "<a\u{85}b=''/>",
    ]

    @Test(arguments: honest + dishonest)
    func `make the same of a text`(text: String) {
        let (scanned, parsed) = (outcome(Array(text.utf8), .scanner), outcome(Array(text.utf8), .libxml2))
        #expect(scanned.code == parsed.code, "scanner: \(scanned.message), libxml2: \(parsed.message)")
        #expect(scanned.lines == parsed.lines)
    }

    @Test(arguments: honest)
    func `take what is honest`(text: String) {
        #expect(outcome(Array(text.utf8), .scanner).message == "")
    }

    @Test(arguments: dishonest)
    func `refuse what is not well-formed`(text: String) {
        #expect(outcome(Array(text.utf8), .scanner).code != nil)
    }

    @Test(arguments: 0..<64)
    func `make the same of any damage`(seed: UInt64) {
        var state = seed &* 0x9E37_79B9_7F4A_7C15
        func below(_ limit: Int) -> Int {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int(state >> 33) % limit
        }
        let pieces: [[UInt8]] = [
            "<", ">", "/", "\"", "'", "=", "&", ";", "&amp;", "&#48;", "<!--", "-->", "<![CDATA[", "]]>", " ", "\r", "\n", ":",
            "xmlns:a='b'", " a='1'", "<b/>", "<a>", "</a>", "é", "xml",
        ].map { Array($0.utf8) }
        for round in 0..<40 {
            var bytes = Array((round % 3 == 0 ? Self.dishonest : Self.honest)[below(26)].utf8)
            for _ in 0...below(3) where !bytes.isEmpty {
                let place = below(bytes.count)
                switch below(4) {
                case 0: bytes.remove(at: place)
                case 1: bytes[place] = UInt8(0x20 + below(0x5F))
                case 2: bytes.insert(contentsOf: pieces[below(pieces.count)], at: place)
                default: bytes.swapAt(place, below(bytes.count))
                }
            }
            let (scanned, parsed) = (outcome(bytes, .scanner), outcome(bytes, .libxml2))
            // libxml2 knows the whole grammar of URIs; we only refuse what no URI holds. A namespace is a name, compared byte by byte.
            if parsed.message.contains("valid URI") { continue }
            let text = String(decoding: bytes, as: UTF8.self)
            #expect(scanned.code == parsed.code, "\(text.debugDescription) scanner: \(scanned.message), libxml2: \(parsed.message)")
            #expect(scanned.lines == parsed.lines, "\(text.debugDescription)")
        }
    }

    @Test func `hand over long text, many levels and many values alike`() {
        let values = (0..<5000).map { "<value n='\($0)&amp;'>\($0).5</value>" }.joined(separator: "\n")
        let deep = String(repeating: "<x>", count: 60) + String(repeating: "t&#65;", count: 20_000) + String(repeating: "</x>", count: 60)
        let text = Array("<r xmlns='urn:r'>\(values)\(deep)</r>".utf8)
        let (scanned, parsed) = (outcome(text, .scanner), outcome(text, .libxml2))
        #expect(scanned.lines == parsed.lines)
        #expect(scanned.lines.count > 10_000)
    }

    @Test func `name the same lines`() throws {
        let text = Array("<a>\n\n<b>\n<c></d></b></a>".utf8)
        for parser in XMLReader.Parser.allCases {
            #expect(try #require(throws: XMLError.self) { try XMLReader.read(text, by: parser, Recorder()) }.line == 4)
        }
    }
}
