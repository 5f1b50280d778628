internal import Billing
internal import Metering
internal import Tariffs
internal import VEE
internal import Values

/// Words, numbers and days of a bill in one language.
struct BillWords {
    let language: BillLanguage
    init(_ language: BillLanguage) { self.language = language }

    func say(_ german: String, _ english: String) -> String { language == .de ? german : english }
    func say(_ label: Label) -> String { say(label.de, label.en) }
    var style: NumberStyle { language == .de ? .german : .english }

    // MARK: numbers and days

    /// No-break space between number and unit, so that no line ends between them.
    private static let space = "\u{00A0}"
    func money(_ amount: Money) -> String {
        let number = style.apply(amount.magnitude.description)
        let sign = amount.isNegative ? "−" : ""
        return language == .de ? "\(sign)\(number)\(BillWords.space)€" : "\(sign)€\(number)"
    }
    func number(_ plain: String) -> String { style.apply(plain) }
    func measure(_ measure: Measure) -> String { "\(style.apply(measure.number))\(BillWords.space)\(measure.unit.symbol)" }
    /// For people who compare, not compute: no decimals.
    func whole(_ measure: Measure) -> String {
        let rounded = Rounding.halfAwayFromZero.divide(Int128(measure.micro), by: 1_000_000)
        return "\(style.apply("\(rounded)"))\(BillWords.space)\(measure.unit.symbol)"
    }
    func price(_ price: Price) -> String { price.text(style, blank: BillWords.space) }
    func day(_ day: Day) -> String {
        let (year, month, dayOfMonth) = day.components
        if language == .de {
            var text = DecimalText.padded(UInt64(dayOfMonth), to: 2)
            text += "."
            text += DecimalText.padded(UInt64(month), to: 2)
            text += "."
            text += String(year)
            return text
        }
        let names = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
        return "\(dayOfMonth) \(names[month - 1]) \(year)"
    }
    /// Documents for people show the last included day.
    func range(_ range: DayRange) -> String { "\(day(range.from)) – \(range.lastDay.map(day) ?? "")" }

    // MARK: labels

