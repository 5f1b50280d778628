/// The formats of the markets, told by what stands in the bytes, never by a label.
public enum MarketFormat: String, Sendable, Hashable, CaseIterable {
    case nem12, nem13, mscons, espi, cim
    /// libmbus' XML of a decoded telegram, and the JSON of wM-Bus receivers.
    case mbusXML = "mbus-xml"
    case wmbusJSON = "wmbus-json"

    /// The format of these bytes, or nil if they are none of these. Looks at the first 16 kB.
    ///
    /// A file that tries to be NEM12 without its header is still NEM12: its sender deserves the right complaint.
    public static func recognise(_ bytes: [UInt8]) -> MarketFormat? {
        guard bytes.starts(with: [0xFE, 0xFF]) || bytes.starts(with: [0xFF, 0xFE]) else { return recognised(bytes) }
        // UTF-16, which only XML comes in: the words that tell formats apart are ASCII, so without the zeros they can be read.
        let format = recognised(bytes.dropFirst(2).prefix(32 << 10).filter { $0 != 0 })
        return format.flatMap { [.espi, .cim, .mbusXML].contains($0) ? $0 : nil }
    }

    private static func recognised(_ bytes: [UInt8]) -> MarketFormat? {
        let start = bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? 3 : 0
        guard let first = bytes[start...].firstIndex(where: { $0 > 0x20 }) else { return nil }
        let head = bytes[first...].prefix(16 << 10)
        func begins(_ word: String) -> Bool { head.starts(with: word.utf8) }
        func contains(_ word: String) -> Bool { ByteSearch.find(Array(word.utf8), in: bytes, head.startIndex..<head.endIndex) != nil }

        if begins("UNA") || begins("UNB") { return .mscons }
        if begins("100,") || begins("200,") || begins("250,") {
            return contains("NEM13") || (begins("250,") && !contains("NEM12")) ? .nem13 : .nem12
        }
        if begins("<") {
            if contains("MBusData") { return .mbusXML }
            if contains("naesb.org/espi") { return .espi }
            if contains("MeterReadings") { return .cim }
            return nil
        }
        if begins("{") || begins("[") {
            // The contract's own message says so in its first member nearly always, and is not searched for the words of others.
            if contains("\"messageId\"") { return nil }
            let isTelegram = contains("\"media\"") || contains("\"total_m3\"") || contains("_kwh\"") || contains("\"rssi_dbm\"")
            return isTelegram && contains("\"id\"") ? .wmbusJSON : nil
        }
        if begins("68 ") { return .mbusXML }
        return nil
    }

    /// Reads the bytes as this format.
    /// - Throws: `MarketFormatError` if the file as a whole cannot be read.
    public func parse(_ bytes: [UInt8], origin: MarketOrigin) throws(MarketFormatError) -> MarketDelivery {
        // Columns are indexed by Int32; a value takes at least two bytes, so this is far beyond what a body may be.
        guard bytes.count <= 1 << 30 else { throw MarketFormatError(.tooLarge, Place(offset: 0), "more than 1 GiB; send several files") }
        guard bytes.contains(where: { $0 > 0x20 && $0 != 0xEF && $0 != 0xBB && $0 != 0xBF }) else {
            throw MarketFormatError(.empty, Place(offset: 0), "the file is empty; send it again")
        }
        switch self {
        case .nem12, .nem13: return MarketDelivery(format: self, messages: [.readings(try NEMFile.parse(bytes, origin: origin))])
        case .mscons: return try MSCONS.parse(bytes, origin: origin)
        case .espi: return MarketDelivery(format: self, messages: [.readings(try ESPI.parse(bytes, origin: origin))])
        case .cim: return MarketDelivery(format: self, messages: [try CIM.parse(bytes, origin: origin)])
        case .mbusXML: return MarketDelivery(format: self, messages: [.readings(try MBus.parse(xml: bytes, origin: origin))])
        case .wmbusJSON: return MarketDelivery(format: self, messages: [.readings(try MBus.parse(json: bytes, origin: origin))])
        }
    }

    /// Recognises and reads.
    /// - Throws: `MarketFormatError` if the file is of no known format or cannot be read as a whole.
    public static func read(_ bytes: [UInt8], origin: MarketOrigin) throws(MarketFormatError) -> MarketDelivery {
        guard bytes.contains(where: { $0 > 0x20 }) else {
            throw MarketFormatError(.empty, Place(offset: 0), "the file is empty; send it again")
        }
        guard let format = recognise(bytes) else {
            throw MarketFormatError(.unknownFormat, Place(offset: 0), "neither NEM12, NEM13, MSCONS, ESPI, CIM MeterReadings nor M-Bus")
        }
        return try format.parse(bytes, origin: origin)
    }
}

/// Looks for bytes in bytes.
enum ByteSearch {
    static func find(_ word: [UInt8], in bytes: [UInt8], _ range: Range<Int>) -> Int? {
        guard let first = word.first, range.count >= word.count else { return nil }
        var place = range.lowerBound
        let last = range.upperBound - word.count
        while place <= last {
            if bytes[place] == first, bytes[place..<(place + word.count)].elementsEqual(word) { return place }
            place += 1
        }
        return nil
    }
}
