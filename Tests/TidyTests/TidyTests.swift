import Foundation
import Testing

/// House rules that protect the design; each failure names the file and what to do instead.
@Suite struct `The house is tidy` {
    static let core = SourceTree.modules(in: "Core")
    static let formats = SourceTree.modules(in: "Formats")
    static let operations = SourceTree.modules(in: "Operations")
    static let interfaces = SourceTree.modules(in: "Interfaces")
    static let infrastructure = SourceTree.modules(in: "Infrastructure")
    static let system = SourceTree.modules(in: "System")

    private func expect(_ layer: String, _ module: String, mayImport allowed: [String]) {
        for file in SourceTree.files(below: "Sources/\(layer)\(module)") {
            for imported in file.imports where !allowed.contains(imported) {
                Issue.record("\(file.path) imports \(imported). \(module) may import: \(allowed.sorted().joined(separator: ", ")).")
            }
        }
    }

    @Test func `values import nobody`() { expect("", "Values", mayImport: []) }

    @Test(arguments: core) func `a core imports values and cores only`(module: String) {
        expect("Core/", module, mayImport: ["Values"] + Self.core)
    }

    @Test(arguments: formats) func `a format imports no database and no operations`(module: String) {
        expect(
            "Formats/", module,
            mayImport: ["Values", "Yams"] + Self.core + Self.formats + Self.infrastructure.filter { $0 != "Postgres" } + Self.system)
    }

    @Test(arguments: infrastructure) func `infrastructure knows no domain`(module: String) {
        expect(
            "Infrastructure/", module,
            mayImport: ["Values", "Foundation", "FoundationEssentials", "Glibc", "Logging", "Synchronization"] + Self.infrastructure
                + Self.system)
    }

    @Test(arguments: operations) func `operations import no interface and no server`(module: String) {
        expect(
            "Operations/", module,
            mayImport: ["Values", "Foundation", "FoundationEssentials", "Glibc", "Dispatch", "Logging", "Synchronization"]
                + Self.core + Self.formats + Self.operations + Self.infrastructure)
    }

    /// Who calls whom among operations: only along these arrows.
    static let arrows: [String: [String]] = [
        "BillingOperations": ["LedgerOperations", "MeteringOperations", "PartnerOperations"],
        // Contracts hang on metering points.
        "PartnerOperations": ["MeteringOperations"], "MeteringOperations": [], "LedgerOperations": [], "AccessOperations": [],
    ]
    @Test(arguments: operations) func `siblings among operations call each other in one direction`(module: String) throws {
        let allowed = try #require(Self.arrows[module], "say in TidyTests whom \(module) may call")
        for file in SourceTree.files(below: "Sources/Operations/\(module)") {
            for imported in file.imports where Self.operations.contains(imported) && imported != module && !allowed.contains(imported) {
                Issue.record("\(file.path) imports \(imported): introduce them where both are known, in an interface or BillingOperations.")
            }
        }
    }

    @Test(arguments: interfaces) func `only Web knows the HTTP server`(module: String) {
        let server = [
            "Hummingbird", "HummingbirdCore", "HummingbirdTLS", "NIOCore", "NIOPosix", "NIOHTTP1", "NIOSSL", "HTTPTypes", "NIOHTTPTypes",
            "ServiceLifecycle", "UnixSignals",
        ]
        let common = ["Values", "Foundation", "FoundationEssentials", "Glibc", "Logging", "Synchronization"]
        expect(
            "Interfaces/", module,
            mayImport: common + Self.core + Self.formats + Self.operations + Self.infrastructure + Self.interfaces
                + (module == "Web" ? server : []))
    }

    @Test func `ledger and billing cores do not know each other`() {
        for (module, other) in [("Ledger", "Billing"), ("Billing", "Ledger")] {
            for file in SourceTree.files(below: "Sources/Core/\(module)") where file.imports.contains(other) {
                Issue.record("\(file.path) imports \(other): an invoice becomes a journal entry in BillingOperations.")
            }
        }
    }

    @Test(arguments: core + ["Values"]) func `a core asks nobody what time it is, throws no dice and waits for nothing`(module: String) {
        let banned = [
            "Date()", "Date.now", ".now()", "clock_gettime", "SystemRandomNumberGenerator", ".random(in", "async ", "await ",
            "ContinuousClock", "import Foundation",
        ]
        for file in SourceTree.files(below: module == "Values" ? "Sources/Values" : "Sources/Core/\(module)") {
            for (number, line) in file.lines.enumerated() where !line.drop(while: { $0 == " " }).hasPrefix("//") {
                for word in banned where line.contains(word) {
                    Issue.record("\(file.path):\(number + 1) has “\(word)”: pass the day, the seed or the result in as an argument.")
                }
            }
        }
    }

    @Test(arguments: core + ["Values"]) func `no binary floating point where money and quantities are`(module: String) {
        // Statistics and profile formulas may use it; they live in files that say so in their name.
        let statistics = ["Statistics", "Profile", "Hampel", "Sigmoid", "Dynamisation"]
        for file in SourceTree.files(below: module == "Values" ? "Sources/Values" : "Sources/Core/\(module)")
        where !statistics.contains(where: file.path.contains) {
            for (number, line) in file.lines.enumerated() where !line.drop(while: { $0 == " " }).hasPrefix("//") {
                if line.firstMatch(of: /\b(Double|Float|CGFloat)\b/) != nil {
                    Issue.record("\(file.path):\(number + 1) uses binary floating point: use Money, Quantity, UnitPrice or Ratio.")
                }
            }
        }
    }

