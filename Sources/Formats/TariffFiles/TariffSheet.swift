internal import Tariffs
public import Values
internal import Yams

/// A tariff file as a clerk edits it: its numbers as cells, its text kept.
///
/// Editing replaces the text of single values and nothing else, so comments, order and sources survive, and the difference
/// to the version before is what was meant and no more.
public struct TariffSheet: Sendable {
    /// A value that can be edited.
    public struct Cell: Hashable, Sendable {
        /// Dotted keys from the root: `components[2].tiers.steps[0].price`. Unique in the sheet.
        public let key: String
        /// `components` or `examples`.
        public let group: String
        /// The id of the component, or the number of the example.
        public let owner: String
        /// The keys below the owner: `tiers.steps[0].price`.
        public let name: String
        /// As it stands in the file, without quotes.
        public let value: String
        /// The unit that the component names, or euros per time (`€/year`); nil if it names none.
        public let unit: String?
    }

    public let path: String
    public let bytes: [UInt8]
    /// In the order of the file.
    public let cells: [Cell]
    private let places: [String: Place]

    /// Where a value begins, and how it is quoted.
    private struct Place {
        let line: Int
        let column: Int
        let quote: Character?
        let length: Int
    }

    /// - Throws: `TariffFileError` if the text is no strict YAML; whether it is a good tariff is another question.
    public init(_ bytes: [UInt8], path: String) throws(TariffFileError) {
        let root = try StrictYAML.root(bytes, path: path)
        var cells: [Cell] = []
        var places: [String: Place] = [:]
        let table = try root.anyTable()
        for name in table.names {
            let node = try table.required(name)
            if case .scalar = node.node { TariffSheet.remember(node, &places) }
        }
        for group in ["components", "examples"] {
            guard let list = table.optional(group) else { continue }
            for (index, item) in try list.list().enumerated() {
                let members = try item.anyTable()
                let owner = group == "components" ? (try members.optional("id")?.text()) ?? "\(index)" : "\(index + 1)"
                let per = try members.optional("per")?.text()
                let unit = try members.optional("unit")?.text() ?? per.map { "€/\($0)" }
                for leaf in try TariffSheet.leaves(item) where TariffSheet.isNumberOrDay(leaf) {
                    guard case .scalar(let scalar) = leaf.node else { continue }
                    TariffSheet.remember(leaf, &places)
                    let name = String(leaf.key.dropFirst(item.key.count + 1))
                    cells.append(Cell(key: leaf.key, group: group, owner: owner, name: name, value: scalar.string, unit: unit))
                }
            }
        }
        self.path = path
        self.bytes = bytes
        self.cells = cells
        self.places = places
    }

    /// The file with other values.
    ///
    /// - Parameter values: key of a cell, or of a plain value at the root (`version`, `status`), to its new text.
    /// - Throws: `TariffFileError` for a key the sheet has not, and for a text that is no number or day.
    public func replacing(_ values: [String: String]) throws(TariffFileError) -> [UInt8] {
        var lines = TariffSheet.lines(bytes).map { Array($0) }
        // From the end of each line to its start: what stands before a value keeps its column.
        let ordered = values.sorted { left, right in
            guard let a = places[left.key], let b = places[right.key] else { return left.key < right.key }
            return (a.line, a.column) > (b.line, b.column)
        }
        for (key, text) in ordered {
            guard let place = places[key], lines.indices.contains(place.line - 1) else {
                throw TariffFileError(
                    path: path, line: 0, column: 0, key: key, message: "the file has no such value", mend: "Edit its text.")
            }
            // A cell stays the kind of value that it is: a text that is none would vanish from the sheet, and leave raw text to mend it.
            let old = cells.first { $0.key == key }?.value
            let fits = old.map { Day($0) != nil ? Day(text) != nil : DecimalText.parse(text, scale: 8) != nil } ?? true
            guard fits, !text.isEmpty, text.allSatisfy({ $0.isASCII && ($0.isLetter || $0.isNumber || "-.".contains($0)) }) else {
                throw TariffFileError(
                    path: path, line: place.line, column: place.column, key: key, message: "“\(text)” is no number or day",
                    mend: "Write a plain decimal with a point, like 31.20, or a day, like 2027-01-01.")
            }
            let start = place.column - 1
            let end = start + place.length
            guard start >= 0, end <= lines[place.line - 1].count else { continue }
            let quoted = place.quote.map { "\($0)\(text)\($0)" } ?? text
            lines[place.line - 1].replaceSubrange(start..<end, with: Array(quoted))
        }
        return Array(lines.map { String($0) }.joined(separator: "\n").utf8)
    }

