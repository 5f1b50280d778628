/// The records of a NEM12 or NEM13 file, one a line, as ranges of its bytes.
struct NEMLines {
    /// The first number of a record: 100, 200, 250, 300, 400, 500, 550, 900; −1 for anything else.
    struct Record {
        var kind: Int
        /// From the first digit to before the line end.
        var range: Range<Int>
        var line: Int
    }
    private(set) var bytes: [UInt8]
    private var position: Int
    private var nextLine = 1

    init(_ bytes: [UInt8]) {
        self.bytes = bytes
        position = bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? 3 : 0
    }

    /// The next line that is not blank.
    mutating func next() -> Record? {
        while position < bytes.count {
            let line = line(from: position)
            let number = nextLine
            position = line.next
            nextLine += 1
            if line.start < line.end { return Record(kind: kind(line.start, line.end), range: line.start..<line.end, line: number) }
        }
        return nil
    }

    /// Takes further lines into a record that has fewer fields than it needs and ends with a comma, as long as they begin no
    /// record of their own: some senders break a day over several lines. The line ends become blanks, so that every byte keeps
    /// its place.
    mutating func complete(_ record: inout Record, fields needed: Int) {
        var commas = count(0x2C, in: record.range)
        while commas + 1 < needed, bytes[record.range.upperBound - 1] == 0x2C, position < bytes.count {
            let line = line(from: position)
            guard line.start < line.end, kind(line.start, line.end) < 0 else { return }
            for place in record.range.upperBound..<line.start { bytes[place] = 0x20 }
            commas += count(0x2C, in: line.start..<line.end)
            record.range = record.range.lowerBound..<line.end
            position = line.next
            nextLine += 1
        }
    }

    /// The fields of a record; at most `limit`, the last of them holding the rest.
    func fields(_ record: Record, limit: Int = 4_000) -> [Range<Int>] {
        var fields: [Range<Int>] = []
        var start = record.range.lowerBound
        for place in record.range where bytes[place] == 0x2C && fields.count < limit - 1 {
            fields.append(start..<place)
            start = place + 1
        }
        fields.append(start..<record.range.upperBound)
        return fields
    }

    /// The text of a field without blanks around it. What is no UTF-8 becomes U+FFFD: no text decides about a value.
    func text(_ range: Range<Int>) -> String {
        var range = range
        while let first = range.first, bytes[first] == 0x20 { range = (first + 1)..<range.upperBound }
        while let last = range.last, bytes[last] == 0x20 { range = range.lowerBound..<last }
        return String(decoding: bytes[range], as: UTF8.self).withoutControls
    }

    private func line(from start: Int) -> (start: Int, end: Int, next: Int) {
        var end = start
        while end < bytes.count, bytes[end] != 0x0A, bytes[end] != 0x0D { end += 1 }
        var next = end
        if next < bytes.count { next += bytes[next] == 0x0D && next + 1 < bytes.count && bytes[next + 1] == 0x0A ? 2 : 1 }
        var first = start
        while first < end, bytes[first] == 0x20 || bytes[first] == 0x09 { first += 1 }
        while end > first, bytes[end - 1] == 0x20 || bytes[end - 1] == 0x09 { end -= 1 }
        return (first, end, next)
    }

    private func kind(_ start: Int, _ end: Int) -> Int {
        guard start + 3 <= end, start + 3 == end || bytes[start + 3] == 0x2C, let number = DigitTime.digits(bytes, start..<(start + 3)),
            [100, 200, 250, 300, 400, 500, 550, 900].contains(number)
        else { return -1 }
        return number
    }

    private func count(_ byte: UInt8, in range: Range<Int>) -> Int {
        var count = 0
        for place in range where bytes[place] == byte { count += 1 }
        return count
    }
}
