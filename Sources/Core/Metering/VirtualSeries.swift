public import Values

/// A series that is computed from others: a sum, a difference, the balance of a node.
public struct VirtualFormula: Hashable, Sendable {
    /// A series of another point with the signed factor it counts by.
    public struct Term: Hashable, Sendable {
        public var source: Identifier<MeteringPoint>
        public var obis: ObisCode
        /// 10^-6: 1 adds, −1 takes away, 0.98 adds less two percent of loss.
        public var factorMicro: Int64
        public init(source: Identifier<MeteringPoint>, obis: ObisCode, factorMicro: Int64) {
            self.source = source
            self.obis = obis
            self.factorMicro = factorMicro
        }
    }
    public var obis: ObisCode
    public var unit: UnitCode
    public var resolution: Resolution
    public var terms: [Term]

    public init(obis: ObisCode, unit: UnitCode, resolution: Resolution, terms: [Term]) {
        self.obis = obis
        self.unit = unit
        self.resolution = resolution
        self.terms = terms
    }

    /// A term on one day.
    public struct Part: Hashable, Sendable {
        public var slots: DaySlots
        public var unit: UnitCode
        /// The source's own factor: transformer, pulse.
        public var factor: Ratio
        public init(slots: DaySlots, unit: UnitCode, factor: Ratio) {
            self.slots = slots
            self.unit = unit
            self.factor = factor
        }
    }

    /// One day: in each slot the sum of factor × consumption of its parts, rounded once, half away from zero.
    ///
    /// A slot is known only if all of its parts are; its status is that of the worst of them, measured before provisional before
    /// substituted before estimated, its method “calculated” (`VEE.EstimationMethod`, 7). Below zero is what meters of a node
    /// say that lost less than was assumed: it stays, and whoever bills it is told by the checks of bills.
    /// - Parameter parts: one per term; nil: nothing is known of it on this day. Finer rasters are summed into ours.
    /// - Throws: `Overflow`.
    public func day(_ day: Day, parts: [Part?], time: LocalTime = .berlin) throws(Overflow) -> DaySlots {
        let count = resolution.slots(of: day, in: time)
        var result = DaySlots(empty: count)
        guard parts.count == terms.count, count > 0 else { return result }
        for slot in 0..<count {
            var exact: Int128 = 0
            var worst = ValueStatus.measured
            var version: Int32 = 0
            var isKnown = !terms.isEmpty
            for (term, part) in zip(terms, parts) {
                guard let part, part.slots.count >= count, part.slots.count.isMultiple(of: count) else { isKnown = false; break }
                let finer = part.slots.count / count
                var sum: Int128 = 0
                for place in slot * finer..<(slot + 1) * finer {
                    let status = part.slots.status(place)
                    guard status.isUsable else { isKnown = false; break }
                    sum += Int128(part.slots.values[place])
                    worst = VirtualFormula.worse(worst, status)
                    version = max(version, part.slots.versions[place])
                }
                guard isKnown, let same = try part.unit.convert(micro: part.factor.times(micro: Overflow.checked(sum)), to: unit) else {
                    isKnown = false
                    break
                }
                // A product fits always; a few of them at the rim of both factors do not add up.
                let (total, isOver) = exact.addingReportingOverflow(Int128(same) * Int128(term.factorMicro))
                guard !isOver else { throw Overflow() }
                exact = total
            }
            guard isKnown else { continue }
            result.values[slot] = try Overflow.checked(Rounding.halfAwayFromZero.divide(exact, by: 1_000_000))
            result.statuses[slot] = worst.rawValue
            result.methods[slot] = VirtualFormula.calculated
            result.versions[slot] = version
        }
        return result
    }

    private static let calculated: UInt8 = 7

    private static func worse(_ left: ValueStatus, _ right: ValueStatus) -> ValueStatus {
        let order: [ValueStatus] = [.measured, .provisional, .substituted, .estimated]
        return (order.firstIndex(of: left) ?? 0) >= (order.firstIndex(of: right) ?? 0) ? left : right
    }
}
