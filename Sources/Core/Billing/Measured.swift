internal import Metering
internal import Tariffs
internal import Values

/// The consumption of a case, ready to be asked for a register and a span in the unit of a price.
struct Measured {
    private let usage: [UsagePiece]
    private let intervals: [IntervalUsage]
    /// Of the contract on the days that are asked for.
    var attributes: [String: String] { didSet { deducted = BilledContract.deductionMeters(attributes) } }
    private let prices: PriceCatalog
    private let form: BillForm
    /// Meters behind the main one whose water does not reach the sewer.
    private var deducted: [Substring]
    /// Those of all terms of the bill.
    private let beside: [Substring]
    var deducts: Bool { !deducted.isEmpty }
    /// What was asked for before: most components ask for the same register of the same stretch.
    private var known: [Known] = []
    private var zones: [(days: DayRange, parts: [[LinePart]])] = []

    private struct Known {
        let register: MeasuredRegister
        let unit: UnitCode
        let days: DayRange
        let parts: [LinePart]
    }

    init(
        _ usage: [UsagePiece], _ intervals: [IntervalUsage], _ attributes: [String: String], _ prices: PriceCatalog, _ form: BillForm,
        terms: [AgreedTerms] = []
    ) {
        self.form = form
        // One order, whatever order the pieces came in: bills do not depend on it.
        self.usage = usage.ordered { ($0.range.from, $0.serial, $0.obis) < ($1.range.from, $1.serial, $1.obis) }
        self.intervals = intervals.ordered { ($0.days.from, $0.serial, $0.obis) < ($1.days.from, $1.serial, $1.obis) }
        self.attributes = attributes
        self.prices = prices
        deducted = BilledContract.deductionMeters(attributes)
        var beside = deducted
        for agreed in terms { beside += BilledContract.deductionMeters(agreed.attributes) }
        self.beside = beside
    }

    /// The parts of a register in `span`, in order of days.
    ///
    /// - Parameter stretch: the days of the version around it, in which nothing of the conversion changes.
    /// - Throws: if they do not cover the span, reach over its ends, or cannot be brought to `unit`.
    mutating func parts(
        _ register: MeasuredRegister, unit: UnitCode, span: DayRange, in stretch: BillPlan.Stretch
    ) throws(BillingProblem) -> [LinePart] {
        if let parts = try zoneParts(register, span, stretch.version) { return parts }
        let place = try find(register, unit: unit, stretch)
        var parts = known[place].parts
        if span != stretch.range {
            parts.removeAll { !$0.piece.range.overlaps(span) }
            for part in parts where !span.contains(part.piece.range) {
                throw .usageNotCut(serial: part.piece.serial, part.piece.range)
            }
        }
        // Most houses have no meter in the garden.
        if register != .deduction { try refuseGaps(parts, register, span) }
        return parts
    }

    /// All that was drawn over some days of a stretch, whatever register it is priced by, in 10^-6 of `unit`; nothing if nothing is
    /// known.
    mutating func total(unit: UnitCode, _ span: DayRange, of stretch: BillPlan.Stretch) throws(BillingProblem) -> Int128 {
        let place = try find(.total, unit: unit, stretch)
        var sum: Int128 = 0
        // Intervals are no pieces of registers: they are added up for just these days.
        if known[place].parts.isEmpty, unit == .kilowattHour {
            let found = drawn(span)
            try refuseAmbiguous(found)
            for entry in found { sum += Int128(try Measured.part(entry.usage, entry.days).micro) }
        }
        for index in known[place].parts.indices where span == stretch.range || span.contains(known[place].parts[index].piece.range) {
            sum += Int128(known[place].parts[index].micro)
        }
        return sum
    }

    /// The energy of all intervals of some days, whichever devices counted it; 10^-6 kWh.
    func drawnEnergy(_ span: DayRange) throws(BillingProblem) -> Int64 {
        var sum: Int64 = 0
        for entry in try covering(span, .demand) {
            let (more, over) = sum.addingReportingOverflow(try Measured.part(entry.usage, entry.days).micro)
            if over { throw .overflow }
            sum = more
        }
        return sum
    }

    /// The place in `known` of what a register counted over a stretch, told first if nobody asked before.
    private mutating func find(
        _ register: MeasuredRegister, unit: UnitCode, _ stretch: BillPlan.Stretch
    ) throws(BillingProblem) -> Int {
        for place in known.indices
        where known[place].unit == unit && known[place].days == stretch.range && known[place].register == register {
            return place
        }
        let parts = try parts(register, unit: unit, stretch.range, stretch.version)
        known.append(Known(register: register, unit: unit, days: stretch.range, parts: parts))
        return known.count - 1
    }

