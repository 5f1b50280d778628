internal import Values
internal import Web

/// The sheet of a chart over time. A phone gets a drawing of its own: the one of a desk, pressed to its width, would be a strip a
/// finger high, with letters to match.
enum Canvas: String, Sendable, CaseIterable {
    case desk, phone

    var width: Int { self == .desk ? 960 : 360 }
    var left: Int { self == .desk ? 96 : 78 }
    var plot: Int { self == .desk ? 180 : 172 }
    /// How many days are named below the axis at most.
    var days: Int { self == .desk ? 7 : 3 }
    /// Of a day of two.
    var hours: [Int] { self == .desk ? [0, 6, 12, 18] : [0, 12] }
    static let top = 14
    var base: Int { Canvas.top + plot }
    var height: Int { base + 30 }

    /// The pixel of a moment between two others, with some room at both ends.
    func x(_ at: Instant, from start: Instant, until end: Instant, room: (left: Int, right: Int)) -> Int {
        let length = max(start.seconds(until: end), 1)
        let place = min(max(start.seconds(until: at), 0), length)
        return left + room.left + Int(place * Int64(width - left - room.left - room.right) / length)
    }

    /// Both drawings; the style sheet shows the one that fits.
    static func figure(_ title: String, _ commodity: Commodity, id: String, _ drawing: (Canvas, String) -> HTML) -> HTML {
        let pictures = Canvas.allCases.map { canvas -> HTML in
            let own = canvas == .desk ? id : "\(id)p"
            return """
                <svg viewBox="0 0 \(canvas.width) \(canvas.height)" role="img" aria-labelledby="\(own)-t" class="\(commodity.rawValue) \(canvas.rawValue)">\
                <title id="\(own)-t">\(title)</title>\(drawing(canvas, own))</svg>
                """
        }
        return "<figure class=\"chart\">\(pictures)</figure>"
    }
}
