internal import AccessOperations
internal import BillingOperations
internal import Tariffs
internal import Values
internal import Web

/// What a draft does to real contracts: the sums, how the changes are spread, and whom they hit hardest.
struct TariffSimulationPage: Sendable {
    let draft: TariffDraft
    let simulation: TariffSimulation

    func html(_ screen: Screen) -> HTML {
        let effects = simulation.effects
        let dearer = effects.count { $0.change > .zero }
        let cheaper = effects.count { $0.change < .zero }
        let figures = Parts.figures([
            Parts.figure(
                screen("Gerechnet", "Computed"), "\(screen.format.count(effects.count))",
                note: "\(screen("von", "of")) \(screen.format.count(simulation.touched)) \(screen("Verträgen", "contracts"))"),
            Parts.figure(screen("Bisher brutto", "Gross before"), screen.money(simulation.before)),
            Parts.figure(screen("Künftig brutto", "Gross after"), screen.money(simulation.after)),
            Parts.figure(screen("Änderung", "Change"), screen.money(simulation.after - simulation.before)),
            Parts.figure(
                screen("teurer / billiger", "dearer / cheaper"), "\(screen.format.count(dearer)) / \(screen.format.count(cheaper))"),
        ])
        let title = screen("Änderung je Vertrag, brutto", "Change by contract, gross")
        let chart = Histogram(title: title, counted: screen(Words.contracts), amounts: effects.map(\.change)).html(
            screen.format, id: "spread")
        return """
            <p><a href="/tariffs">\(screen(Words.tariffs))</a> › <a href="/tariff-drafts/\(draft.id)">\(screen("Entwurf", "Draft"))</a></p>\
            <h1><code>\(draft.key.description)</code> \(screen("ab", "from")) \(screen.day(draft.from)): \(screen("Wirkung", "effect"))</h1>\
            <p class="quiet">\(screen("Mengen, Tage und Steuern der jeweils letzten Rechnung; einmal ganz zum bisherigen, einmal ganz zum neuen Preis.", "Quantities, days and taxes of each contract's last bill; once wholly at the old, once wholly at the new price."))</p>\
            \(sample(screen))\(figures)\(Parts.panel(title, effects.isEmpty ? "<p class=\"empty\">\(screen("Kein Vertrag konnte gerechnet werden.", "No contract could be computed."))</p>" : chart))\
            \(extremes(screen))\(missing(screen))
            """
    }

    /// Not all were computed, and it is said; what all of them come to is an estimate, and marked as one.
    private func sample(_ screen: Screen) -> HTML {
        guard simulation.isSample else { return .nothing }
        let drawn = screen.format.count(simulation.drawn)
        let touched = screen.format.count(simulation.touched)
        let estimate = simulation.estimatedChange.map { screen.format.money($0) }
        return Parts.notice(
            .warn,
            """
            \(screen("Gerechnet ist eine Stichprobe von", "Computed is a sample of")) \(drawn) \(screen("der", "of the")) \(touched) \(screen("Verträge, gleichmäßig über ihre Nummern gezogen; alle Summen unten sind die der Stichprobe.", "contracts, drawn evenly over their numbers; all sums below are those of the sample."))\(estimate.map { " \(screen("Hochgerechnet auf alle ändert sich der Bruttobetrag um ungefähr", "Extrapolated to all, the gross amount changes by about")) \($0)." as HTML } ?? .nothing)
            """)
    }

    private func extremes(_ screen: Screen) -> HTML {
        let effects = simulation.effects
        let hardest = effects.suffix(10).reversed().filter { $0.change > .zero }
        let softest = effects.prefix(10).filter { $0.change < .zero }
        return Parts.panel(
            screen("Am stärksten betroffen", "Hit hardest"),
            "\(table(screen("Teurer", "Dearer"), Array(hardest), screen))\(table(screen("Billiger", "Cheaper"), Array(softest), screen))")
    }

    private func table(_ title: String, _ effects: [TariffSimulation.Effect], _ screen: Screen) -> HTML {
        let lines = effects.map { effect in
            Listing.Line(
                [
                    "<span class=\"day\">\(effect.contract)</span>", "<span class=\"day\">\(screen.format.period(effect.period))</span>",
                    screen.money(effect.before), screen.money(effect.after), screen.money(effect.change),
                ], path: screen.may(.readPartners) ? "/search?q=\(PercentCoding.encode(effect.contract))" : nil)
        }
        return """
            <h3>\(title)</h3>\(Listing(caption: title, columns: [.init(screen(Words.contract)), .init(screen(Words.period)), .init(screen("bisher", "before"), number: true), .init(screen("künftig", "after"), number: true), .init(screen("Änderung", "change"), number: true)], lines: lines, empty: screen("Niemand.", "Nobody.")).html())
            """
    }

    private func missing(_ screen: Screen) -> HTML {
        guard !simulation.missing.isEmpty else { return .nothing }
        let lines = simulation.missing.sorted { $0.key < $1.key }.map {
            "<li>\(screen.format.count($0.value)) × \(BillingWords.title($0.key, screen))</li>" as HTML
        }
        return Parts.panel(screen("Nicht gerechnet", "Not computed"), "<ul>\(lines)</ul>")
    }
}
