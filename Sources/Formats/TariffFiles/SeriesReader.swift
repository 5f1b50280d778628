internal import Tariffs
internal import Values

/// Series, tax tables and the supplier.
enum SeriesReader {
    static func series(_ root: StrictNode) throws(TariffFileError) -> [PriceSeries] {
        let table = try root.table(only: ["schema", "kind", "id", "unit", "title", "series"])
        try schema(table, "series/1")
        let set = try table.required("id").text()
        let unit = try table.optional("unit")?.choice(PriceSeries.Unit.self)
        let members = try table.required("series").anyTable()
        var result: [PriceSeries] = []
        for name in members.names {
            let node = try members.required(name)
            let member = try node.table(only: ["label", "unit", "values"])
            guard let own = try member.optional("unit")?.choice(PriceSeries.Unit.self) ?? unit else {
                throw node.fault("no unit", mend: "Add `unit:` here or at the top of the file.")
            }
            var steps: [(range: DayRange, value: PriceSeries.Value)] = []
            for item in try member.required("values").list() {
                let entry = try item.table(only: ["from", "to", "value", "source"])
                let range = try range(entry)
                let value: Int64 = try entry.required("value").quotedNumber("number with at most six places") {
                    DecimalText.parse($0, scale: 6)
                }
                steps.append((range, .init(millionths: value, source: try entry.required("source").text())))
            }
            result.append(
                PriceSeries(
                    key: SeriesKey(set: set, name: name), label: try label(member.required("label")), unit: own,
                    values: try timeline(steps, node)))
        }
        return result
    }

    static func vat(_ root: StrictNode) throws(TariffFileError) -> VATTable {
        let table = try root.table(only: ["schema", "kind", "id", "title", "rates", "overrides"])
        try schema(table, "vat/1")
        var rates: [VATTable.Class: Timeline<TaxRate>] = [:]
        let classes = try table.required("rates").table(only: VATTable.Class.allCases.map(\.rawValue))
        for kind in VATTable.Class.allCases {
            let node = try classes.required(kind.rawValue)
            var steps: [(range: DayRange, value: TaxRate)] = []
            for item in try node.list() {
                let entry = try item.table(only: ["from", "to", "value", "source"])
                steps.append((try range(entry), try entry.required("value").quotedNumber("percentage") { TaxRate(percent: $0) }))
            }
            rates[kind] = try timeline(steps, node)
        }
        var overrides: [Commodity: Timeline<VATTable.Class>] = [:]
        if let node = table.optional("overrides") {
            let commodities = try node.table(only: Commodity.allCases.map(\.rawValue))
            for name in commodities.names {
                guard let commodity = Commodity(rawValue: name) else { continue }
                let list = try commodities.required(name)
                var steps: [(range: DayRange, value: VATTable.Class)] = []
                for item in try list.list() {
                    let entry = try item.table(only: ["from", "to", "rate", "source"])
                    steps.append((try range(entry), try entry.required("rate").choice(VATTable.Class.self)))
                }
                overrides[commodity] = try timeline(steps, list)
            }
        }
        return VATTable(rates: rates, overrides: overrides)
    }

    static func supplier(_ root: StrictNode) throws(TariffFileError) -> Supplier {
        let table = try root.table(only: [
            "schema", "kind", "id", "name", "street", "postcode", "city", "country", "vat_id", "tax_number", "register_court",
            "register_number", "phone",
            "email", "website", "iban", "bic", "contact", "statements",
        ])
        try schema(table, "supplier/1")
        func text(_ key: String) throws(TariffFileError) -> String { try table.required(key).text() }
        let iban = try table.required("iban").parsed("IBAN", mend: "Check the digits.") { try? IBAN($0) }
        var supplier = Supplier(
            name: try text("name"), street: try text("street"), postcode: try text("postcode"), city: try text("city"),
            country: try text("country"),
            vatId: try text("vat_id"), taxNumber: try table.optional("tax_number")?.text(), registerCourt: try text("register_court"),
            registerNumber: try text("register_number"), phone: try text("phone"), email: try text("email"), website: try text("website"),
            iban: iban.text, bic: try table.optional("bic")?.text(), contact: try text("contact"))
        if let node = table.optional("statements") {
            let commodities = try node.table(only: Commodity.allCases.map(\.rawValue))
            for commodity in Commodity.allCases {
                supplier.statements[commodity] = try commodities.optional(commodity.rawValue).map(statements)
            }
        }
        return supplier
    }

    /// What bills of a commodity say by law beside prices and readings.
    private static func statements(_ node: StrictNode) throws(TariffFileError) -> Supplier.Statements {
        let table = try node.table(only: ["metering_operator", "network_operator_code", "notice_period", "energy_mix"])
        var statements = Supplier.Statements()
        statements.meteringOperator = try table.optional("metering_operator")?.text()
        statements.networkOperatorCode = try table.optional("network_operator_code")?.parsed(
            "code of a network operator", mend: "Write its 13 digits in quotes."
        ) { $0.utf8.count == 13 && $0.utf8.allSatisfy { (0x30...0x39).contains($0) } ? $0 : nil }
        statements.notice = try table.optional("notice_period")?.parsed("notice period", mend: "Write P14D, P4W or P1M.") {
            NoticePeriod($0)
        }
        statements.energyMix = try table.optional("energy_mix").map(label)
        return statements
    }

    // MARK: parts that several kinds of file share

    static func schema(_ table: StrictTable, _ expected: String) throws(TariffFileError) {
        let node = try table.required("schema")
        let found = try node.text()
        guard found == expected else {
            throw node.fault("this program reads \(expected), not \(found)", mend: "Write `schema: \(expected)`.")
        }
    }
    static func label(_ node: StrictNode) throws(TariffFileError) -> Label {
        let table = try node.table(only: ["de", "en"])
        // A tariff that is sold in German only has a German name in English, too.
        let german = try table.required("de").text()
        return Label(de: german, en: try table.optional("en")?.text() ?? german)
    }
    static func day(_ node: StrictNode) throws(TariffFileError) -> Day {
        // The years that local time knows: months are counted from these days, and no calendar goes on for ever.
        try node.parsed("day", mend: "Write a day like 2026-01-31.") { Day(entered: $0) }
    }
    static func range(_ entry: StrictTable) throws(TariffFileError) -> DayRange {
        let from = try day(entry.required("from"))
        let until: Day? = if let node = entry.optional("to") { try day(node) } else { nil }
        guard let range = DayRange(checked: from, until: until) else {
            throw try entry.required("to").fault("the range is empty", mend: "`to` is exclusive and lies after `from`.")
        }
        return range
    }

    /// A value without an end holds until the next begins.
    private static func timeline<Value: Sendable>(_ steps: [(range: DayRange, value: Value)], _ node: StrictNode) throws(TariffFileError)
        -> Timeline<Value>
    {
        var entries: [Timeline<Value>.Entry] = []
        for (index, step) in steps.enumerated() {
            let next = index + 1 < steps.count ? steps[index + 1].range.from : nil
            if let next, next <= step.range.from {
                throw node.fault("the days are not in order at \(next)", mend: "Put the earliest first, each day once.")
            }
            guard let range = DayRange(checked: step.range.from, until: step.range.until ?? next) else { continue }
            entries.append(.init(range, step.value))
        }
        do { return try Timeline(entries) } catch {
            throw node.fault("\(error.first) and \(error.second) overlap", mend: "Let one end where the other begins.")
        }
    }
}
