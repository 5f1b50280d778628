public import Billing
public import JSON
internal import Metering
internal import Tariffs
internal import Values

/// The canonical JSON of an invoice: what is stored, hashed and handed out. Amounts and quantities are strings.
public enum InvoiceJSON {
    /// The bytes; the same invoice always gives the same.
    public static func bytes(_ invoice: Invoice) -> [UInt8] {
        var writer = JSONWriter(reservingCapacity: 4_096)
        write(invoice, to: &writer)
        return writer.bytes
    }

    /// The stored bytes with what may change beside them: state, and the number of the document that took it back.
    public static func presented(_ document: [UInt8], state: InvoiceState, cancelledBy: String?) -> [UInt8] {
        var writer = JSONWriter(reservingCapacity: document.count + 80)
        writer.beginObject()
        writer.member("state", state.rawValue)
        writer.member("cancelledBy", cancelledBy)
        writer.endObject()
        // Both are objects: the members of the second follow those of the first.
        return writer.bytes.dropLast() + [UInt8(ascii: ",")] + document.dropFirst()
    }

    /// The stored bytes with state and, in both languages, what the law wants said and what the charts show: all that stands on the
    /// paper. None of it is part of the document that is hashed; it is told from it.
    public static func presented(_ document: [UInt8], of invoice: Invoice, state: InvoiceState, cancelledBy: String?) -> [UInt8] {
        let presented = presented(document, state: state, cancelledBy: cancelledBy)
        var writer = JSONWriter(reservingCapacity: 8_192)
        writer.object { writer in
            for language in BillLanguage.allCases {
                let page = BillPage(invoice, language: language)
                writer.member("text.\(language.rawValue)", object: { write(page, to: &$0) })
            }
        }
        return presented.dropLast() + [UInt8(ascii: ",")] + writer.bytes.dropFirst()
    }

    private static func write(_ page: BillPage, to writer: inout JSONWriter) {
        writer.member("title", page.title)
        writer.member("due", page.due)
        writer.list("statements") { writer in
            for statement in [page.notice].compactMap(\.self) + page.statements {
                writer.object { writer in
                    writer.member("title", statement.title)
                    writer.list("paragraphs") { writer in for paragraph in statement.paragraphs { writer.string(paragraph) } }
                }
            }
        }
        writer.list("comparisons") { writer in
            for chart in page.comparisons {
                writer.object { writer in
                    writer.member("title", chart.title)
                    writer.member("sentence", chart.sentence)
                    writer.list("bars") { writer in
                        for bar in chart.bars {
                            writer.object { writer in
                                writer.member("label", bar.label)
                                writer.member("value", DecimalText.format(bar.micro, scale: 6))
                            }
                        }
                    }
                }
            }
        }
    }

    /// A bill that is not issued yet, into a larger document: it has no number, no day and no due date.
    public static func writeDraft(_ invoice: Invoice, to writer: inout JSONWriter) { write(invoice, isIssued: false, to: &writer) }

    static func write(_ invoice: Invoice, isIssued: Bool = true, to writer: inout JSONWriter) {
        let draft = invoice.draft
        writer.object { writer in
            if isIssued { writer.member("number", invoice.number.description) }
            writer.member("type", invoice.cancels != nil ? "cancellation" : invoice.corrects != nil ? "correction" : "invoice")
            writer.member("cancels", invoice.cancels?.description)
            if let corrects = invoice.corrects { writer.member("corrects", corrects.description) }
            if let replaces = invoice.replaces { writer.member("replaces", replaces.description) }
            if draft.isSelfBilled { writer.member("selfBilled", true) }
            if isIssued {
                writer.member("issuedOn", invoice.issuedOn.description)
                writer.member("dueOn", invoice.dueOn.description)
            }
            writer.member("kind", draft.kind.rawValue)
            writer.range("period", draft.period)
            writer.member("account", draft.contract.account)
            writer.member("contract", draft.contract.number)
            writer.member("contractKey", draft.contract.key)
            writer.member("commodity", draft.commodity.rawValue)
            writer.member("tariff", draft.contract.tariff.description)
            writer.member("meteringPoint", draft.contract.meteringPoint)
            writer.list("place") { writer in for line in draft.contract.place { writer.string(line) } }
            recipient(draft.contract.recipient, &writer)
            supplier(draft.supplier, &writer)
            writer.measure("consumption", draft.consumption)
            writer.list("lines") { writer in for line in draft.lines { write(line, &writer) } }
            writer.list("meters") { writer in for row in draft.meters { write(row, &writer) } }
            writer.list("breakdown") { writer in for row in draft.breakdown { write(row, &writer) } }
            totals(draft, payOutBy: invoice.payOutBy, &writer)
            previous(draft.previous, &writer)
            if draft.supplies.count > 1 { supplies(draft, &writer) }
            if !draft.plans.isEmpty { plans(draft.plans, &writer) }
        }
    }

