internal import Tariffs
internal import Values

/// Price components: each type has its own keys, and a key of another type is a mistake.
enum ComponentReader {
    private enum Kind: String, CaseIterable {
        case fixed, sized, energy, volume, tiered, capacity, area, perItem = "per_item", passThrough = "pass_through", minimum
    }
    private static let common = ["id", "label", "type", "service", "vat"]

    static func component(_ node: StrictNode, _ commodity: Commodity) throws(TariffFileError) -> PriceComponent {
        let any = try node.anyTable()
        let kind = try any.required("type").choice(Kind.self)
        let charge: Charge
        switch kind {
        case .fixed:
            let table = try node.table(only: common + ["per", "price"])
            charge = .fixed(try timePrice(table, table.required("price")))
        case .sized:
            let table = try node.table(only: common + ["per", "attribute", "default", "steps"])
            charge = .sized(SizedPrice(size: try attribute(table), steps: try sizeSteps(table)))
        case .energy:
            let table = try node.table(only: common + ["register", "unit", "price"])
            try unit(table, "ct/kWh")
            let register = try register(table)
            charge = .energy(
                register,
                try table.required("price").quotedNumber("price in ct/kWh with at most six places") { UnitPrice<KilowattHour>(cents: $0) })
        case .volume:
            let table = try node.table(only: common + ["unit", "price"])
            try unit(table, "EUR/m3")
            charge = .volume(try table.required("price").quotedNumber("price in EUR/m³") { UnitPrice<CubicMetre>(euros: $0) })
        case .tiered:
            let table = try node.table(only: common + ["register", "unit", "tiers"])
            charge = .tiered(try tiers(table))
        case .capacity:
            let table = try node.table(only: common + ["per", "attribute", "default", "price"])
            let price: UnitPrice<Kilowatt> = try table.required("price").quotedNumber("price in EUR/kW") { UnitPrice<Kilowatt>(euros: $0) }
            charge = .capacity(CapacityPrice(price: price, time: try time(table), load: try attribute(table)))
        case .area:
            let table = try node.table(only: common + ["per", "attribute", "coefficient", "default_coefficient", "round", "price"])
            let price: UnitPrice<SquareMetre> = try table.required("price").quotedNumber("price in EUR/m²") {
                UnitPrice<SquareMetre>(euros: $0)
            }
            charge = .area(
                AreaPrice(
                    price: price, time: try time(table), area: AttributeRule(names: try names(table.required("attribute")), fallback: nil),
                    coefficient: AttributeRule(
                        names: try names(table.required("coefficient")), fallback: try table.optional("default_coefficient")?.quoted()),
                    rounding: try table.required("round").choice(Rounding.self)))
        case .perItem:
            let table = try node.table(only: common + ["per", "attribute", "default", "price"])
            charge = .perItem(try timePrice(table, table.required("price")), attribute: try attribute(table))
        case .passThrough:
            let table = try node.table(only: common + ["register", "series"])
            charge = .passThrough(try seriesKey(table.required("series")), try register(table))
        case .minimum:
            let table = try node.table(only: common + ["per", "price", "of"])
            var of: [String] = []
            for item in try table.required("of").list() { of.append(try item.text()) }
            charge = .minimum(try timePrice(table, table.required("price")), of: of)
        }
        return PriceComponent(
            id: try any.required("id").parsed("id", mend: "Use lower-case letters, digits and `_`.") { name in
                name.utf8.allSatisfy { (97...122).contains($0) || (48...57).contains($0) || $0 == 95 } ? name : nil
            },
            label: try SeriesReader.label(any.required("label")),
            service: try any.optional("service")?.choice(BilledService.self) ?? BilledService(commodity),
            tax: try any.optional("vat")?.choice(TaxTreatment.self) ?? .commodity,
            charge: charge)
    }

    static func seriesKey(_ node: StrictNode) throws(TariffFileError) -> SeriesKey {
        try node.parsed("name of a series", mend: "Write set/name, like de-strom/stromsteuer.") { SeriesKey($0) }
    }

