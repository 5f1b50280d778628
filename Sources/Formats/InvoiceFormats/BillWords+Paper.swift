internal import Billing
internal import Metering
internal import Tariffs
internal import Values

/// What stands on the paper beside its lines.
extension BillWords {
    var captions: BillPage.Captions {
        BillPage.Captions(
            item: say("Position", "Item"), quantity: say("Menge", "Quantity"), price: say("Preis", "Price"),
            amount: say("Betrag netto", "Net amount"),
            composition: say("So setzt sich der Betrag zusammen", "What the amount is made of"), total: say("Summe", "Total"),
            comparisons: say("Ihr Verbrauch im Vergleich", "How your consumption compares"),
            page: (say("Seite", "Page"), say("von", "of")))
    }

    func notice(_ draft: InvoiceDraft) -> BillPage.Statement? {
        guard draft.isEstimated else { return nil }
        return BillPage.Statement(
            title: say("Diese Rechnung enthält geschätzte Werte", "This bill contains estimated values"),
            paragraphs: [
                say(
                    "Für mindestens einen Zähler lag kein verwertbarer Stand vor; wir haben ihn aus früherem oder vergleichbarem Verbrauch geschätzt. "
                        + "Die Werte sind bei den Zählerständen als „geschätzt“ gekennzeichnet. Nennen Sie uns Ihren Stand, berichtigen wir die Rechnung kostenfrei.",
                    "For at least one meter there was no usable reading; we estimated it from earlier or comparable consumption. "
                        + "These values are marked “estimated” among the readings. Tell us your reading and we correct the bill free of charge."
                )
            ])
    }

    func payment(_ invoice: Invoice) -> [BillPage.Fact] {
        guard asksForPayment(invoice) else { return [] }
        return payment(to: invoice.draft.supplier, by: invoice.dueOn, reference: reference(invoice))
    }
    func reference(_ invoice: Invoice) -> String { EInvoice.reference(invoice) }
    func payment(to supplier: Supplier, by due: Day, reference: String) -> [BillPage.Fact] {
        var facts = [
            BillPage.Fact(label: say("Zahlbar bis", "Payable by"), value: day(due)),
            BillPage.Fact(label: "IBAN", value: iban(supplier.iban)),
        ]
        if let bic = supplier.bic { facts.append(BillPage.Fact(label: "BIC", value: bic)) }
        facts.append(BillPage.Fact(label: say("Verwendungszweck", "Reference"), value: reference))
        return facts
    }

    /// - Parameter isRecipient: whether the numbers are those of who receives the supply, not of who is taxed.
    func footer(_ supplier: Supplier, isRecipient: Bool = false) -> [[String]] {
        var tax = ["IBAN \(iban(supplier.iban))"]
        if let bic = supplier.bic { tax.append("BIC \(bic)") }
        tax.append((isRecipient ? say("Leistungsempfänger: ", "Recipient: ") : "") + say("USt-IdNr. ", "VAT id ") + supplier.vatId)
        if !isRecipient, let number = supplier.taxNumber { tax.append(say("Steuernummer ", "Tax number ") + number) }
        return [
            [
                supplier.name, supplier.street, "\(supplier.postcode) \(supplier.city)",
                "\(supplier.registerCourt), \(supplier.registerNumber)",
            ],
            [contact(supplier), say("Telefon ", "Phone ") + supplier.phone, supplier.email, supplier.website], tax,
        ]
    }

    /// In groups of four, as people read it.
    func iban(_ plain: String) -> String {
        var grouped = ""
        for (index, character) in plain.enumerated() {
            if index > 0, index.isMultiple(of: 4) { grouped += "\u{00A0}" }
            grouped.append(character)
        }
        return grouped
    }
}

extension InvoiceDraft {
    /// The registers that stand on the paper: of a two-way meter those whose quantity is settled here, not those of the other contract.
    var shownMeters: [MeterRow] {
        let isFeedIn = Set(lines.map { $0.service == .feedIn })
        return isFeedIn.count == 1 ? meters.filter { isFeedIn.contains($0.obis.isFeedIn) } : meters
    }
    /// Whether a reading or a quantity is an estimate.
    var isEstimated: Bool {
        shownMeters.contains { $0.division == .estimated || $0.begin?.origin == .estimated || $0.end?.origin == .estimated }
    }
}
