internal import AccessOperations
internal import Billing
internal import BillingOperations
internal import JSON
internal import Values
internal import Web

extension RESTInterface {
    /// Plans of instalments that go on with an old amount after a correction.
    var outdatedPlanEndpoints: [Endpoint] {
        [
            Endpoint(
                method: .get, path: "/outdated-instalment-plans", permission: .readInvoices, area: "billing",
                summary: "Plans whose bill was corrected since, with the amount that would be right; none changes by itself",
                query: [.init("account", .text, "number or key of a contract account"), .init("contract", .text, "number or key")],
                answer: .json(.object([.required("items", .array(RESTInterface.outdatedPlan))]))
            ) { request in
                let plans = try await ReviewInstalmentPlans(pool: pool)(
                    account: request.query.filled("account"), contract: request.query.filled("contract"), today: request.today, limit: 1_000
                )
                return RESTInterface.all(plans) { RESTInterface.write($0, to: &$1) }
            },
            Endpoint(
                method: .post, path: "/contracts/{number}/instalment-plan/review", permission: .startBillingRuns, area: "billing",
                summary: "Plans anew by the bill as it stands, or leaves the plan as it is with a reason; what was requested stays",
                body: .json(
                    .object([
                        .required("decision", .words(["adopt", "keep"])), .optional("reason", .text, "why it stays; with keep"),
                    ])),
                answer: .json(
                    .object([.required("contract", .text), .required("instalment", .nullable(.decimal), "gross of each from now on")])),
                problems: [404, 422]
            ) { request in
                let body = try JSONNode(parsing: await request.body())
                try body.allow(only: "decision", "reason")
                let isKept = try body.member("decision").parsed("adopt or keep") { ["adopt": false, "keep": true][$0] }
                let (contract, author) = (request["number"], request.principal?.name ?? "")
                let review = ReviewInstalmentPlans(pool: pool)
                let found = try await review(contract: contract, today: request.today).first
                var each = found?.each
                if isKept {
                    try await review.keep(
                        contract, reason: try body.optionalString("reason") ?? "", author: author, today: request.today, now: request.now)
                } else {
                    let plan = try await review.adopt(contract, author: author, today: request.today, now: request.now)
                    each = plan?.instalments.first?.gross
                }
                return .json { [each] writer in
                    writer.object { writer in
                        writer.member("contract", found?.contract ?? contract)
                        writer.member("instalment", each?.description)
                    }
                }
            },
        ]
    }

    private static let outdatedPlan = Schema.object([
        .required("contract", .text), .required("account", .text), .required("recipient", .text),
        .required("invoice", .text, "the last bill"), .required("changedBy", .text, "the document that changed what a year costs"),
        .required("yearly", .decimal, "as planned"), .required("rightYearly", .decimal, "by the bill as it stands"),
        .required("instalment", .decimal, "gross, as planned"), .required("rightInstalment", .nullable(.decimal), "null: none"),
        .required("tooMuch", .boolean, "to be lowered before the next one (§ 13 StromGVV)"), .required("nextDue", .day),
    ])

    private static func write(_ plan: OutdatedPlan, to writer: inout JSONWriter) {
        writer.object { writer in
            writer.member("contract", plan.contract)
            writer.member("account", plan.account)
            writer.member("recipient", plan.recipient)
            writer.member("invoice", plan.invoice)
            writer.member("changedBy", plan.changedBy)
            writer.member("yearly", plan.yearly.description)
            writer.member("rightYearly", plan.rightYearly.description)
            writer.member("instalment", plan.each.description)
            writer.member("rightInstalment", plan.rightEach?.description)
            writer.member("tooMuch", plan.isTooMuch)
            writer.member("nextDue", plan.nextDue.description)
        }
    }
}
