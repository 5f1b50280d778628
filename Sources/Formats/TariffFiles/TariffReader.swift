internal import Tariffs
internal import Values

/// Tariff versions.
enum TariffReader {
    private static let keys = [
        "schema", "kind", "id", "version", "revision", "supersedes", "corrects", "commodity", "title", "status", "currency", "prices",
        "applies_to", "proration", "rounding", "calendar", "conversion", "components", "breakdown", "examples",
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
        let calendar = try CalendarReader.calendar(table.optional("calendar"))
        let zones = calendar?.zones ?? []
        let components = try table.required("components").list()
        var read: [PriceComponent] = []
        for node in components { read.append(try component(node, commodity, zones: zones, earlier: read)) }
        guard !read.isEmpty else {
            throw try table.required("components").fault("a tariff charges for something", mend: "Add a component.")
        }
        let exampleNode = try table.required("examples")
        var examples: [TariffExample] = []
        for node in try exampleNode.list() { examples.append(try ExampleReader.example(node, zones: zones)) }
        guard !examples.isEmpty else { throw exampleNode.fault("no example", mend: "Add one that was computed by hand.") }
        let version = TariffVersion(
            key: key, from: from, supersedes: try table.optional("supersedes").map(SeriesReader.day), revision: try revision(table, from),
            title: try SeriesReader.label(table.required("title")),
            status: try table.required("status").choice(TariffVersion.Status.self),
            appliesTo: try ConditionReader.selection(table.optional("applies_to")),
            prices: try table.required("prices").choice(PriceBasis.self), calendar: calendar, rules: try rules(table),
            conversion: try table.optional("conversion").map(conversion), components: read,
            breakdown: try breakdown(table.optional("breakdown"), zones: zones), examples: examples)
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

    private static func rules(_ table: StrictTable) throws(TariffFileError) -> RatingRules {
        let proration = try table.required("proration").table(only: ["consumption", "profile", "fixed", "vat"])
        let rounding = try table.required("rounding").table(only: ["quantity", "unit_price", "line", "mode", "vat_on"])
        try only(rounding, "line", "2")
        try only(rounding, "vat_on", "net_sum_per_rate")
        let split = try proration.required("consumption").choice(ConsumptionSplit.self)
        let profile = proration.optional("profile")
        if let profile, split == .dayLinear || split == .none {
            throw profile.fault("\(split.rawValue) asks for no profile", mend: "Leave it out, or write `consumption: load_profile`.")
        }
        return RatingRules(
            fixed: try proration.required("fixed").choice(Proration.self), consumption: split,
            vat: try proration.required("vat").choice(VATMethod.self), profile: try profile?.text(),
            quantityPlaces: try places(rounding.required("quantity")), pricePlaces: try rounding.optional("unit_price").map(places),
            rounding: try rounding.required("mode").choice(Rounding.self))
    }

    private static func places(_ node: StrictNode) throws(TariffFileError) -> Int {
        try node.parsed("number of decimals", mend: "Write 0 to 6.") { text in Int(text).flatMap { (0...6).contains($0) ? $0 : nil } }
    }

    /// A correction says what it corrects, and counts on from it.
    private static func revision(_ table: StrictTable, _ from: Day) throws(TariffFileError) -> Int {
        guard let node = table.optional("revision") else {
            if let corrects = table.optional("corrects") {
                throw corrects.fault("a correction is a revision", mend: "Add `revision: 2`, and keep the first day of what it corrects.")
            }
            return 1
        }
        let number: Int = try node.parsed("revision", mend: "Write 2 for the first correction.") { text in
            Int(text).flatMap { (2...99).contains($0) ? $0 : nil }
        }
        let corrects = try table.required("corrects")
        guard try SeriesReader.day(corrects) == from else {
            throw corrects.fault("a correction has the first day of what it corrects", mend: "Write `corrects: \(from)`.")
        }
        return number
    }

    private static func conversion(_ node: StrictNode) throws(TariffFileError) -> GasConversionRule {
        let table = try node.table(only: ["by", "default", "sets"])
        let sets = try table.required("sets").anyTable()
        var result: [String: String] = [:]
        for name in sets.names { result[name] = try sets.required(name).text() }
        return GasConversionRule(
            region: AttributeRule(names: [try table.required("by").text()], fallback: try table.optional("default")?.text()), sets: result)
    }

    private static func breakdown(_ node: StrictNode?, zones: [String]) throws(TariffFileError) -> [BreakdownRule] {
        guard let node else { return [] }
        var result: [BreakdownRule] = []
        for item in try node.list() {
            let table = try item.table(only: ["series", "registers", "when"])
            var registers: [MeasuredRegister] = []
            if let list = table.optional("registers") {
                for register in try list.list() { registers.append(try ChargeReader.register(register, zones: zones)) }
                if registers.isEmpty { throw list.fault("no register", mend: "Leave it out, or name one.") }
            }
            let conditions = try ConditionReader.conditions(table.optional("when"))
            if let node = table.optional("when"), conditions.window != nil || conditions.contractMonths != nil {
                throw node.fault("when a levy holds is said by its series", mend: "Name attributes or utilisation_hours.")
            }
            result.append(
                BreakdownRule(
                    series: try ComponentReader.seriesKey(table.required("series")), registers: registers, conditions: conditions))
        }
        return result
    }

    private static func component(
        _ node: StrictNode, _ commodity: Commodity, zones: [String], earlier: [PriceComponent]
    ) throws(TariffFileError) -> PriceComponent {
        let component = try ComponentReader.component(node, commodity, zones: zones)
        guard !earlier.contains(where: { $0.id == component.id }) else {
            throw node.fault("the id \(component.id) occurs twice", mend: "Give each its own id.")
        }
        for id in component.charge.components {
            guard let other = earlier.first(where: { $0.id == id }) else {
                throw node.fault("\(component.id) is of \(id), which does not stand before it", mend: "Put it behind what it is of.")
            }
            // One line has one tax, so what it is computed from has the same.
            guard other.tax == component.tax, other.taxAttribute == component.taxAttribute else {
                throw node.fault("\(component.id) and \(id) are taxed differently", mend: "Give both the same `vat`.")
            }
        }
        return component
    }
}
