internal import Billing
internal import Metering
internal import Tariffs
internal import VEE
internal import Values

/// What is said of each contract on the paper, and of what was estimated on it.
extension BillStatements {
    /// Which contracts a collective bill is about; nil where the head of the paper says it.
    var overview: BillPage.Statement? {
        guard contracts.count > 1 else { return nil }
        return BillPage.Statement(
            title: words.say("Verträge auf dieser Rechnung", "Contracts on this bill"),
            paragraphs: contracts.map { own in
                let contract = own.contract
                var parts = [
                    "\(words.service(BilledService(contract.tariff.commodity))): \(words.say("Vertrag", "contract")) \(contract.number)",
                    words.range(own.period),
                ]
                if !contract.place.isEmpty { parts.append(contract.place.joined(separator: ", ")) }
                parts.append("\(words.say("Messstelle", "metering point")) \(contract.meteringPoint)")
                let title = own.lines.last { $0.tariff.key == contract.tariff }?.tariff.title
                parts.append("\(words.say("Tarif", "tariff")) \(title.map { words.say($0) } ?? contract.tariff.description)")
                if let consumption = own.consumption {
                    parts.append("\(words.say("Verbrauch", "consumption")) \(words.whole(consumption))")
                }
                return parts.joined(separator: "; ")
            })
    }

    /// Term and termination of each contract.
    var terms: BillPage.Statement {
        var paragraphs = contracts.map { own in
            let valid = own.contract.valid
            let termination = Termination(
                words: words, contract: own.contract, supplier: invoice.draft.supplier, issuedOn: invoice.issuedOn)
            let until = valid.lastDay.map { words.say(" bis \(words.day($0))", " to \(words.day($0))") } ?? termination.term
            let name = contracts.count > 1 ? words.say("Vertrag \(own.contract.number): ", "Contract \(own.contract.number): ") : ""
            let term = words.say("Vertragslaufzeit: ab ", "Contract term: from ") + words.day(own.contract.start) + until + "."
            // What takes a bill back, and the bill of a contract that has ended, tell nobody how to terminate it.
            guard valid.until == nil else { return name + term }
            return name + term + " "
                + (own.isSelfBilled ? Termination.ofFeedIn(words) : termination.sentence)
        }
        paragraphs.append(
            words.say("Die Rechnung erläutern wir Ihnen gern und unentgeltlich.", "We explain this bill on request, free of charge."))
        return BillPage.Statement(title: words.say("Vertrag", "Contract"), paragraphs: paragraphs)
    }

    /// Metering operator, supply point, code number of the network operator (§ 40(2) No. 6): the contract names them, or the supplier for
    /// all of a commodity.
    var network: BillPage.Statement {
        let supplier = invoice.draft.supplier
        let elsewhere = words.say("siehe \(supplier.website)", "see \(supplier.website)")
        return BillPage.Statement(
            title: words.say("Messstelle und Netz", "Metering point and network"),
            paragraphs: contracts.map(\.contract).filter { [.electricity, .gas].contains($0.tariff.commodity) }.map { contract in
                let (meters, code) = (contract.meteringOperator(supplier) ?? elsewhere, contract.networkOperatorCode(supplier) ?? elsewhere)
                return words.say(
                    "Lieferstelle \(contract.meteringPoint). Messstellenbetreiber: \(meters). Codenummer des Netzbetreibers: \(code).",
                    "Supply point \(contract.meteringPoint). Metering operator: \(meters). Code of the network operator: \(code)."
                )
            })
    }

    /// How each estimate came about, once for each way (§ 40a(2) EnWG).
    var estimates: [String] {
        var texts: [String] = []
        for row in invoice.draft.shownMeters {
            for reading in [row.begin, row.end].compactMap(\.self) where reading.origin == .estimated {
                guard let method = EstimationMethod(rawValue: reading.method), method != .none else { continue }
                let text = words.say(
                    "Zähler \(row.serial): geschätzt nach dem Verfahren „\(method.german)“.",
                    "Meter \(row.serial): estimated by “\(method.word.replacing("-", with: " "))”.")
                if !texts.contains(text) { texts.append(text) }
            }
        }
        let isFromUse = invoice.draft.shownMeters.contains { row in
            [row.begin, row.end].contains { $0?.origin == .estimated && $0?.method == 0 }
        }
        if isFromUse {
            texts.append(
                words.say(
                    "Wo kein Verfahren genannt ist, wurde der Stand aus dem Verbrauch je Tag zwischen den nächsten abgelesenen Ständen fortgeschrieben.",
                    "Where no method is named, the reading was carried on from the daily use between the nearest readings."))
        }
        return texts
    }
}