    var amountDue: String { say("Zu zahlen", "Amount due") }
    var credit: String { say("Ihr Guthaben", "Your credit") }
    /// What stood on the customer's account.
    var accountCredit: String { say("Guthaben auf Ihrem Vertragskonto", "Credit on your account") }
    var coveredSentence: String {
        say(
            "Es ist nichts zu zahlen: Das Guthaben auf Ihrem Vertragskonto deckt den Betrag.",
            "Nothing is to be paid: the credit on your account covers the amount.")
    }
    var net: String { say("Nettosumme", "Net total") }
    var gross: String { say("Bruttobetrag", "Gross total") }
    var creditSentence: String {
        say(
            "Wir verrechnen das Guthaben mit dem nächsten Abschlag oder zahlen es innerhalb von zwei Wochen aus.",
            "We set the credit off against the next instalment or pay it out within two weeks.")
    }
    /// A customer who has left gets his credit: no bill follows that would set it off.
    func payOutSentence(_ day: Day) -> String {
        say(
            "Wir zahlen Ihnen das Guthaben bis zum \(self.day(day)) aus, soweit nichts anderes offen ist. Kennen wir Ihre Bankverbindung "
                + "noch nicht, teilen Sie sie uns bitte mit.",
            "We pay the credit out to you by \(self.day(day)), as far as nothing else is open. If we do not know your bank account yet, "
                + "please tell us.")
    }
    /// Who is asked: a department by its usual name is translated, a person or a name of its own stays.
    func contact(_ supplier: Supplier) -> String {
        guard language == .en else { return supplier.contact }
        return switch supplier.contact {
        case "Kundenservice", "Kundendienst", "Kundenbetreuung": "Customer service"
        case "Kundencenter", "Kundenzentrum": "Customer centre"
        default: supplier.contact
        }
    }
    func sender(_ supplier: Supplier) -> [String] { [supplier.name, supplier.street, "\(supplier.postcode) \(supplier.city)"] }
    func recipient(_ recipient: Recipient) -> [String] { [recipient.name, recipient.street, "\(recipient.postcode) \(recipient.city)"] }
    func title(_ invoice: Invoice) -> String {
        if let cancels = invoice.cancels {
            return invoice.draft.isSelfBilled
                ? say("Storno der Gutschrift \(cancels)", "Cancellation of self-billed credit (Gutschrift) \(cancels)")
                : say("Stornorechnung zu \(cancels)", "Cancellation of invoice \(cancels)")
        }
        if invoice.draft.isSelfBilled {
            let title = selfBilledTitle(invoice.draft.kind)
            return invoice.corrects.map { say("\(title) zu \($0)", "\(title) to \($0)") } ?? title
        }
        let commodity = services(invoice.draft)
        return switch invoice.draft.kind {
        case .annual: say("Jahresrechnung \(commodity)", "Annual bill \(commodity)")
        case .monthly: say("Monatsrechnung \(commodity)", "Monthly bill \(commodity)")
        case .interim: say("Zwischenrechnung \(commodity)", "Interim bill \(commodity)")
        case .final: say("Schlussrechnung \(commodity)", "Final bill \(commodity)")
        case .correction:
            say(
                "Rechnungskorrektur zu \(invoice.corrects?.description ?? "")",
                "Correction of invoice \(invoice.corrects?.description ?? "")")
        }
    }
    /// What the bill is for; the paper of a whole account names each once.
    func services(_ draft: InvoiceDraft) -> String {
        var names: [String] = []
        for supply in draft.supplies {
            let name = service(BilledService(supply.contract.tariff.commodity))
            if !names.contains(name) { names.append(name) }
        }
        return names.joined(separator: ", ")
    }
    func service(_ service: BilledService) -> String {
        switch service {
        case .electricity: say("Strom", "Electricity")
        case .gas: say("Gas", "Gas")
        case .water: say("Trinkwasser", "Drinking water")
        case .wastewater: say("Schmutzwasser", "Waste water")
        case .rainwater: say("Niederschlagswasser", "Rain water")
        case .heat: say("Fernwärme", "District heat")
        case .feedIn: say("Einspeisung", "Feed-in")
        }
    }
    func tax(_ group: Totals.Group) -> String { tax(group.tax, on: group.net) }
    /// - Parameter whose: what it was paid for, where several contracts stand on the paper.
    func instalment(_ instalment: Instalment, whose: String?) -> String {
        let what = say("Abschlag", "Instalment") + (whose.map { " \($0)" } ?? "")
        let number = instalment.number.map { ", \($0)" } ?? ""
        return say(
            "\(what) vom \(day(instalment.paidOn))\(number) (darin USt \(money(instalment.tax)))",
            "\(what) of \(day(instalment.paidOn))\(number) (VAT \(money(instalment.tax)))")
    }
    /// A contract among those on a paper: by its service, and by its number where another has the same.
    func name(of contract: String, among drafts: [InvoiceDraft]) -> String? {
        guard drafts.count > 1, let own = drafts.first(where: { $0.contract.number == contract }) else { return nil }
        let name = service(BilledService(own.commodity))
        return drafts.count { $0.commodity == own.commodity } > 1 ? "\(name) \(contract)" : name
    }
    /// The same with the profile that divided.
    func division(_ division: Division, of supply: Supply?) -> String {
        guard division == .profile, let profile = supply?.dividingProfile else { return self.division(division) }
        // A table of months, or the shape of a year.
        return profile is DegreeDays
            ? say("nach Gradtagszahlen abgegrenzt", "divided by degree days")
            : say("nach Lastprofil \(profile.label) abgegrenzt", "divided by load profile \(profile.label)")
    }
    func division(_ division: Division) -> String {
        switch division {
        case .measured: say("abgelesen", "read")
        case .intervals: say("aus Lastgang abgegrenzt", "divided by intervals")
        case .profile: say("nach Lastprofil abgegrenzt", "divided by load profile")
        case .dayLinear: say("rechnerisch abgegrenzt", "divided by days")
        case .estimated: say("geschätzt", "estimated")
        }
    }

    // MARK: parts of the page

