public import Billing
public import JSON
internal import Metering
internal import Tariffs
internal import Values

/// Every line back to readings, tariff version and formula (`GET /invoices/{n}/explanation`).
///
/// Words are English with plain decimals; what ends in `.de` says the same as a German paper does.
public enum ExplanationJSON {
    /// The bytes; the same invoice always gives the same.
    public static func bytes(_ invoice: Invoice) -> [UInt8] {
        var writer = JSONWriter(reservingCapacity: 8_192)
        write(invoice, to: &writer)
        return writer.bytes
    }

    /// Into a larger document.
    public static func write(_ invoice: Invoice, to writer: inout JSONWriter) {
        writer.object { writer in
            writer.member("number", invoice.number.description)
            writer.range("period", invoice.draft.period)
            writer.list("lines") { writer in for line in invoice.draft.lines { write(line, on: invoice.draft, &writer) } }
            writer.list("taxes") { writer in
                for group in invoice.draft.totals.groups {
                    writer.object { writer in
                        InvoiceJSON.tax(group.tax, &writer)
                        writer.member("formula", formula(of: group))
                        writer.member("amount", group.amount.description)
                    }
                }
            }
            writer.list("breakdown") { writer in
                for row in invoice.draft.breakdown { InvoiceJSON.write(row, &writer) }
            }
        }
    }

    /// On a correction the tax is what the taxes of both bills differ by, each of which was rounded on its own: the net difference times
    /// the rate may be another cent.
    private static func formula(of group: Totals.Group) -> String {
        if group.tax.isOutside { return "no taxable supply" }
        let product = "\(group.net) EUR × \(group.tax.rate.percent) %"
        if (try? group.tax.rate.tax(on: group.net)) == group.amount { return product }
        return "VAT of the right bill less VAT as billed, each rounded once on its own net sum; \(product) would be another cent"
    }

    private static func write(_ line: Line, on draft: InvoiceDraft, _ writer: inout JSONWriter) {
        let supply = draft.supplies.indices.contains(line.supply) ? draft.supplies[line.supply] : nil
        let pieces = draft.pieces(beside: line)
        writer.object { writer in
            writer.member("position", line.position)
            writer.member("component", line.component)
            writer.range("period", line.period)
            writer.member("formula", line.formula(.plainEnglish))
            writer.member("formula.de", line.formula(.german))
            writer.member("amount", line.amount.description)
            for (name, style) in [("notes", NumberStyle.plainEnglish), ("notes.de", .german)] {
                writer.list(name) { writer in
                    for note in line.explanation.notes(style) + [line.surfaces(style), line.carriedOver(style)].compactMap(\.self) {
                        writer.string(note)
                    }
                }
            }
            if !line.areas.isEmpty {
                writer.list("areas") { writer in
                    for area in line.areas {
                        writer.object {
                            $0.member("area", DecimalText.format(area.micro, scale: 6)); $0.member("factor", area.factor.description)
                        }
                    }
                }
            }
            if case .indexed(let indexation, _) = line.explanation { indices(indexation, &writer) }
            writer.member(
                "tariff",
                object: { writer in
                    writer.member("path", "Tariffs/\(line.tariff.path)")
                    writer.member("version", line.tariff.version.description)
                    writer.member("hash", line.tariff.hash)
                })
            writer.member(
                "rounding",
                object: { writer in
                    writer.member("quantityPlaces", line.tariff.rules.quantityPlaces)
                    writer.member("amountPlaces", 2)
                    writer.member("mode", line.tariff.rules.rounding.rawValue)
                })
            prices(of: line, &writer)
            if !line.parts.isEmpty, let utilisation = supply?.utilisation { write(utilisation, &writer) }
            if let told = line.peak { peak(told, &writer) }
            writer.member("division", line.division?.rawValue)
            writer.member("divisionText", BillWords(.en).division(of: line, of: supply))
            writer.member("divisionText.de", BillWords(.de).division(of: line, of: supply))
            writer.list("parts") { writer in
                let shares = line.shares
                for (place, part) in (line.parts + line.deducted).enumerated() {
                    write(
                        part, isDeducted: place >= line.parts.count, share: place < line.parts.count ? shares?[place] : nil, supply: supply,
                        supply.flatMap { DividedPiece(part.piece, $0, among: pieces) },
                        &writer)
                }
            }
        }
    }

