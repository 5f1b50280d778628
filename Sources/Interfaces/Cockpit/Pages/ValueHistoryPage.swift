internal import Metering
internal import MeteringOperations
internal import Values
internal import Web

/// Everything that was ever known of one value of a point, and the way to what the page of the point said then.
struct ValueHistoryPage: Sendable {
    let details: MeteringPointDetails
    var obis: ObisCode?
    var at: Instant?
    var versions: [ReadHistory.Version] = []
    /// Series of the point that are computed.
    var computed: [ReadVirtualPoint.Series] = []
    /// As they were typed.
    var typed = (obis: "", at: "")
    var errors: [(field: String, text: String)] = []

    private var registers: [Register] { details.devices.flatMap(\.registers) }

    func html(_ screen: Screen) -> HTML {
        """
        <p><a href="/metering-points/\(segment: details.code)">\(screen(Words.meteringPoint)) \(details.code)</a></p>\
        <h1>\(Parts.dot(details.commodity))\(screen("Geschichte eines Werts", "History of a value"))</h1>\
        \(Parts.errors(screen, errors))\(form(screen))\(known(screen))
        """
    }

    private func form(_ screen: Screen) -> HTML {
        let codes = Set(registers.map(\.obis) + computed.map(\.obis)).sorted().map(\.description)
        let options = (codes.contains(typed.obis) ? codes : [""] + codes).map { code -> HTML in
            "<option value=\"\(code)\"\(raw: code == typed.obis ? " selected" : "")>\(code)</option>"
        }
        return """
            <form class="filter"><div><label for="obis">\(screen(Words.register))</label><select id="obis" name="obis">\(options)</select></div>\
            <div><label for="at">\(screen(Words.moment))</label><input type="datetime-local" step="1" id="at" name="at" value="\(at.map { TypedMoment.field($0) } ?? "")"></div>\
            <button>\(screen(Words.show))</button></form>
            """
    }

    /// A table for each meter that hung there.
    private func known(_ screen: Screen) -> HTML {
        guard let obis, let at else { return .nothing }
        var meters: [String] = []
        for version in versions where !meters.contains(version.meter) { meters.append(version.meter) }
        guard !meters.isEmpty else {
            return Parts.panel(
                "\(obis) · \(screen.format.moment(at))", HistoryTable(versions: [], unit: .kilowattHour).html(screen))
        }
        return meters.map { meter in
            let own = versions.filter { $0.meter == meter }
            let unit =
                registers.first { $0.serial == meter && $0.obis == obis }?.unit ?? computed.first { $0.obis == obis }?.unit ?? .kilowattHour
            let then = own.map { version -> HTML in
                "<li><a href=\"\(page(as: version))\">\(screen.format.moment(version.knownSince)), \(screen(Words.version)) \(version.version)</a></li>"
            }
            return Parts.panel(
                "\(meter) · \(obis) · \(screen.format.moment(own.first?.at ?? at))",
                """
                \(HistoryTable(versions: own, unit: unit).html(screen))\
                <h3>\(screen("Die Messstelle, wie sie damals bekannt war", "The metering point as it was known then"))</h3><ul>\(then)</ul>
                """)
        }.joined()
    }

    /// The page of the point around the value, as of the version.
    private func page(as version: ReadHistory.Version) -> String {
        let day = LocalTime.berlin.day(of: version.at)
        return
            "/metering-points/\(PercentCoding.encode(details.code))?last=\(day)&as_of=\(PercentCoding.encode(version.knownSince.description))"
    }
}
