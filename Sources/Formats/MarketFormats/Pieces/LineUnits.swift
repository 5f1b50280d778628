internal import ReadingFormats

/// The lines of CSV and of NEM12/NEM13.
struct LineUnits: UnitScanner {
    let isCSV: Bool
    private var hasHead = false
    private var list = "registers"
    /// The 900 record, and what came behind it.
    private var end: Int?
    private var behind: Int?
    private var hasData = false

    init(isCSV: Bool) { self.isCSV = isCSV }

    mutating func next(
        _ window: [UInt8], from start: Int, at offset: Int, isLast: Bool
    ) throws -> Unit.Found? {
        guard start < window.count else { return nil }
        var place = start
        var isQuoted = false
        while place < window.count {
            let byte = window[place]
            if isCSV, byte == 0x22 { isQuoted.toggle() }
            if !isQuoted, byte == 0x0A || byte == 0x0D { break }
            place += 1
        }
        if place == window.count {
            guard isLast else { return nil }
            if isQuoted { throw ReadingFormatError(code: "csv-syntax", offset: offset + start, message: "a quote without an end") }
        } else if window[place] == 0x0D {
            // Whether a line feed follows decides where the next line begins.
            if place + 1 == window.count, !isLast { return nil }
            place += place + 1 < window.count && window[place + 1] == 0x0A ? 2 : 1
        } else {
            place += 1
        }
        return Unit.Found(kind(window[start..<place], at: offset + start), start..<place)
    }

    private mutating func kind(_ line: ArraySlice<UInt8>, at offset: Int) -> Unit.Kind {
        var text = line.drop { $0 <= 0x20 }
        if offset == 0, text.starts(with: [0xEF, 0xBB, 0xBF]) { text = text.dropFirst(3) }
        guard !text.allSatisfy({ $0 <= 0x20 }) else { return .blank }
        guard hasHead else {
            hasHead = true
            if isCSV { list = isIntervals(text) ? "intervals" : "registers" }
            return .head
        }
        if isCSV { return .item(list: list, mayCut: true) }
        if end != nil, behind == nil { behind = offset }
        hasData = true
        if text.starts(with: "200,".utf8) { return .context }
        if text.starts(with: "900".utf8) {
            end = offset
            return .tail
        }
        let mayCut = text.starts(with: "250,".utf8) || text.starts(with: "300,".utf8)
        return .item(list: "records", mayCut: mayCut)
    }

    private func isIntervals(_ header: ArraySlice<UInt8>) -> Bool {
        String(decoding: header, as: UTF8.self).lowercased().split(whereSeparator: { ",;\r\n\" ".contains($0) }).contains("start")
    }

    func finish(_ frame: FilePieces.Frame) throws {
        guard !isCSV else { return }
        guard end != nil else {
            throw MarketFormatError(.nemEnd, Place(offset: frame.length), "the 900 record is missing, the file is cut off; send it again")
        }
        if let behind {
            throw MarketFormatError(.nemEnd, Place(offset: behind), "a record behind the 900 record; send one file for each 100 record")
        }
    }

    func closing(_ frame: FilePieces.Frame, items: Int, number: Int) -> [UInt8] { isCSV ? [] : Array("900\n".utf8) }
}
