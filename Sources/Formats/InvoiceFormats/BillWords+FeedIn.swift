internal import Billing
internal import Tariffs
internal import Values

/// What a Gutschrift says: the customer supplies, and we write the customer's document (§ 14(2) sentence 2, (4) No. 10 UStG).
extension BillWords {
    /// Its title, which must hold the word "Gutschrift".
    func selfBilledTitle(_ kind: BillKind) -> String {
        switch kind {
        case .annual: say("Gutschrift Einspeisung (Jahresabrechnung)", "Self-billed credit (Gutschrift) for feed-in, annual")
        case .monthly: say("Gutschrift Einspeisung (Monatsabrechnung)", "Self-billed credit (Gutschrift) for feed-in, monthly")
        case .interim: say("Gutschrift Einspeisung (Zwischenabrechnung)", "Self-billed credit (Gutschrift) for feed-in, interim")
        case .final: say("Gutschrift Einspeisung (Schlussabrechnung)", "Self-billed credit (Gutschrift) for feed-in, final")
        case .correction: say("Korrigierte Gutschrift Einspeisung", "Corrected self-billed credit (Gutschrift) for feed-in")
        }
    }

    /// Under which number the feeder is known to the tax office.
    func taxIdentity(_ contract: BilledContract) -> BillPage.Fact {
        if let vatId = contract.recipient.vatId { return .init(label: say("Ihre USt-IdNr.", "Your VAT id"), value: vatId) }
        return .init(
            label: say("Ihre Steuernummer", "Your tax number"), value: contract.taxNumber ?? say("nicht mitgeteilt", "not told"))
    }

    /// Who supplies, who receives, and what the document is.
    func parties(_ draft: InvoiceDraft) -> BillPage.Statement {
        let contract = draft.contract
        let supplier = draft.supplier
        let own = taxIdentity(contract)
        let feeder =
            [contract.recipient.name, contract.recipient.street, "\(contract.recipient.postcode) \(contract.recipient.city)"]
            .filter { $0.contains { !$0.isWhitespace } }.joined(separator: ", ")
        var paragraphs = [
            say(
                "Sie liefern, wir rechnen ab: Diese Gutschrift nach § 14 Abs. 2 UStG ist Ihre Rechnung an uns. Widersprechen Sie ihr, verliert sie die Wirkung einer Rechnung.",
                "You supply, we settle: this Gutschrift (§ 14(2) UStG) is your invoice to us. If you object to it, it is no invoice any longer."
            ),
            say("Leistender Unternehmer: \(feeder); ", "Supplier: \(feeder); ") + "\(own.label) \(own.value)",
            say("Leistungsempfänger: ", "Recipient of the supply: ")
                + "\(supplier.name), \(supplier.street), \(supplier.postcode) \(supplier.city); "
                + say("USt-IdNr. ", "VAT id ") + supplier.vatId,
            "\(self.contact(supplier)): \(supplier.phone), \(supplier.email), \(supplier.website)",
        ]
        if (contract.recipient.vatId ?? "").isEmpty, contract.taxNumber == nil {
            paragraphs.insert(
                say(
                    "Ihre Steuernummer oder USt-IdNr. liegt uns nicht vor; bitte teilen Sie sie uns mit (§ 14 Abs. 4 Nr. 2 UStG).",
                    "We do not know your tax number or VAT id; please tell us (§ 14(4) No. 2 UStG)."), at: 2)
        }
        return BillPage.Statement(title: say("Gutschrift über Ihre Einspeisung", "Credit for what you fed in"), paragraphs: paragraphs)
    }
}
