import Values

/// Meters and the messages they send: the same for the same seed.
struct Fleet {
    let count: Int

    func serial(_ meter: Int) -> String {
        let digits = String(meter)
        return "1BEN" + String(repeating: "0", count: 10 - digits.count) + digits
    }

    /// A master data document: per meter a register of each kind and a channel of quarter hours.
    var masterData: String {
        var out = "{\"meteringPoints\": ["
        for meter in 0..<count {
            if meter > 0 { out += ",\n" }
            let digits = String(meter)
            let code = "DE" + String(repeating: "0", count: 31 - digits.count) + digits
            out += """
                {"code": "\(code)", "commodity": "electricity", "capacity": {"value": "43", "unit": "kW"}, \
                "meters": [{"serial": "\(serial(meter))", "from": "2024-01-01", "registers": [\
                {"obis": "1-0:1.8.0", "unit": "kWh", "digits": 6, "decimals": 1}, \
                {"obis": "1-0:1.29.0", "unit": "kWh", "resolution": "PT15M", "decimals": 3}]}]}
                """
        }
        return out + "]}"
    }

    /// A quarter hour's energy in Wh: a base load and a daily wave with noise, like a household.
    private func wattHours(meter: Int, slot: Int, random: inout Noise) -> Int {
        let wave = [20, 18, 17, 18, 22, 35, 80, 95, 70, 60, 62, 75, 90, 80, 65, 60, 70, 110, 150, 160, 140, 110, 70, 35]
        return 5 + wave[slot / 4 % 24] * (600 + Int(random.next() % 800)) / 1_000 + meter % 7
    }

    /// One message: a local day of quarter hours of each of `meters`.
    func dayBlocks(day: Day, meters: Range<Int>) -> [UInt8] {
        var random = Noise(seed: UInt64(day.number) &* 1_000_003 &+ UInt64(meters.lowerBound))
        let slots = Resolution.quarterHour.slots(of: day)
        let start = LocalTime.berlin.text(LocalTime.berlin.start(of: day))
        var out = "{\"messageId\": \"b-\(day)-\(meters.lowerBound)\", \"source\": \"bench\", \"intervals\": ["
        for meter in meters {
            if meter > meters.lowerBound { out += "," }
            out +=
                "{\"meter\": \"\(serial(meter))\", \"obis\": \"1-0:1.29.0\", \"start\": \"\(start)\", \"resolution\": \"PT15M\", \"unit\": \"kWh\", \"status\": \"measured\", \"values\": ["
            for slot in 0..<slots {
                if slot > 0 { out += "," }
                out += "\"" + DecimalText.format(Int64(wattHours(meter: meter, slot: slot, random: &random)), scale: 3) + "\""
            }
            out += "]}"
        }
        return Array((out + "]}").utf8)
    }

    /// Register readings at one instant, as a message of the JSON or the SOAP interface.
    func registerReadings(at instant: Instant, meters: Range<Int>, soap: Bool) -> [UInt8] {
        let time = LocalTime.berlin.text(instant)
        let step = instant.seconds / 900
        let id = "s-\(step)-\(meters.lowerBound)"
        var out =
            soap
            ? "<soap:Envelope xmlns:soap=\"http://schemas.xmlsoap.org/soap/envelope/\"><soap:Body><SubmitReadings xmlns=\"urn:zaehlwerk:metering:1\"><messageId>\(id)</messageId><source>bench</source>"
            : "{\"messageId\": \"\(id)\", \"source\": \"bench\", \"registers\": ["
        for meter in meters {
            // 0.1 kWh every quarter hour, so that no reading falls behind the one before.
            let value = DecimalText.format((step - 1_890_000) + Int64(meter % 1_000), scale: 1)
            if soap {
                out +=
                    "<registers><meter>\(serial(meter))</meter><obis>1-0:1.8.0</obis><at>\(time)</at><value>\(value)</value><unit>kWh</unit><status>measured</status></registers>"
            } else {
                if meter > meters.lowerBound { out += "," }
                out +=
                    "{\"meter\": \"\(serial(meter))\", \"obis\": \"1-0:1.8.0\", \"at\": \"\(time)\", \"value\": \"\(value)\", \"unit\": \"kWh\", \"status\": \"measured\"}"
            }
        }
        out += soap ? "</SubmitReadings></soap:Body></soap:Envelope>" : "]}"
        return Array(out.utf8)
    }
}

/// xorshift64*: noise that costs nothing.
struct Noise {
    private var state: UInt64
    init(seed: UInt64) { state = seed | 1 }
    mutating func next() -> UInt64 {
        state ^= state >> 12
        state ^= state << 25
        state ^= state >> 27
        return (state &* 2_685_821_657_736_338_717) >> 33
    }
}
