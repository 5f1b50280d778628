internal import Billing
internal import Tariffs
internal import Values

/// What a Storno says of money: the claim it takes back is gone, and what had been paid for it stands on the account.
extension BillWords {
    /// The answer at the top: how much is to be paid, or is credited.
    func headline(_ invoice: Invoice) -> BillPage.Fact {
        let draft = invoice.draft
        guard invoice.cancels != nil else {
            if !draft.setsOff.isEmpty {
                return .init(label: say("Guthaben nach Verrechnung", "Credit after set-off"), value: money(draft.payable.magnitude))
            }
            return .init(label: draft.due.isNegative ? credit : amountDue, value: money(draft.payable.magnitude))
        }
        guard let settled = draft.settled else {
            return .init(label: say("Aufgehobener Betrag", "Amount taken back"), value: money(draft.totals.gross.magnitude))
        }
        if settled.paid > .zero {
            return .init(label: say("Wieder auf Ihrem Vertragskonto", "Back on your account"), value: money(settled.paid))
        }
        return .init(label: amountDue, value: money(owed(settled)))
    }

    /// The sentence below it: until when and how, or why nothing.
    func due(_ invoice: Invoice) -> String {
        let draft = invoice.draft
        if invoice.cancels != nil { return [storno(invoice), withdrawn(draft.settled)].compactMap(\.self).joined(separator: " ") }
        if draft.due.isNegative { return giveBack(invoice) }
        if draft.payable == .zero {
            if draft.credit > .zero { return coveredSentence }
            return say("Es ist nichts zu zahlen.", "Nothing is to be paid.")
        }
        return dueSentence(invoice)
    }

    /// Whether the paper asks for money, and so names where it is to go.
    func asksForPayment(_ invoice: Invoice) -> Bool {
        let draft = invoice.draft
        guard invoice.cancels == nil else { return draft.settled.map { owed($0) > .zero } ?? false }
        return !draft.due.isNegative && draft.payable > .zero
    }

    /// Of a credit that was paid out or set off before it was taken back: what comes due again, unless the account covers it.
    private func owed(_ settled: CancelledClaim) -> Money { max(.zero, settled.left) }

    /// What had been asked for in advance and nobody had paid: it does not come back with the days of the bill.
    private func withdrawn(_ settled: CancelledClaim?) -> String? {
        guard let settled, settled.withdrawn > .zero else { return nil }
        let sum = money(settled.withdrawn)
        return say(
            "Offene Abschläge über \(sum), die die Rechnung zurückgenommen hatte, fordern wir nicht noch einmal an: Die neue Rechnung rechnet diese Zeit ganz ab.",
            "We do not ask again for open instalments of \(sum) that the invoice had withdrawn: the new bill charges their time in full.")
    }

    /// What becomes of the money of the bill that is taken back. It stands on the e-invoice, too (BT-20): a document that was issued
    /// never reads otherwise.
    func storno(_ invoice: Invoice) -> String {
        let draft = invoice.draft
        let number = invoice.cancels?.description ?? ""
        let what = draft.isSelfBilled ? say("Die Gutschrift", "The credit") : say("Die Rechnung", "Invoice")
        var sentences = [say("\(what) \(number) ist aufgehoben.", "\(what) \(number) is cancelled.")]
        // The sign of the original: what takes a claim back is negative.
        if draft.due > .zero {
            sentences += credited(invoice)
        } else {
            sentences.append(say("Für sie ist nichts zu zahlen.", "Nothing is to be paid for it."))
            if let paid = draft.settled?.paid, paid > .zero {
                sentences.append(
                    say(
                        "Was für sie schon bezahlt oder verrechnet war, \(money(paid)), steht wieder auf Ihrem Vertragskonto.",
                        "What had been paid or set off for it, \(money(paid)), is back on your account."))
            }
        }
        let instalments = draft.instalments.map(\.gross).total().magnitude
        if instalments > .zero {
            sentences.append(
                say(
                    "Ihre bezahlten Abschläge, \(money(instalments)), bleiben angerechnet und werden mit der neuen Rechnung abgezogen.",
                    "The instalments you have paid, \(money(instalments)), stay credited and are deducted on the new bill."))
        }
        return (sentences + [standing(draft.settled)].compactMap(\.self)).joined(separator: " ")
    }

