internal import Metering
internal import Values

/// NAESB ESPI (Green Button): an Atom feed of usage points, meter readings, reading types and interval blocks, joined by links.
///
/// A usage point has no serial; its meter is `@` and the last part of its address. The feed's number is that of a subscription
/// and the same every time, so the origin's number is used for the message.
public enum ESPI {
    /// - Throws: `MarketFormatError` if this is no readable XML or holds no interval block.
    public static func parse(_ bytes: [UInt8], origin: MarketOrigin) throws(MarketFormatError) -> MarketReadings {
        let reader = ESPIReader()
        try XMLPrologue.read(bytes, reader)
        var join = ESPIJoin(reader, bytes: bytes, origin: origin)
        return try join.run()
    }
}

/// What a feed says before its parts are put together.
struct ESPIFeed {
    struct Entry {
        var selfLink = ""
        var up = ""
        var related: [String] = []
        var title = ""
        var content = Content.none
    }
    enum Content { case none, usagePoint(kind: String), meterReading, readingType(ESPIReadingType), blocks(Range<Int>) }
    struct Block {
        var offset: Int?
        var readings: Range<Int>
    }
    /// One IntervalReading, 48 bytes without text.
    struct Reading {
        var start: Int64?
        var duration: Int64?
        var value: Int64?
        var cost: Int64?
        /// Number of the quality's set in `qualities`.
        var quality: Int32 = 0
        /// Where the element begins, and the number that is wrong.
        var offset: Int32 = 0
        var flawOffset: Int32?
        /// What is wrong with one of its numbers.
        var problem: DecimalField.Problem?
    }
    var entries: [Entry] = []
    var blocks: [Block] = []
    var readings: [Reading] = []
    var qualities: [[String]] = [[]]
    var updated = ""
}

/// The ReadingType of ESPI, as far as it decides about values.
struct ESPIReadingType: Hashable {
    var fields: [String: String] = [:]
    func number(_ name: String) -> Int? { fields[name].flatMap { Int($0) } }
}
