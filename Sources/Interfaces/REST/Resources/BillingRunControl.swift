internal import AccessOperations
internal import BillingOperations
internal import JSON
internal import Ledger
internal import Values
internal import Web

extension RESTInterface {
    /// What a person does to a run, and what it came to.
    var billingRunEndpoints: [Endpoint] {
        [
            Endpoint(
                method: .post, path: "/billing-runs/{run}/pause", permission: .startBillingRuns, area: "billing",
                summary: "Lets a batch wait, whichever process works on it; pages that have begun are finished",
                answer: .json(.named("BillingRun")), problems: [409]
            ) { request in
                let run = try await PauseBillingRun(pool: pool)(
                    request["run"], author: request.principal?.name ?? "", now: request.now)
                return .json { writer in RESTInterface.write(run, held: nil, to: &writer) }
            },
            Endpoint(
                method: .post, path: "/billing-runs/{run}/continue", permission: .startBillingRuns, area: "billing",
                summary: "Lets a batch that waits go on, here", answer: .json(.named("BillingRun")), problems: [409]
            ) { request in
                let run = try await ContinueBillingRun(pool: pool)(
                    request["run"], author: request.principal?.name ?? "", now: request.now)
                work(run, request)
                return .json { writer in RESTInterface.write(run, held: nil, to: &writer) }
            },
            Endpoint(
                method: .post, path: "/billing-runs/{run}/stop", permission: .startBillingRuns, area: "billing",
                summary: "Ends a batch before its end; what is billed stays, the rest is billed when it is started again",
                answer: .json(.named("BillingRun")), problems: [409]
            ) { request in
                let run = try await StopBillingRun(pool: pool)(
                    request["run"], author: request.principal?.name ?? "", now: request.now)
                return .json { writer in RESTInterface.write(run, held: nil, to: &writer) }
            },
            Endpoint(
                method: .get, path: "/billing-runs/{run}/report", permission: .readBillingRuns, area: "billing",
                summary:
                    "Counts, sums by commodity, tax and tariff, holds by reason, largest and smallest bills, trial balance of its entries",
                query: [Endpoint.format],
                answer: .json(
                    RESTInterface.reportSchema(
                        .object([
                            .required(
                                "section", .words(["run", "commodity", "tax", "tariff", "hold", "notice", "largest", "smallest", "ledger"])),
                            .required("key", .text), .optional("text", .nullable(.text)), .optional("count", .nullable(.integer)),
                            .optional("net", .nullable(.decimal)), .optional("tax", .nullable(.decimal)),
                            .optional("gross", .nullable(.decimal)), .optional("debit", .nullable(.decimal)),
                            .optional("credit", .nullable(.decimal)),
                        ])))
            ) { request in
                let report = try await ReportBillingRun(pool: pool)(request["run"])
                return try RESTInterface.report(
                    report.table, request,
                    [
                        ("number", report.run.number), ("state", report.run.state.rawValue),
                        ("balances", report.balance.map { $0.balances ? "true" : "false" }),
                    ])
            },
        ]
    }

    /// The answer does not wait for the run; who is killed in the middle is resumed by the next start.
    func work(_ run: BillingRunRecord, _ request: WebRequest) {
        guard run.state == .running else { return }
        let billing = RunBilling(pool: pool)
        let (today, now, clock) = (request.today, request.now, request.clock)
        request.background.start("billing-run \(run.number)") {
            try await billing.work(run.number, today: today, clock: clock, now: now)
        }
    }

    /// `region` or `contracts`, not both; neither is the whole.
    static func part(_ body: JSONNode) throws -> BillingPart {
        switch (try body.optionalString("region"), try body.optional("contracts")) {
        case (nil, nil): return .whole
        case (let region?, nil): return .region(region)
        case (nil, let list?): return .listed(try list.elements().map { try $0.string() })
        case (_?, let list?): throw list.fault("a run is over a region or over a list, not both")
        }
    }
}
