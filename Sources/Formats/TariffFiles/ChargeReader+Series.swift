internal import Tariffs
internal import Values

extension ChargeReader {
    func dynamic(_ table: StrictTable) throws(TariffFileError) -> DynamicPrice {
        try unit(table, "ct/kWh")
        func price(_ key: String) throws(TariffFileError) -> Int64? {
            try table.optional(key)?.quotedNumber("price in ct/kWh with at most six places") { DecimalText.parse($0, scale: 6) }
        }
        let dynamic = DynamicPrice(
            series: try ComponentReader.seriesKey(table.required("series")), markup: try price("markup") ?? 0, cap: try price("cap"),
            floor: try price("floor"))
        if let cap = dynamic.cap, let floor = dynamic.floor, cap < floor {
            throw try table.required("cap").fault("the cap lies below the floor", mend: "Exchange them.")
        }
        return dynamic
    }

    func indexed(_ table: StrictTable) throws(TariffFileError) -> IndexedPrice {
        let basis: IndexedPrice.Basis
        let price: Price
        let node = try table.required("price")
        if table.optional("per") == nil {
            try unit(table, "ct/kWh")
            basis = .energy(try register(table))
            price = Price(try energyPrice(node))
        } else {
            let value: Int64 = try node.quotedNumber("price in euros") { DecimalText.parse($0, scale: 8) }
            let time = try time(table)
            if table.optional("attribute") != nil {
                basis = .load(try attribute(table), time)
                price = Price(hundredMillionths: value, unit: .kilowatt, time: time)
            } else {
                basis = .time(time)
                price = Price(hundredMillionths: value, time: time)
            }
        }
        let indexNode = try table.required("indices")
        let members = try indexNode.anyTable()
        var indices: [IndexedPrice.Index] = []
        var weights: [(name: String, weight: String)] = []
        for name in members.names {
            let (index, weight) = try index(name, members.required(name))
            indices.append(index)
            if let weight { weights.append((name, weight)) }
        }
        guard !indices.isEmpty else { throw indexNode.fault("no index", mend: "Name at least one, or use `type: energy`.") }
        let months = try table.required("adjusted_in")
        var adjustedIn: [Int] = []
        for item in try months.list() { adjustedIn.append(try whole(item, 1...12)) }
        guard !adjustedIn.isEmpty else { throw months.fault("the price is never set", mend: "Write months like [1, 4, 7, 10].") }
        return IndexedPrice(
            basis: basis, price: price, formula: try formula(table, members, weights), indices: indices, adjustedIn: adjustedIn,
            places: try table.optional("places").map { node throws(TariffFileError) in try whole(node, 0...6) } ?? 4)
    }

    /// The formula as it is written, or P₀ · Σ wᵢ · Iᵢ ÷ Iᵢ₀ from weights that add up to one.
    private func formula(_ table: StrictTable, _ members: StrictTable, _ weights: [(name: String, weight: String)]) throws(TariffFileError)
        -> Formula
    {
        if let node = table.optional("formula") {
            guard weights.isEmpty else { throw node.fault("a formula and weights", mend: "Keep one of them.") }
            let formula: Formula
            do { formula = try Formula(parsing: try node.text()) } catch let fault as Formula.Fault {
                throw node.fault("at place \(fault.offset + 1): \(fault.message)", mend: "Known are + − × ÷, round, min, max, avg.")
            } catch let error as TariffFileError { throw error } catch { throw node.fault("no formula", mend: "Write one.") }
            let known = ["P0"] + members.names + members.names.map { $0 + "0" }
            if let name = formula.names.first(where: { !known.contains($0) }) {
                throw node.fault("\(name) is no index of this component", mend: "Known are \(known.joined(separator: ", ")).")
            }
            return formula
        }
        guard weights.count == members.names.count else {
            throw table.at.fault("neither a formula nor a weight for each index", mend: "Add `formula:` or `weight:` to each index.")
        }
        // One by one, so that no two of them leave the range together.
        var sum: Int64 = 0
        for weight in weights {
            let own = DecimalText.parse(weight.weight, scale: 6) ?? 0
            guard (0...1_000_000).contains(own), sum + own <= 1_000_000 else {
                throw members.at.fault("the weights are not between 0 and 1 together", mend: "They are at most 1 together, none below 0.")
            }
            sum += own
        }
        // What no index moves stays as it is.
        let constant = sum < 1_000_000 ? [DecimalText.format(1_000_000 - sum, scale: 6)] : []
        let terms = constant + weights.map { "\($0.weight) × \($0.name) ÷ \($0.name)0" }
        do { return try Formula(parsing: "P0 × (\(terms.joined(separator: " + ")))") } catch {
            throw members.at.fault(error.message, mend: "Name indices with letters.")
        }
    }

