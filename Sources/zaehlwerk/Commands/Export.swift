import ArgumentParser
import MeteringOperations
import Values

/// `zaehlwerk export`
struct Export: Errand {
    static let configuration = CommandConfiguration(
        abstract: "Writes the readings of a metering point to standard output.",
        discussion: """
            Formats: json, csv, nem12, mscons, espi, cim. The period is half-open; without one, all values are written. NEM12 and ESPI carry
            intervals only. What was imported in a format and is exported in it says the same.
            """)

    @OptionGroup var common: CommonOptions
    @Option(help: ArgumentHelp("code of the metering point", valueName: "code"))
    var point: String
    @Option(help: ArgumentHelp("one register or channel, such as 1-0:1.29.0", valueName: "obis"))
    var obis: String?
    @Option(help: ArgumentHelp("a day, or a time with offset", valueName: "time"))
    var from: String?
    @Option(help: ArgumentHelp("exclusive", valueName: "time"))
    var to: String?
    @Option(help: ArgumentHelp("what was known then", valueName: "time"))
    var asOf: String?
    @Option(help: "what to write")
    var format: Form
    @Option(help: ArgumentHelp("code of the sender, for formats that name one", valueName: "code"))
    var sender = ""
    @Option(help: ArgumentHelp("code of the recipient", valueName: "code"))
    var recipient = ""

    /// The words of `--format`.
    enum Form: String, CaseIterable, ExpressibleByArgument { case json, csv, nem12, mscons, espi, cim }

    func validate() throws { _ = try query() }

    private func query() throws -> ReadSeries.Query {
        let register = try obis.map { text in
            guard let code = ObisCode(text) else { throw ValidationError("“\(text)” is no OBIS code such as 1-0:1.29.0") }
            return code
        }
        return ReadSeries.Query(
            meteringPoint: point, obis: register, from: try from.map(Export.moment), to: try to.map(Export.moment),
            asOf: try asOf.map(Export.moment))
    }

    private static func moment(_ text: String) throws -> Instant {
        if let day = Day(entered: text) { return LocalTime.berlin.start(of: day) }
        do { return try Instant(text) } catch {
            throw ValidationError("“\(text)” is neither a day such as 2026-01-01 nor a time with offset such as 2026-01-01T00:00:00+01:00")
        }
    }

    func perform() async throws {
        try await Installation.use(try common.configuration()) { installation in
            let bytes = try await ExportReadings(pool: installation.pool)(
                query(), as: ExportReadings.Format(rawValue: format.rawValue) ?? .json, sender: sender, recipient: recipient, now: Clock.now
            )
            Output.bytes(bytes)
        }
    }
}
