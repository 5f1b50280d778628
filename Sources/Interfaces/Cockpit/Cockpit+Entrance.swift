internal import AccessOperations
internal import Web

extension CockpitInterface {
    /// Signing in and out, the new password, language and light.
    func addEntrance(to site: inout Site) {
        site.get("/sign-in", kind: .page, allow: .open, summary: "Sign in") { request in
            if request.principal != nil { return .redirect(CockpitInterface.local(request.query["next"])) }
            return EntrancePage.signIn(Screen(request), next: request.query["next"] ?? "/")
        }
        site.post("/sign-in", kind: .page, allow: .open, summary: "Sign in") { request in try await signIn(request) }
        site.post("/sign-out", kind: .page, allow: .signedIn, summary: "Sign out") { request in
            if let principal = request.principal { try await authenticate.signOut(principal, now: request.now) }
            return .redirect("/sign-in").setting(cookie: SessionCookie.clear(isSecure: request.isSecure))
        }
        site.get("/password", kind: .page, allow: .signedIn, summary: "Choose a password") { request in
            EntrancePage.password(Screen(request), problem: nil)
        }
        site.post("/password", kind: .page, allow: .signedIn, summary: "Choose a password") { request in try await changePassword(request) }
        site.post("/preferences", kind: .page, allow: .open, summary: "Language and light") { request in
            let form = try await request.form()
            var response = WebResponse.redirect(CockpitInterface.local(form["back"]))
            let secure = request.isSecure ? "; Secure" : ""
            if let language = form["lang"].flatMap({ Language(rawValue: $0) }) {
                response.headers.add("Set-Cookie", "lang=\(language.rawValue); Path=/; Max-Age=31536000; SameSite=Lax\(secure)")
            }
            if let theme = form["theme"], ["light", "dark"].contains(theme) {
                response.headers.add("Set-Cookie", "theme=\(theme); Path=/; Max-Age=31536000; SameSite=Lax\(secure)")
            }
            return response
        }
    }

    private func signIn(_ request: WebRequest) async throws -> WebResponse {
        let form = try await request.form()
        let screen = Screen(request)
        let next = form["next"] ?? "/"
        guard request.isSecure || request.isLoopback else { throw Problem(.forbidden, "sign in over TLS") }
        guard let login = form.filled("login"), let password = form["password"], !password.isEmpty else {
            return EntrancePage.signIn(
                screen, next: next, login: form["login"] ?? "",
                error: screen("Bitte Name und Passwort eingeben.", "Please enter name and password."), status: 422)
        }
        do {
            let signedIn = try await authenticate.signIn(login: login, password: password, address: request.remoteAddress, now: request.now)
            // What came before ends: an old session under the same browser is not carried on.
            if let before = request.principal { try await authenticate.signOut(before, now: request.now) }
            return .redirect(signedIn.principal.mustChangePassword ? "/password" : CockpitInterface.local(next))
                .setting(cookie: SessionCookie.set(signedIn.session, isSecure: request.isSecure))
        } catch let failure as AuthenticationFailure {
            let text =
                switch failure {
                case .invalid: screen("Name oder Passwort ist falsch.", "Name or password is wrong.")
                case .wait(let seconds):
                    screen(
                        "Nach mehreren Versuchen geht es in \(seconds) Sekunden weiter.",
                        "After several attempts, try again in \(seconds) seconds.")
                case .busy: screen("Gerade melden sich viele an. Bitte noch einmal.", "Many people are signing in. Please try again.")
                }
            return EntrancePage.signIn(screen, next: next, login: login, error: text, status: failure == .invalid ? 401 : 429)
        }
    }

    private func changePassword(_ request: WebRequest) async throws -> WebResponse {
        let form = try await request.form()
        let screen = Screen(request)
        guard let principal = request.principal else { throw Problem(.unauthenticated) }
        let new = form["new"] ?? ""
        guard new == form["again"] ?? "" else {
            return EntrancePage.password(
                screen, problem: ("again", screen("Die beiden neuen Passwörter sind verschieden.", "The two new passwords differ.")))
        }
        do {
            try await ManageUsers(pool: pool).changePassword(login: principal.name, from: form["old"] ?? "", to: new, now: request.now)
        } catch let refusal as ManageUsers.Refusal {
            return EntrancePage.password(screen, problem: EntrancePage.words(refusal, screen))
        }
        // All sessions ended with the old password; this browser gets a new one at once.
        let signedIn = try await authenticate.signIn(login: principal.name, password: new, address: request.remoteAddress, now: request.now)
        return .redirect("/").setting(cookie: SessionCookie.set(signedIn.session, isSecure: request.isSecure))
    }

    /// A path of this site; anything else becomes the start page.
    static func local(_ path: String?) -> String {
        guard let path, path.hasPrefix("/"), !path.hasPrefix("//"), !path.hasPrefix("/\\"), !path.contains(where: \.isNewline) else {
            return "/"
        }
        return path
    }
}
