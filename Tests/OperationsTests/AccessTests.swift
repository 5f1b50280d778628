import AccessOperations
import Postgres
import TestKit
import Testing
import Values

private let start = Instant(seconds: 1_767_225_600)
private let here = "127.0.0.1"

@Suite struct `Roles` {
    @Test func `the names of the contract stay`() {
        #expect(Role.allCases.map(\.rawValue) == ["gateway", "billing", "finance", "service", "readonly", "admin"])
    }

    @Test func `each may what the contract says, and no more`() {
        #expect(Role.gateway.permissions.isSuperset(of: [.submitReadings, .readReadings, .readMeteringPoints, .importMasterData]))
        #expect(
            Role.gateway.permissions.isDisjoint(with: [
                .readPartners, .readInvoices, .readAccounts, .startBillingRuns, .postPayments, .manageUsers,
            ]))
        #expect(Role.billing.permissions.isSuperset(of: [.startBillingRuns, .publishTariffs, .readInvoices, .cancelInvoices]))
        #expect(Role.billing.permissions.isDisjoint(with: [.postPayments, .submitReadings, .manageUsers]))
        #expect(Role.finance.permissions.isSuperset(of: [.readAccounts, .postPayments, .readReports]))
        #expect(Role.finance.permissions.isDisjoint(with: [.submitReadings, .startBillingRuns, .manageUsers]))
        #expect(Role.service.permissions.isSuperset(of: [.readPartners, .writePartners, .readTasks]))
        #expect(Role.service.permissions.isDisjoint(with: [.postPayments, .startBillingRuns, .submitReadings]))
        let writing: Set<Permission> = [
            .submitReadings, .importMasterData, .exchangeMeters, .resolveFindings, .publishTariffs, .startBillingRuns, .cancelInvoices,
            .postPayments,
            .bookLedger, .writePartners, .workTasks, .manageUsers, .operate,
        ]
        #expect(Role.readonly.permissions.isDisjoint(with: writing))
        #expect(Role.admin.permissions == Set(Permission.allCases))
    }

    @Test func `who must change the password may do nothing else`() {
        let principal = Principal(name: "erika", roles: [.admin], means: .password, mustChangePassword: true)
        #expect(principal.permissions.isEmpty && !principal.may(.readPartners))
        #expect(Principal(name: "erika", roles: [.service, .billing], means: .password).may(.startBillingRuns))
    }

    @Test(arguments: [
        ("kurz", Password.Problem.tooShort), (String(repeating: "ab1", count: 50), .tooLong), ("aaaaaaaaaaaaaa", .tooCommon),
        ("Passwort2026!", .tooCommon),
        ("123456789012", .tooCommon), ("Stadtwerke2026", .tooCommon), ("Erika-und-Max-7", .containsLogin),
    ])
    func `a password is long and not what everybody takes`(password: String, problem: Password.Problem) {
        #expect(Password.problem(password, login: "erika") == problem)
    }

    @Test func `a sentence is a good password`() {
        #expect(Password.problem("drei Möwen auf dem Dach", login: "erika") == nil)
    }
}

@Suite(.database) struct `Keys` {
    private let pool = TestDatabase.current.pool

    @Test func `a key opens what its role may, is stored as a digest only, and is refused at once when revoked`() async throws {
        let keys = ManageKeys(pool: pool)
        let key = try await keys.create(name: "gateway-7", roles: [.gateway], by: "admin", now: start)
        let authenticate = Authenticate(pool: pool)
        let principal = try await authenticate(.bearer(key), address: here, now: start)
        #expect(principal.name == "key:gateway-7" && principal.roles == [.gateway])
        let dump = try await pool.with { connection in try connection.one("SELECT string_agg(k::text, ' ') FROM api_key k", as: String.self)
        }
        #expect(!dump.contains(key.suffix(43)))
        #expect(try await keys.list().map(\.lastUsed) == [start])
        #expect(try await keys.revoke("gateway-7", by: "admin", now: start) == 1)
        await #expect(throws: AuthenticationFailure.invalid) { try await authenticate(.bearer(key), address: here, now: start) }
        #expect(try await keys.revoke("gateway-7", by: "admin", now: start) == 0)
        await #expect(throws: ManageKeys.Refusal.unknown("x")) { try await keys.revoke("x", by: "admin", now: start) }
    }

    @Test func `a key is the person who made it`() async throws {
        let keys = ManageKeys(pool: pool)
        let authenticate = Authenticate(pool: pool)
        for name in ["one", "two"] {
            let key = try await keys.create(name: name, roles: [.billing], by: "anna", now: start)
            let principal = try await authenticate(.bearer(key), address: here, now: start)
            #expect((principal.name, principal.person) == ("key:\(name)", "anna"))
        }
        #expect(try await keys.list().map(\.createdBy) == ["anna", "anna"])
    }

