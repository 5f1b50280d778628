/// The segments of an EDIFACT interchange, one after the other, as ranges of its bytes. The service characters come from UNA;
/// the release character takes its successor's meaning away.
struct EDIFACTScanner {
    /// One component of one element.
    struct Component {
        /// Bytes as sent, release characters included.
        var range: Range<Int>
        /// Element from 0 (the tag) and component from 0.
        var element: Int
        var component: Int
    }

    let bytes: [UInt8]
    private(set) var componentSeparator = UInt8(ascii: ":")
    private(set) var elementSeparator = UInt8(ascii: "+")
    private(set) var decimalMark = UInt8(ascii: ".")
    private(set) var release = UInt8(ascii: "?")
    private(set) var terminator = UInt8(ascii: "'")
    private var position: Int
    /// Number of the segment read last, from 1; UNA is none.
    private(set) var number = 0
    /// Where the segment read last begins.
    private(set) var start = 0
    /// Its components, in their order; the tag is the first.
    private(set) var components: [Component] = []

    init(_ bytes: [UInt8]) throws(MarketFormatError) {
        self.bytes = bytes
        position = bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? 3 : 0
        while position < bytes.count, bytes[position] <= 0x20 { position += 1 }
        if bytes[position...].starts(with: Array("UNA".utf8)) {
            guard position + 9 <= bytes.count else {
                throw MarketFormatError(.edifactSyntax, Place(offset: position), "UNA has six service characters; send them all")
            }
            componentSeparator = bytes[position + 3]
            elementSeparator = bytes[position + 4]
            decimalMark = bytes[position + 5]
            release = bytes[position + 6]
            terminator = bytes[position + 8]
            let marks: Set<UInt8> = [componentSeparator, elementSeparator, release, terminator]
            let isPlain = marks.contains { $0 >= 0x30 && $0 <= 0x39 || $0 >= 0x41 && $0 <= 0x5A || $0 <= 0x20 || $0 >= 0x7F }
            guard marks.count == 4, !isPlain, decimalMark == UInt8(ascii: ",") || decimalMark == UInt8(ascii: ".") else {
                throw MarketFormatError(
                    .edifactSyntax, Place(offset: position), "UNA names service characters that cannot be told apart; send UNA:+.? '")
            }
            position += 9
        }
        components.reserveCapacity(32)
    }

    /// Where the segment read last ends, its terminator included.
    var end: Int { position }

    /// The place of the segment read last, or of one of its elements.
    func place(_ element: Int? = nil) -> Place {
        let offset = element.flatMap { wanted in components.first { $0.element == wanted }?.range.lowerBound } ?? start
        return Place(offset: offset, segment: number, field: element)
    }

    /// Reads the next segment; false at the end.
    /// - Throws: `MarketFormatError` if the last segment has no terminator, or one has more than 200 components.
    mutating func next() throws(MarketFormatError) -> Bool {
        components.removeAll(keepingCapacity: true)
        while position < bytes.count, bytes[position] <= 0x20 { position &+= 1 }
        guard position < bytes.count else { return false }
        start = position
        number += 1
        var element = 0
        var component = 0
        var first = position
        while position < bytes.count {
            let byte = bytes[position]
            if byte == componentSeparator || byte == elementSeparator || byte == terminator {
                components.append(Component(range: first..<position, element: element, component: component))
                position &+= 1
                first = position
                if byte == terminator { return true }
                if byte == elementSeparator {
                    element &+= 1
                    component = 0
                } else {
                    component &+= 1
                }
                guard components.count < 200 else {
                    throw MarketFormatError(.edifactSyntax, place(), "a segment of more than 200 components; check the segment terminators")
                }
            } else if byte == release {
                position &+= 2
            } else {
                position &+= 1
            }
        }
        throw MarketFormatError(.edifactIncomplete, place(), "the last segment has no terminator, the file is cut off; send it again")
    }

    /// Whether the segment read last has this tag of three letters.
    @inline(__always)
    func isTag(_ tag: StaticTag) -> Bool {
        let range = components[0].range
        return range.count == 3 && bytes[range.lowerBound] == tag.a && bytes[range.lowerBound &+ 1] == tag.b
            && bytes[range.lowerBound &+ 2] == tag.c
    }

    /// The bytes of a component; empty where it is absent.
    @inline(__always)
    func range(_ element: Int, _ component: Int = 0) -> Range<Int> {
        for found in components where found.element == element && found.component == component { return found.range }
        return start..<start
    }

    /// The text of a component, release characters taken out. UNOC is ISO 8859-1; what is valid UTF-8 is taken as such.
    func text(_ element: Int, _ component: Int = 0) -> String {
        let range = range(element, component)
        if !bytes[range].contains(release), let text = String(validating: bytes[range], as: UTF8.self) { return text.withoutControls }
        var plain: [UInt8] = []
        var place = range.lowerBound
        while place < range.upperBound {
            if bytes[place] == release, place + 1 < range.upperBound { place += 1 }
            plain.append(bytes[place])
            place += 1
        }
        if let text = String(validating: plain, as: UTF8.self) { return text.withoutControls }
        return String(String.UnicodeScalarView(plain.map { UnicodeScalar($0) })).withoutControls
    }

    /// Whether a component is exactly these bytes.
    @inline(__always)
    func isText(_ element: Int, _ component: Int, _ word: String) -> Bool { bytes[range(element, component)].elementsEqual(word.utf8) }
}

/// A segment's tag as three bytes, so that telling segments apart compares bytes and makes no text.
struct StaticTag {
    let a: UInt8, b: UInt8, c: UInt8
    init(_ tag: String) {
        let bytes = Array(tag.utf8)
        precondition(bytes.count == 3, "a tag has three letters")
        a = bytes[0]
        b = bytes[1]
        c = bytes[2]
    }
    static let unb = StaticTag("UNB"), unz = StaticTag("UNZ"), unh = StaticTag("UNH"), unt = StaticTag("UNT"), bgm = StaticTag("BGM")
    static let dtm = StaticTag("DTM"), rff = StaticTag("RFF"), nad = StaticTag("NAD"), loc = StaticTag("LOC"), lin = StaticTag("LIN")
    static let pia = StaticTag("PIA"), qty = StaticTag("QTY"), sts = StaticTag("STS"), uns = StaticTag("UNS")
}
