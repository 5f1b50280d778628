internal import AccessOperations
internal import Metering
internal import MeteringOperations
internal import ReadingFormats
internal import Values
internal import Web

extension CockpitInterface {
    /// The worklist: findings, what is done about them, and the way back.
    func addWorklist(to site: inout Site) {
        site.get("/findings", kind: .page, allow: .permission(.readFindings), summary: "Worklist of findings") { request in
            try await worklist(self.screen(request))
        }
        site.post("/findings", kind: .page, allow: .permission(.resolveFindings), summary: "Work off several findings") { request in
            try await workOffMany(request)
        }
        site.get("/findings/{id}", kind: .page, allow: .permission(.readFindings), summary: "A finding") { request in
            try await finding(self.screen(request))
        }
        site.post("/findings/{id}", kind: .page, allow: .permission(.resolveFindings), summary: "Resolve a finding") { request in
            try await workOff(request)
        }
        site.get("/edits", kind: .page, allow: .permission(.readFindings), summary: "What people did to values") { request in
            try await edits(self.screen(request))
        }
        site.post("/edits/{id}/undo", kind: .page, allow: .permission(.editReadings), summary: "Take an edit back") { request in
            try await undo(request)
        }
    }

    // MARK: the list

    private func asked(_ query: Fields) -> ListFindings.Filter {
        let isOpen: Bool? =
            switch query["state"] {
            case "resolved": false
            case "all": nil
            default: true
            }
        return ListFindings.Filter(
            isOpen: isOpen, rule: query.filled("rule"), severity: query.filled("severity").flatMap { Finding.Severity(rawValue: $0) },
            meteringPoint: query.filled("point"), meter: query.filled("meter"),
            commodity: query.filled("commodity").flatMap { Commodity(rawValue: $0) })
    }

    private func worklist(_ screen: Screen, error: String? = nil, typed: WorklistPage.Choice = .init()) async throws -> WebResponse {
        let query = screen.request.query
        let filter = asked(query)
        // What is done with is read from its end; what waits, by what is severe and has waited longest.
        let order: ListFindings.Order = filter.isOpen == true ? .urgent : .newest
        let (items, next) = try await ListFindings(pool: pool)(filter, order: order, cursor: query.filled("cursor"), limit: 50)
        var page = WorklistPage(items: items, next: next, filter: filter, error: error, typed: typed)
        page.unchanged = query["unchanged"].flatMap { Int($0) } ?? 0
        page.counts = try await CountFindings(pool: pool)()
        if let done = query.filled("done").flatMap({ Int64($0) }), screen.may(.editReadings) {
            page.done = try? await ListEdits(pool: pool)(done)
            if page.done?.undoneBy != nil || page.done?.action == .undo { page.done = nil }
        }
        var response = screen.page(screen(Words.worklist), here: "/findings", page.html(screen))
        if error != nil { response.status = 422 }
        return response
    }

    private func workOffMany(_ request: WebRequest) async throws -> WebResponse {
        let screen = self.screen(request)
        let form = try await request.form()
        func numbers(_ name: String) -> [Int64] { form.all(name).compactMap { Int64($0) } }
        let typed = WorklistPage.Choice(
            scope: form["scope"].flatMap { WorklistPage.Choice.Scope(rawValue: $0) } ?? .chosen, ids: Set(numbers("id")),
            note: form["note"] ?? "")
        guard let note = form.filled("note") else {
            return try await worklist(screen, error: screen("Sagen Sie mit einem Satz, warum.", "Say in a sentence why."), typed: typed)
        }
        let ids: [Int64]
        switch typed.scope {
        case .chosen: ids = numbers("id")
        case .page: ids = numbers("shown")
        case .filter:
            var wanted = asked(request.query)
            wanted.isOpen = true
            ids = try await ListFindings(pool: pool)(wanted, order: .urgent, limit: 1_000).items.map(\.id)
        }
        guard !ids.isEmpty else {
            return try await worklist(
                screen, error: screen("Wählen Sie mindestens eine Auffälligkeit aus.", "Select at least one finding."), typed: typed)
        }
        do {
            let action = try action(form, screen)
            return try await carryOut(ids, action, note, screen)
        } catch let refusal as EditRefusal { return try await worklist(screen, error: words(refusal, screen), typed: typed) }
    }

    // MARK: one finding

