import AccessOperations
import Postgres
import Values

/// The people and the machine client of the demonstration. Their secrets are made at the first start and shown once.
struct DemoPeople: Sendable {
    let pool: Pool

    private static let people: [(login: String, name: String, role: Role)] = [
        ("billing", "Birte Abrechnung", .billing), ("finance", "Fiete Kasse", .finance), ("service", "Silke Kundendienst", .service),
        ("admin", "Anke Leitung", .admin),
    ]
    private static let key = "demo"

    /// Creates whoever is missing. What to show, a line each.
    func create() async throws -> [String] {
        let users = ManageUsers(pool: pool)
        let keys = ManageKeys(pool: pool)
        let existing = Set(try await users.list().map(\.login))
        var lines: [String] = []
        for person in DemoPeople.people where !existing.contains(person.login) {
            let password = try await users.create(login: person.login, name: person.name, roles: [person.role], by: "demo", now: Clock.now)
            lines.append("user \(person.login)  one-time password \(password)")
        }
        if try await !keys.list().contains(where: { $0.name == DemoPeople.key && $0.revokedAt == nil }) {
            let key = try await keys.create(name: DemoPeople.key, roles: [.admin], by: "demo", now: Clock.now)
            lines.append("API key  \(key)")
        }
        if lines.isEmpty {
            lines.append(
                """
                the demo users (\(DemoPeople.people.map(\.login).joined(separator: ", "))) and the API key “\(DemoPeople.key)” exist; \
                a new password: zaehlwerk user reset-password LOGIN; a new key: zaehlwerk key create --name NAME --role admin
                """)
        }
        return lines
    }
}