    /// The bill was a credit: it is not paid out, or comes back.
    private func credited(_ invoice: Invoice) -> [String] {
        let draft = invoice.draft
        var sentences = [
            say(
                "Ihr Guthaben daraus, \(money(draft.due)), entfällt.", "Its credit of \(money(draft.due)) no longer stands.")
        ]
        guard let settled = draft.settled else { return sentences }
        guard settled.paid.isNegative else { return sentences + [say("Es ist nichts zu zahlen.", "Nothing is to be paid.")] }
        sentences.append(
            say(
                "Davon waren \(money(-settled.paid)) schon ausgezahlt oder verrechnet.",
                "\(money(-settled.paid)) of it had been paid out or set off."))
        if !settled.reopened.isEmpty {
            let again = settled.reopened.map { claim in
                say(
                    "Von \(claim.document) sind damit wieder \(money(claim.left)) zu zahlen; bitte zahlen Sie sie unter dieser Nummer.",
                    "Of \(claim.document) \(money(claim.left)) is to be paid again; please pay it under that number.")
            }
            sentences += again
            if owed(settled) == .zero {
                return sentences + [say("Für dieses Storno ist nichts zu zahlen.", "Nothing is to be paid for this cancellation.")]
            }
        }
        sentences.append(
            owed(settled) > .zero
                ? dueSentence(invoice)
                : say("Das Guthaben auf Ihrem Vertragskonto deckt den Betrag.", "The credit on your account covers the amount."))
        return sentences
    }

    /// What the account comes to then.
    private func standing(_ settled: CancelledClaim?) -> String? {
        guard let settled else {
            return say(
                "Was dafür bezahlt oder verrechnet war, weist Ihr Vertragskonto aus.",
                "What had been paid or set off for it stands on your account.")
        }
        if settled.balance.isNegative {
            return say(
                "Das Vertragskonto weist danach ein Guthaben von \(money(-settled.balance)) aus; wir verrechnen es mit der nächsten Rechnung oder zahlen es aus.",
                "The account then shows a credit of \(money(-settled.balance)); we set it off against the next bill or pay it out.")
        }
        if settled.balance > .zero {
            return say(
                "Auf dem Vertragskonto sind danach insgesamt \(money(settled.balance)) offen.",
                "In total \(money(settled.balance)) is then open on the account.")
        }
        return say("Das Vertragskonto ist danach ausgeglichen.", "The account is then balanced.")
    }

    func dueSentence(_ invoice: Invoice) -> String {
        let (day, iban, reference) = (self.day(invoice.dueOn), self.iban(invoice.draft.supplier.iban), self.reference(invoice))
        let asked = say(
            "Bitte zahlen Sie bis zum \(day) auf das Konto \(iban), Verwendungszweck \(reference).",
            "Please pay by \(day) to account \(iban), reference \(reference).")
        // Only what there is was deducted.
        let deducted: String? =
            switch (invoice.cancels == nil && !invoice.draft.instalments.isEmpty, invoice.draft.credit > .zero) {
            case (true, true):
                say(
                    "Bezahlte Abschläge und das Guthaben auf Ihrem Vertragskonto sind abgezogen.",
                    "Instalments you have paid and the credit on your account are deducted.")
            case (true, false): say("Bezahlte Abschläge sind abgezogen.", "Instalments you have paid are deducted.")
            case (false, true): say("Das Guthaben auf Ihrem Vertragskonto ist abgezogen.", "The credit on your account is deducted.")
            case (false, false): nil
            }
        return [asked, deducted].compactMap(\.self).joined(separator: " ")
    }

    /// The sums of a Storno below its gross, with the sign of the column: what nobody had paid falls away, and what is left is the
    /// answer at the top.
    ///
    /// - Parameter shown: as the lines above are written.
    func stornoSums(_ shown: InvoiceDraft, _ invoice: Invoice) -> [BillPage.Fact] {
        guard let settled = shown.settled else { return [] }
        var sums: [BillPage.Fact] = []
        let open = -settled.paid - shown.due
        if open != .zero {
            // The sign of the original: what takes a credit back is positive.
            let label =
                invoice.draft.due > .zero
                ? say("Nicht ausgezahlt oder verrechnet, entfällt", "Not paid out or set off, no longer owed")
                : say("Nicht bezahlt oder verrechnet, entfällt", "Not paid or set off, no longer owed")
            sums.append(.init(label: label, value: money(open)))
        }
        for claim in settled.reopened {
            sums.append(
                .init(
                    label: say("Wieder zu zahlen mit \(claim.document)", "To be paid again with \(claim.document)"),
                    value: money(-claim.amount)))
        }
        let covered = shown.payable + settled.paid + settled.reopened.map(\.amount).total()
        if covered != .zero {
            sums.append(.init(label: say("Durch Ihr Vertragskonto gedeckt", "Covered by your account"), value: money(covered)))
        }
        if shown.payable != .zero {
            sums.append(.init(label: say("Bleibt von der Stornierung", "Left of the cancellation"), value: money(shown.payable)))
        }
        return sums + [headline(invoice)]
    }
}
