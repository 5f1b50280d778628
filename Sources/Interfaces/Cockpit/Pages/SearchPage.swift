internal import PartnerOperations
internal import Values
internal import Web

/// What a search found, grouped by what matched, the surest group first.
struct SearchPage: Sendable {
    let text: String
    let result: FindPartners.Result
    /// Points that no hit leads to.
    var points: [FindMeteringPoints.Hit] = []

    func html(_ screen: Screen) -> HTML {
        let title =
            text.isEmpty ? screen("Alle Geschäftspartner", "All business partners") : screen("Gefunden zu „\(text)“", "Found for “\(text)”")
        guard !result.hits.isEmpty || !points.isEmpty else {
            return """
                <h1>\(title)</h1><p class="empty">\(screen("Nichts gefunden. Prüfen Sie die Schreibweise, oder suchen Sie mit weniger Wörtern.", "Nothing found. Check the spelling, or search with fewer words."))</p>
                """
        }
        var groups: [(PartnerHit.Match, [PartnerHit])] = []
        for hit in result.hits {
            if let place = groups.firstIndex(where: { $0.0 == hit.match }) {
                groups[place].1.append(hit)
            } else {
                groups.append((hit.match, [hit]))
            }
        }
        let sections = groups.map { match, hits -> HTML in
            let lines = hits.map { hit -> HTML in
                let via: HTML = match == .name || match == .similar ? .nothing : "<strong>\(hit.via)</strong>"
                return """
                    <li><a href="/partners/\(segment: hit.partner.number.description)"><span>\(hit.partner.name)</span><span>\(via)</span>\
                    <small>\(hit.partner.address)</small><small class="day">\(hit.partner.number.description)</small></a></li>
                    """
            }
            return "<h2>\(screen(SearchPage.word(match)))</h2><ul>\(lines)</ul>"
        }
        let more: HTML =
            result.next.map { next in
                "<p><a class=\"button\" href=\"/search?q=\(segment: text)&amp;after=\(segment: next.sortName)&amp;id=\(next.id)\">\(screen(Words.more))</a></p>"
            } ?? .nothing
        return "<div class=\"hits panel\"><h1>\(title)</h1>\(sections)\(places(screen))\(more)</div>"
    }

    /// Metering points and meters without a customer.
    private func places(_ screen: Screen) -> HTML {
        guard !points.isEmpty else { return .nothing }
        let lines = points.map { hit -> HTML in
            """
            <li><a href="/metering-points/\(segment: hit.code)"><span>\(hit.serial ?? hit.code)</span><span>\(hit.serial == nil ? "" : hit.code)</span>\
            <small>\(hit.address)</small></a></li>
            """
        }
        return "<h2>\(screen("Messstellen und Zähler ohne Vertrag", "Metering points and meters without a contract"))</h2><ul>\(lines)</ul>"
    }

    static func word(_ match: PartnerHit.Match) -> Phrase {
        switch match {
        case .number: Phrase("Kundennummer", "Customer number")
        case .account: Phrase("Vertragskonto", "Account")
        case .contract: Phrase("Vertragsnummer", "Contract number")
        case .meter: Phrase("Zählernummer", "Meter number")
        case .meteringPoint: Phrase("Messstelle", "Metering point")
        case .invoice: Phrase("Rechnungsnummer", "Bill number")
        case .phone: Phrase("Telefon", "Phone")
        case .email: Phrase("E-Mail", "E-mail")
        case .name: Phrase("Name und Anschrift", "Name and address")
        case .similar: Phrase("Klingt oder schreibt sich ähnlich", "Sounds or is spelled alike")
        }
    }
}
