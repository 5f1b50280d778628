internal import JSON

/// The shape of a JSON value, for the OpenAPI document. Amounts and quantities are strings, never numbers (contract).
indirect enum Schema: Sendable {
    case text
    /// A plain decimal as a string: `"-12.34"`.
    case decimal
    case integer
    case boolean
    /// `YYYY-MM-DD`.
    case day
    /// RFC 3339 with offset.
    case instant
    case words([String])
    case array(Schema)
    case object([Member])
    /// Members by name, all of one shape.
    case map(Schema)
    case nullable(Schema)
    /// One of the named schemas of the document.
    case named(String)
    case anything

    struct Member: Sendable {
        let name: String
        let schema: Schema
        let isRequired: Bool
        let about: String?

        static func required(_ name: String, _ schema: Schema, _ about: String? = nil) -> Member {
            Member(name: name, schema: schema, isRequired: true, about: about)
        }
        static func optional(_ name: String, _ schema: Schema, _ about: String? = nil) -> Member {
            Member(name: name, schema: schema, isRequired: false, about: about)
        }
    }

    var json: JSONValue {
        switch self {
        case .text: return ["type": "string"]
        case .decimal: return ["type": "string", "pattern": "^-?[0-9]+(\\.[0-9]+)?$"]
        case .integer: return ["type": "integer", "format": "int64"]
        case .boolean: return ["type": "boolean"]
        case .day: return ["type": "string", "format": "date"]
        case .instant: return ["type": "string", "format": "date-time"]
        case .words(let words): return ["type": "string", "enum": .array(words.map { .string($0) })]
        case .array(let element): return ["type": "array", "items": element.json]
        case .nullable(let schema): return ["anyOf": [schema.json, ["type": "null"]]]
        case .named(let name): return ["$ref": .string("#/components/schemas/\(name)")]
        case .anything: return [:]
        case .map(let value): return ["type": "object", "additionalProperties": value.json]
        case .object(let members):
            var object = JSONObject([.init("type", "object")])
            let required = members.filter(\.isRequired).map { JSONValue.string($0.name) }
            if !required.isEmpty { object.members.append(.init("required", .array(required))) }
            object.members.append(
                .init(
                    "properties",
                    .object(
                        JSONObject(
                            members.map { member in
                                guard let about = member.about else { return .init(member.name, member.schema.json) }
                                // A $ref may have siblings since OpenAPI 3.1.
                                guard case .object(var shape) = member.schema.json else { return .init(member.name, member.schema.json) }
                                shape.members.append(.init("description", .string(about)))
                                return .init(member.name, .object(shape))
                            }))))
            return .object(object)
        }
    }

    /// A list as all lists are: items and the cursor of the next page.
    static func page(of item: Schema) -> Schema {
        .object([
            .required("items", .array(item)), .required("next", .nullable(.text), "give it as `cursor` for the next page; null at the end"),
        ])
    }
}
