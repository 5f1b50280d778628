internal import Billing
internal import Metering
internal import Tariffs
internal import Values

/// The charts of § 40(2) Nos. 8 and 9 EnWG and § 5 FFVAV.
extension BillWords {
    /// Bars and sentence speak of the same number of days: of this bill's.
    func comparison(_ draft: InvoiceDraft) -> BillPage.Comparison? {
        guard let year = draft.yearComparison, let previous = draft.previous else { return nil }
        let (daily, dailyEnglish) = year.isPerDay ? (" je Tag", " per day") : ("", "")
        let (then, thenEnglish) =
            year.basis == nil ? ("im Vorjahr", "the year before") : ("in denselben Tagen des Vorjahres", "the same days of the year before")
        let percent = year.percent.magnitude
        let sentence =
            year.percent == 0
            ? say("Ihr Verbrauch\(daily) ist so hoch wie \(then).", "You used as much\(dailyEnglish) as in \(thenEnglish).")
            : year.percent > 0
                ? say(
                    "Ihr Verbrauch\(daily) ist \(percent) % höher als \(then).",
                    "You used \(percent) % more\(dailyEnglish) than in \(thenEnglish).")
                : say(
                    "Ihr Verbrauch\(daily) ist \(percent) % niedriger als \(then).",
                    "You used \(percent) % less\(dailyEnglish) than in \(thenEnglish).")
        return BillPage.Comparison(
            title: say("Vergleich mit dem Vorjahr", "Compared with the year before"),
            bars: [
                (
                    label: range(year.periodBefore), text: text(year.before, year.isPerDay ? year.daysBefore : nil),
                    micro: year.isPerDay ? year.beforeInDays.micro : year.before.micro
                ),
                (label: range(draft.period), text: text(year.now, year.isPerDay ? year.days : nil), micro: year.now.micro),
            ], sentence: [sentence, year.basis.map { told($0, previous) }].compactMap(\.self).joined(separator: " "), own: 1)
    }

    private func text(_ measure: Measure, _ days: Int?) -> String {
        guard let days else { return whole(measure) }
        return say("\(whole(measure)) in \(days) Tagen", "\(whole(measure)) in \(days) days")
    }

    /// How the same days of the year before were told.
    private func told(_ basis: PreviousPeriod.SameDays.Basis, _ previous: PreviousPeriod) -> String {
        let bill = "\(whole(previous.consumption)), \(range(previous.period))"
        return switch basis {
        case .values:
            say(
                "Der Vorjahreswert beruht auf den Messwerten dieser Tage.",
                "The value of the year before rests on the meter values of these days.")
        case .divided:
            say(
                "Der Vorjahreswert ist aus den Zählerständen vor und nach diesen Tagen nach dem üblichen jahreszeitlichen Verlauf berechnet.",
                "The value of the year before is computed from the readings before and after these days by the usual course of the season.")
        case .profile:
            say(
                "Der Vorjahreswert ist aus der damaligen Rechnung (\(bill)) nach dem üblichen jahreszeitlichen Verlauf umgerechnet.",
                "The value of the year before is derived from the bill of then (\(bill)) by the usual course of the season.")
        case .days:
            say(
                "Der Vorjahreswert ist anteilig nach Tagen berechnet; Jahreszeiten sind nicht berücksichtigt.",
                "The value of the year before is computed in proportion to days, without regard to the season.")
        }
    }

    /// Where the customer stands among others of the kind (§ 40(2) No. 9 EnWG, § 5 FFVAV).
    func customerGroups(_ draft: InvoiceDraft) -> BillPage.Comparison? {
        guard let table = CustomerGroups(draft), let own = draft.consumption, let days = draft.period.count, days > 0 else { return nil }
        var bars = table.groups.map { group in
            let micro = table.micro(group, in: draft.period)
            return (
                label: say(group.label.de, group.label.en), text: whole(Measure(micro: micro, unit: table.unit)), micro: micro
            )
        }
        let index = bars.firstIndex { $0.micro > own.micro } ?? bars.count
        bars.insert((label: say("Sie", "You"), text: whole(own), micro: own.micro), at: index)
        let note = table.note.map { " " + say($0.de, $0.en) } ?? ""
        return BillPage.Comparison(
            title: table.isOfHouseholds
                ? say("Vergleich mit anderen Haushalten", "Compared with other households")
                : say("Vergleich mit anderen Kunden", "Compared with other customers"), bars: bars,
            sentence: say(
                "Übliche Werte für \(number("\(days)")) Tage\(table.isSeasonal ? " dieser Jahreszeit" : ""); es sind Richtwerte.",
                "Usual values for \(number("\(days)")) days\(table.isSeasonal ? " of this season" : ""), as orientation.") + note,
            own: index)
    }
}
