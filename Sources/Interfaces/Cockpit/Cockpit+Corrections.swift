internal import AccessOperations
internal import Billing
internal import BillingOperations
internal import PartnerOperations
internal import Partners
internal import Values
internal import Web

extension CockpitInterface {
    /// Proposals of corrections: the list, the search, one of them, the decision.
    func addCorrections(to site: inout Site) {
        site.get("/corrections", kind: .page, allow: .permission(.readInvoices), summary: "Bills that would come out differently") {
            request in
            try await listCorrections(self.screen(request))
        }
        site.post("/corrections/find", kind: .page, allow: .permission(.releaseInvoices), summary: "Look for stale bills") { request in
            try await findCorrections(request)
        }
        site.get("/corrections/{id}", kind: .page, allow: .permission(.readInvoices), summary: "A proposed correction") { request in
            try await correction(self.screen(request))
        }
        site.post("/corrections/{id}", kind: .page, allow: .permission(.releaseInvoices), summary: "Release or dismiss a correction") {
            request in
            try await decideCorrection(request)
        }
    }

    private func listCorrections(_ screen: Screen) async throws -> WebResponse {
        let query = screen.request.query
        let state: CorrectionProposal.State? =
            query["state"] == "all" ? nil : query["state"].flatMap { CorrectionProposal.State(rawValue: $0) } ?? .proposed
        let account = query.filled("account")
        let (items, next) = try await ListCorrections(pool: pool)(
            state: state, account: account, invoice: query.filled("invoice"), cursor: query.filled("cursor"), limit: 50)
        let unclear = try await ListCorrections(pool: pool).unclear()
        let page = CorrectionsPage(
            items: items, next: next, state: state, account: account, search: search.state, unclear: unclear.items,
            unclearCount: unclear.count)
        return screen.page(screen("Berichtigungen", "Corrections"), here: "/billing-runs", page.html(screen))
    }

    /// Beside the request, because a large stock takes its time; a small one is done before the page comes back.
    private func findCorrections(_ request: WebRequest) async throws -> WebResponse {
        let (pool, search, author, now, clock) = (pool, search, request.principal?.name ?? "", request.now, request.clock)
        if search.begin(now: now) {
            let isStarted = request.background.start("find corrections") {
                do {
                    search.end(.finished(try await FindCorrections(pool: pool)(author: author, now: now), at: clock()))
                } catch {
                    search.end(.failed)
                    throw error
                }
            }
            if !isStarted { search.end(.failed) }
            try await look("corrections.find", "", self.screen(request))
        }
        for _ in 0..<30 where search.isRunning { try await Task.sleep(for: .milliseconds(100)) }
        return .redirect("/corrections")
    }

    // MARK: one of them

    private func correction(_ screen: Screen, error: String? = nil, typed: Fields = Fields()) async throws -> WebResponse {
        guard let id = Int64(screen.request["id"]) else { throw Problem(.notFound) }
        let details: CorrectionDetails
        do { details = try await ListCorrections(pool: pool).details(id) } catch BillingRefusal.unknownCorrection {
            throw Problem(.notFound)
        }
        let proposal = details.proposal
        try await look("correction.view", "\(id)", screen)
        let release = ReleaseCorrection(pool: pool)
        var page = CorrectionPage(
            details: details, approval: try await release.approvals(of: [id])[id], needsTwo: release.needsTwo(proposal),
            readings: ReadingComparison(billed: details.billedMeters, right: details.difference.meters), error: error, typed: typed)
        if proposal.state == .released {
            page.outdated = try await ReviewInstalmentPlans(pool: pool)(account: proposal.account, today: screen.request.today)
        }
        var response = screen.page("\(screen("Berichtigung", "Correction")) \(proposal.invoice)", here: "/billing-runs", page.html(screen))
        if error != nil { response.status = 422 }
        return response
    }

