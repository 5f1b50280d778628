internal import Billing
internal import Tariffs
internal import Values

/// When and how a contract can be ended (§ 40(1) EnWG; § 20 StromGVV and GasGVV; § 32 AVBWasserV and AVBFernwärmeV).
///
/// What was agreed stands in the contract's attributes: `supply` is `basic` for Grundversorgung, `noticePeriod` is like `P14D`, `P4W`
/// or `P1M` (else the supplier's general terms hold), `fixedUntil` is the first day on which an agreed term no longer holds.
struct Termination {
    static let supplyAttribute = "supply"
    static let fixedAttribute = "fixedUntil"

    let words: BillWords
    let contract: BilledContract
    let supplier: Supplier
    let issuedOn: Day

    /// How long it was agreed, behind its first day: ", vereinbart bis 31.12.2028", ", unbefristet". Heat is supplied for an agreed term
    /// (§ 32(1) AVBFernwärmeV): which, the contract says where we do not know it.
    var term: String {
        if let fixed = running { return words.say(", vereinbart bis \(last(fixed))", ", agreed to \(last(fixed))") }
        return contract.tariff.commodity == .heat ? "" : words.say(", unbefristet", ", open-ended")
    }

    /// The sentences; the second names the next possible day where it is known.
    var sentence: String {
        switch contract.tariff.commodity {
        case .electricity, .gas: energy
        case .water:
            words.say(
                "Der Vertrag ist mit einem Monat Frist zum Ende eines Kalendermonats kündbar.",
                "The contract can be terminated with one month's notice to the end of a calendar month.")
        case .heat: heat
        }
    }

    /// § 32(1) AVBFernwärmeV: who does not give notice nine months before goes on.
    private var heat: String {
        guard let fixed = running else {
            return words.say(
                "Die vereinbarte Laufzeit steht in Ihrem Vertrag; er ist mit neun Monaten Frist zu ihrem Ende kündbar, sonst verlängert er sich (§ 32 Abs. 1 AVBFernwärmeV).",
                "The agreed term stands in your contract; it can be terminated with nine months' notice to its end, or else it is extended (§ 32(1) AVBFernwärmeV)."
            )
        }
        guard issuedOn.adding(months: 9) <= fixed else {
            return words.say(
                "Die Frist von neun Monaten zu diesem Tag ist verstrichen: Der Vertrag verlängert sich und ist zum Ende der Verlängerung wieder kündbar (§ 32 Abs. 1 AVBFernwärmeV).",
                "The nine months' notice to this day has passed: the contract is extended and can be terminated again to the end of the extension (§ 32(1) AVBFernwärmeV)."
            )
        }
        return words.say(
            "Der Vertrag ist mit neun Monaten Frist zum \(last(fixed)) kündbar, sonst verlängert er sich (§ 32 Abs. 1 AVBFernwärmeV).",
            "The contract can be terminated with nine months' notice to \(last(fixed)), or else it is extended (§ 32(1) AVBFernwärmeV).")
    }

    /// Who feeds in has a claim by law or an agreement of its own, never the basic supply.
    static func ofFeedIn(_ words: BillWords) -> String {
        words.say("Für die Kündigung gilt, was für die Einspeisung vereinbart ist.", "Termination follows what was agreed for the feed-in.")
    }

    private var energy: String {
        if contract.isBasicSupply {
            return words.say(
                "Die Grundversorgung ist jederzeit mit zwei Wochen Frist kündbar",
                "Basic supply can be terminated at any time with two weeks' notice")
                + next(issuedOn.adding(days: 14))
        }
        guard let notice = contract.notice(supplier) else {
            return contract.attributes[Termination.supplyAttribute] == nil
                ? words.say(
                    "Die Grundversorgung ist mit zwei Wochen Frist kündbar, ein anderer Vertrag mit der vereinbarten Frist.",
                    "Basic supply can be terminated with two weeks' notice, another contract with the notice agreed.")
                : words.say(
                    "Der Vertrag ist mit der vereinbarten Frist kündbar.", "The contract can be terminated with the notice agreed.")
        }
        let earliest = notice.after(issuedOn)
        return words.say(
            "Der Vertrag ist mit \(text(notice)) Frist kündbar",
            "The contract can be terminated with \(text(notice))\(notice.count == 1 ? "'s" : "'") notice")
            + next(max(earliest, fixed ?? earliest))
    }

    private var fixed: Day? { contract.attributes[Termination.fixedAttribute].flatMap { Day($0) } }

    private func next(_ day: Day) -> String {
        words.say(", nächstmöglich zum \(words.day(day)).", ", next possible on \(words.day(day)).")
    }
    /// An agreed term that is not over.
    private var running: Day? { fixed.flatMap { $0 > issuedOn ? $0 : nil } }
    private func last(_ until: Day) -> String { words.day(until.adding(days: -1)) }

    private func text(_ notice: NoticePeriod) -> String {
        let names =
            switch notice.unit {
            case .days: notice.count == 1 ? ("Tag", "day") : ("Tagen", "days")
            case .weeks: notice.count == 1 ? ("Woche", "week") : ("Wochen", "weeks")
            case .months: notice.count == 1 ? ("Monat", "month") : ("Monaten", "months")
            }
        return words.say("\(notice.count) \(names.0)", "\(notice.count) \(names.1)")
    }
}
