internal import ReadingFormats

/// The bytes of a file, block by block.
public protocol FileBytes {
    /// The next bytes, at most `count`; none at the end.
    mutating func read(_ count: Int) throws -> [UInt8]
}

/// Cuts a file of any size into pieces that are files of their own, so that memory holds one of them at a time.
///
/// The file is walked twice. The first walk finds what every piece needs (header, the descriptions of meters, the message's own
/// number) and refuses a file that is cut off or does not end as it should, before anything of it is stored. What is wrong inside
/// an item is found when its piece is read. The cuts depend on the content alone: the same file gives the same pieces.
public struct FilePieces {
    /// What the file is.
    public enum Kind: Hashable, Sendable {
        case csv, json
        case market(MarketFormat)

        /// Whether files of this kind can be cut. M-Bus telegrams are small.
        public var canBeCut: Bool {
            switch self {
            case .csv, .json: true
            case .market(let format): format != .mbusXML && format != .wmbusJSON
            }
        }
    }

    /// What must be held for all pieces may grow to this; a single item, too.
    static let heldLimit = 64 << 20
    /// Bytes of a piece, more or less.
    public static let size = 2 << 20

    public let kind: Kind
    private let size: Int
    private var walk: Walk
    private let frame: Frame
    private var held: (unit: Unit, bytes: [UInt8])?
    private var number = 0
    /// The 200 record that rules what follows (NEM12).
    private var context: (unit: Unit, bytes: [UInt8])?
    private var items = 0
    private var list = ""

    /// What every piece begins and ends with.
    struct Frame {
        var head: [UInt8] = []
        var tail: [UInt8] = []
        var names: [String: [UInt8]] = [:]
        /// Bytes of the file.
        var length = 0
    }

    /// Bytes of the file as it is read, decompressed.
    public var length: Int { frame.length }

    /// - Parameter open: opens the file anew at its begin; called twice.
    /// - Throws: `MarketFormatError`, `ReadingFormatError`, or what reading throws.
    public init(_ kind: Kind, size: Int = FilePieces.size, open: () throws -> any FileBytes) throws {
        self.kind = kind
        self.size = size
        var first = Walk(try open(), FilePieces.scanner(kind))
        var frame = Frame()
        var end = 0
        while let (unit, bytes) = try first.next() {
            switch unit.kind {
            case .head: frame.head += bytes
            case .skeleton:
                frame.head += bytes
            case .name(let name): frame.names[name] = bytes
            case .tail: frame.tail = bytes
            case .item, .context, .blank, .skip: break
            }
            guard frame.head.count <= FilePieces.heldLimit, frame.tail.count <= FilePieces.heldLimit else {
                throw MarketFormatError(
                    .tooLarge, Place(offset: unit.range.lowerBound, line: unit.line),
                    "what describes the data is more than 64 MiB; send several files")
            }
            end = unit.range.upperBound
        }
        frame.length = max(end, first.position)
        try first.scanner.finish(frame)
        self.frame = frame
        walk = Walk(try open(), FilePieces.scanner(kind))
    }

    private static func scanner(_ kind: Kind) -> any UnitScanner {
        switch kind {
        case .csv: LineUnits(isCSV: true)
        case .json: MemberUnits()
        case .market(.nem12), .market(.nem13): LineUnits(isCSV: false)
        case .market(.mscons): SegmentUnits()
        case .market(.espi): ElementUnits(item: "entry", block: "IntervalBlock")
        case .market: ElementUnits(item: "MeterReading", block: nil)
        }
    }

    /// The next piece; nil at the end.
    /// - Throws: as `init`.
    public mutating func next() throws -> FilePiece? {
        var piece: PieceBuilder?
        var count = 0
        func begun() -> PieceBuilder {
            var new = PieceBuilder(walk.scanner.opening(frame, list: list))
            if let context { new.append(context.unit, context.bytes, separator: []) }
            return new
        }
        while let (unit, bytes) = try held ?? walk.next() {
            held = nil
            switch unit.kind {
            case .head, .tail, .name, .skeleton, .skip: continue
            case .blank: if count > 0 { piece?.append(unit, bytes, separator: []) }
            case .context:
                if count > 0, let full = piece, full.bytes.count >= size {
                    held = (unit, bytes)
                    context = nil
                    return finished(full, count, unit)
                }
                // What it rules begins with it; the one before rules no more.
                if piece == nil { context = nil }
                if piece == nil { piece = begun() }
                piece?.append(unit, bytes, separator: [])
                context = (unit, bytes)
            case .item(let name, let mayCut):
                if count > 0, let full = piece, name != list || (mayCut && full.bytes.count + bytes.count > size) {
                    held = (unit, bytes)
                    return finished(full, count, unit)
                }
                if name != list {
                    list = name
                    items = 0
                    piece = nil
                }
                if piece == nil { piece = begun() }
                piece?.append(unit, bytes, separator: count > 0 ? walk.scanner.separator : [])
                count += 1
            }
        }
        // A file without items is a piece, too: its reader says what is missing.
        if count > 0 || number == 0 { return finished(piece ?? begun(), count, nil) }
        return nil
    }

    private mutating func finished(_ full: PieceBuilder, _ count: Int, _ next: Unit?) -> FilePiece {
        number += 1
        let before = items
        items += count
        var piece = full
        piece.close(walk.scanner.closing(frame, items: count, number: number))
        let isOnly = next == nil && number == 1
        let bytes = walk.scanner.numbered(piece.bytes, frame, number: number, isOnly: isOnly)
        return FilePiece(
            number: number, isOnly: isOnly, bytes: bytes, end: next?.range.lowerBound ?? frame.length, itemsBefore: before,
            stretches: piece.stretches)
    }
}

