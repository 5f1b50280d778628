/// The elements of one name of an XML text: MeterReading of CIM, entry of an Atom feed. Only tags are told apart here; whether the
/// text is well-formed is found when a piece is read.
struct ElementUnits: UnitScanner {
    private let item: [UInt8]
    /// Items that hold an element of this name are data, the others describe them; nil: all are data.
    private let block: [UInt8]?
    private var hasHead = false

    init(item: String, block: String?) {
        self.item = Array(item.utf8)
        self.block = block.map { Array($0.utf8) }
    }

    mutating func next(
        _ window: [UInt8], from start: Int, at offset: Int, isLast: Bool
    ) throws -> Unit.Found? {
        guard start < window.count else { return nil }
        var place = start
        while let tag = tag(window, place) {
            place = tag.range.upperBound
            guard tag.form != .other, tag.form != .close, isName(window, tag.name, item) else { continue }
            if !hasHead {
                hasHead = true
                return Unit.Found(.head, start..<tag.range.lowerBound)
            }
            guard let end = end(window, tag, place) else {
                guard isLast else { return nil }
                throw MarketFormatError(
                    .xml, Place(offset: offset + tag.range.lowerBound), "this element is not closed, the file is cut off; send it again")
            }
            return Unit.Found(end.isData ? .item(list: "elements", mayCut: true) : .skeleton, start..<end.place)
        }
        guard isLast else { return nil }
        hasHead = true
        return Unit.Found(.tail, start..<window.count)
    }

    /// Where an item ends, and whether it holds data.
    private func end(_ window: [UInt8], _ first: Tag, _ start: Int) -> (place: Int, isData: Bool)? {
        guard first.form == .open else { return (start, block == nil) }
        var isData = block == nil
        var depth = 1
        var place = start
        while let tag = tag(window, place) {
            place = tag.range.upperBound
            switch tag.form {
            case .open: depth += 1
            case .close: depth -= 1
            case .empty, .other: break
            }
            if !isData, tag.form == .open, let block, isName(window, tag.name, block) { isData = true }
            if depth == 0 { return (place, isData) }
        }
        return nil
    }

    func finish(_ frame: FilePieces.Frame) throws {
        guard !frame.tail.isEmpty else {
            throw MarketFormatError(.xml, Place(offset: frame.length), "the file is cut off; send it again")
        }
    }

    private enum Form { case open, close, empty, other }
    private struct Tag {
        var range: Range<Int>
        var name: Range<Int>
        var form: Form
    }

    /// The next tag, comment, instruction or CDATA section; nil if it does not end in the window.
    private func tag(_ window: [UInt8], _ start: Int) -> Tag? {
        var place = start
        while place < window.count, window[place] != 0x3C { place += 1 }
        guard place + 1 < window.count else { return nil }
        let first = place
        switch window[place + 1] {
        case UInt8(ascii: "!"):
            let rest = window[place...]
            guard rest.count >= 12 else { return nil }
            let mark: [UInt8] =
                rest.starts(with: "<!--".utf8) ? Array("-->".utf8) : rest.starts(with: "<![CDATA[".utf8) ? Array("]]>".utf8) : [0x3E]
            guard let end = ByteSearch.find(mark, in: window, (place + 2)..<window.count) else { return nil }
            return Tag(range: first..<end + mark.count, name: first..<first, form: .other)
        case UInt8(ascii: "?"):
            guard let end = ByteSearch.find([0x3F, 0x3E], in: window, place..<window.count) else { return nil }
            return Tag(range: first..<end + 2, name: first..<first, form: .other)
        default: break
        }
        let isClose = window[place + 1] == UInt8(ascii: "/")
        place += isClose ? 2 : 1
        var name = place
        while place < window.count, window[place] > 0x20, window[place] != 0x3E, window[place] != UInt8(ascii: "/") {
            if window[place] == UInt8(ascii: ":") { name = place + 1 }
            place += 1
        }
        let nameEnd = place
        var quote: UInt8 = 0
        while place < window.count {
            let byte = window[place]
            if quote != 0 {
                if byte == quote { quote = 0 }
            } else if byte == 0x22 || byte == 0x27 {
                quote = byte
            } else if byte == 0x3E {
                let form: Form = isClose ? .close : window[place - 1] == UInt8(ascii: "/") ? .empty : .open
                return Tag(range: first..<place + 1, name: name..<nameEnd, form: form)
            }
            place += 1
        }
        return nil
    }

    private func isName(_ window: [UInt8], _ range: Range<Int>, _ name: [UInt8]) -> Bool {
        range.count == name.count && window[range].elementsEqual(name)
    }
}