    @Test func `a key ends on its day, and wrong ones are nothing`() async throws {
        let key = try await ManageKeys(pool: pool).create(
            name: "k", roles: [.billing], expiresAt: start.adding(seconds: 60), by: "admin", now: start)
        let authenticate = Authenticate(pool: pool)
        _ = try await authenticate(.bearer(key), address: here, now: start.adding(seconds: 59))
        await #expect(throws: AuthenticationFailure.invalid) {
            try await authenticate(.bearer(key), address: here, now: start.adding(seconds: 60))
        }
        for wrong in ["", "zw_", key + "x", String(key.dropLast()), String(repeating: "x", count: 100_000), "' OR 1=1 --"] {
            await #expect(throws: AuthenticationFailure.invalid) { try await authenticate(.bearer(wrong), address: here, now: start) }
        }
    }
}

@Suite(.database) struct `Signing in` {
    private let pool = TestDatabase.current.pool

    /// A user who has chosen a password.
    private func erika(_ roles: Set<Role> = [.service]) async throws -> String {
        let users = ManageUsers(pool: pool)
        let once = try await users.create(login: "erika", name: "Erika Muster", roles: roles, by: "admin", now: start)
        let chosen = "drei Möwen auf dem Dach"
        try await users.changePassword(login: "erika", from: once, to: chosen, now: start)
        return chosen
    }

