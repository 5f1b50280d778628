internal import Tariffs
internal import Values

/// Executable examples.
enum ExampleReader {
    static func example(_ node: StrictNode, zones: [String]) throws(TariffFileError) -> TariffExample {
        let table = try node.table(only: ["period", "quantities", "intervals", "attributes", "expect"])
        let periodNode = try table.required("period")
        let range = try SeriesReader.range(periodNode.table(only: ["from", "to"]))
        guard range.until != nil else { throw periodNode.fault("an example has an end", mend: "Add `to`, exclusive.") }
        var quantities: [MeasuredRegister: Int64] = [:]
        if let quantityNode = table.optional("quantities") {
            let members = try quantityNode.table(only: ["ET", "HT", "NT", "feed_in", "kvarh", "deduction", "kW"] + zones)
            for name in members.names {
                guard let register = MeasuredRegister(rawValue: name) else { continue }
                quantities[register] = try members.required(name).quotedNumber("quantity") { DecimalText.parse($0, scale: 6) }
            }
        }
        var attributes: [String: String] = [:]
        if let attributeNode = table.optional("attributes") {
            let members = try attributeNode.anyTable()
            for name in members.names { attributes[name] = try members.required(name).text() }
        }
        let expected = try table.required("expect").anyTable()
        var expect: [String: Money] = [:]
        for name in expected.names { expect[name] = try expected.required(name).quotedNumber("amount in euros") { Money($0) } }
        guard expect["gross"] != nil else { throw expected.at.fault("no gross amount", mend: "Add `gross: \"…\"`.") }
        return TariffExample(
            period: range, quantities: quantities, intervals: try intervals(table.optional("intervals")), attributes: attributes,
            expect: expect)
    }

    /// Runs of slots: where they begin, how long each is, what was used in each.
    private static func intervals(_ node: StrictNode?) throws(TariffFileError) -> [Series] {
        guard let node else { return [] }
        var result: [Series] = []
        for item in try node.list() {
            let table = try item.table(only: ["start", "resolution", "kwh"])
            let start: Instant = try table.required("start").parsed("moment", mend: "Write it like 2026-01-01T00:00:00Z.") {
                try? Instant($0)
            }
            let length: Int32 = try table.required("resolution").parsed("length of a slot", mend: "Write PT15M or PT1H.") { text in
                if case .seconds(let seconds)? = Resolution(text) { seconds } else { nil }
            }
            var values: [Int64] = []
            for value in try table.required("kwh").list() {
                values.append(try value.quotedNumber("quantity") { DecimalText.parse($0, scale: 6) })
            }
            let statuses = [UInt8](repeating: ValueStatus.measured.rawValue, count: values.count)
            result.append(Series(start: start, secondsPerSlot: length, values: values, statuses: statuses))
        }
        return result
    }
}
