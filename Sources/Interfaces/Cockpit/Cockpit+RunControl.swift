internal import AccessOperations
internal import BillingOperations
internal import ReportFormats
internal import Values
internal import Web

extension CockpitInterface {
    /// Pause, continue, stop of a run, and its report as files.
    func addRunControl(to site: inout Site) {
        site.post("/billing-runs/{number}/pause", kind: .page, allow: .permission(.startBillingRuns), summary: "Let a run wait") {
            request in
            let run = try await PauseBillingRun(pool: pool)(request["number"], author: request.principal?.name ?? "", now: request.now)
            return .redirect("/billing-runs/\(run.number)")
        }
        site.post("/billing-runs/{number}/continue", kind: .page, allow: .permission(.startBillingRuns), summary: "Let a run go on") {
            request in
            let run = try await ContinueBillingRun(pool: pool)(request["number"], author: request.principal?.name ?? "", now: request.now)
            work(run.number, request)
            return .redirect("/billing-runs/\(run.number)")
        }
        site.post("/billing-runs/{number}/stop", kind: .page, allow: .permission(.startBillingRuns), summary: "End a run") { request in
            let run = try await StopBillingRun(pool: pool)(request["number"], author: request.principal?.name ?? "", now: request.now)
            return .redirect("/billing-runs/\(run.number)")
        }
        site.get("/billing-runs/{number}.csv", kind: .page, allow: .permission(.readBillingRuns), summary: "Report of a run as CSV") {
            request in
            let table = try await ReportBillingRun(pool: pool)(request["number"]).table
            return .attachment(table.csv, "text/csv; charset=utf-8", name: table.name + ".csv")
        }
        site.get("/billing-runs/{number}.xlsx", kind: .page, allow: .permission(.readBillingRuns), summary: "Report of a run as a sheet") {
            request in
            let table = try await ReportBillingRun(pool: pool)(request["number"]).table
            return .attachment(
                try table.xlsx(), "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", name: table.name + ".xlsx")
        }
    }
}
