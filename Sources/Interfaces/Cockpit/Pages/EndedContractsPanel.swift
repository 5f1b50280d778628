internal import AccessOperations
internal import BillingOperations
internal import Values
internal import Web

/// Contracts that have ended and wait for their final bill, with a button for each.
struct EndedContractsPanel: Sendable {
    let contracts: [EndedContract]

    /// Nothing where nothing waits.
    func html(_ screen: Screen) -> HTML {
        guard !contracts.isEmpty else { return .nothing }
        let lines = contracts.map { contract -> Listing.Line in
            let deadline: HTML =
                contract.deadline.map { last -> HTML in
                    "\(screen.day(last))\(last < screen.request.today ? " \(Parts.chip(screen("versäumt", "missed"), .bad))" : .nothing)"
                } ?? "–"
            let account: HTML = "<a class=\"day\" href=\"/accounts/\(segment: contract.account)/billing\">\(contract.account)</a>"
            return Listing.Line([
                "<span class=\"day\">\(contract.number)</span>", account, "<span class=\"day\">\(contract.meteringPoint)</span>",
                "<span class=\"day\">\(screen.format.period(contract.days))</span>", deadline, "\(contract.problem)",
                button(contract, screen),
            ])
        }
        let table = Listing(
            caption: screen("Beendete Verträge", "Ended contracts"),
            columns: [
                .init(screen(Words.contract)), .init(screen(Words.account)), .init(screen("Messstelle", "Metering point")),
                .init(screen(Words.period)), .init(screen("Frist", "Deadline")), .init(screen("Hindernis", "Problem")), .init(""),
            ], lines: lines, empty: "")
        return Parts.panel(
            screen("Schlussrechnungen", "Final bills"), id: "final-bills",
            """
            \(table.html())<p class="small">\(screen("Diese Verträge sind beendet und bis zu ihrem Ende noch nicht abgerechnet. Die Schlussrechnung über Strom und Gas muss sechs Wochen nach dem Ende gestellt sein (§ 40c EnWG); für Wärme und Wasser gilt keine solche Frist.", "These contracts have ended and are not billed to their end. The final bill of electricity and gas is due six weeks after the end (§ 40c EnWG); heat and water know no such deadline."))</p>
            """)
    }

    private func button(_ contract: EndedContract, _ screen: Screen) -> HTML {
        guard screen.may(.startBillingRuns) else { return .nothing }
        return """
            <form method="post" action="/accounts/\(segment: contract.account)/final-bills">\(screen.csrf)\
            <input type="hidden" name="contract" value="\(contract.number)">\
            <button aria-label="\(screen("Schlussrechnung zu", "Final bill of")) \(contract.number)">\(screen("Schlussrechnung", "Final bill"))</button></form>
            """
    }
}