    func facts(_ invoice: Invoice) -> [BillPage.Fact] {
        [
            .init(label: say("Rechnungsnummer", "Invoice number"), value: invoice.number.description),
            .init(label: say("Rechnungsdatum", "Date of issue"), value: day(invoice.issuedOn)),
        ] + factsOfDraft(invoice)
    }
    /// Those that hold before it has a number and a day.
    func factsOfDraft(_ invoice: Invoice) -> [BillPage.Fact] {
        [.init(label: say("Abrechnungszeitraum", "Billing period"), value: range(invoice.draft.documentPeriod))]
            + (invoice.replaces.map { [.init(label: say("Ersetzt Rechnung", "Replaces invoice"), value: $0.description)] } ?? [])
            + contracts(invoice.draft) + (invoice.draft.isSelfBilled ? [taxIdentity(invoice.draft.contract)] : [])
    }
    private func contracts(_ draft: InvoiceDraft) -> [BillPage.Fact] {
        var numbers: [String] = []
        for supply in draft.supplies where !numbers.contains(supply.contract.number) { numbers.append(supply.contract.number) }
        guard numbers.count > 1 else {
            return facts(
                draft.contract, tariff: draft.lines.last { $0.tariff.key == draft.contract.tariff }?.tariff.title,
                isFeedIn: draft.isSelfBilled)
        }
        // Places, metering points and tariffs stand with the contracts.
        return [
            .init(label: say("Vertragskonto", "Account"), value: draft.contract.account),
            .init(label: say("Verträge", "Contracts"), value: numbers.joined(separator: ", ")),
        ]
    }
    /// Which contract a paper is about.
    func facts(_ contract: BilledContract, tariff: Label?, isFeedIn: Bool = false) -> [BillPage.Fact] {
        [
            .init(label: say("Vertragskonto", "Account"), value: contract.account),
            .init(label: say("Vertrag", "Contract"), value: contract.number),
            .init(
                label: isFeedIn ? say("Einspeisestelle", "Place of feed-in") : say("Verbrauchsstelle", "Supplied place"),
                value: contract.place.joined(separator: ", ")),
            .init(label: say("Messstelle", "Metering point"), value: contract.meteringPoint),
            .init(label: say("Tarif", "Tariff"), value: tariff.map { say($0) } ?? contract.tariff.description),
        ]
    }

    /// Which of several contracts lines are about: contract, metering point, meters, place.
    func supply(_ contract: BilledContract, of lines: [Line]) -> String {
        var serials: [String] = []
        for serial in lines.flatMap(\.serials) where !serials.contains(serial) { serials.append(serial) }
        var parts = [
            "\(say("Vertrag", "contract")) \(contract.number)", "\(say("Messstelle", "metering point")) \(contract.meteringPoint)",
        ]
        if !serials.isEmpty { parts.append("\(say("Zähler", "meter")) \(serials.joined(separator: ", "))") }
        if !contract.place.isEmpty { parts.append(contract.place.joined(separator: ", ")) }
        return parts.joined(separator: " · ")
    }

    func meters(_ rows: [MeterRow]) -> BillPage.Table {
        func reading(_ reading: ReadingRef?, _ remark: String = "") -> String {
            guard let reading else { return "–" }
            return
                "\(number(DecimalText.format(reading.micro, scale: 6)))\(BillWords.space)\(reading.unit.symbol) (\(division(reading.origin))\(remark))"
        }
        return BillPage.Table(
            title: say("Zählerstände", "Meter readings"),
            head: [
                say("Zähler", "Meter"), "OBIS", say("Zeitraum", "Period"), say("Anfang", "Begin"), say("Ende", "End"),
                say("Faktor", "Factor"), say("Menge", "Quantity"),
            ],
            numbers: [3, 4, 5, 6],
            rows: rows.map { row in
                [
                    row.serial, row.obis.description, range(row.range), reading(row.begin), reading(row.end, rollover(row)),
                    number(row.factor.description), measure(row.quantity),
                ]
            })
    }

    /// Factor and mass of carbon dioxide.
    private func emission(_ emission: BreakdownRow.Emission) -> [String] {
        [
            "\(number(DecimalText.format(emission.factor, scale: 6)))\(BillWords.space)kg/kWh",
            "\(number(DecimalText.format(emission.mass, scale: 6, minimumPlaces: 1)))\(BillWords.space)kg",
        ]
    }

    /// - Parameter supply: whose prices they are, where several stand on the paper.
    func breakdown(_ rows: [BreakdownRow], of supply: String? = nil) -> BillPage.Table? {
        guard !rows.isEmpty else { return nil }
        let title = say("In den Preisen enthalten (netto)", "Contained in the prices (net)")
        return BillPage.Table(
            title: supply.map { "\(title): \($0)" } ?? title,
            head: [
                say("Bestandteil", "Component"), say("Zeitraum", "Period"), say("Menge", "Quantity"), say("Wert", "Value"),
                say("Betrag", "Amount"),
            ],
            numbers: [2, 3, 4],
            rows: rows.map { row in
                [say(row.label), range(row.period), row.quantity.map { measure($0) } ?? ""]
                    + (row.emission.map(emission) ?? [price(row.price), money(row.amount)])
            })
    }
}