    private func record(_ screen: Screen) async throws -> (record: FindingRecord, older: Int64?) {
        guard let id = Int64(screen.request["id"]), id > 0, id < .max else { throw Problem(.notFound) }
        // The page that begins right above this one begins with this one.
        let found = try await ListFindings(pool: pool)(.init(isOpen: nil), cursor: String(id + 1), limit: 1).items
        guard let record = found.first, record.id == id else { throw Problem(.notFound) }
        let older = try await ListFindings(pool: pool)(.init(), cursor: String(id), limit: 1).items.first?.id
        return (record, older)
    }

    private func finding(_ screen: Screen, error: String? = nil, typed: Fields = Fields(), isPreview: Bool = false) async throws
        -> WebResponse
    {
        let (record, older) = try await record(screen)
        var page = FindingPage(record: record, older: older, error: error, note: typed["note"] ?? "")
        if screen.may(.readReadings), let point = record.meteringPoint, let meter = record.meter, let obis = record.obis {
            try await fill(&page, point, meter, obis)
            if isPreview {
                do {
                    page.preview = try await preview(record, point, meter, obis, isChannel: page.series?.resolution != nil, page.days)
                } catch let refusal as EditRefusal {
                    page.error = words(refusal, screen)
                }
            }
        }
        var response = screen.page(screen("Auffälligkeit", "Finding"), page.html(screen))
        if page.error != nil { response.status = 422 }
        return response
    }

    /// The values around the problem: some days of a channel, a year of a register.
    private func fill(_ page: inout FindingPage, _ point: String, _ meter: String, _ obis: ObisCode) async throws {
        let finding = page.record.finding
        let local = LocalTime.berlin
        let first = local.day(of: finding.from)
        let last = max(first, local.day(of: Instant(microseconds: max(finding.from.microseconds, finding.until.microseconds - 1))))
        let read = ReadSeries(pool: pool)
        let device = try await GetMeteringPoint(pool: pool)(point).devices.first { $0.serial == meter }
        let isChannel = device?.registers.first { $0.obis == obis }?.resolution != nil
        // As much around the problem as it is long, but always a few days and never more than a quarter.
        let margin = isChannel ? min(max(first.days(until: last), 2), 30) : 400
        let shown = MeteringPointPage.bounded(DayRange(from: first.adding(days: -margin), until: last.adding(days: margin + 1)))
        let (from, to) = (
            local.start(of: isChannel ? shown.from : first.adding(days: -margin)), local.start(of: last.adding(days: margin + 1))
        )
        page.series = try await read(.init(meteringPoint: point, obis: obis, from: from, to: to, limit: 20_000)).series.first {
            $0.meter == meter
        }
        if isChannel {
            page.days = shown
            for register in device?.registers.filter({ $0.resolution == nil }) ?? [] {
                page.readings += try await read(.init(meteringPoint: point, obis: register.obis, from: from, to: to, limit: 200)).series
                    .filter {
                        $0.meter == meter
                    }
            }
        }
        page.rejected = try await ReadRejected(pool: pool)(point, obis: obis, from: from, to: to).filter { $0.meter == meter }.map {
            .init(at: $0.at, micro: $0.micro, status: .rejected)
        }
        page.history = try await ReadHistory(pool: pool)(point, obis: obis, at: isChannel ? finding.from : finding.until).filter {
            $0.meter == meter
        }
    }

    private func preview(
        _ record: FindingRecord, _ point: String, _ meter: String, _ obis: ObisCode, isChannel: Bool, _ days: DayRange?
    ) async throws -> SeriesDocument.Register? {
        let finding = record.finding
        let request = EditValues.Request(
            meteringPoint: point, obis: obis, meter: meter, from: isChannel ? finding.from : finding.until, until: finding.until,
            action: .estimate, author: "preview", reason: "preview")
        return try await EditValues(pool: pool, directory: directory).preview(request, now: finding.until).series.first {
            $0.meter == meter
        }
    }

    private func workOff(_ request: WebRequest) async throws -> WebResponse {
        let screen = self.screen(request)
        let form = try await request.form()
        if form["action"] == "preview" { return try await finding(screen, typed: form, isPreview: true) }
        guard let note = form.filled("note") else {
            return try await finding(
                screen, error: screen("Sagen Sie mit einem Satz, was Sie gefunden haben.", "Say in a sentence what you found."), typed: form
            )
        }
        let record = try await record(screen).record
        guard record.isOpen else { return .redirect("/findings/\(record.id)") }
        do {
            return try await carryOut([record.id], try action(form, screen), note, screen)
        } catch let refusal as EditRefusal { return try await finding(screen, error: words(refusal, screen), typed: form) }
    }

