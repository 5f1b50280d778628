internal import AccessOperations
internal import InvoiceFormats
internal import Values
internal import Web

/// What a page is drawn for: who looks, in which language, and what they may see.
struct Screen: Sendable {
    let request: WebRequest
    let format: Format

    /// Open tasks, for the bar.
    let tasks: Int?

    init(_ request: WebRequest, tasks: Int? = nil) {
        self.request = request
        self.tasks = tasks
        format = Format(language: request.language)
    }

    var language: Language { request.language }
    /// Papers come in the language of the page they are asked for on.
    var paperLanguage: BillLanguage { language == .german ? .de : .en }
    var csrf: HTML { request.csrfField }

    /// The word in this person's language.
    func callAsFunction(_ phrase: Phrase) -> String { phrase(language) }
    /// A word that only one page uses.
    func callAsFunction(_ german: String, _ english: String) -> String { language == .german ? german : english }

    func may(_ permission: Permission) -> Bool { request.may(permission) }

    func money(_ amount: Money) -> HTML { "<span class=\"number\">\(format.money(amount))</span>" }
    func day(_ day: Day?) -> HTML { day.map { "<span class=\"day\">\(format.day($0))</span>" } ?? .nothing }
}
