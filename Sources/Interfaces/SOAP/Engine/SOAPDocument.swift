internal import JSON
internal import XML

/// The bridge between our JSON documents and messages of the same structure: members become elements, arrays elements of one name, null
/// an absent element. Both sides follow the fields from which the schema is written, so that an answer is always valid.
enum SOAPDocument {
    // MARK: Requests

    /// The document that the element's children say.
    /// - Throws: `SOAPFault` with the path of an element that is missing, unknown, given twice or of another kind.
    static func json(_ element: XMLElement, _ fields: [SOAPField], path: String = "") throws(SOAPFault) -> JSONValue {
        var members: [JSONObject.Member] = []
        if let stranger = element.children.first(where: { child in !fields.contains { $0.name == child.name.local } }) {
            throw SOAPFault(
                code: "unknown-element", "<\(stranger.name.local.prefix(64))> is not known here",
                path: "\(path)/\(stranger.name.local.prefix(64))", line: stranger.line)
        }
        for field in fields {
            let place = "\(path)/\(field.name)"
            let found = element.children(field.name)
            switch field.occurs {
            case .many:
                guard !found.isEmpty else { continue }
                var items: [JSONValue] = []
                for (index, child) in found.enumerated() { items.append(try value(child, field.type, "\(place)/\(index)")) }
                members.append(.init(field.name, .array(items)))
            case .once, .optional, .attribute:
                guard found.count < 2 else { throw SOAPFault(code: "bad-element", "given twice", path: place, line: found[1].line) }
                guard let child = found.first, !child.isNil else {
                    guard field.occurs == .optional else {
                        throw SOAPFault(code: "missing-element", "<\(field.name)> is required", path: place)
                    }
                    continue
                }
                members.append(.init(field.name, try value(child, field.type, place)))
            }
        }
        return .object(JSONObject(members))
    }

    private static func value(_ element: XMLElement, _ type: SOAPType, _ path: String) throws(SOAPFault) -> JSONValue {
        if element.isNil { return .null }
        func bad(_ what: String) -> SOAPFault { SOAPFault(code: "bad-element", "expected \(what)", path: path, line: element.line) }
        switch type {
        case .complex(let type): return try json(element, type.fields, path: path)
        case .list(let name, let type):
            var items: [JSONValue] = []
            for (index, child) in element.children(name).enumerated() { items.append(try value(child, type, "\(path)/\(index)")) }
            return .array(items)
        case .integer:
            guard let number = Int64(element.trimmed) else { throw bad("a whole number") }
            return .integer(number)
        case .boolean:
            switch element.trimmed {
            case "true", "1": return .bool(true)
            case "false", "0": return .bool(false)
            default: throw bad("true or false")
            }
        case .string, .decimal, .dateTime, .date, .words:
            guard element.children.isEmpty else { throw bad("text") }
            return .string(element.trimmed)
        }
    }

    // MARK: Answers

    /// The document's members as elements, in the order of the fields. What no field names is not said.
    static func xml(_ document: JSONValue, _ fields: [SOAPField]) -> XMLText {
        var text: XMLText = ""
        for field in fields {
            guard let value = document[field.name], !value.isNull else { continue }
            if field.occurs == .many, let items = value.array {
                for item in items { text += element(field.name, item, field.type) }
            } else {
                text += element(field.name, value, field.type)
            }
        }
        return text
    }

    private static func element(_ name: String, _ value: JSONValue, _ type: SOAPType) -> XMLText {
        switch (type, value) {
        case (_, .null): "<\(raw: name) xsi:nil=\"true\"/>"
        case (.complex(let type), _): "<\(raw: name)>\(xml(value, type.fields))</\(raw: name)>"
        case (.list(let item, let type), _):
            "<\(raw: name)>\((value.array ?? []).map { element(item, $0, type) })</\(raw: name)>"
        case (_, .bool(let flag)): "<\(raw: name)>\(raw: flag ? "true" : "false")</\(raw: name)>"
        default: "<\(raw: name)>\(value.string ?? value.number ?? "")</\(raw: name)>"
        }
    }
}
