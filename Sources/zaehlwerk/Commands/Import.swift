import ArgumentParser
import BillingOperations
import MeteringOperations

/// `zaehlwerk import`
struct Import: Errand {
    static let configuration = CommandConfiguration(
        abstract: "Imports readings, master data and payments.",
        discussion: """
            Readings may be JSON, CSV, NEM12, NEM13, MSCONS, ESPI, CIM MeterReadings or M-Bus, plain or gzip; the content tells.
            Takes the files in the order given and prints the counts of each. What is inside a file and cannot be taken is named on standard
            error with line, column and byte (of the unpacked file) and kept; the rest of the file is imported. Importing a file again changes nothing. Exit status 1 if a file as a whole
            could not be taken; the others are imported all the same.
            """)

    @OptionGroup var common: CommonOptions
    @Argument(help: ArgumentHelp("files to import", valueName: "file"))
    var files: [String]
    @Option(help: "what the files hold; recognised from the content if absent")
    var format: FileKind?

    func perform() async throws {
        try await Installation.use(try common.configuration()) { installation in
            let directory = MeterDirectory()
            var failed = 0
            for file in files {
                do {
                    let importFile = ImportFile(pool: installation.pool, directory: directory) { Output.message("\(file): \($0)") }
                    let outcome = try await importFile(file: file, as: format)
                    Output.data("\(file): \(outcome.counts)")
                    for refusal in outcome.refusals { Output.message("\(file): \(refusal)") }
                } catch {
                    failed += 1
                    Output.message("\(file): \(Sentence.of(error))")
                }
            }
            if let report = try await WatchForCorrections(pool: installation.pool)(author: SearchForCorrections.author, now: Clock.now),
                report.proposed > 0
            {
                Output.message("bills that come out differently by now: \(report.proposed); see `zaehlwerk corrections list`")
            }
            if failed > 0 { throw Failure("\(failed) of \(files.count) files could not be taken") }
        }
    }
}
