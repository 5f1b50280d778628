public import Metering
public import ReadingFormats

/// A part of a large file that is a file of its own: it begins like the whole, holds some of its items, and ends like it.
public struct FilePiece: Sendable {
    /// Bytes of the piece that stand in the file one behind the other.
    struct Stretch: Hashable, Sendable {
        /// Where it begins in the piece: byte, line from 1.
        var offset: Int
        var line: Int
        /// Where it begins in the file: byte, line, and column from 1.
        var fileOffset: Int
        var fileLine: Int
        var fileColumn: Int
        /// Segments of the file before it, less those of the piece (EDIFACT).
        var segments: Int
    }

    /// From 1.
    public let number: Int
    /// Whether it is the whole file.
    public let isOnly: Bool
    public let bytes: [UInt8]
    /// How many bytes of the file are read when this piece is done.
    public let end: Int
    /// How many items of its list stand before it.
    let itemsBefore: Int
    let stretches: [Stretch]

    /// A place of the piece as a place of the file.
    public func place(_ place: Place) -> Place {
        guard let stretch = stretches.last(where: { $0.offset <= place.offset }) ?? stretches.first else { return place }
        var place = place
        place.offset += stretch.fileOffset - stretch.offset
        if let line = place.line { place.line = line + stretch.fileLine - stretch.line }
        if let segment = place.segment { place.segment = segment + stretch.segments }
        return place
    }

    /// An error of a market format, told with its place in the file.
    public func told(_ error: MarketFormatError) -> MarketFormatError {
        MarketFormatError(error.code, place(error.place), error.message)
    }

    /// An error of our own formats, told with its place in the file.
    public func told(_ error: ReadingFormatError) -> ReadingFormatError {
        guard let offset = error.offset, let line = error.line else { return error }
        let place = place(TextPlace(offset: offset, line: line, column: error.column ?? 1))
        return ReadingFormatError(
            code: error.code, path: path(error.path), offset: place.offset, line: place.line,
            column: error.column.map { _ in place.column }, message: error.message)
    }

    /// A place of the piece's text as a place of the file.
    private func place(_ place: TextPlace) -> TextPlace {
        guard let stretch = stretches.last(where: { $0.offset <= place.offset }) ?? stretches.first else { return place }
        return TextPlace(
            offset: place.offset + stretch.fileOffset - stretch.offset, line: place.line + stretch.fileLine - stretch.line,
            column: place.line == stretch.line ? place.column + stretch.fileColumn - 1 : place.column)
    }

    /// A message of our own formats with the positions of the file.
    public func told(_ batch: ReadingBatch) -> ReadingBatch {
        guard stretches.count > 1 || itemsBefore > 0 else { return batch }
        var batch = batch
        for index in batch.faults.indices {
            batch.faults[index].path = path(batch.faults[index].path)
            batch.faults[index].index += itemsBefore
            guard let old = batch.faults[index].place else { continue }
            let new = place(old)
            batch.faults[index].place = new
            let begin = "\(old): "
            guard batch.faults[index].message.hasPrefix(begin) else { continue }
            batch.faults[index].message = "\(new): " + batch.faults[index].message.dropFirst(begin.count)
        }
        let locate = batch.locate
        batch.locate = {
            let inner = locate?()
            return { list, index, member in
                let number = itemsBefore + Int(index)
                let path = "/\(list)/\(number)" + (member.isEmpty ? "" : "/\(member)")
                guard let place = inner?(list, index, member).place else { return .init(index: number, path: path, words: path) }
                return .init(index: number, path: path, place: self.place(place))
            }
        }
        return batch
    }

    /// `/intervals/3/values/1` of the piece → `/intervals/1003/values/1` of the file.
    private func path(_ path: String) -> String {
        var parts = path.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
        guard parts.count > 2, MemberUnits.lists.contains(parts[1]), let index = Int(parts[2]) else { return path }
        parts[2] = String(index + itemsBefore)
        return parts.joined(separator: "/")
    }

    /// A message of a market format with the places of the file. Its number says which piece it is, where the whole file is one
    /// message: the same number for other content would look like an error of the sender's.
    public func told(_ delivery: MarketDelivery) -> MarketDelivery {
        var delivery = delivery
        delivery.messages = delivery.messages.map { message in
            switch message {
            case .refused(let error): return .refused(told(error))
            case .withdrawal(var withdrawal):
                if !isOnly, delivery.format != .mscons { withdrawal.messageId += "#\(number)" }
                return .withdrawal(withdrawal)
            case .readings(var readings):
                if !isOnly, delivery.format != .mscons { readings.batch.messageId += "#\(number)" }
                readings.move(place)
                return .readings(readings)
            }
        }
        return delivery
    }
}

extension MarketReadings {
    /// Says of everything where it stands in a larger text.
    mutating func move(_ moved: (Place) -> Place) {
        for index in registerSides.indices { registerSides[index].place = moved(registerSides[index].place) }
        for index in intervalSides.indices { intervalSides[index].place = moved(intervalSides[index].place) }
        for index in untaken.indices { untaken[index].place = moved(untaken[index].place) }
        for index in notes.indices { notes[index].place = moved(notes[index].place) }
        moveFaults(moved)
    }
}
