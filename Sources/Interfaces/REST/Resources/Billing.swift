internal import AccessOperations
internal import BillingOperations
internal import JSON
internal import Values
internal import Web

extension RESTInterface {
    var billingEndpoints: [Endpoint] {
        [
            Endpoint(
                method: .post, path: "/billing-runs", permission: .startBillingRuns, area: "billing",
                summary: "Starts an invoice batch, or finds the one that was started; running it again bills nothing twice",
                body: .json(
                    .object([
                        .optional("cycle", .text, "annual-01 … annual-12, monthly; mandatory unless `kind` is `final` or `interim`"),
                        .optional(
                            "periodEnd", .day,
                            "exclusive: 2026-01-01 bills 2025; mandatory unless `kind` is `final`, then today if it is missing"),
                        .optional(
                            "kind", .words(["cycle", "final", "interim"]),
                            "final: contracts that have ended before periodEnd, each to its own end, of `cycle` or of all; interim: a bill on demand for `contracts` (mandatory) up to periodEnd, from where billing stands; the next bill of the cycle begins where it ends"
                        ),
                        .optional("simulate", .boolean, "the same road, rolled back"),
                        .optional("region", .text, "only contracts whose attribute `region` says so; a run of its own"),
                        .optional(
                            "contracts", .array(.text), "only these: numbers or keys of contracts and accounts; a run of its own"),
                    ])), answer: .json(.named("BillingRun")), problems: [409, 422]
            ) { request in try await startRun(request) },
            Endpoint(
                method: .get, path: "/billing-runs", permission: .readBillingRuns, area: "billing",
                summary: "Invoice batches, newest first", query: Endpoint.paging,
                answer: .json(.page(of: .named("BillingRun")))
            ) { request in
                let page = try await ListBillingRuns(pool: pool)(cursor: request.query.filled("cursor"), limit: request.limit())
                return RESTInterface.list(page.runs, next: page.next) { RESTInterface.write($0, held: nil, to: &$1) }
            },
            Endpoint(
                method: .get, path: "/billing-runs/{run}", permission: .readBillingRuns, area: "billing",
                summary: "State, counts, sums, and the contracts kept back with reasons",
                answer: .json(.named("BillingRun"))
            ) { request in
                let get = GetBillingRun(pool: pool)
                let run = try await get(request["run"], now: request.now)
                let held = try await get.held(request["run"])
                return .json { writer in RESTInterface.write(run, held: held, to: &writer) }
            },
            Endpoint(
                method: .get, path: "/billing-runs/{run}/events", permission: .readBillingRuns, area: "billing",
                summary: "Progress as server-sent events: `progress` until the run is over, then `finished`; `state` says how",
                answer: .media(["text/event-stream"])
            ) { request in try await events(request) },
        ]
    }

    private func startRun(_ request: WebRequest) async throws -> WebResponse {
        let body = try JSONNode(parsing: await request.body())
        try body.allow(only: "cycle", "periodEnd", "kind", "simulate", "region", "contracts")
        let simulate = try body.optional("simulate")?.bool() ?? false
        let run = try await RunBilling(pool: pool).start(
            cycle: try RESTInterface.cycle(body), periodEnd: try RESTInterface.periodEnd(body, today: request.today),
            part: try RESTInterface.part(body), simulate: simulate, author: request.principal?.name ?? "", today: request.today,
            now: request.now)
        work(run, request)
        return .json { writer in RESTInterface.write(run, held: nil, to: &writer) }
    }

    /// What the run bills: a cycle, or with `kind: final` what has ended.
    private static func cycle(_ body: JSONNode) throws -> String {
        if try body.optionalString("kind") == "interim" { return "interim" }
        guard try isFinal(body) else { return try body.string("cycle") }
        guard let cycle = try body.optionalString("cycle") else { return "final" }
        return cycle.hasPrefix("final") ? cycle : "final-\(cycle)"
    }
    private static func isFinal(_ body: JSONNode) throws -> Bool {
        guard let kind = try body.optional("kind") else { return try body.optionalString("cycle")?.hasPrefix("final") ?? false }
        switch try kind.string() {
        case "final": return true
        case "cycle", "interim": return false
        default: throw kind.fault("expected cycle, final or interim")
        }
    }
    private static func periodEnd(_ body: JSONNode, today: Day) throws -> Day {
        guard try isFinal(body), try body.optional("periodEnd") == nil else {
            return try body.member("periodEnd").parsed(Day.expectation) { Day(entered: $0) }
        }
        return today
    }

    private func events(_ request: WebRequest) async throws -> WebResponse {
        let (number, clock) = (request["run"], request.clock)
        let get = GetBillingRun(pool: pool)
        _ = try await get(number)
        return .events { events in
            // At most an hour; a client that is still interested asks again by itself.
            for _ in 0..<7_200 {
                let run = try await get(number, now: clock())
                var writer = JSONWriter()
                RESTInterface.write(run, held: nil, to: &writer)
                try await events.send(run.isOver ? "finished" : "progress", data: writer.text, id: String(run.done))
                if run.isOver { return }
                try await Task.sleep(for: .milliseconds(500))
            }
        }
    }

    static func write(_ run: BillingRunRecord, held: [HeldContract]?, to writer: inout JSONWriter) {
        writer.object { writer in
            writer.member("number", run.number)
            writer.member("cycle", run.cycle)
            writer.member("periodStart", run.period.from.description)
            writer.member("periodEnd", run.period.until?.description)
            writer.member("state", run.state.rawValue)
            writer.member("simulated", run.isSimulation)
            writer.member("startedAt", run.startedAt.description)
            writer.member("finishedAt", run.finishedAt?.description)
            writer.member("author", run.author)
            writer.member("changedBy", run.changedBy)
            writer.member("changedAt", run.changedAt?.description)
            writer.member("region", run.region)
            writer.member("listed", run.listed)
            writer.member("contracts", run.contracts)
            writer.member("done", run.done)
            writer.member("contractsPerSecond", run.pace?.perSecond)
            writer.member("remainingSeconds", run.pace?.remainingSeconds)
            writer.member("billed", run.billed)
            writer.member("held", run.held)
            writer.member("net", run.net.description)
            writer.member("vat", run.tax.description)
            writer.member("gross", run.gross.description)
            guard let held else { return }
            writer.member("heldContracts", array: held) { contract, writer in
                writer.object { writer in
                    writer.member("contract", contract.contract)
                    writer.member("account", contract.account)
                    writer.member("from", contract.period.from.description)
                    writer.member("to", contract.period.until?.description)
                    RESTInterface.reason(contract.code, contract.explanation, &writer)
                }
            }
        }
    }
}
