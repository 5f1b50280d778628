internal import Metering
internal import Tariffs
internal import Values

/// What § 14(4) UStG, §§ 40 and 42 EnWG and § 5 FFVAV want on the paper can be said (``LegalStatement``). What the supplier has to say holds the bill; an address that
/// the customer never gave is told, because a bill that never comes helps nobody.
struct MandatoryStatements: BillCheck {
    func results(_ bill: CheckedBill) -> [CheckResult] {
        let draft = bill.draft
        let supplier = draft.supplier
        var missing: [String] = []
        if supplier.name.isEmpty || supplier.street.isEmpty || supplier.city.isEmpty { missing.append("Name und Anschrift des Versorgers") }
        if supplier.vatId.isEmpty && (supplier.taxNumber ?? "").isEmpty { missing.append("Steuernummer oder USt-IdNr. des Versorgers") }
        if supplier.phone.isEmpty || supplier.email.isEmpty { missing.append("Telefon und E-Mail des Kundenservice") }
        if supplier.iban.isEmpty { missing.append("Bankverbindung") }
        if draft.supplies.contains(where: { $0.contract.meteringPoint.isEmpty }) { missing.append("Messstelle") }
        if draft.totals.groups.contains(where: { $0.tax.exemption == .reverseCharge }), (draft.contract.recipient.vatId ?? "").isEmpty {
            missing.append("USt-IdNr. des Kunden, der die Steuer schuldet (§ 13b UStG)")
        }
        if draft.isSelfBilled, draft.totals.groups.contains(where: { !$0.tax.isOutside }), (draft.contract.recipient.vatId ?? "").isEmpty,
            draft.contract.taxNumber == nil
        {
            missing.append(
                "Steuernummer oder USt-IdNr. dessen, der einspeist (§ 14 Abs. 4 Nr. 2 UStG; am Vertrag als taxNumber oder am Partner)")
        }
        for own in draft.perContract {
            for statement in LegalStatement.allCases where statement.isDue(on: own) && !statement.isKnown(on: own) {
                let text = statement.explanation(own.contract)
                if !missing.contains(text) { missing.append(text) }
            }
        }
        var results: [CheckResult] = []
        if !missing.isEmpty {
            results.append(
                CheckResult(
                    code: "missing-statement", weight: .hold, explanation: "Pflichtangaben fehlen: \(missing.joined(separator: ", "))."))
        }
        let recipient = draft.contract.recipient
        if recipient.name.isEmpty || recipient.street.isEmpty || recipient.postcode.isEmpty || recipient.city.isEmpty {
            results.append(
                CheckResult(
                    code: "incomplete-recipient", weight: .notice,
                    explanation: "Name oder Anschrift des Partners \(recipient.partner) sind unvollständig. Bitte am Partner ergänzen."))
        }
        return results
    }
}