    /// What is to be paid in advance from now on, and how it follows from this bill.
    private static func plans(_ plans: [InstalmentPlan], _ writer: inout JSONWriter) {
        writer.list("instalmentPlans") { writer in
            for plan in plans {
                writer.object { writer in
                    writer.member("contract", plan.contract)
                    writer.member("yearly", plan.yearly.description)
                    if let basis = plan.basis {
                        writer.member("basisGross", basis.gross.description)
                        writer.member("basisDays", basis.days)
                    }
                    writer.list("instalments") { writer in
                        for instalment in plan.instalments {
                            writer.object { writer in
                                writer.member("due", instalment.due.description)
                                writer.member("gross", instalment.gross.description)
                                writer.member("tax", instalment.tax.description)
                            }
                        }
                    }
                }
            }
        }
    }

    /// The contracts on one paper, or the stretches of one contract; the lines say by number which of them they charge.
    private static func supplies(_ draft: InvoiceDraft, _ writer: inout JSONWriter) {
        writer.list("supplies") { writer in
            for (index, supply) in draft.supplies.enumerated() {
                writer.object { writer in
                    writer.member("contract", supply.contract.number)
                    writer.member("commodity", supply.contract.tariff.commodity.rawValue)
                    writer.member("tariff", supply.contract.tariff.description)
                    writer.member("meteringPoint", supply.contract.meteringPoint)
                    writer.list("place") { writer in for line in supply.contract.place { writer.string(line) } }
                    writer.range("period", supply.period)
                    writer.measure("consumption", supply.consumption)
                    previous(supply.previous, &writer)
                    let lines = draft.lines.filter { $0.supply == index }
                    writer.list("lines") { writer in for line in lines { writer.integer(line.position) } }
                    writer.member("net", lines.map(\.amount).total().description)
                }
            }
        }
    }

    private static func recipient(_ recipient: Recipient, _ writer: inout JSONWriter) {
        writer.member(
            "recipient",
            object: { writer in
                writer.letterhead(of: recipient)
                writer.member("vatId", recipient.vatId)
            })
    }

    private static func supplier(_ supplier: Supplier, _ writer: inout JSONWriter) {
        writer.member(
            "supplier",
            object: { writer in
                writer.member("name", supplier.name)
                writer.member("vatId", supplier.vatId)
                writer.member("iban", supplier.iban)
            })
    }

    private static func write(_ line: Line, _ writer: inout JSONWriter) {
        let explanation = line.explanation
        writer.object { writer in
            writer.member("position", line.position)
            writer.member("component", line.component)
            writer.member(
                "label",
                object: {
                    $0.member("de", line.label.de); $0.member("en", line.label.en)
                })
            writer.member("service", line.service.rawValue)
            writer.range("period", line.period)
            writer.member("quantity", explanation.quantity.map { line.isReversal ? DecimalText.format(-$0.micro, scale: 6) : $0.number })
            writer.member("unit", explanation.quantity?.unit.rawValue)
            writer.member("price", explanation.price?.number)
            writer.member("priceUnit", explanation.price?.unitText)
            writer.member("share", explanation.share?.description)
            writer.member("formula", explanation.formula())
            writer.member("amount", line.amount.description)
            tax(line.tax, &writer)
            writer.member(
                "tariff",
                object: { writer in
                    writer.member("key", line.tariff.key.description)
                    writer.member("version", line.tariff.version.description)
                    writer.member("hash", line.tariff.hash)
                })
            writer.member("division", line.division?.rawValue)
            writer.list("meters") { writer in for serial in line.serials { writer.string(serial) } }
        }
    }

    /// Outside of tax is no rate of zero: the rate is null.
    static func tax(_ tax: Tax, _ writer: inout JSONWriter) {
        writer.member("taxRate", tax.isOutside ? nil : tax.rate.percent)
        if let exemption = tax.exemption { writer.member("taxExemption", exemption.rawValue) }
    }

    private static func write(_ row: MeterRow, _ writer: inout JSONWriter) {
        writer.object { writer in
            writer.member("meter", row.serial)
            writer.member("obis", row.obis.description)
            writer.range("period", row.range)
            reading("begin", row.begin, &writer)
            reading("end", row.end, &writer)
            writer.member("factor", row.factor.description)
            writer.member("quantity", row.quantity.number)
            writer.member("unit", row.quantity.unit.rawValue)
            writer.member("division", row.division.rawValue)
        }
    }

    private static func reading(_ name: String, _ reading: ReadingRef?, _ writer: inout JSONWriter) {
        guard let reading else { writer.member(name, String?.none); return }
        writer.member(name, object: { members(of: reading, method: { $0.member("method", reading.method) }, &$0) })
    }

