internal import Tariffs
internal import Values

/// How a component is charged, by its type.
struct ChargeReader {
    let kind: ComponentReader.Kind
    /// Zones of the tariff's calendar.
    let zones: [String]

    func charge(_ table: StrictTable) throws(TariffFileError) -> Charge {
        switch kind {
        case .fixed: return .fixed(try timePrice(table, table.required("price")))
        case .sized: return .sized(SizedPrice(size: try attribute(table), steps: try sizeSteps(table)))
        case .energy:
            if table.optional("tiers") != nil { return .tiered(try tiers(table)) }
            try unit(table, "ct/kWh")
            return .energy(try register(table), try energyPrice(table.required("price")))
        case .volume:
            try unit(table, "EUR/m3")
            return .volume(try table.required("price").quotedNumber("price in EUR/m³") { UnitPrice<CubicMetre>(euros: $0) })
        case .wasteWater:
            try unit(table, "EUR/m3")
            return .wasteWater(try table.required("price").quotedNumber("price in EUR/m³") { UnitPrice<CubicMetre>(euros: $0) })
        case .tiered: return .tiered(try tiers(table))
        case .package: return .package(try package(table))
        case .includedQuantity: return .tiered(try included(table))
        case .capacity:
            let price: UnitPrice<Kilowatt> = try table.required("price").quotedNumber("price in EUR/kW") { UnitPrice<Kilowatt>(euros: $0) }
            return .capacity(CapacityPrice(price: price, time: try time(table), load: try attribute(table)))
        case .area: return .area(try area(table))
        case .perItem: return .perItem(try timePrice(table, table.required("price")), attribute: try attribute(table))
        case .demand:
            try unit(table, "EUR/kW")
            let price: UnitPrice<Kilowatt> = try table.required("price").quotedNumber("price in EUR/kW") { UnitPrice<Kilowatt>(euros: $0) }
            return .demand(DemandPrice(price: price, period: try table.required("per").choice(DemandPrice.Period.self)))
        case .reactive:
            try unit(table, "ct/kvarh")
            return .reactive(
                ReactivePrice(
                    hundredMillionths: try table.required("price").quotedNumber("price in ct/kvarh") { DecimalText.parse($0, scale: 6) },
                    freeShare: try percent(table.required("free_percent"))))
        case .indexed: return .indexed(try indexed(table))
        case .dynamic: return .dynamic(try dynamic(table))
        case .passThrough: return .passThrough(try ComponentReader.seriesKey(table.required("series")), try register(table))
        case .feedIn:
            try unit(table, "ct/kWh")
            return .feedIn(try energyPrice(table.required("price")))
        case .minimum: return .minimum(try timePrice(table, table.required("price")), of: try list(table.required("of")))
        case .maximum: return .maximum(try timePrice(table, table.required("price")), of: try list(table.required("of")))
        case .discount: return .discount(try discount(table), of: try list(table.required("of")))
        case .bonus: return .bonus(try bonus(table))
        }
    }

    // MARK: parts that several types share

    func unit(_ table: StrictTable, _ expected: String) throws(TariffFileError) {
        let node = try table.required("unit")
        guard try node.text() == expected else {
            throw node.fault("this type is priced in \(expected)", mend: "Write `unit: \(expected)`.")
        }
    }
    func register(_ table: StrictTable) throws(TariffFileError) -> MeasuredRegister {
        guard let node = table.optional("register") else { return .total }
        return try ChargeReader.register(node, zones: zones)
    }
    static func register(_ node: StrictNode, zones: [String]) throws(TariffFileError) -> MeasuredRegister {
        let known = ["ET", "HT", "NT"] + zones
        return try node.parsed("known word", mend: "Write one of: \(known.joined(separator: ", ")).") { word in
            guard known.contains(word) else { return nil }
            // A calendar whose zones are called HT and NT is asked where the meter has no such registers.
            return MeasuredRegister(rawValue: word)
        }
    }
    func time(_ table: StrictTable) throws(TariffFileError) -> Price.Time { try table.required("per").choice(Price.Time.self) }
    func timePrice(_ table: StrictTable, _ node: StrictNode) throws(TariffFileError) -> Price {
        let value: Int64 = try node.quotedNumber("price in euros") { DecimalText.parse($0, scale: 8) }
        return Price(hundredMillionths: value, time: try time(table))
    }
    func energyPrice(_ node: StrictNode) throws(TariffFileError) -> UnitPrice<KilowattHour> {
        let value: Int64 = try node.quotedNumber("price in ct/kWh with at most six places") {
            UnitPrice<KilowattHour>(cents: $0)?.hundredMillionths
        }
        return UnitPrice(hundredMillionths: value)
    }
    /// One name or a list of names, the first known one counts.
    func names(_ node: StrictNode) throws(TariffFileError) -> [String] {
        guard (try? node.list()) != nil else { return [try node.text()] }
        return try list(node)
    }
    func list(_ node: StrictNode) throws(TariffFileError) -> [String] {
        var names: [String] = []
        for item in try node.list() { names.append(try item.text()) }
        guard !names.isEmpty else { throw node.fault("the list is empty", mend: "Name at least one.") }
        return names
    }
    func attribute(_ table: StrictTable) throws(TariffFileError) -> AttributeRule {
        AttributeRule(names: try names(table.required("attribute")), fallback: try table.optional("default")?.quoted())
    }
    func percent(_ node: StrictNode) throws(TariffFileError) -> Ratio {
        Ratio(
            millionths: try node.quotedNumber("percentage of 0 to 100 with at most four places") { text in
                DecimalText.parse(text, scale: 4).flatMap { (0...1_000_000).contains($0) ? $0 : nil }
            })
    }
    func micro(_ node: StrictNode, _ what: String) throws(TariffFileError) -> Int64 {
        try node.quotedNumber(what) { text in DecimalText.parse(text, scale: 6).flatMap { $0 >= 0 ? $0 : nil } }
    }
    func whole(_ node: StrictNode, _ range: ClosedRange<Int>) throws(TariffFileError) -> Int {
        try node.parsed("whole number from \(range.lowerBound) to \(range.upperBound)", mend: "Write one.") { text in
            Int(text).flatMap { range.contains($0) ? $0 : nil }
        }
    }
    /// kWh or m³, and the scale of its price.
    func quantityUnit(_ table: StrictTable) throws(TariffFileError) -> (unit: UnitCode, scale: Int) {
        let node = try table.required("unit")
        switch try node.text() {
        case "ct/kWh": return (.kilowattHour, 6)
        case "EUR/m3": return (.cubicMetre, 8)
        default: throw node.fault("no unit of quantities", mend: "Write ct/kWh or EUR/m3.")
        }
    }
}
