internal import JSON
internal import Metering
internal import Values
internal import XML

/// What a telegram says of its meter beside the counters.
extension MBusTelegram {
    /// The status byte of EN 13757-3, two hexadecimal digits: bit 2 power low, bit 3 permanent error, bit 4 temporary error. What
    /// the maker does with the upper three bits only the maker knows.
    mutating func report(status text: String) {
        guard text.utf8.count == 2, let status = UInt8(text, radix: 16) else { return }
        if status & 0x04 != 0 { report(.alarm(.battery), at: receivedAt) }
        if status & 0x08 != 0 { report(.alarm(.defect), at: receivedAt) }
        if status & 0x10 != 0 { report(.alarm(.disturbed), at: receivedAt) }
    }

    /// Power, flow and both temperatures of this moment, if a heat meter tells all four.
    mutating func report(state records: [XMLElement]) {
        guard medium == .heat else { return }
        var known: [MBusUnits.State: Int64] = [:]
        for record in records where record.value("Function") == "Instantaneous value" || record.value("Function") == "Actual value" {
            guard Int(record.value("StorageNumber") ?? "0") == 0, Int(record.value("Device") ?? "0") == 0,
                Int(record.value("Tariff") ?? "0") == 0,
                let (state, scale) = MBusUnits.state(unit: record.value("Unit") ?? "", quantity: record.value("Quantity") ?? ""),
                known[state] == nil, let raw = try? DecimalField.parse(record.value("Value") ?? "", scale: 6)
            else { continue }
            known[state] = DecimalField.shifted(raw, by: scale)
        }
        report(heat: known, at: receivedAt)
    }

    /// The members of a receiver's JSON. What a meter says now counts; how long something lasted in the past only where it does not
    /// say how it is now.
    mutating func report(members: [JSONObject.Member], at: Instant) {
        func text(_ key: String) -> String? { members.first { $0.key == key }?.value.string }
        let now = text("current_status") ?? text("status")
        var alarms = now.map { DeviceAlarm.named($0) } ?? []
        if now == nil {
            for (key, alarm) in [
                ("time_bursting", DeviceAlarm.burst), ("time_leaking", .leak), ("time_reversed", .reversed), ("time_dry", .dry),
            ] {
                // `1-8 hours`; nothing, or a zero, means never.
                guard let lasted = text(key), lasted.contains(where: { ("1"..."9").contains($0) }) else { continue }
                alarms.append(alarm)
            }
        }
        for alarm in alarms { report(.alarm(alarm), at: at) }
        guard medium == .heat else { return }
        var known: [MBusUnits.State: Int64] = [:]
        for (key, state, shift) in [
            ("power_kw", MBusUnits.State.power, 0), ("current_power_consumption_kw", .power, 0), ("volume_flow_m3h", .volumeFlow, 0),
            ("current_volume_flow_m3h", .volumeFlow, 0), ("flow_temperature_c", .flow, 0), ("return_temperature_c", .back, 0),
            ("forward_temperature_c", .flow, 0),
        ] {
            guard let value = members.first(where: { $0.key == key })?.value, let said = value.number ?? value.string,
                let raw = try? DecimalField.parse(said, scale: 6), known[state] == nil
            else { continue }
            known[state] = DecimalField.shifted(raw, by: shift)
        }
        report(heat: known, at: at)
    }

    private mutating func report(heat known: [MBusUnits.State: Int64], at: Instant) {
        guard let power = known[.power], let volumeFlow = known[.volumeFlow], let flow = known[.flow].map({ $0 / 100 }),
            let back = known[.back].map({ $0 / 100 }), let flow = Int32(exactly: flow), let back = Int32(exactly: back)
        else { return }
        report(.heat(power: power, volumeFlow: volumeFlow, flow: flow, back: back), at: at)
    }

    private mutating func report(_ content: DeviceReport.Content, at: Instant) {
        guard out.batch.reports.count < MarketReadings.faultLimit else { return }
        out.batch.reports.append(
            DeviceReport(index: Int32(clamping: out.batch.reports.count), meter: out.batch.meter(id), at: at, content: content))
    }
}

extension MBusUnits {
    /// What a heat meter shows beside its counters.
    enum State: Hashable { case power, volumeFlow, flow, back }

    /// The state that a record is, and the power of ten to kW, m³/h or °C; nil if it is none of them.
    static func state(unit: String, quantity: String) -> (State, Int)? {
        let states: [String: State] = [
            "Power": .power, "Volume flow": .volumeFlow, "Flow temperature": .flow, "Return temperature": .back,
        ]
        var (name, words) = (quantity, [Substring(unit)])
        if quantity.isEmpty {
            guard unit.hasSuffix(")"), let open = unit.firstIndex(of: "(") else { return nil }
            name = unit[..<open].trimmingSpaces
            words = unit[unit.index(after: open)...].dropLast().split(separator: " ")
            if words.suffix(2) == ["deg", "C"] { words = words.dropLast(2) + ["°C"] }
        }
        guard let state = states[name], let symbol = words.last, words.count <= 2 else { return nil }
        let base: Int
        switch (state, symbol) {
        case (.power, "W"): base = -3
        case (.power, "kW"), (.volumeFlow, "m^3/h"), (.volumeFlow, "m3/h"), (.flow, "°C"), (.back, "°C"): base = 0
        case (.power, "MW"): base = 3
        default: return nil
        }
        guard words.count == 2 else { return (state, base) }
        return power(String(words[0])).map { (state, base + $0) }
    }
}
