internal import JSON
internal import Values

extension ReportTable {
    /// RFC 4180 with a comma and CRLF, UTF-8 without a mark. Sums are left out: who reads the file makes their own.
    public var csv: [UInt8] {
        var text = columns.map { ReportTable.field($0.key) }.joined(separator: ",") + "\r\n"
        for row in rows { text += row.map(ReportTable.field(of:)).joined(separator: ",") + "\r\n" }
        return Array(text.utf8)
    }

    /// `{"report", …parameters, "items": [{…}], "next", "sums": {…}}` as all lists, `next` being null unless a parameter
    /// says otherwise; amounts are strings, counts numbers.
    /// - Parameter list: what the rows are called, where something else was published.
    public func json(_ parameters: [(String, String?)] = [], list: String = "items") -> [UInt8] {
        var writer = JSONWriter()
        writer.object { writer in
            writer.member("report", name)
            for (key, value) in parameters where key != "next" { writer.member(key, value) }
            writer.key(list)
            writer.array { writer in for row in rows { write(row, to: &writer) } }
            writer.member("next", parameters.first { $0.0 == "next" }?.1)
            if let sums {
                writer.key("sums")
                write(sums, to: &writer)
            }
        }
        return writer.bytes
    }

    private func write(_ row: [Cell], to writer: inout JSONWriter) {
        writer.object { writer in
            for (column, cell) in zip(columns, row) {
                switch cell {
                case .empty: writer.member(column.key, value: .null)
                case .count(let number): writer.member(column.key, number)
                default: writer.member(column.key, cell.plain)
                }
            }
        }
    }

    private static func field(of cell: Cell) -> String {
        guard case .text(let text) = cell else { return field(cell.plain) }
        // A name that begins like a formula would be one in a spreadsheet: names come from source systems and are not to be trusted.
        if let first = text.unicodeScalars.first, ["=", "+", "-", "@", "\t", "\r"].contains(first) { return field("'" + text) }
        return field(text)
    }

    private static func field(_ text: String) -> String {
        guard text.contains(where: { $0 == "," || $0 == "\"" || $0.isNewline }) else { return text }
        return "\"" + text.replacing("\"", with: "\"\"") + "\""
    }
}
