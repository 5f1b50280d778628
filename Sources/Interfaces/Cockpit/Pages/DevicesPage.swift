internal import AccessOperations
internal import Metering
internal import MeteringOperations
internal import Values
internal import Web

/// The life of the meters of a point: forms for what happens to them, and what has happened so far.
struct DevicesPage: Sendable {
    /// What a technician reports; each has a form of its own.
    static let acts: [DeviceEvent.Kind] = [.exchange, .removal, .relocation, .factor, .reset]

    let details: MeteringPointDetails
    let events: [DeviceEvent]
    /// The form that was refused, with what was typed.
    let form: DeviceForm?
    /// What was stored just now.
    var done: DeviceEvent.Kind?
    /// What was stored just now did not pass the rules.
    var isDoubtful = false

    func html(_ screen: Screen) -> HTML {
        """
        <p><a href="/metering-points/\(segment: details.code)">\(screen(Words.meteringPoint)) \(details.code)</a></p>\
        <h1>\(Parts.dot(details.commodity))\(screen("Leben der Zähler", "Life of the meters"))</h1>\
        \(Parts.errors(screen, form?.errors ?? []))\(stored(screen))<div class="two"><div>\(hanging(screen))</div><div>\(reading(screen))</div></div>\(past(screen))
        """
    }

    private func stored(_ screen: Screen) -> HTML {
        guard form == nil, let done else { return .nothing }
        guard !isDoubtful else {
            return Parts.notice(
                .warn,
                """
                \(screen(DeviceWords.kind(done))): \(screen("Aufgenommen, aber eine Regel zweifelt daran.", "Taken, but a rule doubts it.")) \
                <a href="/findings?point=\(segment: details.code)">\(screen(Words.findings))</a>
                """)
        }
        return Parts.notice(.good, "\(screen(DeviceWords.kind(done))): \(screen("gespeichert.", "stored."))")
    }

    // MARK: forms

    /// The devices that hang here now or will, each with what can happen to it.
    private func hanging(_ screen: Screen) -> HTML {
        let here = details.devices.enumerated().filter { index, device in
            device.installation.until.map { $0 > screen.request.today } ?? true || form?.name.hasSuffix("-\(index)") == true
        }
        guard !here.isEmpty else {
            return Parts.panel(
                screen(Words.meter), "<p class=\"empty\">\(screen("Hier hängt kein Zähler.", "No meter hangs here."))</p>")
        }
        return here.map { index, device in
            let forms = screen.may(.exchangeMeters) ? DevicesPage.acts.map { act($0, device, "\($0.rawValue)-\(index)", screen) } : []
            let registers = device.registers.map { register -> HTML in
                let parameters = register.parameters(on: max(device.installation.from, screen.request.today))
                let kind = screen(Words.rhythm(register.resolution))
                let factor: HTML = parameters.factor == .one ? .nothing : " × \(screen.format.decimal(parameters.factor.description))"
                return "<li>\(register.obis.description), \(kind), \(Format.unit(register.unit))\(factor)</li>"
            }
            return Parts.panel(
                "\(screen(Words.meter)) \(device.serial)",
                "<p class=\"quiet\">\(screen.format.period(device.installation))</p><ul class=\"small\">\(registers)</ul>\(forms)")
        }.joined()
    }