    // MARK: what is done

    private func action(_ form: Fields, _ screen: Screen) throws -> ResolveFindings.Action {
        let action: ResolveFindings.Action
        switch form["action"] {
        case "accept": action = .accept
        case "confirm": action = .confirm
        case "estimate": action = .estimate(nil)
        case "withdraw": action = .withdraw
        case "replace":
            let lines = (form["values"] ?? "").split(whereSeparator: \.isNewline).map { $0.filter { !$0.isWhitespace } }.filter {
                !$0.isEmpty
            }
            action = .replace(
                try lines.map { line in
                    guard let micro = TypedNumber.micro(line, screen.language) else {
                        throw EditRefusal.impossibleValue(
                            screen("„\(line.prefix(40))“ ist keine Zahl.", "“\(line.prefix(40))” is no number."))
                    }
                    return micro
                })
        default: action = .settle
        }
        guard action == .settle || screen.may(.editReadings) else { throw Problem(.forbidden) }
        return action
    }

    private func carryOut(_ ids: [Int64], _ action: ResolveFindings.Action, _ note: String, _ screen: Screen) async throws -> WebResponse {
        let outcome = try await ResolveFindings(pool: pool, directory: directory)(
            ids, action: action, author: screen.request.principal?.name ?? "", reason: note, now: screen.request.now)
        tasks.forget()
        try await look("finding.resolve", ids.map(String.init).joined(separator: ","), screen)
        // Back to the list as it was filtered; its page may hold others by now.
        let list = screen.request.query.with("cursor", nil).with("done", String(outcome.edit.id))
            .with("unchanged", outcome.withoutValues.isEmpty ? nil : String(outcome.withoutValues.count))
        return .redirect("/findings?\(list.urlEncoded)")
    }

    // MARK: edits

    private func edits(_ screen: Screen, error: String? = nil) async throws -> WebResponse {
        let point = screen.request.query.filled("point")
        let (items, next) = try await ListEdits(pool: pool)(
            .init(meteringPoint: point), cursor: screen.request.query.filled("cursor"), limit: 50)
        var response = screen.page(
            screen("Bearbeitungen", "Edits"), here: "/findings",
            EditsPage(items: items, next: next, point: point, error: error).html(screen))
        if error != nil { response.status = 422 }
        return response
    }

    private func undo(_ request: WebRequest) async throws -> WebResponse {
        let screen = self.screen(request)
        guard let id = Int64(request["id"]) else { throw Problem(.notFound) }
        do {
            _ = try await UndoEdit(pool: pool, directory: directory)(
                id, author: request.principal?.name ?? "", reason: screen("in den Aufgaben rückgängig gemacht", "undone on the worklist"),
                now: request.now)
        } catch let refusal as EditRefusal {
            if case .unknownEdit = refusal { throw refusal }
            return try await edits(screen, error: words(refusal, screen))
        }
        tasks.forget()
        try await look("edit.undo", "\(id)", screen)
        return .redirect("/edits")
    }

    private func words(_ refusal: EditRefusal, _ screen: Screen) -> String {
        guard screen.language == .german else { return refusal.explanation }
        return switch refusal {
        case .missingReason: "Sagen Sie, warum; der Grund bleibt bei den Werten."
        case .missingAuthor: "Eine Bearbeitung braucht einen Namen."
        case .unknownRegister: "An dieser Messstelle gibt es das Zählwerk in dieser Zeit nicht."
        case .badSpan: "Der Zeitraum ist leer oder länger als 400 Tage."
        case .nothingThere: "In dieser Zeit gibt es keinen Wert, um den es gehen könnte."
        case .wrongCount(let expected, let given): "Es gehören \(expected) Werte hierher, nicht \(given)."
        case .impossibleValue(let why): why
        case .noBasis: "Es gibt nichts, woraus sich das schätzen ließe."
        case .unknownEdit(let id): "Die Bearbeitung \(id) gibt es nicht."
        case .alreadyUndone(let id): "Die Bearbeitung \(id) ist schon zurückgenommen."
        case .isUndo: "Das ist selbst eine Rücknahme; bearbeiten Sie den Wert neu."
        case .unknownDelivery(let id): "Die Lieferung \(id) gibt es nicht."
        case .alreadyCancelled(let id): "Die Lieferung \(id) ist schon storniert."
        case .notWithFindings: "Das geht nicht mit einer Auffälligkeit."
        case .unknownFinding(let id): "Die Auffälligkeit \(id) gibt es nicht."
        }
    }
}
