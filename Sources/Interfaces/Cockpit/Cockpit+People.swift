internal import AccessOperations
internal import Values
internal import Web

extension CockpitInterface {
    /// Who may sign in, and which keys machines have.
    func addPeople(to site: inout Site) {
        let allowed = Access.permission(.manageUsers)
        site.get("/users", kind: .page, allow: allowed, summary: "People and keys") { try await people(self.screen($0)) }
        site.post("/users", kind: .page, allow: allowed, summary: "Add a person") { request in
            let form = try await request.form()
            let roles = Set(form.all("role").compactMap { Role(rawValue: $0) })
            let screen = self.screen(request)
            do {
                let password = try await ManageUsers(pool: pool).create(
                    login: form.filled("login") ?? "", name: form.filled("name") ?? form.filled("login") ?? "", roles: roles,
                    by: author(request), now: request.now)
                return try await people(
                    screen,
                    once: (screen("Einmal-Passwort für \(form["login"] ?? "")", "One-time password for \(form["login"] ?? "")"), password))
            } catch let refusal as ManageUsers.Refusal {
                return try await people(screen, error: PeoplePage.words(refusal, screen), typed: form)
            }
        }
        site.post("/users/{login}/{verb}", kind: .page, allow: allowed, summary: "Lock, unlock or reset a person") { request in
            let users = ManageUsers(pool: pool)
            let screen = self.screen(request)
            let login = request["login"]
            // Nobody locks the door behind the last administrator, who may be themselves.
            guard login != request.principal?.name else {
                return try await people(
                    screen, error: ("login", screen("Den eigenen Zugang ändert jemand anderes.", "Somebody else changes your own access.")))
            }
            do {
                switch request["verb"] {
                case "lock": try await users.setLocked(true, login: login, by: author(request), now: request.now)
                case "unlock": try await users.setLocked(false, login: login, by: author(request), now: request.now)
                case "reset":
                    let password = try await users.resetPassword(login: login, by: author(request), now: request.now)
                    return try await people(
                        screen, once: (screen("Einmal-Passwort für \(login)", "One-time password for \(login)"), password))
                default: throw Problem(.notFound)
                }
            } catch ManageUsers.Refusal.unknown { throw Problem(.notFound) }
            return .redirect("/users")
        }
        site.post("/api-keys", kind: .page, allow: allowed, summary: "Create a key") { request in
            let form = try await request.form()
            let screen = self.screen(request)
            let roles = Set(form.all("role").compactMap { Role(rawValue: $0) })
            guard let name = form.filled("name"), !roles.isEmpty else {
                return try await people(
                    screen,
                    error: ("key-name", screen("Ein Schlüssel braucht einen Namen und eine Rolle.", "A key needs a name and a role.")))
            }
            let key = try await ManageKeys(pool: pool).create(name: name, roles: roles, by: author(request), now: request.now)
            return try await people(screen, once: (screen("Schlüssel „\(name)“", "Key “\(name)”"), key))
        }
        site.post("/api-keys/{prefix}/revoke", kind: .page, allow: allowed, summary: "Revoke a key") { request in
            do { try await ManageKeys(pool: pool).revoke(request["prefix"], by: author(request), now: request.now) } catch ManageKeys
                .Refusal.unknown
            {
                throw Problem(.notFound)
            }
            return .redirect("/users")
        }
    }

    private func author(_ request: WebRequest) -> String { request.principal?.name ?? "" }

    private func people(
        _ screen: Screen, once: (label: String, secret: String)? = nil, error: (field: String, text: String)? = nil,
        typed: Fields = Fields()
    ) async throws -> WebResponse {
        let page = PeoplePage(
            users: try await ManageUsers(pool: pool).list(), keys: try await ManageKeys(pool: pool).list(), once: once, error: error,
            typed: typed)
        var response = screen.page(screen(Words.people), here: "/users", page.html(screen))
        if error != nil { response.status = 422 }
        return response
    }
}
