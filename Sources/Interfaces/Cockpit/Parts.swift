internal import Values
internal import Web

/// A table as all pages have it: sticky head, numbers to the right, a row that is a link, sums at the foot, and a word where it is empty.
struct Listing: Sendable {
    /// One column.
    struct Column: Sendable {
        let title: String
        let isNumber: Bool
        /// A box to choose the line by; what choosing all of them is called.
        let choosesAll: String?

        init(_ title: String, number: Bool = false, choosesAll: String? = nil) {
            self.title = title
            isNumber = number
            self.choosesAll = choosesAll
        }

        fileprivate var mark: HTML { isNumber ? " class=\"number\"" : choosesAll == nil ? .nothing : " class=\"choice\"" }
    }
    /// One line; `path` is where it leads.
    struct Line: Sendable {
        let cells: [HTML]
        let path: String?

        init(_ cells: [HTML], path: String? = nil) {
            self.cells = cells
            self.path = path
        }
    }

    let caption: String
    let columns: [Column]
    var lines: [Line]
    var foot: [HTML] = []
    /// Why there is nothing, and what to do.
    var empty: String
    /// On a phone each line is a card whose values have their titles beside them: for tables whose last columns matter as much as the first.
    var isStacked = false
    /// Values stand beside each other as far as there is room, and the first is cut to three lines: for lists of many.
    var isDense = false

    func html() -> HTML {
        guard !lines.isEmpty else { return "<p class=\"empty\">\(empty)</p>" }
        let head = columns.map { column -> HTML in
            "<th scope=\"col\"\(column.mark)\(column.choosesAll.map { " data-all=\"\($0)\"" as HTML } ?? .nothing)>\(column.title)</th>"
        }
        let body = lines.map { line -> HTML in
            let cells = zip(columns, line.cells).enumerated().map { index, pair -> HTML in
                let (column, cell) = pair
                // The first cell carries the link, so that the row works by keyboard and without script.
                let content: HTML = if index == 0, let path = line.path { "<a href=\"\(path)\">\(cell)</a>" } else { cell }
                let isLabelled = isStacked && !(isDense && (index == 0 || column.choosesAll != nil))
                let label: HTML = isLabelled ? " data-label=\"\(column.title)\"" : .nothing
                return "<td\(column.mark)\(label)>\(content)</td>"
            }
            let link: HTML = line.path.map { " data-href=\"\($0)\"" } ?? .nothing
            return "<tr\(link)>\(cells)</tr>"
        }
        let sums: HTML =
            foot.isEmpty
            ? .nothing
            : "<tfoot><tr>\(zip(columns, foot).map { column, cell -> HTML in "<td\(raw: column.isNumber ? " class=\"number\"" : "")>\(cell)</td>" })</tr></tfoot>"
        return
            "<div class=\"scroll\" role=\"region\" aria-label=\"\(caption)\" tabindex=\"0\"><table class=\"sorts\(raw: isStacked ? isDense ? " stacked dense" : " stacked" : "")\"><caption class=\"hidden\">\(caption)</caption><thead><tr>\(head)</tr></thead><tbody>\(body)</tbody>\(sums)</table></div>"
    }
}

/// Small parts that pages are made of.
enum Parts {
    /// Label small, number large, comparison below; a link to what it is made of.
    static func figure(_ label: String, _ value: HTML, note: String? = nil, path: String? = nil) -> HTML {
        let shown: HTML = if let path { "<a href=\"\(path)\">\(value)</a>" } else { value }
        let below: HTML = note.map { "<div class=\"small\">\($0)</div>" } ?? .nothing
        return "<div class=\"figure\"><dt>\(label)</dt><dd>\(shown)\(below)</dd></div>"
    }

    static func figures(_ all: [HTML]) -> HTML { "<dl class=\"figures\">\(all)</dl>" }

    static func panel(_ title: String, id: String? = nil, side: HTML = .nothing, _ content: HTML) -> HTML {
        let mark: HTML = id.map { " id=\"\($0)\"" } ?? .nothing
        return "<section class=\"panel\"\(mark)><div class=\"head\"><h2>\(title)</h2>\(side)</div>\(content)</section>"
    }

    /// The way to the same table as a file, at the same place on every panel.
    static func export(_ path: String, asOf: Day?, _ screen: Screen) -> HTML {
        let query: HTML = asOf.map { "?as_of=\($0.description)" } ?? .nothing
        return "<a class=\"noprint\" href=\"\(path)\(query)\">\(screen("Als Datei", "As a file"))</a>"
    }

    /// Label and value, label and value; lines without a value are left out.
    static func facts(_ lines: [(String, HTML?)]) -> HTML {
        let shown = lines.compactMap { label, value -> HTML? in
            guard let value, !value.isEmpty else { return nil }
            return "<dt>\(label)</dt><dd>\(value)</dd>"
        }
        return "<dl class=\"facts\">\(shown)</dl>"
    }

    /// How a chip sounds; colour only repeats the word.
    enum Tone: String { case plain = "", good, warn, bad }
    static func chip(_ word: String, _ tone: Tone = .plain) -> HTML { "<span class=\"chip \(raw: tone.rawValue)\">\(word)</span>" }

    static func notice(_ tone: Tone = .plain, _ content: HTML) -> HTML {
        "<div class=\"notice \(raw: tone.rawValue)\" role=\"status\">\(content)</div>"
    }

    static func dot(_ commodity: Commodity) -> HTML { "<span class=\"dot \(raw: commodity.rawValue)\" aria-hidden=\"true\"></span>" }

    /// A field of a form: label above, hint below it, error at the field.
    static func field(
        _ name: String, _ label: String, type: String = "text", value: String = "", hint: String? = nil, error: String? = nil,
        required: Bool = false, attributes: HTML = .nothing
    ) -> HTML {
        let hintLine: HTML = hint.map { "<p class=\"hint\" id=\"\(name)-hint\">\($0)</p>" } ?? .nothing
        let errorLine: HTML = error.map { "<p class=\"error\" id=\"\(name)-error\">\($0)</p>" } ?? .nothing
        let described = [hint.map { _ in "\(name)-hint" }, error.map { _ in "\(name)-error" }].compactMap { $0 }.joined(separator: " ")
        let link: HTML = described.isEmpty ? .nothing : " aria-describedby=\"\(described)\""
        return """
            <div class="field\(raw: error == nil ? "" : " wrong")"><label for="\(name)">\(label)</label>\(hintLine)\(errorLine)\
            <input type="\(type)" id="\(name)" name="\(name)" value="\(value)"\(link)\(raw: required ? " required" : "")\(raw: error == nil ? "" : " aria-invalid=\"true\"")\(attributes)></div>
            """
    }

    /// What was wrong with a form, with links to the fields, at the top of the page.
    static func errors(_ screen: Screen, _ all: [(field: String, text: String)]) -> HTML {
        guard !all.isEmpty else { return .nothing }
        let lines = all.map { "<li><a href=\"#\($0.field)\">\($0.text)</a></li>" as HTML }
        return
            "<div class=\"notice bad\" role=\"alert\"><p><strong>\(screen("Bitte prüfen Sie", "Please check"))</strong></p><ul>\(lines)</ul></div>"
    }
}
