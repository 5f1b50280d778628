internal import Digests
internal import Web

/// Style, script and icon under addresses that change with their content, so that browsers may keep them for a year.
enum Assets {
    static let stylePath = "/assets/\(name(StyleSheet.text)).css"
    static let scriptPath = "/assets/\(name(Script.text)).js"
    static let iconPath = "/assets/\(name(icon)).svg"

    private static func name(_ text: String) -> String { String(SHA256.hash(text).hex.prefix(16)) }

    // A register's drum: three digits of which the last is moving.
    private static let icon = """
        <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"><rect width="32" height="32" rx="6" fill="#0b5c74"/>\
        <g fill="none" stroke="#fff" stroke-width="2"><rect x="5" y="9" width="6" height="14" rx="1"/><rect x="13" y="9" width="6" height="14" rx="1"/>\
        <rect x="21" y="5" width="6" height="14" rx="1"/></g></svg>
        """

    static func add(to site: inout Site) {
        for (path, text, type) in [
            (stylePath, StyleSheet.text, "text/css; charset=utf-8"), (scriptPath, Script.text, "text/javascript; charset=utf-8"),
            (iconPath, icon, "image/svg+xml"),
        ] {
            let bytes = Array(text.utf8)
            site.get(path, kind: .page, allow: .open, summary: "Style, script or icon") { _ in
                var response = WebResponse.bytes(bytes, type)
                response.headers["Cache-Control"] = "public, max-age=31536000, immutable"
                return response
            }
        }
    }
}
