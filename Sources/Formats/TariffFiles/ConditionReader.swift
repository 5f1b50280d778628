internal import Tariffs
internal import Values

/// When a component applies, and for whom a tariff is.
enum ConditionReader {
    static func conditions(_ node: StrictNode?) throws(TariffFileError) -> Conditions {
        guard let node else { return Conditions() }
        let table = try node.table(only: ["contract_months", "utilisation_hours", "window", "attributes"])
        var conditions = Conditions()
        conditions.contractMonths = try bounds(table.optional("contract_months"), scale: 0)
        conditions.utilisationHours = try bounds(table.optional("utilisation_hours"), scale: 6)
        if let window = table.optional("window") { conditions.window = try SeriesReader.range(window.table(only: ["from", "to"])) }
        if let attributes = table.optional("attributes") { conditions.attributes = try choices(attributes.anyTable(), [:]) }
        return conditions
    }

    /// Names of the reference beside those of our attributes.
    private static let aliases = ["customer_groups": "customerGroup", "metering": "metering", "regions": "region"]

    static func selection(_ node: StrictNode?) throws(TariffFileError) -> SelectionKeys {
        guard let node else { return SelectionKeys() }
        let table = try node.anyTable()
        var keys = SelectionKeys()
        for name in ["annual_kwh", "annual_m3"] {
            if let band = table.optional(name) { keys.annual = try bounds(band, scale: 6) }
        }
        keys.attributes = try choices(table, aliases, except: ["annual_kwh", "annual_m3"])
        return keys
    }

    private static func choices(_ table: StrictTable, _ aliases: [String: String], except: [String] = []) throws(TariffFileError)
        -> [String: [String]]
    {
        var result: [String: [String]] = [:]
        for name in table.names where !except.contains(name) {
            var values: [String] = []
            for item in try table.required(name).list() { values.append(try item.text()) }
            result[aliases[name] ?? name] = values
        }
        return result
    }

    private static func bounds(_ node: StrictNode?, scale: Int) throws(TariffFileError) -> Conditions.Bounds? {
        guard let node else { return nil }
        let table = try node.table(only: ["min", "max"])
        func number(_ key: String) throws(TariffFileError) -> Int64? {
            try table.optional(key)?.quotedNumber("number that is not negative") { text in
                DecimalText.parse(text, scale: scale).flatMap { $0 >= 0 ? $0 : nil }
            }
        }
        let bounds = Conditions.Bounds(min: try number("min"), max: try number("max"))
        if scale == 0, max(bounds.min ?? 0, bounds.max ?? 0) > 1_200 {
            throw node.fault("more than a hundred years", mend: "Months are meant.")
        }
        if bounds.min == nil, bounds.max == nil { throw node.fault("no bound", mend: "Write min, max or both.") }
        if let min = bounds.min, let max = bounds.max, max < min { throw node.fault("max lies below min", mend: "Exchange them.") }
        return bounds
    }
}