    /// The file of a version that follows this one: same prices, its own first day. Examples move to a year from that day,
    /// and their expectations have to be computed again.
    ///
    /// - Parameter day: after the first day of this version.
    /// - Throws: `TariffFileError`.
    public func successor(from day: Day) throws(TariffFileError) -> [UInt8] {
        let version = try StrictYAML.root(bytes, path: path).anyTable().required("version").text()
        var values = ["version": day.description, "status": "draft"]
        if places["supersedes"] != nil { values["supersedes"] = version }
        let (year, month, dayOfMonth) = day.components
        for cell in cells where cell.group == "examples" {
            if cell.name == "period.from" { values[cell.key] = day.description }
            if cell.name == "period.to" { values[cell.key] = Day(year + 1, month, min(dayOfMonth, 28)).description }
        }
        let next = try replacing(values)
        // A successor of a correction is no correction itself.
        let dropped = ["revision", "corrects"].compactMap { places[$0]?.line }
        guard places["supersedes"] == nil || !dropped.isEmpty else { return next }
        var lines: [String] = []
        for (index, line) in TariffSheet.lines(next).enumerated() where !dropped.contains(index + 1) {
            lines.append(line)
            if places["supersedes"] == nil, places["version"]?.line == index + 1 { lines.append("supersedes: \(version)") }
        }
        return Array(lines.joined(separator: "\n").utf8)
    }

    /// The file without the comments among its examples, which reckon with numbers that stand there no longer, and with one in their
    /// place that says so.
    public func withoutReckoning() -> [UInt8] {
        var lines: [String] = []
        var isAmongExamples = false
        for line in TariffSheet.lines(bytes) {
            if let first = line.first, first.isLetter { isAmongExamples = line.hasPrefix("examples:") }
            guard isAmongExamples, line.drop(while: { $0 == " " }).first == "#" else {
                lines.append(line)
                if isAmongExamples, line.hasPrefix("examples:") {
                    lines.append("  # Computed by the program, not by hand: who publishes it reckons it again.")
                }
                continue
            }
        }
        return Array(lines.joined(separator: "\n").utf8)
    }

    /// Split by bytes: a line that ends as Windows ends it is no single character with its end.
    private static func lines(_ bytes: [UInt8]) -> [String] {
        bytes.split(separator: 0x0A, omittingEmptySubsequences: false).map { String(decoding: $0, as: UTF8.self) }
    }

    // MARK: leaves

    private static func leaves(_ node: StrictNode) throws(TariffFileError) -> [StrictNode] {
        switch node.node {
        case .mapping:
            let table = try node.anyTable()
            var found: [StrictNode] = []
            for name in table.names { found += try leaves(table.required(name)) }
            return found
        case .sequence:
            var found: [StrictNode] = []
            for item in try node.list() { found += try leaves(item) }
            return found
        default: return [node]
        }
    }

    private static func isNumberOrDay(_ node: StrictNode) -> Bool {
        guard case .scalar(let scalar) = node.node else { return false }
        if Day(scalar.string) != nil { return true }
        let isQuoted = scalar.style == .doubleQuoted || scalar.style == .singleQuoted
        return isQuoted && DecimalText.parse(scalar.string, scale: 8) != nil
    }

    private static func remember(_ node: StrictNode, _ places: inout [String: Place]) {
        guard case .scalar(let scalar) = node.node, let mark = node.node.mark else { return }
        let quote: Character? =
            switch scalar.style {
            case .doubleQuoted: "\""
            case .singleQuoted: "'"
            default: nil
            }
        places[node.key] = Place(
            line: mark.line, column: mark.column, quote: quote, length: scalar.string.count + (quote == nil ? 0 : 2))
    }
}
