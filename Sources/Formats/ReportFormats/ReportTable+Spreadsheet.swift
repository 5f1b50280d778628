public import Spreadsheets
internal import Values

extension ReportTable {
    /// The report as a sheet with German heads.
    public var sheet: Sheet {
        func cells(_ row: [Cell]) -> [Sheet.Cell] {
            row.map { cell in
                switch cell {
                case .text(let text): .text(text)
                case .money(let amount): .money(amount)
                case .day(let day): .day(day)
                case .count(let number): .count(number)
                case .empty: .empty
                }
            }
        }
        return Sheet(name: name, titles: columns.map(\.title), rows: rows.map(cells), sums: sums.map(cells))
    }

    /// The bytes of an `.xlsx` file.
    /// - Throws: `SpreadsheetError`: too many rows for the format.
    public func xlsx() throws -> [UInt8] { try Workbook.bytes([sheet]) }
}
