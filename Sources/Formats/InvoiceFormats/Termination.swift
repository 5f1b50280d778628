internal import Billing
internal import Tariffs
internal import Values

/// When and how a contract can be ended (§ 40(1) EnWG; § 20 StromGVV and GasGVV; § 32 AVBWasserV and AVBFernwärmeV).
///
/// What was agreed stands in the contract's attributes: `supply` is `basic` for Grundversorgung, `noticePeriod` is like `P14D`, `P4W`
/// or `P1M`, `fixedUntil` is the first day on which an agreed term no longer holds.
struct Termination {
    static let supplyAttribute = "supply"
    static let noticeAttribute = "noticePeriod"
    static let fixedAttribute = "fixedUntil"

    let words: BillWords
    let contract: BilledContract
    let issuedOn: Day

    /// The sentences; the second names the next possible day where it is known.
    var sentence: String {
        switch contract.tariff.commodity {
        case .electricity, .gas: energy
        case .water:
            words.say(
                "Der Vertrag ist mit einem Monat Frist zum Ende eines Kalendermonats kündbar.",
                "The contract can be terminated with one month's notice to the end of a calendar month.")
        case .heat:
            words.say(
                "Der Vertrag ist mit neun Monaten Frist zum Ende der vereinbarten Laufzeit kündbar.",
                "The contract can be terminated with nine months' notice to the end of the agreed term.") + (fixed.map(term) ?? "")
        }
    }

    private var energy: String {
        if contract.attributes[Termination.supplyAttribute] == "basic" {
            return words.say(
                "Die Grundversorgung ist jederzeit mit zwei Wochen Frist kündbar",
                "Basic supply can be terminated at any time with two weeks' notice")
                + next(issuedOn.adding(days: 14))
        }
        guard let notice = Notice(contract.attributes[Termination.noticeAttribute] ?? "") else {
            let agreed =
                contract.attributes[Termination.supplyAttribute] == nil
                ? words.say(
                    "Die Grundversorgung ist mit zwei Wochen Frist kündbar, ein anderer Vertrag mit der vereinbarten Frist.",
                    "Basic supply can be terminated with two weeks' notice, another contract with the notice agreed.")
                : words.say(
                    "Der Vertrag ist mit der vereinbarten Frist kündbar.", "The contract can be terminated with the notice agreed.")
            return agreed + (fixed.map(term) ?? "")
        }
        let earliest = notice.after(issuedOn)
        return words.say(
            "Der Vertrag ist mit \(notice.text(words)) Frist kündbar", "The contract can be terminated with \(notice.text(words))' notice")
            + next(max(earliest, fixed ?? earliest))
    }

    private var fixed: Day? { contract.attributes[Termination.fixedAttribute].flatMap { Day($0) } }

    private func next(_ day: Day) -> String {
        words.say(", nächstmöglich zum \(words.day(day)).", ", next possible on \(words.day(day)).")
    }
    private func term(_ day: Day) -> String {
        words.say(" Die vereinbarte Laufzeit endet vor dem \(words.day(day)).", " The agreed term ends before \(words.day(day)).")
    }

    /// So many days, weeks or months.
    struct Notice {
        let count: Int
        let unit: Character

        /// `P14D`, `P4W`, `P1M`; nil for anything else.
        init?(_ text: String) {
            guard text.first == "P", let unit = text.last, "DWM".contains(unit), let count = Int(text.dropFirst().dropLast()),
                (1...366).contains(count)
            else { return nil }
            self.count = count
            self.unit = unit
        }
        func after(_ day: Day) -> Day {
            switch unit {
            case "D": day.adding(days: count)
            case "W": day.adding(days: count * 7)
            default: day.adding(months: count)
            }
        }
        func text(_ words: BillWords) -> String {
            let names =
                switch unit {
                case "D": count == 1 ? ("Tag", "day") : ("Tagen", "days")
                case "W": count == 1 ? ("Woche", "week") : ("Wochen", "weeks")
                default: count == 1 ? ("Monat", "month") : ("Monaten", "months")
                }
            return words.say("\(count) \(names.0)", "\(count) \(names.1)")
        }
    }
}
