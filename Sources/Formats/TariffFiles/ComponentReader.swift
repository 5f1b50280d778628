internal import Tariffs
internal import Values

/// Price components: each type has its own keys, and a key of another type is a mistake.
enum ComponentReader {
    enum Kind: String, CaseIterable {
        case fixed, sized, energy, volume, wasteWater = "waste_water", tiered, package, includedQuantity = "included_quantity"
        case capacity, area, perItem = "per_item", demand, reactive, indexed, dynamic, passThrough = "pass_through", feedIn = "feed_in"
        case minimum, maximum, discount, bonus
    }
    private static let common = ["id", "label", "type", "service", "vat", "vat_by", "when"]

    static func component(_ node: StrictNode, _ commodity: Commodity, zones: [String] = []) throws(TariffFileError) -> PriceComponent {
        let any = try node.anyTable()
        let kind = try any.required("type").choice(Kind.self)
        let reader = ChargeReader(kind: kind, zones: zones)
        let table = try node.table(only: common + keys(kind, any))
        let charge = try reader.charge(table)
        let usual: BilledService = kind == .feedIn ? .feedIn : kind == .wasteWater ? .wastewater : BilledService(commodity)
        return PriceComponent(
            id: try any.required("id").parsed("id", mend: "Use lower-case letters, digits and `_`.") { name in
                name.utf8.allSatisfy { (97...122).contains($0) || (48...57).contains($0) || $0 == 95 } ? name : nil
            },
            label: try SeriesReader.label(any.required("label")),
            service: try any.optional("service")?.choice(BilledService.self) ?? usual,
            tax: try any.optional("vat")?.choice(TaxTreatment.self) ?? .commodity,
            taxAttribute: try any.optional("vat_by")?.text(),
            conditions: try ConditionReader.conditions(any.optional("when")), charge: charge)
    }

    /// The keys of a type beside those of all.
    private static func keys(_ kind: Kind, _ any: StrictTable) -> [String] {
        switch kind {
        case .fixed: ["per", "price"]
        case .sized: ["per", "attribute", "default", "steps"]
        // The register with steps is a tiered price, whatever it is called.
        case .energy: any.optional("tiers") == nil ? ["register", "unit", "price"] : ["register", "unit", "tiers"]
        case .volume, .wasteWater: ["unit", "price"]
        case .tiered: ["register", "unit", "tiers"]
        case .package: ["register", "unit", "per", "steps", "excess"]
        case .includedQuantity: ["register", "unit", "quantity", "price"]
        case .capacity: ["per", "attribute", "default", "price"]
        case .area: ["per", "attribute", "coefficient", "default_coefficient", "round", "price", "partial"]
        case .perItem: ["per", "attribute", "default", "price"]
        case .demand: ["per", "unit", "price"]
        case .reactive: ["unit", "price", "free_percent"]
        case .indexed: ["register", "unit", "per", "attribute", "default", "price", "formula", "indices", "adjusted_in", "places"]
        case .dynamic: ["series", "unit", "markup", "cap", "floor"]
        case .passThrough: ["register", "series"]
        case .feedIn: ["unit", "price"]
        case .minimum, .maximum: ["per", "price", "of"]
        case .discount: ["of", "percent", "per", "price", "unit", "quantity"]
        case .bonus: ["kind", "after_months", "every_months", "amount", "percent", "of"]
        }
    }

    static func seriesKey(_ node: StrictNode) throws(TariffFileError) -> SeriesKey {
        try node.parsed("name of a series", mend: "Write set/name, like de-strom/stromsteuer.") { SeriesKey($0) }
    }
}
