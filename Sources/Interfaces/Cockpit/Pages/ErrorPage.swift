internal import Web

/// What went wrong, in words a person can act on, with the number under which we find it in the log.
struct ErrorPage: Sendable {
    let problem: Problem

    func response(_ screen: Screen) -> WebResponse {
        let (title, text) = words
        let content: HTML = """
            <h1>\(screen(title))</h1><p>\(screen(text))</p>\
            <p class="small">\(screen("Kennung für Rückfragen", "Reference for questions")): <code>\(screen.request.correlation)</code></p>\
            <p><a class="button" href="/">\(screen("Zur Startseite", "To the start page"))</a></p>
            """
        var response =
            screen.request.principal == nil ? screen.outside(screen(title), content) : screen.page(screen(title), slim: true, content)
        response.status = problem.kind.status
        for field in problem.headers.fields { response.headers[field.name] = field.value }
        return response
    }

    private var words: (Phrase, Phrase) {
        switch problem.kind.status {
        case 400, 415:
            (
                Phrase("Das war nicht zu verstehen", "That could not be understood"),
                Phrase(
                    "Die Anfrage ist unvollständig oder beschädigt. Gehen Sie zurück und versuchen Sie es noch einmal.",
                    "The request is incomplete or damaged. Go back and try again.")
            )
        case 403 where problem.kind == .csrf:
            (
                Phrase("Das Formular ist abgelaufen", "The form has expired"),
                Phrase(
                    "Es gehört zu einer früheren Anmeldung. Gehen Sie zurück, laden Sie die Seite neu und schicken Sie es noch einmal ab.",
                    "It belongs to an earlier session. Go back, reload the page and send it again.")
            )
        case 401, 403:
            (
                Phrase("Das dürfen Sie hier nicht", "You may not do this"),
                Phrase(
                    "Ihrer Rolle fehlt das Recht dazu. Wer Zugänge verwaltet, kann es Ihnen geben.",
                    "Your role lacks the right. Whoever manages access can grant it.")
            )
        case 404:
            (
                Phrase("Das gibt es nicht", "There is no such thing"),
                Phrase("Die Adresse führt zu nichts. Vielleicht hilft die Suche.", "The address leads nowhere. The search may help.")
            )
        case 405, 406:
            (
                Phrase("So geht es nicht", "Not this way"),
                Phrase("Diese Adresse ist nicht zum Öffnen gedacht.", "This address is not meant to be opened.")
            )
        case 409, 422:
            (
                Phrase("Das passt nicht zusammen", "This does not fit together"),
                Phrase(
                    "Jemand war schneller, oder es widerspricht dem, was schon gespeichert ist. Laden Sie die Seite neu.",
                    "Somebody was faster, or it contradicts what is stored. Reload the page.")
            )
        case 413:
            (
                Phrase("Das ist zu groß", "That is too large"), Phrase("Schicken Sie es in kleineren Teilen.", "Send it in smaller parts.")
            )
        case 429:
            (
                Phrase("Zu viele Versuche", "Too many attempts"), Phrase("Warten Sie einen Augenblick.", "Wait a moment.")
            )
        case 503, 507:
            (
                Phrase("Gerade nicht erreichbar", "Not available right now"),
                Phrase(
                    "Die Datenbank antwortet nicht. Es ist nichts verloren; versuchen Sie es gleich noch einmal.",
                    "The database does not answer. Nothing is lost; try again shortly.")
            )
        default:
            (
                Phrase("Bei uns ist etwas schiefgegangen", "Something went wrong here"),
                Phrase(
                    "Es ist vermerkt. Wenn es wieder geschieht, nennen Sie uns die Kennung.",
                    "It has been noted. If it happens again, tell us the reference.")
            )
        }
    }
}
