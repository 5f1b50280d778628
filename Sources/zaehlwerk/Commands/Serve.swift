import ArgumentParser
import Postgres

/// `zaehlwerk serve`
struct Serve: Errand {
    static let configuration = CommandConfiguration(
        abstract: "Serves REST, SOAP and the web cockpit until it is told to stop.",
        discussion: """
            Makes and migrates the embedded cluster if there is none, then prints “listening on http://HOST:PORT” to standard output.
            SIGTERM and SIGINT finish what was accepted and end with 0. The log goes to standard error, a JSON object per line.
            """)

    @OptionGroup var common: CommonOptions
    @OptionGroup var listen: ListenOptions
    @Flag(help: "use a data folder in a temporary place and remove it at the end")
    var ephemeral = false

    func perform() async throws {
        let configuration = try common.configuration(flags: listen.flags)
        try await Installation.use(configuration, role: .serve, ephemeral: ephemeral, connections: Service.connections, logger: Log.service)
        {
            try await Service(installation: $0, allowsClearText: listen.allowRemoteWithoutTLS).run()
        }
    }
}
