internal import Digests

/// Two independent guards against forms that a foreign site submits with our cookie: where the browser says it comes from, and a token
/// that only our pages know. Both work without script.
enum CSRF {
    static let field = "csrf"

    /// Reads the form and refuses it unless it came from a page of this session.
    /// - Throws: `Problem` (403), or what reading the body throws.
    static func check(_ request: inout WebRequest) async throws {
        guard isSameOrigin(request.headers) else { throw Problem(.csrf, "the form comes from another site") }
        request = try await request.collecting(limit: min(request.limit, WebRequest.formLimit))
        // Before the sign-in there is no session to bind a token to; the origin is the guard.
        guard let expected = request.csrfToken else { return }
        let form = try await request.form()
        guard let token = form[field], ConstantTime.equal(token, expected) else { throw Problem(.csrf) }
    }

    /// `Sec-Fetch-Site` where the browser sends it, else `Origin` against `Host`. Programs send neither and carry no cookies of a person.
    static func isSameOrigin(_ headers: Headers) -> Bool {
        if let site = headers["Sec-Fetch-Site"] { return site == "same-origin" || site == "none" }
        guard let origin = headers["Origin"] else { return true }
        guard let host = headers["Host"], let scheme = origin.range(of: "://") else { return false }
        return origin[scheme.upperBound...] == host
    }
}

extension String {
    /// Where a text begins in this one. (The standard library has this for regular expressions only; Foundation is not worth it.)
    fileprivate func range(of text: String) -> Range<String.Index>? {
        var start = startIndex
        while start < endIndex {
            if self[start...].hasPrefix(text) { return start..<index(start, offsetBy: text.count) }
            start = index(after: start)
        }
        return nil
    }
}
