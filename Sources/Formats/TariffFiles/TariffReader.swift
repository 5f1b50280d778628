internal import Tariffs
internal import Values

/// Tariff versions.
enum TariffReader {
    private static let keys = [
        "schema", "kind", "id", "version", "supersedes", "commodity", "title", "status", "currency", "prices", "applies_to", "proration",
        "rounding",
        "conversion", "components", "breakdown", "examples",
    ]

    static func version(_ root: StrictNode) throws(TariffFileError) -> TariffVersion {
        let table = try root.table(only: keys)
        try SeriesReader.schema(table, "tariff/1")
        let commodity = try table.required("commodity").choice(Commodity.self)
        let key = try table.required("id").parsed("tariff id", mend: "Use lower-case letters, digits and `-`.") {
            TariffKey(commodity: commodity, id: $0)
        }
        let from = try SeriesReader.day(table.required("version"))
        try only(table, "currency", "EUR")
        try only(table, "prices", "net")
        let components = try table.required("components").list()
        var read: [PriceComponent] = []
        for node in components { read.append(try component(node, commodity, earlier: read)) }
        guard !read.isEmpty else {
            throw try table.required("components").fault("a tariff charges for something", mend: "Add a component.")
        }
        let exampleNode = try table.required("examples")
        var examples: [TariffExample] = []
        for node in try exampleNode.list() { examples.append(try example(node)) }
        guard !examples.isEmpty else { throw exampleNode.fault("no example", mend: "Add one that was computed by hand.") }
        let version = TariffVersion(
            key: key, from: from, supersedes: try table.optional("supersedes").map(SeriesReader.day),
            title: try SeriesReader.label(table.required("title")),
            status: try table.required("status").choice(TariffVersion.Status.self), appliesTo: try appliesTo(table.optional("applies_to")),
            rules: try rules(table), conversion: try table.optional("conversion").map(conversion), components: read,
            breakdown: try breakdown(table.optional("breakdown")), examples: examples)
        guard root.path == version.path else {
            throw try table.required("version").fault(
                "the file \(root.path) says it is \(version.path)", mend: "Move it to \(version.path), or mend commodity, id or version.")
        }
        return version
    }

    private static func only(_ table: StrictTable, _ key: String, _ word: String) throws(TariffFileError) {
        let node = try table.required(key)
        guard try node.text() == word else { throw node.fault("only `\(word)` is known", mend: "Write `\(key): \(word)`.") }
    }

    private static func appliesTo(_ node: StrictNode?) throws(TariffFileError) -> [String: [String]] {
        guard let node else { return [:] }
        let table = try node.anyTable()
        var result: [String: [String]] = [:]
        for name in table.names {
            var values: [String] = []
            for item in try table.required(name).list() { values.append(try item.text()) }
            result[name] = values
        }
        return result
    }

    private static func rules(_ table: StrictTable) throws(TariffFileError) -> RatingRules {
        let proration = try table.required("proration").table(only: ["consumption", "fixed", "vat"])
        let rounding = try table.required("rounding").table(only: ["quantity", "line", "mode", "vat_on"])
        try only(rounding, "line", "2")
        try only(rounding, "vat_on", "net_sum_per_rate")
        let consumption = try proration.required("consumption")
        let split = try consumption.choice(ConsumptionSplit.self)
        guard split == .measured || split == .dayLinear else {
            throw consumption.fault("\(split.rawValue) is not built yet", mend: "Write measured or day_linear.")
        }
        return RatingRules(
            fixed: try proration.required("fixed").choice(Proration.self), consumption: split,
            vat: try proration.required("vat").choice(VATMethod.self),
            quantityPlaces: try rounding.required("quantity").parsed("number of decimals", mend: "Write 0 to 6.") { text in
                Int(text).flatMap { (0...6).contains($0) ? $0 : nil }
            },
            rounding: try rounding.required("mode").choice(Rounding.self))
    }

    private static func conversion(_ node: StrictNode) throws(TariffFileError) -> GasConversionRule {
        let table = try node.table(only: ["by", "default", "sets"])
        let sets = try table.required("sets").anyTable()
        var result: [String: String] = [:]
        for name in sets.names { result[name] = try sets.required(name).text() }
        return GasConversionRule(
            region: AttributeRule(names: [try table.required("by").text()], fallback: try table.optional("default")?.text()), sets: result)
    }

    private static func breakdown(_ node: StrictNode?) throws(TariffFileError) -> [BreakdownRule] {
        guard let node else { return [] }
        var result: [BreakdownRule] = []
        for item in try node.list() {
            let table = try item.table(only: ["series"])
            result.append(BreakdownRule(series: try ComponentReader.seriesKey(table.required("series"))))
        }
        return result
    }

    private static func component(_ node: StrictNode, _ commodity: Commodity, earlier: [PriceComponent]) throws(TariffFileError)
        -> PriceComponent
    {
        let component = try ComponentReader.component(node, commodity)
        guard !earlier.contains(where: { $0.id == component.id }) else {
            throw node.fault("the id \(component.id) occurs twice", mend: "Give each its own id.")
        }
        if case .minimum(_, let of) = component.charge {
            for id in of where !earlier.contains(where: { $0.id == id }) {
                throw node.fault("a minimum of \(id), which does not stand before it", mend: "Put the minimum behind what it is of.")
            }
        }
        return component
    }

    private static func example(_ node: StrictNode) throws(TariffFileError) -> TariffExample {
        let table = try node.table(only: ["period", "quantities", "attributes", "expect"])
        let periodNode = try table.required("period")
        let range = try SeriesReader.range(periodNode.table(only: ["from", "to"]))
        guard range.until != nil else { throw periodNode.fault("an example has an end", mend: "Add `to`, exclusive.") }
        var quantities: [MeasuredRegister: Int64] = [:]
        if let quantityNode = table.optional("quantities") {
            let members = try quantityNode.table(only: MeasuredRegister.allCases.map(\.rawValue))
            for register in MeasuredRegister.allCases {
                if let value = members.optional(register.rawValue) {
                    quantities[register] = try value.quotedNumber("quantity") { DecimalText.parse($0, scale: 6) }
                }
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
        return TariffExample(period: range, quantities: quantities, attributes: attributes, expect: expect)
    }
}
