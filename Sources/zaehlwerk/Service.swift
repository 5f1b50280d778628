import AccessOperations
import BillingOperations
import Cockpit
import LedgerOperations
import Logging
import MeteringOperations
import Postgres
import REST
import SOAP
import Values
import Web

/// The composition root: everything that serves, put together. Nothing here decides anything.
struct Service: Sendable {
    /// Enough that two cores and a handful of waiting transactions never wait for a connection, few enough for a small server.
    static let connections = 12

    let installation: Installation
    let allowsClearText: Bool

    /// Serves until SIGTERM or SIGINT; what was accepted is finished.
    func run() async throws {
        let configuration = installation.configuration
        let pool = installation.pool
        let logger = installation.logger

        let directory = MeterDirectory()
        let authenticate = Authenticate(pool: pool)
        let idempotency = IdempotencyStore(pool: pool)
        let health = Health { try await pool.with { connection in _ = try connection.one("SELECT 1", as: Int32.self) } }

        let scheme = configuration.tlsCertificate == nil ? "http" : "https"
        let host = configuration.host.contains(":") ? "[\(configuration.host)]" : configuration.host
        // Who listens everywhere, or on a port still to be drawn, learns its address from who asks.
        let isAnywhere = ["0.0.0.0", "::"].contains(configuration.host) || configuration.port == 0
        let address = isAnywhere ? "" : "\(scheme)://\(host):\(configuration.port)"
        var site = Site(
            settings: Site.Settings(publicURL: configuration.publicURL ?? address), gatekeeper: Gatekeeper(authenticate), logger: logger,
            idempotency: idempotency)
        site.addOperations(health: health)
        RESTInterface(pool: pool, directory: directory, version: Zaehlwerk.version).add(to: &site)
        SOAPEndpoint.renderFaults(on: &site)
        MeteringService.mount(
            on: &site,
            .init(
                ingest: IngestReadings(pool: pool, directory: directory), read: ReadSeries(pool: pool), point: GetMeteringPoint(pool: pool),
                exchange: ExchangeMeter(pool: pool, directory: directory)))
        CIMService.mount(
            on: &site, .init(ingest: IngestMarketMessages(IngestReadings(pool: pool, directory: directory)), pool: pool))
        MultiSpeakService.mount(on: &site, .init(ingest: IngestReadings(pool: pool, directory: directory), pool: pool))
        CustomersService.mount(on: &site, pool: pool)
        BillingService.mount(on: &site, pool: pool)
        LedgerService.mount(on: &site, pool: pool)
        CockpitInterface(pool: pool, authenticate: authenticate, directory: directory).add(to: &site)
        site.metrics.source { $0.observe(pool) }

        let routine = Routine(
            logger: logger,
            duties: [
                Routine.Duty("seal the ledger", every: .seconds(60)) { now in _ = try await SealLedger(pool: pool)(now: now) },
                // A run that was killed with its server goes on here; one at work elsewhere is only helped.
                Routine.Duty("resume billing runs", every: .seconds(600)) { now in
                    try await ResumeBillingRuns(pool: pool)(clock: { Clock.now }, now: now) { run, error in
                        logger.warning("a billing run cannot go on", metadata: ["run": "\(run)", "error": "\(Sentence.of(error))"])
                    }
                },
                // A quarter of an hour after the start, so that what piled up while the service was down has come in.
                Routine.Duty("survey metering points", every: .seconds(600), after: .seconds(900)) { now in
                    try await SurveyDuty(pool: pool, directory: directory)(now: now)
                },
                Routine.Duty("look for stale bills", every: .seconds(180), after: .seconds(60)) { now in
                    _ = try await SearchForCorrections(pool: pool, holder: SurveyDuty.holder)(now: now)
                },
                Routine.Duty("purge stored answers", every: .seconds(3_600)) { now in _ = try await idempotency.purge(now: now) },
            ])
        let tls = configuration.tlsCertificate.flatMap { certificate in
            configuration.tlsKey.map { Server.TLS(certificate: certificate, key: $0, clientAuthority: configuration.tlsClientAuthority) }
        }
        let server = Server(host: configuration.host, port: configuration.port, tls: tls, allowsClearText: allowsClearText)
        let finished = site
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { await routine.run() }
            group.addTask {
                try await server.run(finished, health: health) { port in Output.data("listening on \(scheme)://\(host):\(port)") }
            }
            defer { group.cancelAll() }
            // The routine only ends when it is cancelled, so this is the server's end.
            try await group.next()
        }
    }
}

extension Metrics {
    /// How busy the connections are, read when somebody asks.
    fileprivate func observe(_ pool: Pool) {
        let gauges = pool.gauges
        set("zaehlwerk_connections", Int64(gauges.idle), [Label("state", "idle")])
        set("zaehlwerk_connections", Int64(gauges.busy), [Label("state", "busy")])
        set("zaehlwerk_connections_waiting", Int64(gauges.waiting))
    }
}
