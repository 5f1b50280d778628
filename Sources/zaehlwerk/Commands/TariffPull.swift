import ArgumentParser
import BillingOperations
import TariffFiles

extension Tariff {
    /// `zaehlwerk tariff pull`
    struct Pull: Errand {
        static let configuration = CommandConfiguration(
            abstract:
                "Writes into Tariffs/ what is published and missing there: versions written in the cockpit, prices that came by REST.",
            discussion: """
                Prints the paths that were written. Nothing is overwritten: `tariff diff` names what is edited. Afterwards the folder is the
                whole history again, and the next version can be written as a file.
                """)
        @OptionGroup var common: CommonOptions

        func perform() async throws {
            let configuration = try common.configuration()
            let known = Set(try Tariff.sources(configuration).map(\.path))
            try await Installation.use(configuration) { installation in
                var written = 0
                for source in try await ListTariffs(pool: installation.pool).sources() where !known.contains(source.path) {
                    do { try TariffSources.write(source, folder: configuration.tariffsFolder) } catch {
                        throw Failure("\(source.path) cannot be written: \(error)")
                    }
                    Output.data(source.path)
                    written += 1
                }
                Output.message(written == 0 ? "the folder has all that is published" : "\(written) written")
            }
        }
    }
}