    private func parts(
        _ register: MeasuredRegister, unit: UnitCode, _ stretch: DayRange, _ version: TariffVersion
    ) throws(BillingProblem) -> [LinePart] {
        var pieces = select(register, unit.dimension)
        if unit == .kilowattHour, version.conversion != nil {
            // Gas is counted in m³, or in kWh, or in the one after the other where a meter was exchanged. What a device or its days
            // tell in kWh already is not told again by its m³.
            let told = pieces.map { usage[$0] }
            let volumes = withoutConverted(select(register, .volume)).filter { place in
                !told.contains { $0.serial == usage[place].serial || $0.range.intersection(usage[place].range) != nil }
            }
            pieces = (pieces + volumes).sorted()
        }
        try refuseAmbiguous(pieces)
        var parts: [LinePart] = []
        parts.reserveCapacity(pieces.count)
        for place in pieces {
            guard let common = usage[place].range.intersection(stretch) else { continue }
            guard common == usage[place].range else { throw .usageNotCut(serial: usage[place].serial, usage[place].range) }
            if version.rules.consumption == .none, [.profile, .dayLinear].contains(usage[place].division) {
                throw .divided(serial: usage[place].serial, usage[place].range)
            }
            let isVolumeOfGas = unit == .kilowattHour && usage[place].quantity.unit.dimension == .volume
            parts.append(try part(usage[place], unit: unit, conversion: isVolumeOfGas ? version.conversion : nil))
        }
        return parts
    }

    /// Places in `usage`.
    private func select(_ register: MeasuredRegister, _ dimension: UnitCode.Dimension) -> [Int] {
        var places: [Int] = []
        for place in usage.indices where usage[place].quantity.unit.dimension == dimension && isCounted(place, register, dimension) {
            places.append(place)
        }
        return places
    }
    private func isCounted(_ place: Int, _ register: MeasuredRegister, _ dimension: UnitCode.Dimension) -> Bool {
        let obis = usage[place].obis
        switch register {
        case .feedIn: return obis.isFeedIn && obis.e == 0
        case .deduction: return isDeducted(usage[place])
        case .high: return usage[place].tariffRegister == .high && !obis.isFeedIn
        case .low: return usage[place].tariffRegister == .low && !obis.isFeedIn
        case .reactive: return obis.c == 3 && obis.e == 0
        case .total:
            guard isDrawn(place) else { return false }
            // E = 0 counts everything. A meter without it counts in parts, HT, NT and whatever tariffs it has beside them:
            // together they are the total. A part beside a total would be charged twice.
            return obis.e == 0
                || !usage.indices.contains {
                    usage[$0].obis.e == 0 && usage[$0].quantity.unit.dimension == dimension && isDrawn($0)
                        && usage[$0].serial == usage[place].serial
                }
        case .demand, .zone: return false
        }
    }
    private func isDrawn(_ place: Int) -> Bool {
        // A meter that other terms of the bill leave out is no main meter on the days of these: it hangs somewhere else.
        !usage[place].obis.isFeedIn && !beside.contains { $0 == usage[place].serial }
    }
    /// A corrector shows what the meter counts beside what it makes of it; of one meter's gas the normal volume is billed.
    private func withoutConverted(_ pieces: [Int]) -> [Int] {
        let normal = pieces.filter { usage[$0].obis.isNormalVolume }
        guard !normal.isEmpty else { return pieces }
        return pieces.filter { place in
            usage[place].obis.isNormalVolume
                || !normal.contains { usage[$0].serial == usage[place].serial && usage[$0].range.intersection(usage[place].range) != nil }
        }
    }
    private func isDeducted(_ piece: UsagePiece) -> Bool { !deducted.isEmpty && deducted.contains { $0 == piece.serial } }

    private func refuseAmbiguous(_ pieces: [Int]) throws(BillingProblem) {
        if pieces.count < 2 { return }
        for (index, place) in pieces.enumerated() {
            let code = usage[place].obis
            guard let other = pieces[..<index].first(where: { usage[$0].serial == usage[place].serial }) else { continue }
            let known = usage[other].obis
            // Group E tells tariff registers apart, everything before it another quantity.
            if (known.a, known.b, known.c, known.d) != (code.a, code.b, code.c, code.d) {
                throw .ambiguousRegisters(serial: usage[place].serial, [known, code])
            }
        }
    }

