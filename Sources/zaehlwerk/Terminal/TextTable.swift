/// A table for a terminal: columns as wide as their widest cell, numbers to the right, a rule under the head.
struct TextTable {
    enum Alignment { case left, right }
    struct Column {
        let title: String
        let alignment: Alignment
        static func text(_ title: String) -> Column { Column(title: title, alignment: .left) }
        static func number(_ title: String) -> Column { Column(title: title, alignment: .right) }
    }

    let columns: [Column]
    var rows: [[String]] = []
    /// Set off by a rule.
    var sums: [String]?

    init(_ columns: [Column]) { self.columns = columns }

    var description: String {
        let all = [columns.map(\.title)] + rows + (sums.map { [$0] } ?? [])
        let widths = columns.indices.map { column in all.map { $0[column].count }.max() ?? 0 }
        func line(_ cells: [String]) -> String {
            zip(columns.indices, cells).map { index, cell in
                let blanks = String(repeating: " ", count: widths[index] - cell.count)
                return columns[index].alignment == .left ? cell + blanks : blanks + cell
            }.joined(separator: "  ").trimmingSuffix()
        }
        let rule = widths.map { String(repeating: "─", count: $0) }.joined(separator: "──")
        var lines = [line(columns.map(\.title)), rule] + rows.map(line)
        if let sums { lines += [rule, line(sums)] }
        return lines.joined(separator: "\n")
    }
}

extension String {
    fileprivate func trimmingSuffix() -> String {
        var text = self[...]
        while text.last == " " { text.removeLast() }
        return String(text)
    }
}
