import ArgumentParser

/// The program: one word per errand. What each does stands in its own file of `Commands`.
@main
struct Zaehlwerk: AsyncParsableCommand {
    /// Shown by `--version`, in `/openapi.json`, and beside a bill's inputs.
    static let version = "1.0.0"

    static let configuration = CommandConfiguration(
        commandName: "zaehlwerk",
        abstract: "Meter readings, tariffs, bills and a ledger for a utility.",
        discussion: """
            Without DATABASE_URL the program keeps a private PostgreSQL in its data folder. Any command may run beside a running serve.
            Data goes to standard output, messages to standard error. Exit status: 0 done, 1 failed, 64 wrong usage.
            """,
        version: version,
        subcommands: [
            Serve.self, Migrate.self, Import.self, Export.self, Tariff.self, Estimate.self, Parameters.self, Survey.self, Quality.self,
            BillCommand.self, Checks.self, Corrections.self, Instalments.self, InvoiceCommand.self,
            DocumentsCommand.self, Report.self, Verify.self, User.self,
            Key.self,
            Doctor.self, Demo.self,
        ])
}
