internal import MeteringOperations
internal import Values
internal import Web

/// What checks the values of a point: other meters, and the nodes of the network it belongs to.
extension MeteringPointPage {
    /// A node with what flowed on the days shown.
    struct Node: Sendable {
        let record: NodeRecord
        let balance: [NodeRecord.Balance]
    }

    func references(_ screen: Screen) -> HTML {
        "\(checked(screen))\(balanced(screen))"
    }

    private func checked(_ screen: Screen) -> HTML {
        guard !checkMeters.isEmpty else { return .nothing }
        let title = screen("Vergleichszähler", "Check meters")
        let lines = checkMeters.map { check in
            Listing.Line([
                "\(check.obis.description)", "\(check.checkMeter) <small>\(check.checkObis.description)</small>",
                "\(check.isCalibrated ? screen("geeicht", "calibrated") : screen("nicht geeicht", "not calibrated"))",
                "<span class=\"day\">\(screen.format.period(check.valid))</span>", "\(check.author): \(check.reason)",
            ])
        }
        let columns: [Listing.Column] = [
            .init("OBIS"), .init(screen("geprüft von", "checked by")), .init(screen("Eichung", "Calibration")),
            .init(screen(Words.validity)),
            .init(screen("Warum", "Why")),
        ]
        return Parts.panel(title, Listing(caption: title, columns: columns, lines: lines, empty: "").html())
    }

    private func balanced(_ screen: Screen) -> HTML {
        let panels = nodes.map { node -> HTML in
            let members = node.record.members.map { member -> HTML in
                let direction = member.isInflow ? screen("hinein", "in") : screen("heraus", "out")
                return
                    "<li>\(direction): <a href=\"/metering-points/\(segment: member.meteringPoint)\">\(member.meteringPoint)</a> <small>\(member.obis.description)</small></li>"
            }
            let lines = node.balance.map { day -> Listing.Line in
                func amount(_ micro: Int64?) -> HTML {
                    micro.map { "\(screen.format.exact(Measure(micro: $0, unit: day.unit)))" } ?? "–"
                }
                return Listing.Line([
                    "<span class=\"day\">\(screen.format.day(day.day))</span>", amount(day.inflow), amount(day.outflow),
                    amount(day.difference),
                    "\(day.isComplete ? screen("ja", "yes") : screen("nein", "no"))",
                ])
            }
            let columns: [Listing.Column] = [
                .init(screen("Tag", "Day")), .init(screen("hinein", "in"), number: true), .init(screen("heraus", "out"), number: true),
                .init(screen("Differenz", "difference"), number: true), .init(screen("vollständig", "complete")),
            ]
            let empty = screen("An diesen Tagen war es kein Netzknoten.", "On these days it was no node.")
            return """
                <h3>\(node.record.name) <small class="day">\(screen.format.period(node.record.valid))</small></h3><ul>\(members)</ul>\
                \(Listing(caption: node.record.name, columns: columns, lines: lines, empty: empty).html())
                """
        }
        return panels.isEmpty ? .nothing : Parts.panel(screen("Bilanz der Netzknoten", "Balance of nodes"), "\(panels)")
    }
}
