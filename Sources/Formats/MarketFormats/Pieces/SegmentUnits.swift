/// The messages of an EDIFACT interchange, from UNH to UNT.
struct SegmentUnits: UnitScanner {
    private var release = UInt8(ascii: "?")
    private var terminator = UInt8(ascii: "'")
    private var element = UInt8(ascii: "+")
    private var hasHead = false
    private var segments = 0
    private var messages = 0
    private var reference: [UInt8] = []
    private var isClosed = false

    mutating func next(
        _ window: [UInt8], from start: Int, at offset: Int, isLast: Bool
    ) throws -> Unit.Found? {
        var first = start
        while first < window.count, window[first] <= 0x20 || !hasHead && [0xEF, 0xBB, 0xBF].contains(window[first]) { first += 1 }
        guard first < window.count else { return nil }
        var place = first
        if !hasHead, window[first...].starts(with: "UNA".utf8) {
            guard first + 9 <= window.count else { return nil }
            (element, release, terminator) = (window[first + 4], window[first + 6], window[first + 8])
            place = first + 9
        }
        var count = 0
        while let segment = segment(window, place) {
            count += 1
            place = segment.upperBound
            let text = window[segment]
            if !hasHead {
                guard text.starts(with: "UNB".utf8) else { return Unit.Found(.head, start..<place) }
                hasHead = true
                segments = 1
                reference = component(5, text)
                return Unit.Found(.head, start..<place)
            }
            if text.starts(with: "UNZ".utf8), count == 1 {
                guard component(1, text) == Array(String(messages).utf8), component(2, text) == reference else {
                    throw MarketFormatError(
                        .edifactIncomplete, Place(offset: offset + segment.lowerBound, segment: segments + 1),
                        "UNZ must count \(messages) messages and repeat the reference of UNB; something was lost, send the file again")
                }
                isClosed = true
                return Unit.Found(.tail, start..<place)
            }
            if text.starts(with: "UNT".utf8) {
                defer { segments += count }
                messages += 1
                // The piece has its UNB before the first message, as the file has.
                return Unit.Found(.item(list: "messages", mayCut: true), start..<place, segments: segments, length: count)
            }
            if text.starts(with: "UNH".utf8), count > 1 {
                throw MarketFormatError(
                    .edifactIncomplete, Place(offset: offset + segment.lowerBound, segment: segments + count),
                    "the message before has no UNT; something was lost, send the file again")
            }
        }
        guard isLast else { return nil }
        throw MarketFormatError(
            .edifactIncomplete, Place(offset: offset + window.count), "UNT or UNZ is missing, the file is cut off; send it again")
    }

    /// From `place` to behind the next terminator; nil if there is none yet. Blanks before it are left out.
    private func segment(_ window: [UInt8], _ place: Int) -> Range<Int>? {
        var first = place
        while first < window.count, window[first] <= 0x20 { first += 1 }
        var end = first
        while end < window.count {
            if window[end] == release {
                end += 2
            } else if window[end] == terminator {
                return first..<end + 1
            } else {
                end += 1
            }
        }
        return nil
    }

    private func component(_ number: Int, _ segment: ArraySlice<UInt8>) -> [UInt8] {
        let parts = segment.dropLast().split(separator: element, omittingEmptySubsequences: false)
        return parts.indices.contains(number) ? Array(parts[number]) : []
    }

    func finish(_ frame: FilePieces.Frame) throws {
        guard isClosed else {
            throw MarketFormatError(.edifactIncomplete, Place(offset: frame.length), "UNZ is missing, the file is cut off; send it again")
        }
    }

    func closing(_ frame: FilePieces.Frame, items: Int, number: Int) -> [UInt8] {
        Array("UNZ".utf8) + [element] + Array(String(items).utf8) + [element] + reference + [terminator]
    }
}