    private func act(_ kind: DeviceEvent.Kind, _ device: MeteringPointDetails.Device, _ name: String, _ screen: Screen) -> HTML {
        let inputs = DeviceInputs(form: form, name: name, screen: screen)
        let read = device.registers.filter { $0.resolution == nil }
        let unread = screen("leer: wird geschätzt", "empty: is estimated")
        let own: HTML
        switch kind {
        case .exchange:
            own = """
                \(inputs.day(screen("Erster Tag mit dem neuen Zähler", "First day with the new meter")))\
                \(inputs.readings("final", read, screen("Letzter Stand des alten", "Last reading of the old one"), hint: unread))\
                \(inputs.text("new", screen("Nummer des neuen Zählers", "Number of the new meter")))\
                \(inputs.readings("start", read, screen("Erster Stand des neuen", "First reading of the new one")))
                """
        case .removal:
            own = """
                \(inputs.day(screen("Erster Tag ohne den Zähler", "First day without the meter")))\
                \(inputs.readings("reading", read, screen("Letzter Stand", "Last reading"), hint: unread))
                """
        case .relocation:
            own = """
                \(inputs.day(screen("Erster Tag an der anderen Messstelle", "First day at the other metering point")))\
                \(inputs.text("to", screen("Nummer der anderen Messstelle", "Code of the other metering point")))\
                \(inputs.readings("reading", read, screen("Stand", "Reading"), hint: unread))
                """
        case .factor:
            own = """
                \(inputs.day(screen("Erster Tag mit dem neuen Faktor", "First day with the new factor")))\
                \(inputs.choice("obis", screen(Words.register), [("", screen("alle", "all"))] + Set(device.registers.map(\.obis)).sorted().map { ($0.description, $0.description) }))\
                \(inputs.text("factor", screen("Neuer Faktor", "New factor"), attributes: " inputmode=\"decimal\""))\
                \(inputs.readings("reading", read, screen("Stand", "Reading"), hint: unread))
                """
        default:
            guard !read.isEmpty else { return .nothing }
            own = """
                \(inputs.day(screen("Tag der Rücksetzung, 0 Uhr", "Day of the reset, at midnight")))\
                \(inputs.choice("obis", screen(Words.register), read.map { ($0.obis.description, $0.obis.description) }))\
                \(inputs.text("before", screen("Stand davor", "Reading before"), hint: unread, required: false, attributes: " inputmode=\"decimal\""))\
                \(inputs.text("after", screen("Stand danach", "Reading after"), hint: screen("leer: 0", "empty: 0"), required: false, attributes: " inputmode=\"decimal\""))
                """
        }
        return """
            <details\(raw: form?.name == name ? " open" : "")><summary>\(screen(DeviceWords.kind(kind)))</summary>\
            <form method="post" action="/metering-points/\(segment: details.code)/devices/\(raw: kind.rawValue)">\(screen.csrf)\
            \(inputs.hidden("meter", device.serial))\(own)\(inputs.text("reason", screen(Words.reason), hint: screen("Auftrag, Protokoll oder ein Satz", "Order, protocol or a sentence")))\
            <div class="verbs"><button class="first">\(screen(Words.save))</button></div></form></details>
            """
    }

    private func reading(_ screen: Screen) -> HTML {
        let read = details.devices.flatMap(\.registers).filter { $0.resolution == nil }
        guard screen.may(.recordCustomerReadings), !read.isEmpty else { return .nothing }
        let inputs = DeviceInputs(form: form, name: DeviceEvent.Kind.customerReading.rawValue, screen: screen)
        var codes: Set<ObisCode> = []
        let serials = details.devices.map(\.serial)
        let which: HTML =
            serials.count < 2
            ? .nothing
            : inputs.choice(
                "meter", screen(Words.meter),
                [("", screen("der an diesem Tag hing", "the one that hung that day"))] + serials.map { ($0, $0) })
        let isDoubted = form?.name == inputs.name && form?.isImplausible == true
        let box: HTML =
            isDoubted
            ? "<p><label><input type=\"checkbox\" name=\"\(inputs.name)-confirmed\" value=\"1\"> \(screen("Die Ziffern sind noch einmal verglichen; er steht so.", "The digits were compared again; it does show this."))</label></p>"
            : .nothing
        return Parts.panel(
            screen(DeviceWords.kind(.customerReading)), id: "customer-reading",
            """
            <form method="post" action="/metering-points/\(segment: details.code)/customer-readings">\(screen.csrf)\(inputs.hidden())\(which)\
            \(inputs.day(screen("Abgelesen am", "Read on")))\
            \(inputs.text("time", screen("Uhrzeit", "Time"), type: "time", hint: screen("leer: 0 Uhr", "empty: midnight"), required: false))\
            \(inputs.readings("reading", read.filter { codes.insert($0.obis).inserted }, screen("Stand", "Reading")))\
            \(inputs.text("reason", screen("Bemerkung", "Remark"), hint: screen("Karte, Telefon, Portal", "Card, telephone, portal"), required: false))\(box)\
            <div class="verbs"><button class="first">\(screen(Words.save))</button></div></form>
            """)
    }

