internal import AccessOperations
internal import Metering
internal import MeteringOperations
internal import Values
internal import Web

extension CockpitInterface {
    /// The life of the meters of a point: what happened, and forms for what happens next.
    func addDevices(to site: inout Site) {
        site.get(
            "/metering-points/{code}/devices", kind: .page, allow: .permission(.readMeteringPoints), summary: "The life of the meters"
        ) { request in try await devices(self.screen(request)) }
        site.post(
            "/metering-points/{code}/devices/{event}", kind: .page, allow: .permission(.exchangeMeters),
            summary: "Something happened to a meter"
        ) { request in try await happened(request) }
        site.post(
            "/metering-points/{code}/customer-readings", kind: .page, allow: .permission(.recordCustomerReadings),
            summary: "A customer read the meter"
        ) { request in try await customerReading(request) }
    }

    private func devices(_ screen: Screen, _ form: DeviceForm? = nil) async throws -> WebResponse {
        let code = screen.request["code"]
        let details = try await GetMeteringPoint(pool: pool)(code)
        var page = DevicesPage(details: details, events: try await ListDeviceEvents(pool: pool)(code), form: form)
        page.done = screen.request.query.filled("done").flatMap { DeviceEvent.Kind(rawValue: $0) }
        page.isDoubtful = screen.request.query["doubtful"] != nil
        var response = screen.page(screen("Leben der Zähler", "Life of the meters"), page.html(screen))
        if form != nil { response.status = 422 }
        return response
    }

    // MARK: what technicians do

    private func happened(_ request: WebRequest) async throws -> WebResponse {
        let screen = self.screen(request)
        let code = request["code"]
        guard let kind = DeviceEvent.Kind(rawValue: request["event"]), DevicesPage.acts.contains(kind) else { throw Problem(.notFound) }
        let details = try await GetMeteringPoint(pool: pool)(code)
        var form = DeviceForm(try await request.form(), screen)
        // The page is about the meters of this point; another one's are on another page.
        guard let serial = form["meter"], details.devices.contains(where: { $0.serial == serial }) else { throw Problem(.notFound) }
        do {
            try await carryOut(kind, serial, &form, screen)
        } catch let refusal as DeviceRefusal {
            form.refuse(DeviceWords.field(refusal, kind), DeviceWords.sentence(refusal, screen))
        } catch let problem as ExchangeMeter.Problem {
            let (field, text) = DeviceWords.sentence(problem, new: form["new"] ?? "", screen)
            form.refuse(field, text)
        }
        guard form.errors.isEmpty else { return try await devices(screen, form) }
        tasks.forget()
        try await look("meter.\(kind.rawValue)", "\(code)/\(serial)", screen)
        return .redirect("/metering-points/\(PercentCoding.encode(code))/devices?done=\(kind.rawValue)")
    }

    /// Nothing happens while the form has errors: all of them are told at once.
    private func carryOut(_ kind: DeviceEvent.Kind, _ serial: String, _ form: inout DeviceForm, _ screen: Screen) async throws {
        let life = MeterLife(pool: pool, directory: directory)
        let now = screen.request.now
        let act = form.act()
        let readings = form.readings("reading")
        switch kind {
        case .exchange:
            let new = form.text("new", "Die Nummer des neuen Zählers fehlt.", "The number of the new meter is missing.")
            let final = form.readings("final").map { ExchangeMeter.Request.Reading(obis: $0.obis, micro: $0.micro) }
            let start = form.readings("start").map { ExchangeMeter.Request.Reading(obis: $0.obis, micro: $0.micro) }
            guard form.errors.isEmpty, let act, let new else { return }
            var exchange = ExchangeMeter.Request(
                meteringPoint: screen.request["code"], day: act.day, oldSerial: serial, finalReadings: final, newSerial: new,
                startReadings: start)
            exchange.author = act.author
            exchange.reason = act.reason
            _ = try await ExchangeMeter(pool: pool, directory: directory)(exchange, now: now)
        case .removal:
            guard form.errors.isEmpty, let act else { return }
            try await life.remove(serial, act, readings: readings, now: now)
        case .relocation:
            let target = form.text("to", "Wohin? Die Nummer der Messstelle fehlt.", "Where to? The code of the metering point is missing.")
            guard form.errors.isEmpty, let act, let target else { return }
            try await life.relocate(serial, to: target, act, readings: readings, now: now)
        case .factor:
            _ = form.text("factor", "Der neue Faktor fehlt.", "The new factor is missing.")
            let factor = form.number("factor")
            guard form.errors.isEmpty, let act, let factor else { return }
            try await life.changeFactor(
                serial, obis: form["obis"].flatMap { ObisCode($0) }, to: Ratio(millionths: factor), act, readings: readings, now: now)
        case .reset:
            let before = form.number("before")
            let after = form.number("after") ?? 0
            guard form.errors.isEmpty, let act else { return }
            guard let obis = form["obis"].flatMap({ ObisCode($0) }) else { throw Problem(.badRequest, "obis") }
            try await life.reset(serial, obis: obis, act, before: before, after: after, now: now)
        case .installation, .customerReading: throw Problem(.notFound)
        }
    }

    // MARK: what customers read

    private func customerReading(_ request: WebRequest) async throws -> WebResponse {
        let screen = self.screen(request)
        let code = request["code"]
        var form = DeviceForm(try await request.form(), screen)
        let readings = form.readings("reading")
        if readings.isEmpty, form.errors.isEmpty,
            let obis = form.fields.pairs.first(where: { $0.name.hasPrefix("\(form.name)-reading-") })?.name
        {
            form.refuse(
                String(obis.dropFirst(form.name.count + 1)), screen("Tragen Sie mindestens einen Stand ein.", "Enter at least one reading.")
            )
        }
        let at = form.day().flatMap { day in
            form["time"].map { TypedMoment.parse("\(day)T\($0)") } ?? LocalTime.berlin.start(of: day)
        }
        if at == nil, form.errors.isEmpty { form.refuse("time", screen("Diese Uhrzeit gibt es nicht.", "There is no such time.")) }
        guard form.errors.isEmpty, let at else { return try await devices(screen, form) }
        do {
            let receipt = try await RecordCustomerReading(pool: pool, directory: directory)(
                .init(
                    meteringPoint: code, meter: form["meter"], at: at, readings: readings, isConfirmed: form["confirmed"] != nil,
                    author: request.principal?.name ?? "", reason: form["reason"] ?? ""), now: request.now)
            tasks.forget()
            try await look("meter.customer-reading", code, screen)
            let doubt = receipt.rejected > 0 ? "&doubtful=1" : ""
            return .redirect("/metering-points/\(PercentCoding.encode(code))/devices?done=customer-reading\(doubt)")
        } catch let refusal as DeviceRefusal {
            if case .implausible = refusal { form.isImplausible = true }
            form.refuse(DeviceWords.field(refusal, .customerReading), DeviceWords.sentence(refusal, screen))
            return try await devices(screen, form)
        }
    }
}
