internal import Billing
internal import Values

/// What becomes of money that a document gives back.
extension BillWords {
    /// Below the answer: what was set off at once and against what, and what becomes of the rest.
    func giveBack(_ invoice: Invoice) -> String {
        let draft = invoice.draft
        let rest = invoice.payOutBy.map(payOutSentence) ?? creditSentence
        guard !draft.setsOff.isEmpty else { return rest }
        let own = -draft.due
        var sentences = [say("Ihr Guthaben von \(money(own)) ist schon verrechnet:", "Your credit of \(money(own)) is set off already:")]
        let claims = draft.setsOff.map { claim in
            claim.left > .zero
                ? say(
                    "\(money(claim.amount)) mit \(claim.document), davon sind noch \(money(claim.left)) zu zahlen",
                    "\(money(claim.amount)) against \(claim.document), of which \(money(claim.left)) is left to pay")
                : say(
                    "\(money(claim.amount)) mit \(claim.document), damit ist nichts mehr davon offen",
                    "\(money(claim.amount)) against \(claim.document), which is thereby paid")
        }
        sentences.append(claims.joined(separator: "; ") + ".")
        if draft.payable.isNegative {
            sentences.append(say("Es bleiben \(money(-draft.payable)).", "\(money(-draft.payable)) is left."))
            sentences.append(rest)
        }
        return sentences.joined(separator: " ")
    }

    /// The rows between the gross and what is left.
    ///
    /// - Parameter shown: as the lines above are written.
    func setOffSums(_ shown: InvoiceDraft) -> [BillPage.Fact] {
        if shown.setsOff.isEmpty {
            return shown.credit == .zero ? [] : [.init(label: accountCredit, value: money(-shown.credit))]
        }
        return shown.setsOff.map { claim in
            .init(label: say("Verrechnet mit \(claim.document)", "Set off against \(claim.document)"), value: money(claim.amount))
        }
    }
}
