public import Billing
internal import Metering
internal import Values

/// The slots of a line as a table (CSV): what an auditor adds up to come to the line again.
///
/// Numbers are plain decimals, times local with their offset from UTC. `eur` is exact: quantity × price of the market, before the markup; its
/// sum and quantity × markup, rounded once, are the amount.
public enum SlotTable {
    private static let head = "at,meter,obis,kwh,status,version,zone,counts,posted_ct_per_kwh,price_ct_per_kwh,eur\r\n"

    /// - Returns: nil where the line was not computed from slots that are kept with the bill.
    public static func csv(_ line: Line) -> [UInt8]? {
        guard line.hasSlots else { return nil }
        let slots = line.pricedSlots
        var out: [UInt8] = []
        out.reserveCapacity(110 * slots.count + 200)
        out.append(contentsOf: head.utf8)
        for slot in slots {
            let cents = { (price: Int64?) in price.map { DecimalText.format($0, scale: 6) } ?? "" }
            var euros = ""
            if let price = slot.price { euros = exact(Int128(slot.micro) * Int128(price)) }
            let cells = [
                LocalTime.berlin.text(slot.at), field(slot.meter), slot.obis.description, DecimalText.format(slot.micro, scale: 6),
                slot.status.word, slot.version.map { "\($0)" } ?? "", slot.zone.map(field) ?? "", slot.counts ? "yes" : "no",
                cents(slot.posted), cents(slot.price), euros,
            ]
            out.append(contentsOf: cells.joined(separator: ",").utf8)
            out.append(contentsOf: "\r\n".utf8)
        }
        return out
    }

    /// 10^-14 EUR as a plain decimal.
    private static func exact(_ value: Int128) -> String {
        let scale: Int128 = 100_000_000_000_000
        let (whole, rest) = (value.magnitude / scale.magnitude, value.magnitude % scale.magnitude)
        var places = DecimalText.padded(UInt64(rest), to: 14)[...]
        while places.last == "0" { places.removeLast() }
        return (value < 0 ? "-" : "") + "\(whole)" + (places.isEmpty ? "" : ".\(places)")
    }

    private static func field(_ text: String) -> String {
        text.contains { $0 == "," || $0 == "\"" || $0.isNewline } ? "\"\(text.replacing("\"", with: "\"\""))\"" : text
    }
}
