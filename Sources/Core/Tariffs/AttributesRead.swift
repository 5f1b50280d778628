internal import Values

extension TariffVersion {
    /// Names of the attributes of a contract that may move an amount of a bill by this version. A contract in which only others change is
    /// billed as if nothing had.
    ///
    /// Rather one too many than one too few: one too many cuts a line in two. Those by which a tariff chooses its customers refuse or
    /// do not, and move nothing.
    public var attributesRead: Set<String> {
        var names: Set<String> = [
            PriceComponent.resellerAttribute, TariffExample.startAttribute, "utilisationHours", "deductionMeter", "conversionFactor",
            "calorificValue",
        ]
        names.formUnion(conversion?.region.names ?? [])
        for component in components {
            names.formUnion(component.conditions.attributes.keys)
            if let tax = component.taxAttribute { names.insert(tax) }
            for rule in component.charge.attributeRules { names.formUnion(rule.names) }
        }
        for rule in breakdown { names.formUnion(rule.conditions.attributes.keys) }
        return names
    }

    /// Whether a bill by this version says the same of a contract with these attributes and with those.
    public func reads(_ attributes: [String: String], as others: [String: String]) -> Bool {
        attributes == others || attributesRead.allSatisfy { attributes[$0] == others[$0] }
    }

    /// What looks at the whole bill and comes out otherwise where the bill is computed in parts: the highest load of the year and the hours
    /// it was used, minimum, maximum, a bonus of a share, steps that are filled in the order of time.
    public var ofWholeBill: [PriceComponent] {
        components.filter { component in
            if component.conditions.utilisationHours != nil { return true }
            return switch component.charge {
            case .minimum, .maximum: true
            case .bonus(let bonus): bonus.percent != nil
            case .demand(let demand): demand.period == .year
            case .tiered(let tiers): tiers.isFilledInTime
            default: false
            }
        }
    }
}

extension Charge {
    /// Where the sizes come from that it is charged for.
    fileprivate var attributeRules: [AttributeRule] {
        switch self {
        case .sized(let sized): [sized.size]
        case .capacity(let capacity): [capacity.load]
        case .area(let area): [area.area, area.coefficient] + area.parts.map(\.area)
        case .perItem(_, let rule): [rule]
        case .indexed(let indexed): if case .load(let rule, _) = indexed.basis { [rule] } else { [] }
        case .fixed, .energy, .volume, .wasteWater, .tiered, .package, .demand, .reactive, .dynamic, .passThrough, .feedIn, .minimum,
            .maximum, .discount, .bonus:
            []
        }
    }
}