    /// - Parameter method: writes it, as its number, which the hash of a document stands for, or as its word.
    static func members(of reading: ReadingRef, method: (inout JSONWriter) -> Void, _ writer: inout JSONWriter) {
        writer.member("at", LocalTime.berlin.text(reading.at))
        writer.member("value", DecimalText.format(reading.micro, scale: 6))
        writer.member("unit", reading.unit.rawValue)
        writer.member("status", reading.status.word)
        method(&writer)
        writer.member("version", reading.version)
        writer.member("origin", reading.origin.rawValue)
    }

    static func write(_ row: BreakdownRow, _ writer: inout JSONWriter) {
        writer.object { writer in
            writer.member("series", row.series.description)
            writer.member(
                "label",
                object: {
                    $0.member("de", row.label.de); $0.member("en", row.label.en)
                })
            writer.range("period", row.period)
            writer.member("quantity", row.quantity?.number)
            writer.member("unit", row.quantity?.unit.rawValue)
            if let emission = row.emission {
                writer.member("factor", DecimalText.format(emission.factor, scale: 6))
                writer.member("factorUnit", "kg/kWh")
                writer.member("emission", DecimalText.format(emission.mass, scale: 6))
                writer.member("emissionUnit", "kg")
            } else {
                writer.member("price", row.price.number)
                writer.member("priceUnit", row.price.unitText)
                writer.member("amount", row.amount.description)
            }
        }
    }

    private static func totals(_ draft: InvoiceDraft, payOutBy: Day?, _ writer: inout JSONWriter) {
        writer.member(
            "totals",
            object: { writer in
                writer.member("net", draft.totals.net.description)
                writer.member("tax", draft.totals.tax.description)
                writer.member("gross", draft.totals.gross.description)
                writer.list("byRate") { writer in
                    for group in draft.totals.groups {
                        writer.object { writer in
                            tax(group.tax, &writer)
                            writer.member("net", group.net.description)
                            writer.member("tax", group.amount.description)
                        }
                    }
                }
            })
        writer.list("instalments") { writer in
            for instalment in draft.instalments {
                writer.object { writer in
                    writer.member("paidOn", instalment.paidOn.description)
                    writer.member("gross", instalment.gross.description)
                    writer.member("tax", instalment.tax.description)
                }
            }
        }
        writer.member("due", draft.due.description)
        if let day = payOutBy { writer.member("payOutBy", day.description) }
        if let settled = draft.settled {
            writer.member("payable", draft.payable.description)
            writer.member(
                "settled",
                object: {
                    $0.member("paid", settled.paid.description); $0.member("accountBalance", settled.balance.description)
                })
            claims("reopened", settled.reopened, &writer)
            return
        }
        guard draft.setsOff.isEmpty else {
            writer.member("payable", draft.payable.description)
            claims("setOff", draft.setsOff, &writer)
            return
        }
        guard draft.credit != .zero else { return }
        writer.member("accountCredit", draft.credit.description)
        writer.member("payable", draft.payable.description)
    }

    /// Older claims that a credit paid, or that are open again without it.
    private static func claims(_ name: String, _ claims: [SetOffClaim], _ writer: inout JSONWriter) {
        guard !claims.isEmpty else { return }
        writer.list(name) { writer in
            for claim in claims {
                writer.object { writer in
                    writer.member("document", claim.document)
                    writer.member("amount", claim.amount.description)
                    writer.member("left", claim.left.description)
                }
            }
        }
    }

    private static func previous(_ previous: PreviousPeriod?, _ writer: inout JSONWriter) {
        guard let previous else { writer.member("previous", String?.none); return }
        writer.member(
            "previous",
            object: { writer in
                writer.range("period", previous.period)
                writer.measure("consumption", previous.consumption)
                writer.member("gross", previous.gross.description)
                guard let same = previous.sameDays else { return }
                writer.member(
                    "sameDays",
                    object: { writer in
                        writer.range("period", same.period)
                        writer.measure("consumption", same.consumption)
                        writer.member("basis", same.basis.rawValue)
                    })
            })
    }
}

extension JSONWriter {
    /// Half open, as everywhere: `to` is the first day that no longer belongs to it.
    mutating func range(_ name: String, _ range: DayRange) {
        member(
            name,
            object: {
                $0.member("from", range.from.description); $0.member("to", range.until?.description)
            })
    }
    /// Whom a letter goes to: the part that a bill and its stored inputs say alike.
    mutating func letterhead(of recipient: Recipient) {
        member("partner", recipient.partner)
        member("name", recipient.name)
        member("street", recipient.street)
        member("postcode", recipient.postcode)
        member("city", recipient.city)
    }
    mutating func list(_ name: String, _ body: (inout JSONWriter) -> Void) { member(name, array: body) }
    mutating func measure(_ name: String, _ measure: Measure?) {
        guard let measure else { member(name, String?.none); return }
        member(
            name,
            object: {
                $0.member("value", measure.number); $0.member("unit", measure.unit.rawValue)
            })
    }
}
