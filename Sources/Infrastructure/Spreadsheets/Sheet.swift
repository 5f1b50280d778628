public import Values

/// One table of a workbook: a head, rows of typed cells, and sums.
public struct Sheet: Hashable, Sendable {
    public enum Cell: Hashable, Sendable {
        case text(String)
        case money(Money)
        case day(Day)
        case count(Int64)
        case empty
    }

    /// On the tab; what the format forbids there is replaced, and only 31 characters stay.
    public var name: String
    public var titles: [String]
    public var rows: [[Cell]]
    public var sums: [Cell]?

    public init(name: String, titles: [String], rows: [[Cell]], sums: [Cell]? = nil) {
        self.name = name
        self.titles = titles
        self.rows = rows
        self.sums = sums
    }

    /// Rows that the format can hold, head and sums included.
    public static let mostRows = 1_048_576
    /// Characters that a cell can hold.
    public static let longestText = 32_767
}

/// Why a workbook was not written.
public enum SpreadsheetError: Error, Hashable, Sendable, CustomStringConvertible {
    case tooManyRows(Int)
    case tooManyColumns(Int)
    /// What the library or the file system said.
    case failed(String)

    public var description: String {
        switch self {
        case .tooManyRows(let rows):
            "\(rows) rows are more than a spreadsheet holds (\(Sheet.mostRows)): ask for CSV, or for a shorter period"
        case .tooManyColumns(let columns): "\(columns) columns are more than a spreadsheet holds"
        case .failed(let reason): "the spreadsheet could not be written: \(reason)"
        }
    }
}
