public import Values

/// A report as a table: typed cells under named columns, the same for every format.
public struct ReportTable: Hashable, Sendable {
    public enum Cell: Hashable, Sendable {
        case text(String)
        case money(Money)
        case day(Day)
        case count(Int64)
        case empty

        /// For machines: plain decimals and ISO days.
        public var plain: String {
            switch self {
            case .text(let text): text
            case .money(let amount): amount.description
            case .day(let day): day.description
            case .count(let number): String(number)
            case .empty: ""
            }
        }
        /// Whether it stands at the right edge of its column.
        public var isNumber: Bool {
            switch self {
            case .money, .count: true
            default: false
            }
        }
    }

    public struct Column: Hashable, Sendable {
        /// For machines: the member of a JSON row, the head of a CSV column.
        public let key: String
        /// For people, German.
        public let title: String
        public init(_ key: String, _ title: String) {
            self.key = key
            self.title = title
        }
    }

    public let name: String
    public let columns: [Column]
    public var rows: [[Cell]]
    public var sums: [Cell]?

    /// - Precondition: each row has a cell for each column.
    public init(name: String, columns: [Column], rows: [[Cell]], sums: [Cell]? = nil) {
        precondition(
            rows.allSatisfy { $0.count == columns.count } && (sums?.count ?? columns.count) == columns.count, "a cell for each column")
        self.name = name
        self.columns = columns
        self.rows = rows
        self.sums = sums
    }
}