    private static func unit(_ table: StrictTable, _ expected: String) throws(TariffFileError) {
        let node = try table.required("unit")
        guard try node.text() == expected else {
            throw node.fault("this type is priced in \(expected)", mend: "Write `unit: \(expected)`.")
        }
    }
    private static func register(_ table: StrictTable) throws(TariffFileError) -> MeasuredRegister {
        try table.optional("register")?.choice(MeasuredRegister.self) ?? .total
    }
    private static func time(_ table: StrictTable) throws(TariffFileError) -> Price.Time {
        try table.required("per").choice(Price.Time.self)
    }
    private static func timePrice(_ table: StrictTable, _ node: StrictNode) throws(TariffFileError) -> Price {
        let value: Int64 = try node.quotedNumber("price in euros") { DecimalText.parse($0, scale: 8) }
        return Price(hundredMillionths: value, time: try time(table))
    }
    /// One name or a list of names, the first known one counts.
    private static func names(_ node: StrictNode) throws(TariffFileError) -> [String] {
        guard (try? node.list()) != nil else { return [try node.text()] }
        var names: [String] = []
        for item in try node.list() { names.append(try item.text()) }
        return names
    }
    private static func attribute(_ table: StrictTable) throws(TariffFileError) -> AttributeRule {
        AttributeRule(names: try names(table.required("attribute")), fallback: try table.optional("default")?.quoted())
    }

    private static func sizeSteps(_ table: StrictTable) throws(TariffFileError) -> [SizedPrice.Step] {
        var steps: [SizedPrice.Step] = []
        for item in try table.required("steps").list() {
            let step = try item.table(only: ["up_to", "price"])
            let price: Int64 = try step.required("price").quotedNumber("price in euros") { DecimalText.parse($0, scale: 8) }
            steps.append(
                .init(upTo: try limit(step, after: steps.last.map(\.upTo)), price: Price(hundredMillionths: price, time: try time(table))))
        }
        try open(steps.last.map(\.upTo), table)
        return steps
    }

    private static func tiers(_ table: StrictTable) throws(TariffFileError) -> TieredPrice {
        let unitNode = try table.required("unit")
        let word = try unitNode.text()
        let isEnergy = word == "ct/kWh"
        guard isEnergy || word == "EUR/m3" else { throw unitNode.fault("no unit of tiers", mend: "Write ct/kWh or EUR/m3.") }
        let tierTable = try table.required("tiers").table(only: ["basis", "split", "steps"])
        guard try tierTable.required("basis").text() == "annual" else {
            throw try tierTable.required("basis").fault("limits are per year", mend: "Write annual.")
        }
        guard try tierTable.required("split").text() == "proportional" else {
            throw try tierTable.required("split").fault("limits are shared by days", mend: "Write proportional.")
        }
        var steps: [TieredPrice.Step] = []
        for item in try tierTable.required("steps").list() {
            let step = try item.table(only: ["up_to", "price"])
            let price: Int64 = try step.required("price").quotedNumber("price") { DecimalText.parse($0, scale: isEnergy ? 6 : 8) }
            steps.append(.init(upTo: try limit(step, after: steps.last.map(\.upTo)), hundredMillionths: price))
        }
        try open(steps.last.map(\.upTo), tierTable)
        return TieredPrice(register: try register(table), unit: isEnergy ? .kilowattHour : .cubicMetre, steps: steps)
    }

    /// The limit of a step, above that of the step before.
    private static func limit(_ step: StrictTable, after previous: Int64??) throws(TariffFileError) -> Int64? {
        if case .some(.none) = previous { throw step.at.fault("a step behind the open one", mend: "Only the last step has no `up_to`.") }
        guard let node = step.optional("up_to") else { return nil }
        let limit: Int64 = try node.quotedNumber("limit") { DecimalText.parse($0, scale: 6) }
        let floor = (previous ?? nil) ?? 0
        guard limit > floor else { throw node.fault("the limits do not ascend", mend: "Put the smallest first.") }
        return limit
    }
    private static func open(_ last: Int64??, _ table: StrictTable) throws(TariffFileError) {
        guard case .some(.none) = last else { throw table.at.fault("the last step has a limit", mend: "End with a step without `up_to`.") }
    }
}