    /// Which chose between prices.
    private static func write(_ utilisation: Utilisation, _ writer: inout JSONWriter) {
        writer.member(
            "utilisation",
            object: { writer in
                writer.member("hours", utilisation.hours.map { DecimalText.format($0, scale: 6) })
                writer.member("agreed", utilisation.basis == nil)
                guard let basis = utilisation.basis else { return }
                writer.member("energy", DecimalText.format(basis.energy, scale: 6))
                writer.member("peak", DecimalText.format(basis.peak, scale: 6))
                writer.range("period", basis.period)
            })
    }

    /// What a price clause was computed from.
    private static func indices(_ indexation: Indexation, _ writer: inout JSONWriter) {
        writer.list("indices") { writer in
            for value in indexation.values {
                writer.object { writer in
                    writer.member("name", value.name)
                    writer.member("kind", value.kind.rawValue)
                    writer.member("base", DecimalText.format(value.base, scale: 6))
                    writer.member("value", DecimalText.format(value.value, scale: 6))
                    writer.list("months") { writer in
                        for month in value.months {
                            writer.object { writer in
                                writer.member("month", month.first.description)
                                writer.member("value", DecimalText.format(month.value, scale: 6))
                            }
                        }
                    }
                }
            }
        }
    }

    private static func write(
        _ part: LinePart, isDeducted: Bool, share: Int64?, supply: Supply?, _ divided: DividedPiece?, _ writer: inout JSONWriter
    ) {
        let piece = part.piece
        let bounds = [(piece.begin, piece.beginBasis), (piece.end, piece.endBasis)].compactMap { end, basis in
            end?.share.map { (at: end?.at, share: $0, basis: basis) }
        }
        writer.object { writer in
            if isDeducted { writer.member("deducted", true) }
            writer.member("meter", piece.serial)
            // The series the values were taken from; a register that they stand for is named beside it.
            let channel = part.slots?.channel
            writer.member("obis", (channel ?? piece.obis).description)
            if let channel, channel != piece.obis { writer.member("register", piece.obis.description) }
            writer.range("period", piece.range)
            reading("begin", piece.begin, piece.beginBasis, &writer)
            reading("end", piece.end, piece.endBasis, &writer)
            writer.member("factor", piece.factor.description)
            writer.member("rollovers", piece.rollovers)
            writer.member("quantity", piece.quantity.number)
            writer.member("unit", piece.quantity.unit.rawValue)
            writer.member("division", piece.division.rawValue)
            writer.member("divisionText", BillWords(.en).division(piece.division, of: supply))
            writer.member("divisionText.de", BillWords(.de).division(piece.division, of: supply))
            if !bounds.isEmpty {
                writer.list("intervals") { writer in
                    for bound in bounds {
                        writer.object { writer in
                            writer.member("at", bound.at.map { LocalTime.berlin.text($0) })
                            writer.member("since", LocalTime.berlin.text(bound.share.since))
                            writer.member("until", LocalTime.berlin.text(bound.share.until))
                            writer.member("part", DecimalText.format(bound.share.part, scale: 6))
                            writer.member("whole", DecimalText.format(bound.share.whole, scale: 6))
                            dividing(bound.basis, &writer)
                        }
                    }
                }
            }
            if let told = part.slots { slots(told, &writer) }
            if let divided {
                writer.member(
                    "profile",
                    object: { writer in
                        writer.member("name", divided.label)
                        writer.range("between", divided.between)
                        writer.member("advance", divided.advance.number)
                        writer.member("part", divided.part)
                        writer.member("whole", divided.whole)
                        writer.member("percent", divided.percent)
                    })
            }
            if let conversion = part.conversion {
                writer.member(
                    "conversion",
                    object: { writer in
                        writer.member("conversionFactor", conversion.factor.description)
                        writer.member("calorificValue", conversion.calorific.description)
                        writer.member("formula", "\(piece.quantity.number) m³ × \(conversion.factor) × \(conversion.calorific) kWh/m³")
                    })
            }
            writer.member("billed", DecimalText.format(part.micro, scale: 6))
            if let share { writer.member("charged", DecimalText.format(share, scale: 6)) }
        }
    }
}