    @Test func `a one-time password signs in and permits nothing but another`() async throws {
        let users = ManageUsers(pool: pool)
        let once = try await users.create(login: "Erika", name: "Erika Muster", roles: [.service], by: "admin", now: start)
        #expect(once.count == 19)
        let authenticate = Authenticate(pool: pool)
        let first = try await authenticate.signIn(login: "erika", password: once, address: here, now: start)
        #expect(first.principal.mustChangePassword && first.principal.permissions.isEmpty)
        await #expect(throws: ManageUsers.Refusal.wrongPassword) {
            try await users.changePassword(login: "erika", from: "wrong", to: "drei Möwen auf dem Dach", now: start)
        }
        await #expect(throws: ManageUsers.Refusal.password(.tooShort)) {
            try await users.changePassword(login: "erika", from: once, to: "kurz", now: start)
        }
        try await users.changePassword(login: "erika", from: once, to: "drei Möwen auf dem Dach", now: start)
        // The session of before is gone, the old password worth nothing.
        await #expect(throws: AuthenticationFailure.invalid) { try await authenticate(.session(first.session), address: here, now: start) }
        await #expect(throws: AuthenticationFailure.invalid) {
            try await authenticate(.basic(login: "erika", password: once), address: here, now: start)
        }
        let second = try await authenticate.signIn(login: "erika", password: "drei Möwen auf dem Dach", address: here, now: start)
        #expect(second.principal.may(.readPartners) && second.principal.displayName == "Erika Muster" && second.session != first.session)
    }

    @Test func `a session ends when idle, at its end, and when signed out`() async throws {
        let password = try await erika()
        let authenticate = Authenticate(pool: pool)
        let signedIn = try await authenticate.signIn(login: "erika", password: password, address: here, now: start)
        func look(after seconds: Int64) async throws -> Principal {
            try await authenticate(.session(signedIn.session), address: here, now: start.adding(seconds: seconds))
        }
        #expect(try await look(after: 29 * 60).name == "erika")
        #expect(try await look(after: 58 * 60).name == "erika")
        await #expect(throws: AuthenticationFailure.invalid) { try await look(after: 58 * 60 + 30 * 60) }
        var moment: Int64 = 58 * 60
        while moment < 12 * 3_600 - 20 * 60 {
            moment += 20 * 60
            _ = try await look(after: moment)
        }
        await #expect(throws: AuthenticationFailure.invalid) { try await look(after: 12 * 3_600) }
        let other = try await authenticate.signIn(login: "erika", password: password, address: here, now: start)
        try await authenticate.signOut(other.principal, now: start)
        await #expect(throws: AuthenticationFailure.invalid) { try await authenticate(.session(other.session), address: here, now: start) }
    }

    @Test func `wrong passwords slow down, unknown users alike, and only where they come from`() async throws {
        let password = try await erika()
        let authenticate = Authenticate(pool: pool)
        func attempt(_ login: String, _ password: String, from address: String = "10.0.0.9", after seconds: Int64 = 0) async
            -> AuthenticationFailure?
        {
            do {
                _ = try await authenticate(.basic(login: login, password: password), address: address, now: start.adding(seconds: seconds))
                return nil
            } catch let failure as AuthenticationFailure { return failure } catch { return .busy }
        }
        for login in ["erika", "nobody"] {
            for _ in 0..<3 { #expect(await attempt(login, "wrong") == .invalid) }
            #expect(await attempt(login, "wrong") == .wait(seconds: 1))
            #expect(await attempt(login, password, after: 0) == .wait(seconds: 1))
            #expect(await attempt(login, "wrong", after: 1) == .invalid)
            #expect(await attempt(login, "wrong", after: 1) == .wait(seconds: 2))
        }
        // From elsewhere the right password works at once: a stranger locks nobody out.
        #expect(await attempt("erika", password, from: here) == nil)
        // And from there, too, once the delay has passed; then all is forgotten.
        #expect(await attempt("erika", password, after: 10) == nil)
        #expect(await attempt("erika", "wrong", after: 10) == .invalid)
    }

    @Test func `a right password is remembered, but never beyond a change of rights`() async throws {
        let password = try await erika()
        let authenticate = Authenticate(pool: pool)
        let users = ManageUsers(pool: pool)
        func basic() async throws -> Principal {
            try await authenticate(.basic(login: "erika", password: password), address: here, now: start)
        }
        _ = try await basic()
        // Were the hash looked at again, this would refuse.
        try await pool.with { connection in try connection.script("UPDATE app_user SET password = 'broken'") }
        #expect(try await basic().name == "erika")
        await #expect(throws: AuthenticationFailure.invalid) {
            try await Authenticate(pool: pool)(.basic(login: "erika", password: password), address: "10.0.0.1", now: start)
        }
        await #expect(throws: AuthenticationFailure.invalid) {
            try await authenticate(.basic(login: "erika", password: password), address: "10.0.0.1", now: start.adding(seconds: 301))
        }
        let fresh = try await users.resetPassword(login: "erika", by: "admin", now: start)
        try await users.changePassword(login: "erika", from: fresh, to: password, now: start)
        _ = try await basic()
        try await users.setRoles([.finance], login: "erika", by: "admin", now: start)
        #expect(try await basic().roles == [.finance])
        try await users.setLocked(true, login: "erika", by: "admin", now: start)
        await #expect(throws: AuthenticationFailure.invalid) { try await basic() }
        try await users.setLocked(false, login: "erika", by: "admin", now: start)
        #expect(try await basic().name == "erika")
    }

    @Test func `locking and new rights end sessions at once`() async throws {
        let password = try await erika()
        let authenticate = Authenticate(pool: pool)
        let users = ManageUsers(pool: pool)
        let session = try await authenticate.signIn(login: "erika", password: password, address: here, now: start).session
        try await users.setRoles([.admin], login: "erika", by: "admin", now: start)
        await #expect(throws: AuthenticationFailure.invalid) { try await authenticate(.session(session), address: here, now: start) }
        let second = try await authenticate.signIn(login: "erika", password: password, address: here, now: start).session
        try await users.setLocked(true, login: "erika", by: "admin", now: start)
        await #expect(throws: AuthenticationFailure.invalid) { try await authenticate(.session(second), address: here, now: start) }
    }

    @Test func `the log knows who did what, and no password`() async throws {
        let password = try await erika()
        let authenticate = Authenticate(pool: pool)
        _ = try await authenticate.signIn(login: "erika", password: password, address: here, now: start)
        _ = try? await authenticate.signIn(login: "erika", password: "geheimes Wort", address: here, now: start)
        _ = try? await authenticate.signIn(login: "mein Passwort", password: "x", address: here, now: start)
        let log = try await AuditLog.list(pool: pool)
        #expect(log.map(\.entry.command) == ["session.refused", "session.refused", "session.begin", "user.change-password", "user.create"])
        #expect(log[0].entry.object == "unknown" && log[1].entry.object == "erika")
        let text = try await pool.with { connection in
            try connection.one(
                "SELECT (SELECT string_agg(l::text, ' ') FROM audit_log l) || (SELECT string_agg(u::text, ' ') FROM app_user u)",
                as: String.self)
        }
        for secret in [password, "geheimes Wort", "mein Passwort"] { #expect(!text.contains(secret)) }
        let refused = await #expect(throws: DatabaseError.self) { try await pool.with { try $0.script("DELETE FROM audit_log") } }
        #expect(refused?.sqlState == "ZW001")
    }

    @Test func `logins are unique and plain`() async throws {
        let users = ManageUsers(pool: pool)
        _ = try await users.create(login: "max", name: "Max", roles: [.readonly], by: "admin", now: start)
        await #expect(throws: ManageUsers.Refusal.loginTaken("max")) {
            try await users.create(login: "MAX", name: "M", roles: [.readonly], by: "a", now: start)
        }
        for bad in ["", "a b", "ümit", String(repeating: "a", count: 65), "x'--"] {
            await #expect(throws: ManageUsers.Refusal.badLogin(bad)) {
                try await users.create(login: bad, name: "M", roles: [.readonly], by: "a", now: start)
            }
        }
        await #expect(throws: ManageUsers.Refusal.noRole) { try await users.create(login: "ok", name: "M", roles: [], by: "a", now: start) }
        #expect(try await users.list().map(\.login) == ["max"])
    }

    @Test func `a flood of sign-ins is bounded`() async throws {
        _ = try await erika()
        let authenticate = Authenticate(pool: pool)
        let outcomes = await withTaskGroup(of: AuthenticationFailure?.self) { group in
            for index in 0..<24 {
                group.addTask {
                    do {
                        _ = try await authenticate(.basic(login: "user\(index)", password: "x"), address: "10.0.0.\(index)", now: start)
                        return nil
                    } catch { return error as? AuthenticationFailure }
                }
            }
            return await group.reduce(into: []) { $0.append($1) }
        }
        #expect(outcomes.allSatisfy { $0 == .invalid || $0 == .busy })
    }
}
