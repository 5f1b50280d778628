internal import JSON
internal import Values

/// Collects what is wrong, so that a document's author learns all of it at once.
struct ProblemList {
    /// More are not worth reading, and hostile documents shall not cost memory.
    static let limit = 200
    private(set) var problems: [MasterDataProblem] = []

    mutating func note(_ error: JSONError) {
        guard problems.count < ProblemList.limit else { return }
        problems.append(MasterDataProblem(path: error.path, code: error.code.rawValue, message: error.message))
    }

    /// What `body` reads, or nil and a problem more.
    mutating func read<Value>(_ body: () throws(JSONError) -> Value) -> Value? {
        do throws(JSONError) { return try body() } catch {
            note(error)
            return nil
        }
    }

    /// The members; unknown keys are noted, one by one.
    mutating func members(_ node: JSONNode, _ known: Set<String>) -> Bool {
        guard let object = read({ () throws(JSONError) in try node.object() }) else { return false }
        for member in object.members where !known.contains(member.key) {
            note(JSONError(.unknownKey, path: JSONPointer.member(member.key, of: node.path), "unknown key \"\(member.key.prefix(64))\""))
        }
        return true
    }

    /// A required text.
    mutating func text(_ node: JSONNode, _ key: String) -> String? {
        read { () throws(JSONError) in try ProblemList.text(try node.member(key)) }
    }

    /// A text that may be missing or null.
    mutating func optionalFlag(_ node: JSONNode, _ key: String) -> Bool? {
        read { () throws(JSONError) -> Bool? in try node.optional(key)?.bool() } ?? nil
    }
    mutating func optionalText(_ node: JSONNode, _ key: String) -> String? {
        read { () throws(JSONError) -> String? in
            guard let member = try node.optional(key) else { return nil }
            return try ProblemList.text(member)
        } ?? nil
    }

    /// A required value of the trade, parsed from a string.
    mutating func parsed<Value>(_ node: JSONNode, _ key: String, _ what: String, _ parse: (String) -> Value?) -> Value? {
        read { () throws(JSONError) in try node.member(key).parsed(what, parse) }
    }

    /// The same, where it may be missing or null.
    mutating func optionalParsed<Value>(_ node: JSONNode, _ key: String, _ what: String, _ parse: (String) -> Value?) -> Value? {
        read { () throws(JSONError) -> Value? in try node.optional(key)?.parsed(what, parse) } ?? nil
    }

    /// A whole number of a range that may be missing or null.
    mutating func optionalInteger(_ node: JSONNode, _ key: String, in range: ClosedRange<Int>) -> Int? {
        read { () throws(JSONError) -> Int? in try node.optional(key)?.integer(in: range) } ?? nil
    }

    /// The elements of a list that may be missing or null.
    mutating func elements(_ node: JSONNode, _ key: String) -> [JSONNode] {
        read { () throws(JSONError) in try node.elements(key) } ?? []
    }

    /// 1–500 bytes without control characters: texts become columns, and PostgreSQL takes no NUL.
    private static func text(_ node: JSONNode) throws(JSONError) -> String {
        let text = try node.string()
        guard (1...500).contains(text.utf8.count), text.utf8.allSatisfy({ $0 >= 0x20 && $0 != 0x7F }) else {
            throw node.fault("expected 1 to 500 bytes without control characters")
        }
        return text
    }
}