    @Test(arguments: interfaces) func `an interface holds no SQL`(module: String) {
        for file in SourceTree.files(below: "Sources/Interfaces/\(module)") {
            for (number, line) in file.lines.enumerated()
            where line.firstMatch(of: /"\s*(SELECT|INSERT INTO|UPDATE|DELETE FROM|WITH)\s+[a-z_(*]/) != nil {
                // Web keeps the stored answers of idempotent requests: they belong to the protocol, not to a domain.
                if module == "Web", file.path.contains("+SQL") { continue }
                Issue.record("\(file.path):\(number + 1) holds SQL: move it into a use case of the area's operations.")
            }
        }
    }

    @Test func `source files stay below 600 lines`() {
        for file in SourceTree.files(below: "Sources") where file.lines.count > 600 {
            Issue.record("\(file.path) has \(file.lines.count) lines: two ideas share a file.")
        }
    }

    @Test func `every module has its page of documentation`() {
        let modules =
            [("", "Values")] + Self.core.map { ("Core/", $0) } + Self.formats.map { ("Formats/", $0) }
            + Self.operations.map { ("Operations/", $0) }
            + Self.interfaces.map { ("Interfaces/", $0) } + Self.infrastructure.map { ("Infrastructure/", $0) }
        for (layer, module) in modules {
            let path = "Sources/\(layer)\(module)/\(module).docc/\(module).md"
            guard let page = try? String(contentsOf: SourceTree.root.appending(path: path), encoding: .utf8) else {
                Issue.record("\(path) is missing: ten lines that say Owns, Does not own, Times, Invariants.")
                continue
            }
            for word in ["Owns", "Does not own", "Times it distinguishes", "Invariants"] where !page.localizedCaseInsensitiveContains(word)
            {
                Issue.record("\(path) does not say “\(word)”.")
            }
        }
    }

    @Test func `no type is named like its module, none is a Manager`() {
        let modules = Self.core + Self.formats + Self.operations + Self.interfaces + Self.infrastructure + ["Values"]
        for file in SourceTree.files(below: "Sources") {
            for (number, line) in file.lines.enumerated() {
                guard let match = line.firstMatch(of: /\b(struct|class|enum|actor|protocol)\s+([A-Z][A-Za-z0-9]*)/) else { continue }
                let name = String(match.2)
                if modules.contains(name), !line.hasPrefix(" ") {
                    Issue.record("\(file.path):\(number + 1): \(name) is a module; name the type by what it is.")
                }
                if let suffix = ["Manager", "Helper", "Helpers", "Utils", "Impl"].first(where: name.hasSuffix) {
                    Issue.record("\(file.path):\(number + 1): \(name) ends in \(suffix); name it by what it does.")
                }
            }
        }
    }

    @Test func `nothing traps on purpose on input, nothing unfinished is left`() {
        let banned = ["TODO", "FIXME", "XXX", "fatalError(", "try!", " as! ", "unowned(unsafe)"]
        for file in SourceTree.files(below: "Sources") {
            for (number, line) in file.lines.enumerated() {
                for word in banned where line.contains(word) {
                    // A borrowed start tag cannot leave its call (it is not copyable), so it need not count references.
                    if word == "unowned(unsafe)", file.path == "Sources/Infrastructure/XML/XMLHandler.swift" { continue }
                    Issue.record("\(file.path):\(number + 1) has “\(word)”.")
                }
            }
        }
    }

    @Test func `unsafe and unchecked live in infrastructure and in measured hot loops`() {
        // Each of these says at its top why it is safe.
        let allowed = [
            "Sources/Infrastructure/", "Sources/Formats/JSON/", "Sources/Formats/ReadingFormats/", "Sources/Core/Metering/DayBlock",
            "Sources/Values/DecimalText", "Sources/Values/Day.swift",
            "Sources/Interfaces/Web/",
            "Sources/Interfaces/SOAP/Metering/SubmittedMessage", "Sources/zaehlwerk/",
        ]
        for file in SourceTree.files(below: "Sources") where !allowed.contains(where: file.path.hasPrefix) {
            for (number, line) in file.lines.enumerated()
            where line.contains("@unchecked Sendable") || line.firstMatch(of: /\bunsafe\s+[a-zA-Z(]/) != nil {
                if line.drop(while: { $0 == " " }).hasPrefix("//") { continue }
                Issue.record("\(file.path):\(number + 1) is unsafe outside of its places.")
            }
        }
    }

    @Test func `migrations are numbered without a gap and say why`() {
        let files = SourceTree.files(below: "Migrations", ending: ".sql")
        #expect(!files.isEmpty)
        for (index, file) in files.enumerated() {
            let name = file.path.split(separator: "/").last.map(String.init) ?? ""
            let digits = String(index + 1)
            #expect(name.hasPrefix(String(repeating: "0", count: 4 - digits.count) + digits + "_"), "\(file.path) is out of order")
            #expect(file.text.hasPrefix("--"), "\(file.path) has no header that says why")
        }
    }
}