    // MARK: what happened

    private func past(_ screen: Screen) -> HTML {
        let lines = events.map { event in
            Listing.Line([
                screen.day(event.day), "\(screen(DeviceWords.kind(event.kind)))", "\(event.meter)",
                "<ul>\(event.details.map { DeviceWords.detail($0, screen) })</ul>", "\(event.reason)", "\(event.author)",
                "<span class=\"day\">\(screen.format.moment(event.knownSince))</span>",
            ])
        }
        let title = screen("Was bisher geschah", "What happened so far")
        return Parts.panel(
            title, id: "events",
            Listing(
                caption: title,
                columns: [
                    .init(screen(Words.day)), .init(screen("Was", "What")), .init(screen(Words.meter)), .init(screen("Angaben", "Details")),
                    .init(screen(Words.reason)), .init(screen("von", "by")), .init(screen("bekannt seit", "known since")),
                ], lines: lines, empty: screen("Noch nichts gemeldet.", "Nothing was reported yet.")
            ).html())
    }
}

/// The fields of one form about a meter; what was typed into a refused form stands in them again.
struct DeviceInputs: Sendable {
    let form: DeviceForm?
    let name: String
    let screen: Screen

    func hidden(_ field: String? = nil, _ value: String = "") -> HTML {
        let more: HTML = field.map { "<input type=\"hidden\" name=\"\(name)-\($0)\" value=\"\(value)\">" } ?? .nothing
        return "<input type=\"hidden\" name=\"form\" value=\"\(name)\">\(more)"
    }

    func text(
        _ field: String, _ label: String, type: String = "text", hint: String? = nil, required: Bool = true, attributes: HTML = .nothing
    ) -> HTML {
        let id = "\(name)-\(field)"
        return Parts.field(
            id, label, type: type, value: form?.fields[id] ?? "", hint: hint, error: form?.errors.first { $0.field == id }?.text,
            required: required, attributes: " autocomplete=\"off\" maxlength=\"400\"\(attributes)")
    }

    func day(_ label: String) -> HTML { text("day", label, type: "date") }

    /// One field for each register.
    func readings(_ part: String, _ registers: [Register], _ label: String, hint: String? = nil) -> HTML {
        registers.map { register in
            text(
                "\(part)-\(register.obis)", "\(label) \(register.obis) (\(Format.unit(register.unit)))", hint: hint, required: false,
                attributes: " inputmode=\"decimal\"")
        }.joined()
    }

    func choice(_ field: String, _ label: String, _ options: [(value: String, word: String)]) -> HTML {
        let id = "\(name)-\(field)"
        let error: HTML = form?.errors.first { $0.field == id }.map { "<p class=\"error\" id=\"\(id)-error\">\($0.text)</p>" } ?? .nothing
        let chosen = form?.fields[id] ?? ""
        let lines = options.map { option -> HTML in
            "<option value=\"\(option.value)\"\(raw: option.value == chosen ? " selected" : "")>\(option.word)</option>"
        }
        let link: HTML = error.isEmpty ? .nothing : " aria-invalid=\"true\" aria-describedby=\"\(id)-error\""
        return """
            <div class="field\(raw: error.isEmpty ? "" : " wrong")"><label for="\(id)">\(label)</label>\(error)\
            <select id="\(id)" name="\(id)"\(link)>\(lines)</select></div>
            """
    }
}