    private func refuseGaps(_ parts: [LinePart], _ register: MeasuredRegister, _ span: DayRange) throws(BillingProblem) {
        var next = span.from
        for part in parts {
            if part.piece.range.from > next { throw .missingUsage(register, DayRange(from: next, until: part.piece.range.from)) }
            if let until = part.piece.range.until { next = max(next, until) }
        }
        if let until = span.until, next < until { throw .missingUsage(register, DayRange(from: next, until: until)) }
    }

    private func part(_ piece: UsagePiece, unit: UnitCode, conversion rule: GasConversionRule?) throws(BillingProblem) -> LinePart {
        do {
            guard let rule else {
                guard let micro = try piece.quantity.unit.convert(micro: piece.quantity.micro, to: unit) else {
                    throw BillingProblem.overflow
                }
                return LinePart(piece: piece, conversion: nil, micro: micro)
            }
            guard let cubicMetres = try piece.quantity.unit.convert(micro: piece.quantity.micro, to: .cubicMetre) else {
                throw BillingProblem.overflow
            }
            let conversion = try conversion(rule, on: piece.range.from, isNormal: piece.obis.isNormalVolume)
            let energy = try Quantity<CubicMetre>(micro: cubicMetres).energy(conversion: conversion.factor, calorific: conversion.calorific)
            return LinePart(piece: piece, conversion: conversion, micro: energy.micro)
        } catch let problem as BillingProblem {
            throw problem
        } catch {
            throw .overflow
        }
    }

    /// The contract's own value before that of its region: a measured or agreed one is the better.
    ///
    /// Gas at normal conditions has its Zustandszahl in it: its factor is 1 (reference 3.4).
    private func conversion(_ rule: GasConversionRule, on day: Day, isNormal: Bool) throws(BillingProblem) -> LinePart.Conversion {
        let keys = rule.series(for: attributes)
        let region = rule.region.value(in: attributes)?.value
        func value(_ attribute: String, _ key: SeriesKey?) throws(BillingProblem) -> Ratio {
            if let text = attributes[attribute] {
                guard let ratio = Ratio(text), ratio.millionths > 0 else {
                    throw .rating(.badAttribute(component: "conversion", name: attribute, value: text))
                }
                return ratio
            }
            guard let key, let value = prices.series[key]?.values[day] else {
                throw .missingConversion(day: day, region: region, key)
            }
            return Ratio(millionths: value.millionths)
        }
        return LinePart.Conversion(
            factor: try isNormal ? .one : value("conversionFactor", keys?.factor), calorific: try value("calorificValue", keys?.calorific))
    }
}

// MARK: intervals

extension Measured {
    /// The intervals of what was drawn on some days, device by device.
    private func drawn(_ span: DayRange) -> [(usage: IntervalUsage, days: DayRange)] {
        intervals.compactMap { usage in
            guard !usage.obis.isFeedIn, usage.obis.e == 0, usage.obis.c != 3, let days = usage.days.intersection(span) else { return nil }
            return (usage, days)
        }
    }

    /// The same; they must cover the span.
    private func covering(_ span: DayRange, _ register: MeasuredRegister) throws(BillingProblem) -> [(usage: IntervalUsage, days: DayRange)]
    {
        let found = drawn(span)
        try refuseAmbiguous(found)
        var next = span.from
        for entry in found {
            if next < entry.days.from { throw .missingUsage(register, DayRange(from: next, until: entry.days.from)) }
            // A second device beside it may have hung for a part of its days only.
            if let until = entry.days.until { next = max(next, until) }
        }
        if let until = span.until, next < until { throw .missingUsage(register, DayRange(from: next, until: until)) }
        return found
    }

    /// Two channels of one device are two quantities, such as all phases and one of them: added up they would be charged twice.
    private func refuseAmbiguous(_ found: [(usage: IntervalUsage, days: DayRange)]) throws(BillingProblem) {
        if form == .first || found.count < 2 { return }
        for (place, entry) in found.enumerated() {
            guard let other = found[..<place].first(where: { $0.usage.serial == entry.usage.serial && $0.usage.obis != entry.usage.obis })
            else { continue }
            throw .ambiguousRegisters(serial: entry.usage.serial, [other.usage.obis, entry.usage.obis])
        }
    }

