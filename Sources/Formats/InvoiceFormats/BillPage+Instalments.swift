internal import Billing
internal import Tariffs
internal import Values

extension BillPage {
    /// The paper of a request: one amount on one day, its tax, and the plan behind it.
    public init(_ request: InstalmentRequest, language: BillLanguage) {
        let words = BillWords(language)
        let letter = request.letter
        let supplier = letter.supplier
        let taxes = request.shares.map { share in
            Fact(label: words.tax(share.tax, on: share.gross - share.amount), value: words.money(share.amount))
        }
        self.init(
            letter, words, title: words.title(of: request), number: request.number.description,
            headline: Fact(label: words.amountDue, value: words.money(request.gross)),
            due: words.say(
                "Bitte zahlen Sie bis zum \(words.day(request.due)). Wenn Sie uns ein Lastschriftmandat gegeben haben, buchen wir den Betrag ab; dann ist nichts zu tun.",
                "Please pay by \(words.day(request.due)). If you have given us a direct debit mandate, we collect the amount; then there is nothing to do."
            ),
            facts: [
                Fact(label: words.say("Belegnummer", "Document number"), value: request.number.description),
                Fact(label: words.say("Datum", "Date of issue"), value: words.day(request.requestedOn)),
                Fact(label: words.say("Abschlag für", "Instalment for"), value: words.range(request.period)),
            ], payment: words.payment(to: supplier, by: request.due, reference: request.reference),
            sums: [Fact(label: words.say("Abschlag netto", "Instalment, net"), value: words.money(request.net))] + taxes + [
                Fact(label: words.amountDue, value: words.money(request.gross))
            ], schedule: nil, statements: words.statements(letter, before: words.place(of: request)))
    }

    /// The letter about a plan: no amount is asked for by it.
    public init(_ letter: PlanLetter, language: BillLanguage) {
        let words = BillWords(language)
        let first = letter.entries.first
        self.init(
            letter, words, title: words.title(of: letter), number: letter.contract.number,
            headline: Fact(
                label: words.say("Ihr monatlicher Abschlag", "Your monthly instalment"), value: words.money(first?.gross ?? .zero)),
            due: first.map { first in
                words.say(
                    "Der erste ist am \(words.day(first.due)) fällig, die weiteren folgen monatlich. Wenn Sie uns ein Lastschriftmandat gegeben haben, buchen wir ab.",
                    "The first is due on \(words.day(first.due)), the others follow monthly. If you have given us a direct debit mandate, we collect them."
                )
            } ?? "", facts: [Fact(label: words.say("Datum", "Date of issue"), value: words.day(letter.writtenOn))],
            payment: first.map { words.payment(to: letter.supplier, by: $0.due, reference: letter.contract.account) } ?? [], sums: [],
            schedule: words.schedule(letter), statements: words.statements(letter))
    }

    private init(
        _ letter: PlanLetter, _ words: BillWords, title: String, number: String, headline: Fact, due: String, facts: [Fact],
        payment: [Fact], sums: [Fact], schedule: Table?, statements: [Statement]
    ) {
        self.init(
            language: words.language, title: title, number: number, sender: words.sender(letter.supplier),
            recipient: words.recipient(letter.contract.recipient), headline: headline, due: due,
            facts: facts + words.facts(letter.contract, tariff: letter.tariff),
            comparison: nil, customerGroups: nil, notice: nil, payment: payment, footer: words.footer(letter.supplier),
            captions: words.captions, commodity: letter.contract.tariff.commodity, groups: [], sums: sums, meters: .empty,
            breakdowns: [schedule].compactMap(\.self), statements: statements)
    }
}

extension BillPage.Table {
    static let empty = BillPage.Table(title: "", head: [], numbers: [], rows: [])
}

/// The words of papers about instalments.
extension BillWords {
    func title(of request: InstalmentRequest) -> String {
        let commodity = service(BilledService(request.letter.contract.tariff.commodity))
        return say("Abschlagsanforderung \(commodity)", "Instalment request \(commodity)")
    }
    func title(of letter: PlanLetter) -> String {
        let commodity = service(BilledService(letter.contract.tariff.commodity))
        return say("Ihr Abschlagsplan \(commodity)", "Your instalment plan \(commodity)")
    }

