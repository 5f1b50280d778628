internal import Web

/// A word or sentence of the pages, in both languages: one of them cannot be forgotten.
struct Phrase: Sendable, Hashable {
    let german: String
    let english: String

    init(_ german: String, _ english: String) {
        self.german = german
        self.english = english
    }

    func callAsFunction(_ language: Language) -> String {
        switch language {
        case .german: german
        case .english: english
        }
    }
}
