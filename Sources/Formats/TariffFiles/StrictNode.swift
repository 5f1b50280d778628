internal import Yams

/// A place in a file: every question to it either answers or says what is wrong there.
struct StrictNode {
    let node: Node
    let path: String
    let key: String

    func fault(_ message: String, mend: String) -> TariffFileError {
        TariffFileError(path: path, line: node.mark?.line ?? 0, column: node.mark?.column ?? 0, key: key, message: message, mend: mend)
    }

    // MARK: scalars

    /// The text of a scalar; every scalar is a string, whatever YAML would make of `no` or `12:30`.
    func text() throws(TariffFileError) -> String {
        guard case .scalar(let scalar) = node else { throw fault("expected a text", mend: "Write one value here, not a list or a table.") }
        guard !scalar.string.isEmpty else { throw fault("empty value", mend: "Give it a value or leave the key out.") }
        return scalar.string
    }
    /// A number written in quotes: unquoted, people would expect a number's rules, and YAML has other ones than they know.
    func quoted() throws(TariffFileError) -> String {
        guard case .scalar(let scalar) = node else { throw fault("expected a number in quotes", mend: "Write it like \"31.20\".") }
        guard scalar.style == .doubleQuoted || scalar.style == .singleQuoted else {
            throw fault("the number \(scalar.string) is not in quotes", mend: "Write \"\(scalar.string)\".")
        }
        return scalar.string
    }
    func parsed<Value>(_ what: String, mend: String, _ parse: (String) -> Value?) throws(TariffFileError) -> Value {
        let text = try text()
        guard let value = parse(text) else { throw fault("\(text) is no \(what)", mend: mend) }
        return value
    }
    func quotedNumber<Value>(_ what: String, _ parse: (String) -> Value?) throws(TariffFileError) -> Value {
        let text = try quoted()
        guard let value = parse(text) else {
            throw fault("\(text) is no \(what)", mend: "Write a plain decimal with a point, like \"31.20\".")
        }
        return value
    }
    /// The same for a number that is computed with: below 10^17 of its smallest unit (a hundred billion kWh, a billion euros), so that
    /// sums and differences of a few of them stay in range whatever the file says.
    func quotedNumber(_ what: String, _ parse: (String) -> Int64?) throws(TariffFileError) -> Int64 {
        let text = try quoted()
        guard let value = parse(text) else {
            throw fault("\(text) is no \(what)", mend: "Write a plain decimal with a point, like \"31.20\".")
        }
        guard value.magnitude < 100_000_000_000_000_000 else { throw fault("\(text) is beyond all measure", mend: "Check its unit.") }
        return value
    }
    func choice<Value: RawRepresentable<String> & CaseIterable>(_ type: Value.Type) throws(TariffFileError) -> Value {
        let names = type.allCases.map(\.rawValue).joined(separator: ", ")
        return try parsed("known word", mend: "Write one of: \(names).") { Value(rawValue: $0) }
    }

    // MARK: tables and lists

    /// The members of a table, keys in the order of the file. Only `keys` may occur.
    func table(only keys: [String]) throws(TariffFileError) -> StrictTable {
        let table = try anyTable()
        for name in table.names where !keys.contains(name) {
            let at = table.members[name] ?? self
            throw at.fault("unknown key", mend: "Known here are: \(keys.joined(separator: ", ")).")
        }
        return table
    }
    /// The members of a table whose keys are names of its own.
    func anyTable() throws(TariffFileError) -> StrictTable {
        guard case .mapping(let mapping) = node else { throw fault("expected a table of keys and values", mend: "Write `key: value`.") }
        var members: [String: StrictNode] = [:]
        var names: [String] = []
        for (name, value) in mapping {
            guard case .scalar(let scalar) = name else { throw fault("a key must be a word", mend: "Write `key: value`.") }
            let inner = key.isEmpty ? scalar.string : "\(key).\(scalar.string)"
            guard members[scalar.string] == nil else {
                throw StrictNode(node: name, path: path, key: inner).fault("the key occurs twice", mend: "Keep one of them.")
            }
            members[scalar.string] = StrictNode(node: value, path: path, key: inner)
            names.append(scalar.string)
        }
        return StrictTable(at: self, members: members, names: names)
    }
    func list() throws(TariffFileError) -> [StrictNode] {
        guard case .sequence(let sequence) = node else { throw fault("expected a list", mend: "Write items with `- ` or in [ ].") }
        return sequence.enumerated().map { StrictNode(node: $0.element, path: path, key: "\(key)[\($0.offset)]") }
    }
}

/// A table that was read: members by name.
struct StrictTable {
    let at: StrictNode
    let members: [String: StrictNode]
    let names: [String]

    func required(_ name: String) throws(TariffFileError) -> StrictNode {
        guard let node = members[name] else { throw at.fault("the key `\(name)` is missing", mend: "Add `\(name): …`.") }
        return node
    }
    func optional(_ name: String) -> StrictNode? { members[name] }
}
