import Foundation
import TestKit
import Testing

/// A person with a browser: cookies kept, forms sent as pages demand them.
struct Browser {
    let served: ServedProgram
    let cookie: String

    /// Adds a user, signs in with the password for one use, chooses another, and is in.
    static func signedIn(to served: ServedProgram, login: String, role: String) async throws -> Browser {
        let added = try await Served.program.run("user", "add", login, "--role", role)
        try #require(added.status == 0, "\(added.messages)")
        let password = String(added.output.dropLast())
        let chosen = "Ein Satz, der lang genug ist"

        let entered = try await form(served, "/sign-in", ["login": login, "password": password, "next": "/"])
        try #require(entered.headers["location"] == "/password", "\(entered.status) \(entered.text.prefix(300))")
        let first = Browser(served: served, cookie: try cookie(of: entered))
        let page = try await first.get("/password")
        let token = try #require(page.text.firstMatch(of: /name="csrf" value="([^"]+)"/)?.1, "\(page.text.prefix(2_000))")
        let changed = try await form(
            served, "/password", ["csrf": String(token), "old": password, "new": chosen, "again": chosen], cookie: first.cookie)
        try #require((300..<400).contains(changed.status), "\(changed.status)")
        return Browser(served: served, cookie: try cookie(of: changed))
    }

    func get(_ path: String) async throws -> ServedProgram.Answer { try await served.request("GET", path, headers: ["Cookie": cookie]) }

    private static func form(_ served: ServedProgram, _ path: String, _ fields: [String: String], cookie: String? = nil) async throws
        -> ServedProgram.Answer
    {
        let allowed = CharacterSet.alphanumerics
        let body = fields.map { "\($0)=\($1.addingPercentEncoding(withAllowedCharacters: allowed) ?? "")" }.joined(separator: "&")
        var headers = ["Content-Type": "application/x-www-form-urlencoded", "Sec-Fetch-Site": "same-origin"]
        headers["Cookie"] = cookie
        return try await served.request("POST", path, headers: headers, body: Data(body.utf8))
    }

    private static func cookie(of answer: ServedProgram.Answer) throws -> String {
        let set = try #require(answer.headers["set-cookie"], "no cookie was set")
        return String(set.prefix { $0 != ";" })
    }
}