    private func decideCorrection(_ request: WebRequest) async throws -> WebResponse {
        let screen = self.screen(request)
        let form = try await request.form()
        guard let id = Int64(request["id"]) else { throw Problem(.notFound) }
        let isRelease = form["action"] != "dismiss"
        let (reason, author) = (form.filled("reason") ?? "", request.principal?.name ?? "")
        do {
            if isRelease {
                let method = form["method"].flatMap { CorrectionProposal.Method(rawValue: $0) } ?? .difference
                _ = try await ReleaseCorrection(pool: pool)(
                    id, method: method, reason: reason, author: author, person: request.principal?.person, today: request.today,
                    now: request.now)
            } else {
                _ = try await DecideCorrection(pool: pool).dismiss(id, reason: reason, author: author, now: request.now)
            }
        } catch let refusal as BillingRefusal {
            return try await correction(screen, error: BillingWords.refusal(refusal, screen), typed: form)
        }
        try await look(isRelease ? "correction.release" : "correction.dismiss", "\(id)", screen)
        return .redirect("/corrections/\(id)")
    }

    // MARK: on other pages

    /// On a bill: what it corrects, what corrected it, and whether it would come out differently by now.
    func correctionNote(_ record: InvoiceRecord, _ screen: Screen) async throws -> HTML {
        func bill(_ number: String) -> HTML { "<a class=\"day\" href=\"/invoices/\(segment: number)\">\(number)</a>" }
        var note: HTML = .nothing
        if let original = record.corrects { note += "<p>\(screen("Berichtigt die Rechnung", "Corrects the bill")): \(bill(original))</p>" }
        for proposal in try await ListCorrections(pool: pool)(state: nil, invoice: record.number, limit: 100).items {
            switch proposal.state {
            case .proposed:
                note += """
                    <div class="noprint">\(Parts.notice(.warn, "<p><strong>\(screen("Überholt", "Stale")):</strong> \(screen("Diese Rechnung käme heute anders heraus", "this bill would come out differently by now")) (\(CorrectionsPage.cause(proposal.cause, screen))), \(screen("Unterschied", "difference")) \(screen.money(proposal.gross)). <a href=\"/corrections/\(proposal.id)\">\(screen("Vorschlag ansehen", "See the proposal"))</a></p>"))</div>
                    """
            case .released:
                if let document = proposal.document, let storno = proposal.documentCancelledBy {
                    note +=
                        "<p>\(screen("Die Berichtigung", "The correction")) \(bill(document)) \(screen("ist zurückgenommen durch", "was taken back by")) \(bill(storno)) · <a href=\"/corrections/\(proposal.id)\">\(screen("Warum", "Why"))</a></p>"
                } else if let document = proposal.document {
                    note +=
                        "<p>\(screen("Berichtigt durch", "Corrected by")): \(bill(document)) (\(screen.money(proposal.gross))) · <a href=\"/corrections/\(proposal.id)\">\(screen("Warum", "Why"))</a></p>"
                }
            case .dismissed, .superseded: break
            }
        }
        return note
    }

    /// On the page of a partner: a late reading, the proposal, the decision, the document.
    func correctionStory(of overview: PartnerOverview, _ screen: Screen) async throws -> [(day: Day, text: HTML)] {
        guard screen.may(.readInvoices) else { return [] }
        let local = LocalTime.berlin
        var story: [(day: Day, text: HTML)] = []
        for account in overview.accounts {
            let proposals = try await ListCorrections(pool: pool)(state: nil, account: account.number.description, limit: 100).items
            for proposal in proposals.filter({ $0.state != .superseded }).suffix(6) {
                let cause = CorrectionsPage.cause(proposal.cause, screen)
                if let at = proposal.decidedAt {
                    let document: HTML =
                        proposal.document.map {
                            ", \(screen("gebucht mit", "booked with")) <a class=\"day\" href=\"/invoices/\(segment: $0)\">\($0)</a>"
                        } ?? .nothing
                    let storno: HTML =
                        proposal.documentCancelledBy.map {
                            ", \(screen("zurückgenommen durch", "taken back by")) <a class=\"day\" href=\"/invoices/\(segment: $0)\">\($0)</a>"
                        } ?? .nothing
                    story.append(
                        (
                            local.day(of: at),
                            "<a href=\"/corrections/\(proposal.id)\">\(screen("Berichtigung", "Correction")) \(screen(proposal.state.word.phrase))</a>\(document)\(storno)"
                        ))
                }
                story.append(
                    (
                        local.day(of: proposal.foundAt),
                        "\(screen("Berichtigung vorgeschlagen", "Correction proposed")) (\(cause)): <a href=\"/corrections/\(proposal.id)\">\(proposal.invoice)</a>, \(screen.money(proposal.gross))"
                    ))
            }
        }
        return story
    }
}
