internal import Metering

/// Where the rows and cells of a table stand, made when the first of them is refused after it was read.
struct CSVPlaces: Sendable {
    private let bytes: [UInt8]
    private let separator: UInt8
    private let columns: CSVReadings.Columns
    private let lines: TextLines
    private let beginnings: [Int]

    /// - Parameter rows: right behind the header.
    init(_ rows: CSVRows, _ columns: CSVReadings.Columns) {
        bytes = rows.bytes
        separator = rows.separator
        self.columns = columns
        lines = TextLines(rows.bytes)
        var rows = rows
        var fields: [CSVRows.Field] = []
        var beginnings: [Int] = []
        while (try? rows.next(into: &fields)) == true { beginnings.append(rows.start) }
        self.beginnings = beginnings
    }

    /// - Parameter member: of the row, such as `value` or `values/3`; where it has none, the row's own place is told.
    func location(list: String, index: Int32, member: String) -> ReadingBatch.Location {
        let path = "/\(list)/\(index)" + (member.isEmpty ? "" : "/\(member)")
        guard beginnings.indices.contains(Int(index)) else { return .init(index: Int(index), path: path, words: path) }
        var rows = CSVRows(bytes, separator: separator, from: beginnings[Int(index)])
        var fields: [CSVRows.Field] = []
        guard (try? rows.next(into: &fields)) == true else { return .init(index: Int(index), path: path, words: path) }
        return .init(index: Int(index), path: path, place: lines.place(of: rows.offset(of: columns.place(of: member), in: fields)))
    }
}

extension CSVRows {
    /// The first byte of a cell's text; of the row where there is no such column, and its end where the row is too short.
    func offset(of column: Int?, in fields: [Field]) -> Int {
        guard let column else { return start }
        guard fields.indices.contains(column) else { return fields.last?.range.upperBound ?? start }
        var range = fields[column].range
        while let first = range.first, bytes[first] == 0x20 || bytes[first] == 0x09 { range = (first + 1)..<range.upperBound }
        return range.lowerBound
    }
}

extension CSVReadings.Columns {
    /// The column that holds a member of an item.
    func place(of member: String) -> Int? {
        switch member {
        case "meter": meter
        case "obis": obis
        case "unit": unit
        case "at", "start": instant
        case "status": status
        case "value": value
        case "resolution": resolution
        case "factor": factor
        case "alarm": alarm
        default:
            member.hasPrefix("values/") ? Int(member.dropFirst(7)).flatMap { slots.indices.contains($0) ? slots[$0] : nil } : nil
        }
    }
}