    private func index(_ name: String, _ node: StrictNode) throws(TariffFileError) -> (IndexedPrice.Index, weight: String?) {
        let table = try node.table(only: ["series", "kind", "base", "months", "lag", "places", "weight", "links"])
        guard name.utf8.allSatisfy({ (65...90).contains($0) || (97...122).contains($0) }), name != "P" else {
            throw node.fault("\(name) is no name of an index", mend: "Use letters, and not P.")
        }
        var links: [IndexedPrice.Index.Link] = []
        if let list = table.optional("links") {
            for item in try list.list() {
                let link = try item.table(only: ["series", "until", "factor"])
                links.append(
                    .init(
                        series: try ComponentReader.seriesKey(link.required("series")), until: try SeriesReader.day(link.required("until")),
                        factor: Ratio(millionths: try micro(link.required("factor"), "factor"))))
            }
        }
        let base = try table.required("base")
        let value = try micro(base, "base value")
        guard value > 0 else { throw base.fault("the base is nothing", mend: "Write the index of the contract's beginning.") }
        let weight = table.optional("weight")
        if let weight { _ = try micro(weight, "weight") }
        let index = IndexedPrice.Index(
            name: name, series: try ComponentReader.seriesKey(table.required("series")),
            kind: try table.required("kind").choice(IndexedPrice.Index.Kind.self), base: value,
            months: try table.optional("months").map { node throws(TariffFileError) in try whole(node, 1...60) } ?? 1,
            lag: try table.optional("lag").map { node throws(TariffFileError) in try whole(node, 0...60) } ?? 0,
            places: try table.optional("places").map { node throws(TariffFileError) in try whole(node, 0...6) } ?? 2, links: links)
        return (index, try weight?.quoted())
    }

    func discount(_ table: StrictTable) throws(TariffFileError) -> Discount {
        let ways = ["percent", "price", "quantity"].filter { table.optional($0) != nil }
        guard ways.count == 1, let way = ways.first else {
            throw table.at.fault("a discount is a percentage, a price or a quantity", mend: "Write one of: percent, price, quantity.")
        }
        switch way {
        case "percent": return .percent(try percent(table.required("percent")))
        case "quantity":
            let (unit, _) = try quantityUnit(table)
            return .quantity(try micro(table.required("quantity"), "quantity a year"), unit)
        default:
            if table.optional("per") != nil { return .amount(try timePrice(table, table.required("price"))) }
            let (unit, scale) = try quantityUnit(table)
            return .price(try table.required("price").quotedNumber("price") { DecimalText.parse($0, scale: scale) }, unit)
        }
    }

    func bonus(_ table: StrictTable) throws(TariffFileError) -> Bonus {
        let amount: Money? = try table.optional("amount")?.quotedNumber("amount in euros") { Money($0) }
        let share = try table.optional("percent").map(percent)
        guard (amount == nil) != (share == nil) else {
            throw table.at.fault("a bonus is an amount or a percentage", mend: "Write one of: amount, percent.")
        }
        return Bonus(
            kind: try table.required("kind").choice(Bonus.Kind.self), afterMonths: try whole(table.required("after_months"), 0...600),
            everyMonths: try table.optional("every_months").map { node throws(TariffFileError) in try whole(node, 1...120) },
            amount: amount,
            percent: share, of: share == nil ? [] : try list(table.required("of")))
    }
}
