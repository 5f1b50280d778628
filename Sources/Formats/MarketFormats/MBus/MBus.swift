internal import JSON
internal import Values
internal import Metering

/// Decoded M-Bus telegrams (EN 13757): the XML that libmbus writes, and the JSON of wM-Bus receivers.
///
/// A telegram is one meter and a handful of counters; the meter is its identification number. Values of a due day (storage number
/// above 0, `target_…`) are readings too, at the end of that day. What is no counter, such as temperatures, becomes the state of
/// the device.
public enum MBus {
    /// What a telegram's medium says about its counters.
    enum Medium {
        case electricity, gas, heat, cooling, hotWater, coldWater, costAllocator, other

        init(_ text: String) {
            let text = text.lowercased()
            func has(_ word: String) -> Bool { text.contains(word) }
            self =
                if has("allocat") { .costAllocator } else if has("electric") { .electricity } else if has("gas") {
                    .gas
                } else if has("warm water") || has("hot water") { .hotWater } else if has("water") { .coldWater } else if has("heat") {
                    .heat
                } else if has("cooling") { .cooling } else { .other }
        }

        /// The OBIS code of a counter; nil if the medium has none for it.
        func obis(_ dimension: UnitCode.Dimension, device: Int, tariff: Int, isFeedIn: Bool = false) -> ObisCode? {
            guard (0...64).contains(device), (0...63).contains(tariff) else { return nil }
            let b = UInt8(device)
            let e = UInt8(tariff)
            return switch (self, dimension) {
            case (.electricity, .energy): ObisCode(1, b, isFeedIn ? 2 : 1, 8, e)
            case (.gas, .volume): ObisCode(7, b, 3, 0, e)
            case (.heat, .energy): ObisCode(6, b, 1, 0, e)
            case (.heat, .volume): ObisCode(6, b, 2, 0, e)
            case (.cooling, .energy): ObisCode(5, b, 1, 0, e)
            case (.cooling, .volume): ObisCode(5, b, 2, 0, e)
            case (.hotWater, .volume): ObisCode(9, b, 1, 0, e)
            case (.coldWater, .volume): ObisCode(8, b, 1, 0, e)
            case (.costAllocator, .count): ObisCode(4, b, 1, 0, e)
            default: nil
            }
        }
    }

    /// The moment of a due day's value: the end of the local day. A meter writes its days as ISO dates, or `2000-00-00` for none.
    static func dueInstant(_ text: String) -> Instant? {
        if let day = Day(text.limited(10)), text.utf8.count == 10 { return LocalTime.berlin.start(of: day.adding(days: 1)) }
        // A time with a Z is the meter's own clock all the same: libmbus appends it without knowing a zone.
        guard text.utf8.count >= 16, let day = Day(text.limited(10)) else { return nil }
        let clock = text.dropFirst(11).prefix(5).split(separator: ":").compactMap { Int($0) }
        guard clock.count == 2, (0...23).contains(clock[0]), (0...59).contains(clock[1]) else { return nil }
        return LocalTime.berlin.instant(day, hour: clock[0], minute: clock[1])
    }

    /// Energy in kWh where it comes out even: meters count in tens and hundreds of watt hours, registers in kWh.
    static func tidy(_ micro: Int64, _ scale: UnitScale) -> (micro: Int64, unit: UnitCode)? {
        switch scale.unit {
        case .wattHour:
            if let shifted = DecimalField.shifted(micro, by: scale.shift - 3) { return (shifted, .kilowattHour) }
        case .megawattHour:
            if let shifted = DecimalField.shifted(micro, by: scale.shift + 3) { return (shifted, .kilowattHour) }
        case .litre:
            if let shifted = DecimalField.shifted(micro, by: scale.shift - 3) { return (shifted, .cubicMetre) }
        default: break
        }
        return DecimalField.shifted(micro, by: scale.shift).map { ($0, scale.unit) }
    }
}