    /// Which of how many it is, and when the next one comes: nothing where the plan does not know it any more.
    func place(of request: InstalmentRequest) -> String? {
        let entries = request.letter.entries
        guard let index = entries.firstIndex(where: { $0.requestedBy == request.number }) else { return nil }
        let place = say("Das ist der Abschlag \(index + 1) von \(entries.count).", "This is instalment \(index + 1) of \(entries.count).")
        guard index + 1 < entries.count else { return place }
        let next = entries[index + 1]
        return place
            + say(
                " Der nächste über \(money(next.gross)) ist am \(day(next.due)) fällig.",
                " The next of \(money(next.gross)) is due on \(day(next.due)).")
    }

    /// All days of the plan.
    func schedule(_ letter: PlanLetter) -> BillPage.Table {
        BillPage.Table(
            title: say("Abschlagsplan", "Instalment plan"),
            head: [
                say("Fällig am", "Due on"), say("Beleg", "Document"), say("Netto", "Net"), say("Umsatzsteuer", "VAT"),
                say("Betrag", "Amount"),
            ], numbers: [2, 3, 4],
            rows: letter.entries.map { entry in
                let state = entry.requestedBy?.description ?? say("wird noch angefordert", "not requested yet")
                return [day(entry.due), state, money(entry.gross - entry.tax), money(entry.tax), money(entry.gross)]
            })
    }

    func statements(_ letter: PlanLetter, before place: String? = nil) -> [BillPage.Statement] {
        let contact = "\(contact(letter.supplier)): \(letter.supplier.phone), \(letter.supplier.email), \(letter.supplier.website)"
        let count = letter.count
        let basis =
            letter.follows.map {
                say("Grundlage ist Ihre Rechnung \($0), auf ein Jahr umgerechnet: ", "It rests on your bill \($0), brought to one year: ")
            }
            ?? say(
                "Grundlage sind die vereinbarten oder erwarteten Kosten eines Jahres: ",
                "It rests on the agreed or expected cost of a year: ")
        return [
            BillPage.Statement(
                title: say("So ergibt sich Ihr Abschlag", "How your instalment came about"),
                paragraphs: [place].compactMap(\.self) + [
                    basis
                        + say(
                            "\(money(letter.yearly)) brutto, verteilt auf \(count) Abschläge, gerundet auf \(money(letter.step)).",
                            "\(money(letter.yearly)) gross, spread over \(count) instalments, rounded to \(money(letter.step))."),
                    say(
                        "Rechnen Sie mit weniger Verbrauch oder haben sich Ihre Verhältnisse geändert, sagen Sie es uns bitte: Wir passen den Abschlag an.",
                        "If you expect to use less or your circumstances have changed, please tell us: we adjust the instalment."),
                ]),
            BillPage.Statement(
                title: say("Was aus Ihren Abschlägen wird", "What becomes of your instalments"),
                paragraphs: [
                    say(
                        "Ein Abschlag ist eine Vorauszahlung. Ihre nächste Rechnung zieht jeden bezahlten Abschlag mit der darin enthaltenen Umsatzsteuer ab (§ 14 Abs. 5 UStG); zu viel Gezahltes erhalten Sie zurück.",
                        "An instalment is paid in advance. Your next bill deducts each instalment you have paid with the VAT in it (§ 14(5) UStG); what you have paid too much is returned."
                    )
                ]),
            BillPage.Statement(title: say("Fragen", "Questions"), paragraphs: [contact]),
        ]
    }

    func tax(_ tax: Tax, on net: Money) -> String {
        switch tax.exemption {
        case .sovereign:
            say("Nicht steuerbar (hoheitliche Leistung) auf \(money(net))", "Outside VAT (sovereign service) on \(money(net))")
        case .smallBusiness:
            say(
                "Ohne Umsatzsteuer (Kleinunternehmer, § 19 UStG) auf \(money(net))",
                "Without VAT (small business, § 19 UStG) on \(money(net))")
        // The words of § 14a(5) UStG.
        case .reverseCharge:
            say(
                "Steuerschuldnerschaft des Leistungsempfängers (§ 13b UStG) auf \(money(net))",
                "Reverse charge: the recipient owes the VAT (§ 13b UStG) on \(money(net))")
        case nil:
            say("Umsatzsteuer \(number(tax.rate.percent)) % auf \(money(net))", "VAT \(tax.rate.percent) % on \(money(net))")
        }
    }
}
