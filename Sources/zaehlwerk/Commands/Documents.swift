import ArgumentParser
import BillingOperations
import Foundation
import InvoiceFormats

/// `zaehlwerk documents`
struct DocumentsCommand: Errand {
    static let configuration = CommandConfiguration(
        commandName: "documents",
        abstract: "Draws the PDFs that are missing, of one run or of all invoices, on all cores.",
        discussion: """
            May be stopped and called again: a PDF that is there is kept and not drawn twice. Prints count, duration and rate. An invoice
            that does not come out of its stored inputs is named on standard error and left out; then the exit status is 1.
            """)

    @OptionGroup var common: CommonOptions
    @Option(help: "number of a billing run, such as L-16")
    var run: String?
    @Option(help: "de or en", transform: Parse.language)
    var language: BillLanguage = .de
    @Option(help: "draw at most so many")
    var limit: Int?
    @Option(help: "how many are drawn at a time; the number of cores by default")
    var workers: Int?

    func validate() throws {
        if let workers, !(1...64).contains(workers) { throw ValidationError("--workers is a number from 1 to 64") }
    }

    func perform() async throws {
        try await Installation.use(try common.configuration()) { installation in
            let started = ContinuousClock.now
            let progress = ProgressLine("documents")
            let workers = workers ?? ProcessInfo.processInfo.activeProcessorCount
            let report = try await RenderDocuments(pool: installation.pool, workers: workers)(
                run: run, language: language, limit: limit ?? .max, clock: { Clock.now }
            ) { progress.update(done: $0, of: $1) }
            progress.finish()
            let duration = started.duration(to: .now).components
            let seconds = Double(duration.seconds) + Double(duration.attoseconds) / 1e18
            Output.data(
                "documents: \(report.drawn) drawn, \(String(format: "%.2f", seconds)) s, \(String(format: "%.0f", Double(report.drawn) / max(seconds, 0.001)))/s on \(workers) cores"
            )
            for damaged in report.damaged { Output.message("invoice \(damaged.number): \(damaged.what)") }
            if !report.damaged.isEmpty {
                throw Failure("\(report.damaged.count) invoices were not drawn: they do not come out of their stored inputs; run verify")
            }
        }
    }
}