/// A whole thing of a file: a line, a message, an element.
struct Unit {
    enum Kind: Hashable {
        /// Begins every piece.
        case head
        /// Describes items; begins every piece, too.
        case skeleton
        /// Rules the items behind it, and is repeated in the piece that goes on with them.
        case context
        /// An item of a list; whether a piece may end before it.
        case item(list: String, mayCut: Bool)
        /// A member that pieces need.
        case name(String)
        /// Empty lines, kept so that what is around them stays together.
        case blank
        /// Not needed.
        case skip
        case tail
    }
    var kind: Kind
    /// In the file.
    var range: Range<Int>
    var line: Int
    var column: Int
    /// Segments of the file before it, and its own.
    var segments = 0
    var length = 0
}

extension Unit {
    /// What a scanner found in its window.
    struct Found {
        var kind: Kind
        var range: Range<Int>
        var segments = 0
        var length = 0
        init(_ kind: Kind, _ range: Range<Int>, segments: Int = 0, length: Int = 0) {
            self.kind = kind
            self.range = range
            self.segments = segments
            self.length = length
        }
    }
}

/// Finds the units of a format in a window of its bytes.
protocol UnitScanner {
    /// Between two items of a piece.
    var separator: [UInt8] { get }
    /// The next unit from `start`, as its kind and range in the window; nil if more bytes are needed, or at the very end.
    mutating func next(_ window: [UInt8], from start: Int, at offset: Int, isLast: Bool) throws -> Unit.Found?
    /// At the end of the first walk: whether the file is whole.
    func finish(_ frame: FilePieces.Frame) throws
    func opening(_ frame: FilePieces.Frame, list: String) -> [UInt8]
    func closing(_ frame: FilePieces.Frame, items: Int, number: Int) -> [UInt8]
    /// The piece with its own number.
    func numbered(_ bytes: [UInt8], _ frame: FilePieces.Frame, number: Int, isOnly: Bool) -> [UInt8]
}

extension UnitScanner {
    var separator: [UInt8] { [] }
    func opening(_ frame: FilePieces.Frame, list: String) -> [UInt8] { frame.head }
    func closing(_ frame: FilePieces.Frame, items: Int, number: Int) -> [UInt8] { frame.tail }
    func numbered(_ bytes: [UInt8], _ frame: FilePieces.Frame, number: Int, isOnly: Bool) -> [UInt8] { bytes }
}

/// One walk over the file with a window that holds no more than a unit and a block.
struct Walk {
    private var source: any FileBytes
    var scanner: any UnitScanner
    private var window: [UInt8] = []
    private var start = 0
    private var isLast = false
    /// Of `start`, in the file.
    private(set) var position = 0
    private var line = 1
    private var column = 1
    private var block = 1 << 20

    init(_ source: any FileBytes, _ scanner: any UnitScanner) {
        self.source = source
        self.scanner = scanner
    }

    mutating func next() throws -> (unit: Unit, bytes: [UInt8])? {
        while true {
            if let found = try scanner.next(window, from: start, at: position - start, isLast: isLast) {
                count(start..<found.range.lowerBound)
                let bytes = Array(window[found.range])
                let unit = Unit(
                    kind: found.kind, range: position..<position + bytes.count, line: line, column: column, segments: found.segments,
                    length: found.length)
                count(found.range)
                start = found.range.upperBound
                block = 1 << 20
                return (unit, bytes)
            }
            guard !isLast else {
                count(start..<window.count)
                start = window.count
                return nil
            }
            guard window.count - start <= FilePieces.heldLimit else {
                throw MarketFormatError(
                    .tooLarge, Place(offset: position, line: line), "one item is more than 64 MiB; is something not closed here?")
            }
            window.removeFirst(start)
            start = 0
            let more = try source.read(block)
            // Twice as much each time, so that a large item is not looked at again and again.
            block = min(block * 2, 16 << 20)
            if more.isEmpty { isLast = true } else { window += more }
        }
    }

    private mutating func count(_ range: Range<Int>) {
        position += range.count
        for place in range {
            if window[place] == 0x0A {
                line += 1
                column = 1
            } else {
                column += 1
            }
        }
    }
}

/// A piece in the making.
struct PieceBuilder {
    private(set) var bytes: [UInt8]
    private(set) var stretches: [FilePiece.Stretch]
    private var lines: Int
    private var fileEnd = -1
    /// Segments of the piece so far.
    private var segments = 1

    init(_ head: [UInt8]) {
        bytes = head
        lines = 1 + head.count { $0 == 0x0A }
        // The head stands where it stands in the file.
        stretches = [.init(offset: 0, line: 1, fileOffset: 0, fileLine: 1, fileColumn: 1, segments: 0)]
    }

    mutating func append(_ unit: Unit, _ more: [UInt8], separator: [UInt8]) {
        bytes += separator
        if unit.range.lowerBound != fileEnd {
            // Every stretch begins a line, so that a place by lines is a place in one stretch.
            if !bytes.isEmpty, bytes.last != 0x0A {
                bytes.append(0x0A)
                lines += 1
            }
            stretches.append(
                .init(
                    offset: bytes.count, line: lines, fileOffset: unit.range.lowerBound, fileLine: unit.line, fileColumn: unit.column,
                    segments: unit.segments - segments))
        }
        bytes += more
        lines += more.count { $0 == 0x0A }
        fileEnd = unit.range.upperBound
        segments += unit.length
    }

    mutating func close(_ tail: [UInt8]) {
        if let last = bytes.last, last != 0x0A, !tail.isEmpty { bytes.append(0x0A) }
        bytes += tail
    }
}
