internal import AccessOperations
internal import Values
internal import Web

/// People and keys. A secret is shown once, on the answer that made it, and never again.
struct PeoplePage: Sendable {
    let users: [User]
    let keys: [APIKey]
    let once: (label: String, secret: String)?
    let error: (field: String, text: String)?
    let typed: Fields

    func html(_ screen: Screen) -> HTML {
        let secret: HTML =
            once.map { label, secret in
                Parts.notice(
                    .good,
                    "<p><strong>\(label):</strong> <code>\(secret)</code></p><p>\(screen("Es steht nur jetzt hier. Geben Sie es auf sicherem Weg weiter.", "It stands here only now. Pass it on by a safe way."))</p>"
                )
            } ?? .nothing
        return """
            <h1>\(screen(Words.people))</h1>\(secret)\(Parts.errors(screen, error.map { [$0] } ?? []))\
            \(Parts.panel(screen("Personen", "People"), "\(people(screen))\(newPerson(screen))"))\
            \(Parts.panel(screen("Schlüssel für Programme", "Keys for programs"), "\(machines(screen))\(newKey(screen))"))
            """
    }

    private func people(_ screen: Screen) -> HTML {
        let lines = users.map { user -> Listing.Line in
            let isLocked = user.disabledAt != nil
            let state =
                isLocked
                ? Parts.chip(screen("gesperrt", "locked"), .warn)
                : user.mustChangePassword
                    ? Parts.chip(screen("Passwort einmalig", "one-time password")) : Parts.chip(screen("aktiv", "active"), .good)
            let verbs: HTML =
                "\(verb(screen, user, isLocked ? "unlock" : "lock", isLocked ? screen("Entsperren", "Unlock") : screen("Sperren", "Lock")))\(verb(screen, user, "reset", screen("Passwort zurücksetzen", "Reset password")))"
            return Listing.Line([
                "\(user.login)", "\(user.name)", "\(user.roles.sorted().map(\.rawValue).joined(separator: ", "))", state, verbs,
            ])
        }
        return Listing(
            caption: screen("Personen", "People"),
            columns: [
                .init("Login"), .init("Name"), .init(screen("Rollen", "Roles")), .init(screen(Words.state)), .init(screen("Tun", "Do")),
            ], lines: lines,
            empty: screen("Noch niemand.", "Nobody yet.")
        ).html()
    }

    private func verb(_ screen: Screen, _ user: User, _ verb: String, _ word: String) -> HTML {
        guard user.login != screen.request.principal?.name else { return .nothing }
        return
            "<form method=\"post\" action=\"/users/\(segment: user.login)/\(raw: verb)\">\(screen.csrf)<button class=\"plain\">\(word)</button></form>"
    }

    private func machines(_ screen: Screen) -> HTML {
        let lines = keys.map { key -> Listing.Line in
            let verb: HTML =
                key.revokedAt == nil
                ? "<form method=\"post\" action=\"/api-keys/\(segment: key.prefix)/revoke\">\(screen.csrf)<button class=\"plain\">\(screen("Widerrufen", "Revoke"))</button></form>"
                : Parts.chip(screen("widerrufen", "revoked"), .warn)
            return Listing.Line([
                "\(key.name)", "<code>\(key.prefix)</code>", "\(key.roles.sorted().map(\.rawValue).joined(separator: ", "))",
                "\(key.lastUsed.map { screen.format.moment($0) } ?? "–")", verb,
            ])
        }
        return Listing(
            caption: screen("Schlüssel", "Keys"),
            columns: [
                .init("Name"), .init(screen("Beginnt mit", "Begins with")), .init(screen("Rollen", "Roles")),
                .init(screen("Zuletzt benutzt", "Last used")), .init(screen("Tun", "Do")),
            ],
            lines: lines, empty: screen("Noch kein Schlüssel.", "No key yet.")
        ).html()
    }

    private func newPerson(_ screen: Screen) -> HTML {
        """
        <details\(raw: error?.field == "login" ? " open" : "")><summary>\(screen("Person anlegen", "Add a person"))</summary><form method="post" action="/users">\(screen.csrf)\
        \(Parts.field("login", "Login", value: typed["login"] ?? "", hint: screen("Kleinbuchstaben, Ziffern und . - _ @", "Lower-case letters, digits and . - _ @"), required: true, attributes: " autocomplete=\"off\" maxlength=\"64\""))\
        \(Parts.field("name", "Name", value: typed["name"] ?? "", attributes: " autocomplete=\"off\" maxlength=\"200\""))\(roles(screen, "person"))\
        <div class="verbs"><button class="first">\(screen("Anlegen", "Add"))</button></div></form></details>
        """
    }

    private func newKey(_ screen: Screen) -> HTML {
        """
        <details\(raw: error?.field == "key-name" ? " open" : "")><summary>\(screen("Schlüssel anlegen", "Create a key"))</summary><form method="post" action="/api-keys">\(screen.csrf)\
        <div class="field"><label for="key-name">Name</label><input type="text" id="key-name" name="name" required maxlength="200" autocomplete="off"></div>\(roles(screen, "key"))\
        <div class="verbs"><button class="first">\(screen("Anlegen", "Create"))</button></div></form></details>
        """
    }

    private func roles(_ screen: Screen, _ form: String) -> HTML {
        let boxes = Role.allCases.map { role -> HTML in
            "<label><input type=\"checkbox\" name=\"role\" value=\"\(role.rawValue)\" id=\"\(form)-\(role.rawValue)\"> \(screen(PeoplePage.word(role)))</label>"
        }
        return "<fieldset><legend>\(screen("Rollen", "Roles"))</legend>\(boxes)</fieldset>"
    }

    static func word(_ role: Role) -> Phrase {
        switch role {
        case .gateway: Phrase("Gateway: liefert und liest Messwerte", "Gateway: delivers and reads readings")
        case .billing: Phrase("Abrechnung", "Billing")
        case .finance: Phrase("Finanzen", "Finance")
        case .service: Phrase("Kundenservice", "Customer service")
        case .readonly: Phrase("Nur lesen", "Read only")
        case .admin: Phrase("Verwaltung: darf alles", "Administration: may do everything")
        }
    }

    static func words(_ refusal: ManageUsers.Refusal, _ screen: Screen) -> (field: String, text: String) {
        switch refusal {
        case .loginTaken(let login): ("login", screen("\(login) gibt es schon.", "\(login) exists already."))
        case .badLogin:
            (
                "login",
                screen(
                    "Ein Login hat Kleinbuchstaben, Ziffern und . - _ @, höchstens 64.",
                    "A login has lower-case letters, digits and . - _ @, at most 64.")
            )
        case .noRole: ("person-service", screen("Wählen Sie mindestens eine Rolle.", "Choose at least one role."))
        case .unknown, .password, .wrongPassword: ("login", screen("Das geht so nicht.", "Not this way."))
        }
    }
}
