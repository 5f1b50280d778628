/// The two languages of pages. German is what people here speak first; English stands beside it.
public enum Language: String, Sendable, Hashable, CaseIterable {
    case german = "de", english = "en"

    /// The person's choice (a cookie) before the browser's wish (`Accept-Language`), German without either.
    init(cookie: String?, acceptLanguage: String?) {
        if let cookie, let chosen = Language(rawValue: cookie) {
            self = chosen
            return
        }
        self = .german
        // Quality values are not weighed: browsers list languages in falling order.
        for wish in (acceptLanguage ?? "").split(separator: ",").prefix(16) {
            let primary = wish.drop { $0 == " " }.prefix { $0 != "-" && $0 != ";" && $0 != " " }.lowercased()
            if let known = Language(rawValue: primary) {
                self = known
                return
            }
        }
    }
}
