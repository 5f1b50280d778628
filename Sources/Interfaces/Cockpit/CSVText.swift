internal import Values
internal import Web

/// A table as a file for spreadsheets: semicolons, a byte order mark and decimal commas in German, as the programs of this country expect.
struct CSVText: Sendable {
    private let language: Language
    private(set) var text: String

    init(_ head: [String], language: Language) {
        self.language = language
        // Without the mark Excel reads UTF-8 as something else.
        text = "\u{FEFF}"
        add(head)
    }

    /// One line of words.
    mutating func add(_ cells: [String]) {
        text += cells.map { CSVText.quoted($0) }.joined(separator: language == .german ? ";" : ",") + "\r\n"
    }

    /// An amount as a number, not as text.
    func amount(_ money: Money) -> String { language == .german ? money.description.replacing(".", with: ",") : money.description }

    /// The file.
    func response(name: String) -> WebResponse { .attachment(Array(text.utf8), "text/csv; charset=utf-8", name: name) }

    /// Quoted where needed; what a spreadsheet would run as a formula is made text. An amount may begin with its sign.
    private static func quoted(_ cell: String) -> String {
        var cell = cell
        let isNumber = cell.utf8.allSatisfy { (0x30...0x39).contains($0) || $0 == 0x2C || $0 == 0x2E || $0 == 0x2D }
        if let first = cell.first, "=+-@\t\r".contains(first), !isNumber { cell = "'" + cell }
        guard cell.contains(where: { ";,\"\r\n".contains($0) }) else { return cell }
        return "\"\(cell.replacing("\"", with: "\"\""))\""
    }
}
