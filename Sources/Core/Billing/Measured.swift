internal import Metering
internal import Tariffs
internal import Values

/// The consumption of a case, ready to be asked for a register and a span in the unit of a price.
struct Measured {
    private let usage: [UsagePiece]
    private let attributes: [String: String]
    private let prices: PriceCatalog

    init(_ billingCase: BillingCase) {
        // One order, whatever order the pieces came in: bills do not depend on it.
        usage = billingCase.usage.filter { !$0.obis.isFeedIn }.sorted {
            ($0.range.from, $0.serial, $0.obis) < ($1.range.from, $1.serial, $1.obis)
        }
        attributes = billingCase.contract.attributes
        prices = billingCase.prices
    }

    /// The parts of a register in `span`, in order of days.
    /// - Throws: if they do not cover the span, reach over its ends, or cannot be brought to `unit`.
    func parts(
        _ register: MeasuredRegister, unit: UnitCode, span: DayRange, conversion: GasConversionRule?
    ) throws(BillingProblem) -> [LinePart] {
        var pieces = select(register, unit.dimension)
        let isVolumeOfGas = pieces.isEmpty && unit == .kilowattHour && conversion != nil
        if isVolumeOfGas { pieces = select(register, .volume) }
        try refuseAmbiguous(pieces)
        var parts: [LinePart] = []
        for piece in pieces {
            guard let common = piece.range.intersection(span) else { continue }
            guard common == piece.range else { throw .usageNotCut(serial: piece.serial, piece.range) }
            parts.append(try part(piece, unit: unit, conversion: isVolumeOfGas ? conversion : nil))
        }
        try refuseGaps(parts, register, span)
        return parts
    }

    private func select(_ register: MeasuredRegister, _ dimension: UnitCode.Dimension) -> [UsagePiece] {
        let fitting = usage.filter { $0.quantity.unit.dimension == dimension }
        switch register {
        case .high: return fitting.filter { $0.tariffRegister == .high }
        case .low: return fitting.filter { $0.tariffRegister == .low }
        case .total:
            let totals = Set(fitting.filter { $0.obis.e == 0 }.map(\.serial))
            // E = 0 counts everything. A meter without it counts in parts, HT, NT and whatever tariffs it has beside them:
            // together they are the total. A part beside a total would be charged twice.
            return fitting.filter { totals.contains($0.serial) ? $0.obis.e == 0 : true }
        }
    }

    private func refuseAmbiguous(_ pieces: [UsagePiece]) throws(BillingProblem) {
        var first: [String: ObisCode] = [:]
        for piece in pieces {
            let code = piece.obis
            guard let known = first[piece.serial] else { first[piece.serial] = code; continue }
            // Group E tells tariff registers apart, everything before it another quantity.
            if (known.a, known.b, known.c, known.d) != (code.a, code.b, code.c, code.d) {
                throw .ambiguousRegisters(serial: piece.serial, [known, code])
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
            let conversion = try conversion(rule, on: piece.range.from)
            let energy = try Quantity<CubicMetre>(micro: cubicMetres).energy(conversion: conversion.factor, calorific: conversion.calorific)
            return LinePart(piece: piece, conversion: conversion, micro: energy.micro)
        } catch let problem as BillingProblem {
            throw problem
        } catch {
            throw .overflow
        }
    }

    /// The contract's own value before that of its region: a measured or agreed one is the better.
    private func conversion(_ rule: GasConversionRule, on day: Day) throws(BillingProblem) -> LinePart.Conversion {
        let keys = rule.series(for: attributes)
        func value(_ attribute: String, _ key: SeriesKey?) throws(BillingProblem) -> Ratio {
            if let text = attributes[attribute] {
                guard let ratio = Ratio(text), ratio.millionths > 0 else {
                    throw .rating(.badAttribute(component: "conversion", name: attribute, value: text))
                }
                return ratio
            }
            guard let key, let value = prices.series[key]?.values[day] else { throw .missingConversion(day: day) }
            return Ratio(millionths: value.millionths)
        }
        return LinePart.Conversion(
            factor: try value("conversionFactor", keys?.factor), calorific: try value("calorificValue", keys?.calorific))
    }
}
