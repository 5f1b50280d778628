internal import AccessOperations
internal import Web

/// Signing in and choosing a password.
enum EntrancePage {
    static func signIn(_ screen: Screen, next: String, login: String = "", error: String? = nil, status: Int = 200) -> WebResponse {
        screen.outside(
            screen(Words.signIn), status: status,
            """
            <section class="panel card"><h1>Zählwerk</h1>\(error.map { Parts.notice(.bad, "<p>\($0)</p>") })\
            <form method="post" action="/sign-in"><input type="hidden" name="next" value="\(next)">\
            \(Parts.field("login", screen("Name", "Name"), value: login, required: true, attributes: " autocomplete=\"username\" autocapitalize=\"none\" spellcheck=\"false\" autofocus"))\
            \(Parts.field("password", screen("Passwort", "Password"), type: "password", required: true, attributes: " autocomplete=\"current-password\""))\
            <button class="first">\(screen(Words.signIn))</button></form></section>
            """)
    }

    static func password(_ screen: Screen, problem: (field: String, text: String)?) -> WebResponse {
        let isFirst = screen.request.principal?.mustChangePassword ?? false
        let why: HTML =
            isFirst
            ? "<p>\(screen("Das Passwort, mit dem Sie gekommen sind, gilt nur einmal. Wählen Sie Ihr eigenes.", "The password you came with is for one use. Choose your own."))</p>"
            : .nothing
        func error(_ field: String) -> String? { problem?.field == field ? problem?.text : nil }
        let title = screen("Neues Passwort", "New password")
        let content: HTML = """
            <section class="panel card"><h1>\(title)</h1>\(why)\(Parts.errors(screen, problem.map { [$0] } ?? []))<form method="post" action="/password">\(screen.csrf)\
            \(Parts.field("old", screen("Bisheriges Passwort", "Present password"), type: "password", error: error("old"), required: true, attributes: " autocomplete=\"current-password\""))\
            \(Parts.field("new", title, type: "password", hint: screen("Mindestens 12 Zeichen; ein Satz ist gut.", "At least 12 characters; a sentence is good."), error: error("new"), required: true, attributes: " autocomplete=\"new-password\" minlength=\"12\" maxlength=\"128\""))\
            \(Parts.field("again", screen("Noch einmal", "Once more"), type: "password", error: error("again"), required: true, attributes: " autocomplete=\"new-password\""))\
            <button class="first">\(screen(Words.save))</button></form></section>
            """
        var response = isFirst ? screen.outside(title, content) : screen.page(title, slim: true, content)
        if problem != nil { response.status = 422 }
        return response
    }

    /// At which field it is wrong, and how it is put right.
    static func words(_ refusal: ManageUsers.Refusal, _ screen: Screen) -> (field: String, text: String) {
        switch refusal {
        case .wrongPassword: ("old", screen("Das bisherige Passwort ist falsch.", "The present password is wrong."))
        case .password(let problem): ("new", words(problem, screen))
        case .loginTaken, .badLogin, .noRole, .unknown: ("new", screen("Das geht gerade nicht.", "That is not possible now."))
        }
    }

    private static func words(_ problem: Password.Problem, _ screen: Screen) -> String {
        switch problem {
        case .tooShort: screen("Es hat weniger als 12 Zeichen.", "It has fewer than 12 characters.")
        case .tooLong: screen("Es hat mehr als 128 Zeichen.", "It has more than 128 characters.")
        case .tooCommon: screen("Es steht auf der Liste der häufigsten Passwörter.", "It is on the list of the commonest passwords.")
        case .containsLogin: screen("Es enthält Ihren Anmeldenamen.", "It contains your login.")
        case .unchanged: screen("Es ist das bisherige.", "It is the present one.")
        }
    }
}