    /// The parts of a zone; nil: the register is none of the calendar, or a meter's own register stands for it.
    private mutating func zoneParts(
        _ register: MeasuredRegister, _ span: DayRange, _ version: TariffVersion
    ) throws(BillingProblem) -> [LinePart]? {
        guard let calendar = version.calendar, let zone = calendar.zones.firstIndex(of: register.rawValue) else {
            if case .zone(let name) = register { throw .rating(.missingAttribute(component: name, names: ["calendar"])) }
            return nil
        }
        // HT and NT of the meter stand in for intervals that nobody reads.
        if !register.isZone, drawn(span).isEmpty { return nil }
        if let old = zones.first(where: { $0.days == span }) { return old.parts[zone] }
        var parts = [[LinePart]](repeating: [], count: calendar.zones.count)
        for entry in try covering(span, register) {
            let found: (micro: [Int64], isEstimated: Bool)
            do { found = try calendar.sums(entry.usage.series, days: entry.days) } catch {
                throw BillingProblem.intervals(serial: entry.usage.serial, error)
            }
            for (place, micro) in found.micro.enumerated() {
                parts[place].append(Measured.part(entry.usage, entry.days, micro, isEstimated: found.isEstimated))
            }
        }
        zones.append((span, parts))
        return parts[zone]
    }

    /// The highest average of so many seconds over some days.
    func peak(_ span: DayRange, per seconds: Int32) throws(BillingProblem) -> (peak: PeakLoad, parts: [LinePart]) {
        var best: (peak: PeakLoad, usage: IntervalUsage, days: DayRange)?
        for entry in try covering(span, .demand) {
            let peak: PeakLoad
            do { peak = try entry.usage.series.peak(over: entry.days, per: seconds) } catch {
                throw BillingProblem.intervals(serial: entry.usage.serial, error)
            }
            if peak.micro > best?.peak.micro ?? -1 { best = (peak, entry.usage, entry.days) }
        }
        guard let best else { throw .missingUsage(.demand, span) }
        return (best.peak, [try Measured.part(best.usage, best.days)])
    }

    /// What was drawn at the prices of the spot market.
    func spot(_ dynamic: DynamicPrice, _ span: DayRange) throws(BillingProblem) -> (cost: SpotCost, parts: [LinePart]) {
        guard let spot = prices.spots[dynamic.series] else { throw .rating(.missingSeries(dynamic.series)) }
        var cost = SpotCost()
        var parts: [LinePart] = []
        for entry in try covering(span, .total) {
            let own: SpotCost
            do { own = try spot.cost(of: entry.usage.series, days: entry.days, cap: dynamic.cap, floor: dynamic.floor) } catch {
                if case .noPrice(let at) = error { throw .missingSpotPrice(dynamic.series, at) }
                throw BillingProblem.intervals(serial: entry.usage.serial, error)
            }
            do { cost = try cost.adding(own) } catch { throw BillingProblem.overflow }
            parts.append(Measured.part(entry.usage, entry.days, own.micro, isEstimated: own.isEstimated))
        }
        return (cost, parts)
    }

    private static func part(_ usage: IntervalUsage, _ days: DayRange) throws(BillingProblem) -> LinePart {
        let time = LocalTime.berlin
        let width = Int64(usage.series.secondsPerSlot)
        let low = usage.series.start.seconds(until: time.start(of: days.from)) / width
        let high = usage.series.start.seconds(until: time.start(of: days.until ?? days.from)) / width
        guard low >= 0, low <= high, high <= Int64(usage.series.count) else { throw .missingUsage(.total, days) }
        let slots = Int(low)..<Int(high)
        guard let sum = usage.series.usable(slots) else { throw .overflow }
        return part(usage, days, sum.micro, isEstimated: !sum.isMeasured)
    }

    private static func part(_ usage: IntervalUsage, _ days: DayRange, _ micro: Int64, isEstimated: Bool) -> LinePart {
        LinePart(
            piece: UsagePiece(
                serial: usage.serial, obis: usage.obis, tariffRegister: usage.obis.tariffRegister, range: days,
                quantity: Measure(micro: micro, unit: .kilowattHour), begin: nil, end: nil,
                division: isEstimated ? .estimated : .intervals),
            conversion: nil, micro: micro, intervals: usage)
    }
}

extension Array {
    /// Sorted, and the same array if it is already: pieces come in order as a rule.
    fileprivate func ordered(by isBefore: (Element, Element) -> Bool) -> [Element] {
        indices.dropFirst().contains { isBefore(self[$0], self[$0 - 1]) } ? sorted(by: isBefore) : self
    }
}
