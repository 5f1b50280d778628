internal import JSON
internal import Values
internal import Web

/// Dated thresholds as JSON: those of the validation rules and those of the checks before issue look alike.
extension RESTInterface {
    /// Schema of the records of a history.
    static let thresholdHistory = Schema.array(
        .object([
            .required("id", .integer), .required("from", .day), .required("until", .nullable(.day), "exclusive"),
            .required("parameters", .map(.nullable(.text))), .required("author", .text), .required("reason", .text),
            .required("recordedAt", .instant),
        ]))

    /// `from` and `until` of a change.
    /// - Throws: `Problem` (422) for an empty range, `JSONError`.
    static func validity(_ body: JSONNode) throws -> DayRange {
        let from: Day = try body.member("from").parsed("a day such as 2026-01-01") { Day($0) }
        let until: Day? = try body.optional("until")?.parsed("a day such as 2026-01-01") { Day($0) }
        guard let valid = DayRange(checked: from, until: until) else { throw Problem(.unprocessable, "`until` must lie behind `from`") }
        return valid
    }

    /// Thresholds by name, as texts; null is one that is switched off.
    static func thresholds(_ body: JSONNode) throws -> [String: String?] {
        let given = try body.member("parameters")
        var values: [String: String?] = [:]
        for member in try given.object().members {
            switch member.value {
            case .null: values[member.key] = .some(nil)
            case .string(let text), .number(let text): values[member.key] = text
            default: throw given.fault("“\(member.key.prefix(64))” must be a string, a number or null")
            }
        }
        return values
    }

    static func write(thresholds values: [(name: String, text: String?)], to writer: inout JSONWriter) {
        writer.member("parameters", object: { writer in for (name, text) in values { writer.member(name, text) } })
    }

    /// One record of a history.
    static func writeChange(
        _ id: Int64, _ valid: DayRange, _ values: [String: String?], author: String, reason: String, at recordedAt: Instant,
        to writer: inout JSONWriter
    ) {
        writer.object { writer in
            writer.member("id", id)
            writer.member("from", valid.from.description)
            writer.member("until", valid.until?.description)
            write(thresholds: values.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }, to: &writer)
            writer.member("author", author)
            writer.member("reason", reason)
            writer.member("recordedAt", recordedAt.description)
        }
    }
}
