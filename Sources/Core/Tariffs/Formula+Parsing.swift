internal import Values

extension Formula {
    /// Where a text is no formula.
    public struct Fault: Error, Hashable, Sendable {
        /// Bytes from the start.
        public let offset: Int
        public let message: String
    }
    /// Longer and deeper ones are no price clause; the limits keep a hostile file from costing anything.
    static let maximumBytes = 1_000
    static let maximumDepth = 24

    /// Reads `P0 * (0.2 + 0.5 * G / G0 + 0.3 * round(avg(L, 12, 3), 2) / L0)`; `×`, `÷`, `−` and `·` are understood.
    /// - Throws: `Fault`.
    public init(parsing text: String) throws(Fault) {
        guard text.utf8.count <= Formula.maximumBytes else {
            throw Fault(offset: Formula.maximumBytes, message: "the formula is longer than \(Formula.maximumBytes) bytes")
        }
        var parser = try FormulaParser(text)
        let term = try parser.sum(depth: 0)
        try parser.end()
        self.init(text: text, term: term)
    }
}

/// One pass from left to right; products bind closer than sums.
private struct FormulaParser {
    private enum Token: Equatable {
        case number(Int64)
        case name(String)
        case sign(Character)
    }
    private var tokens: [(token: Token, offset: Int)] = []
    private var position = 0
    private let length: Int

    init(_ text: String) throws(Formula.Fault) {
        length = text.utf8.count
        var index = text.startIndex
        func offset(_ place: String.Index) -> Int { text.utf8.distance(from: text.startIndex, to: place) }
        while index < text.endIndex {
            let character = text[index]
            let begin = index
            switch character {
            case " ", "\n", "\t": index = text.index(after: index)
            case "0"..."9":
                while index < text.endIndex, text[index].isASCII, text[index].isNumber || text[index] == "." {
                    index = text.index(after: index)
                }
                guard let value = DecimalText.parse(text[begin..<index], scale: 6) else {
                    throw Formula.Fault(
                        offset: offset(begin), message: "“\(text[begin..<index])” is no plain decimal with at most six places")
                }
                tokens.append((.number(value), offset(begin)))
            case "a"..."z", "A"..."Z":
                while index < text.endIndex, text[index].isASCII, text[index].isLetter || text[index].isNumber || text[index] == "_" {
                    index = text.index(after: index)
                }
                tokens.append((.name(String(text[begin..<index])), offset(begin)))
            case "+", "-", "*", "/", "(", ")", ",": tokens.append((.sign(character), offset(begin))); index = text.index(after: index)
            case "−": tokens.append((.sign("-"), offset(begin))); index = text.index(after: index)
            case "×", "·": tokens.append((.sign("*"), offset(begin))); index = text.index(after: index)
            case "÷", ":": tokens.append((.sign("/"), offset(begin))); index = text.index(after: index)
            default: throw Formula.Fault(offset: offset(begin), message: "“\(character)” does not belong into a formula")
            }
        }
    }

    private func fault(_ message: String) -> Formula.Fault {
        Formula.Fault(offset: position < tokens.count ? tokens[position].offset : length, message: message)
    }
    private var next: Token? { position < tokens.count ? tokens[position].token : nil }
    private mutating func take(_ sign: Character) -> Bool {
        guard next == .sign(sign) else { return false }
        position += 1
        return true
    }
    private mutating func expect(_ sign: Character) throws(Formula.Fault) {
        guard take(sign) else { throw fault("expected “\(sign)”") }
    }
    func end() throws(Formula.Fault) { if next != nil { throw fault("the formula ends before this") } }

    mutating func sum(depth: Int) throws(Formula.Fault) -> Formula.Term {
        guard depth < Formula.maximumDepth else { throw fault("the formula is nested too deeply") }
        var left = try product(depth: depth)
        while true {
            if take("+") {
                left = .sum(left, try product(depth: depth))
            } else if take("-") {
                left = .difference(left, try product(depth: depth))
            } else {
                return left
            }
        }
    }
    private mutating func product(depth: Int) throws(Formula.Fault) -> Formula.Term {
        var left = try factor(depth: depth)
        while true {
            if take("*") {
                left = .product(left, try factor(depth: depth))
            } else if take("/") {
                left = .quotient(left, try factor(depth: depth))
            } else {
                return left
            }
        }
    }
    private mutating func factor(depth: Int) throws(Formula.Fault) -> Formula.Term {
        if take("-") {
            guard depth < Formula.maximumDepth else { throw fault("the formula is nested too deeply") }
            return .negated(try factor(depth: depth + 1))
        }
        if take("(") {
            let inner = try sum(depth: depth + 1)
            try expect(")")
            return inner
        }
        switch next {
        case .number(let value)?:
            position += 1
            return .number(.init(millionths: value))
        case .name(let name)?:
            position += 1
            guard take("(") else { return .name(name) }
            let call = try call(name, depth: depth + 1)
            try expect(")")
            return call
        default: throw fault("expected a number, a name or “(”")
        }
    }
    private mutating func call(_ name: String, depth: Int) throws(Formula.Fault) -> Formula.Term {
        switch name {
        case "round":
            let inner = try sum(depth: depth)
            try expect(",")
            return .round(inner, places: try whole(0...8, "places"))
        case "min", "max":
            var all = [try sum(depth: depth)]
            while take(",") { all.append(try sum(depth: depth)) }
            return name == "min" ? .least(all) : .greatest(all)
        case "avg":
            guard case .name(let index)? = next else { throw fault("avg asks for the name of an index") }
            position += 1
            try expect(",")
            let months = try whole(1...60, "months")
            try expect(",")
            return .average(index, months: months, lag: try whole(0...60, "months"))
        default:
            position -= 2
            throw fault("“\(name)” is no function; known are round, min, max, avg")
        }
    }
    private mutating func whole(_ range: ClosedRange<Int>, _ what: String) throws(Formula.Fault) -> Int {
        guard case .number(let value)? = next, value % 1_000_000 == 0, range.contains(Int(value / 1_000_000)) else {
            throw fault("expected \(range.lowerBound) to \(range.upperBound) \(what)")
        }
        position += 1
        return Int(value / 1_000_000)
    }
}
