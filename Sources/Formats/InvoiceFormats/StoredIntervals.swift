internal import JSON
internal import Metering
internal import Values

/// The slots that a bill was computed from, packed as they are in the database (2–3 bytes a slot) and written as base 64: a year of
/// quarter hours is about 100 kB beside the bill it explains.
enum StoredIntervals {
    static func write(_ usage: IntervalUsage, _ writer: inout JSONWriter) {
        writer.object { writer in
            writer.member("s", usage.serial)
            writer.member("o", usage.obis.description)
            writer.member("f", usage.days.from.number)
            writer.member("t", usage.days.until?.number)
            writer.member("a", usage.series.start.microseconds)
            writer.member("w", usage.series.secondsPerSlot)
            writer.member("n", usage.series.count)
            writer.member("v", Base64.text(DayBlock.pack(usage.series.values)))
            writer.member("m", Base64.text(DayBlock.pack(marks: MarkRun.runs(ofStatuses: usage.series.statuses[...]))))
        }
    }

    static func read(_ node: JSONNode) throws(JSONError) -> IntervalUsage {
        let from = Day(number: Int32(try node.member("f").integer(in: -1_000_000...3_000_000)))
        let until = Day(number: Int32(try node.member("t").integer(in: -1_000_000...3_000_000)))
        guard let days = DayRange(checked: from, until: until) else { throw node.fault("expected days in order") }
        let count = try node.member("n").integer(in: 0...DayBlock.maximumSlots)
        let width = Int32(try node.member("w").integer(in: 1...86_400))
        let values: [Int64]
        var statuses: [UInt8] = []
        do {
            values = try DayBlock.unpack(try bytes(node, "v"), count: count)
            for run in try DayBlock.unpackMarks(try bytes(node, "m"), count: count) {
                statuses += Array(repeating: run.mark.status.rawValue, count: run.count)
            }
        } catch let error as JSONError { throw error } catch { throw node.fault("expected packed slots") }
        guard values.count == count, statuses.count == count else { throw node.fault("expected \(count) slots") }
        return IntervalUsage(
            serial: try node.string("s"), obis: try node.member("o").parsed("an OBIS code") { ObisCode($0) }, days: days,
            series: Series(
                start: Instant(microseconds: try node.member("a").integer()), secondsPerSlot: width, values: values, statuses: statuses))
    }

    private static func bytes(_ node: JSONNode, _ name: String) throws(JSONError) -> [UInt8] {
        guard let bytes = Base64.bytes(try node.string(name)) else { throw node.fault("expected base 64") }
        return bytes
    }
}

/// Base 64 of RFC 4648, with padding.
enum Base64 {
    private static let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
    private static let values: [UInt8] = {
        var values = [UInt8](repeating: 255, count: 256)
        for (value, letter) in alphabet.enumerated() { values[Int(letter)] = UInt8(value) }
        return values
    }()

    static func text(_ bytes: [UInt8]) -> String {
        var out: [UInt8] = []
        out.reserveCapacity((bytes.count + 2) / 3 * 4)
        var index = 0
        while index < bytes.count {
            let left = bytes.count - index
            var word = UInt32(bytes[index]) << 16
            if left > 1 { word |= UInt32(bytes[index + 1]) << 8 }
            if left > 2 { word |= UInt32(bytes[index + 2]) }
            out.append(alphabet[Int(word >> 18)])
            out.append(alphabet[Int(word >> 12 & 63)])
            out.append(left > 1 ? alphabet[Int(word >> 6 & 63)] : UInt8(ascii: "="))
            out.append(left > 2 ? alphabet[Int(word & 63)] : UInt8(ascii: "="))
            index += 3
        }
        return String(decoding: out, as: UTF8.self)
    }

    /// nil for anything that `text` does not write.
    static func bytes(_ text: String) -> [UInt8]? {
        let letters = Array(text.utf8)
        guard letters.count.isMultiple(of: 4) else { return nil }
        var out: [UInt8] = []
        out.reserveCapacity(letters.count / 4 * 3)
        for index in stride(from: 0, to: letters.count, by: 4) {
            var word: UInt32 = 0
            var padding = 0
            for place in index..<index + 4 {
                if letters[place] == UInt8(ascii: "="), place >= letters.count - 2 {
                    padding += 1
                    word <<= 6
                    continue
                }
                let value = values[Int(letters[place])]
                guard value != 255, padding == 0 else { return nil }
                word = word << 6 | UInt32(value)
            }
            out.append(UInt8(word >> 16))
            if padding < 2 { out.append(UInt8(word >> 8 & 255)) }
            if padding < 1 { out.append(UInt8(word & 255)) }
        }
        return out
    }
}
