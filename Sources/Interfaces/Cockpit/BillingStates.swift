internal import BillingOperations
internal import Web

/// A state as the pages say it: a word, and how it sounds.
struct StateWord: Sendable {
    let phrase: Phrase
    let tone: Parts.Tone

    init(_ german: String, _ english: String, _ tone: Parts.Tone = .plain) {
        phrase = Phrase(german, english)
        self.tone = tone
    }

    func chip(_ screen: Screen) -> HTML { Parts.chip(screen(phrase), tone) }
}

extension CorrectionProposal.State {
    var word: StateWord {
        switch self {
        case .proposed: StateWord("vorgeschlagen", "proposed", .warn)
        case .released: StateWord("freigegeben", "released", .good)
        case .dismissed: StateWord("verworfen", "dismissed")
        case .superseded: StateWord("überholt", "superseded")
        }
    }
}

extension HeldInvoice.State {
    var word: StateWord {
        switch self {
        case .held: StateWord("angehalten", "held", .warn)
        case .released: StateWord("freigegeben", "released")
        case .issued: StateWord("ausgestellt", "issued", .good)
        case .withdrawn: StateWord("hinfällig", "withdrawn")
        }
    }
}

extension InstalmentRecord.Standing {
    var word: StateWord {
        switch self {
        case .planned: StateWord("geplant", "planned")
        case .requested: StateWord("angefordert", "requested", .warn)
        case .partlyPaid: StateWord("teilweise bezahlt", "partly paid", .warn)
        case .paid: StateWord("bezahlt", "paid", .good)
        case .withdrawn: StateWord("hinfällig", "withdrawn")
        }
    }
}
