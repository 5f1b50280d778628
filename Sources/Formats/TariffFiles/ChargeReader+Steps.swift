internal import Tariffs
internal import Values

extension ChargeReader {
    func sizeSteps(_ table: StrictTable) throws(TariffFileError) -> [SizedPrice.Step] {
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

    func tiers(_ table: StrictTable) throws(TariffFileError) -> TieredPrice {
        let (unit, scale) = try quantityUnit(table)
        let tierTable = try table.required("tiers").table(only: ["basis", "split", "method", "steps"])
        guard try tierTable.required("basis").text() == "annual" else {
            throw try tierTable.required("basis").fault("limits are per year", mend: "Write annual.")
        }
        var steps: [TieredPrice.Step] = []
        for item in try tierTable.required("steps").list() {
            let step = try item.table(only: ["up_to", "price"])
            let price: Int64 = try step.required("price").quotedNumber("price") { DecimalText.parse($0, scale: scale) }
            steps.append(.init(upTo: try limit(step, after: steps.last.map(\.upTo)), hundredMillionths: price))
        }
        try open(steps.last.map(\.upTo), tierTable)
        let method = try tierTable.optional("method")?.choice(TieredPrice.Method.self) ?? .graduated
        let split = try tierTable.required("split").choice(TieredPrice.Split.self)
        let tiers = TieredPrice(register: try register(table), unit: unit, method: method, split: split, steps: steps)
        if method == .volume, tiers.isFilledInTime {
            throw tierTable.at.fault(
                "the whole quantity has one step, which has no order in time", mend: "Write `split: proportional` or `split: shared`.")
        }
        return tiers
    }

    /// So much is included in the base price: a first step at nothing.
    func included(_ table: StrictTable) throws(TariffFileError) -> TieredPrice {
        let (unit, scale) = try quantityUnit(table)
        let node = try table.required("quantity")
        let free = try micro(node, "quantity a year")
        guard free > 0 else { throw node.fault("nothing is included", mend: "Write the quantity of a year, or `type: energy`.") }
        let price: Int64 = try table.required("price").quotedNumber("price") { DecimalText.parse($0, scale: scale) }
        return TieredPrice(
            register: try register(table), unit: unit,
            steps: [.init(upTo: free, hundredMillionths: 0), .init(upTo: nil, hundredMillionths: price)])
    }

    func package(_ table: StrictTable) throws(TariffFileError) -> PackagePrice {
        let (unit, scale) = try quantityUnit(table)
        let list = try table.required("steps")
        var steps: [PackagePrice.Step] = []
        for item in try list.list() {
            let step = try item.table(only: ["up_to", "price"])
            let price: Int64 = try step.required("price").quotedNumber("price in euros") { DecimalText.parse($0, scale: 8) }
            guard let upTo = try limit(step, after: steps.last.map { .some($0.upTo) }) else {
                throw step.at.fault("a package has a size", mend: "Add `up_to`; what lies above the last is charged as `excess`.")
            }
            steps.append(.init(upTo: upTo, price: Price(hundredMillionths: price, time: try time(table))))
        }
        guard !steps.isEmpty else { throw list.fault("no package", mend: "Add a step.") }
        return PackagePrice(
            register: try register(table), unit: unit, steps: steps,
            excess: try table.required("excess").quotedNumber("price") { DecimalText.parse($0, scale: scale) })
    }

    func area(_ table: StrictTable) throws(TariffFileError) -> AreaPrice {
        let price: UnitPrice<SquareMetre> = try table.required("price").quotedNumber("price in EUR/m²") {
            UnitPrice<SquareMetre>(euros: $0)
        }
        var parts: [AreaPrice.Part] = []
        if let node = table.optional("partial") {
            for item in try node.list() {
                let part = try item.table(only: ["attribute", "percent"])
                parts.append(
                    .init(
                        area: AttributeRule(names: try names(part.required("attribute")), fallback: nil),
                        factor: try percent(part.required("percent"))))
            }
        }
        return AreaPrice(
            price: price, time: try time(table), area: AttributeRule(names: try names(table.required("attribute")), fallback: nil),
            coefficient: AttributeRule(
                names: try table.optional("coefficient").map(names) ?? [], fallback: try table.optional("default_coefficient")?.quoted()),
            parts: parts, rounding: try table.required("round").choice(Rounding.self))
    }

    /// The limit of a step, above that of the step before.
    private func limit(_ step: StrictTable, after previous: Int64??) throws(TariffFileError) -> Int64? {
        if case .some(.none) = previous { throw step.at.fault("a step behind the open one", mend: "Only the last step has no `up_to`.") }
        guard let node = step.optional("up_to") else { return nil }
        let limit: Int64 = try node.quotedNumber("limit") { DecimalText.parse($0, scale: 6) }
        let floor = (previous ?? nil) ?? 0
        guard limit > floor else { throw node.fault("the limits do not ascend", mend: "Put the smallest first.") }
        return limit
    }
    private func open(_ last: Int64??, _ table: StrictTable) throws(TariffFileError) {
        guard case .some(.none) = last else { throw table.at.fault("the last step has a limit", mend: "End with a step without `up_to`.") }
    }
}
