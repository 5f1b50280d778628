import MarketFormats
import Metering
import Testing
import Values

@Suite struct `M-Bus` {
    @Test func `a heat meter's counters are readings, its temperatures are not`() throws {
        let message = try readings(Messages.mbus)
        #expect(message.batch.faults.isEmpty)
        #expect(message.batch.meters == ["6855817"])
        #expect(message.batch.registers.map(\.obis) == [ObisCode(6, 0, 1, 0, 0), ObisCode(6, 0, 2, 0, 0), ObisCode(6, 0, 1, 0, 0)])
        #expect(message.batch.registers.map(\.micro) == [37_351_000_000, 561_080_000, 30_000_000_000])
        #expect(message.batch.registers.map(\.unit) == [.kilowattHour, .cubicMetre, .kilowattHour])
        // The due day's value holds at the end of that day.
        #expect(message.batch.registers[2].at == (try Instant("2026-01-01T00:00:00+01:00")))
        #expect(message.batch.registers[0].at == testOrigin.receivedAt)
        #expect(message.untaken.count == 1)
        #expect(message.deviceState.contains { $0.unit == "Flow temperature (1e-1 deg C)" && $0.value == "1016" })
    }

    @Test func `Latin letters and letters of UTF-8 are read whatever is declared`() throws {
        let latin = Messages.mbus.replacing("Heat: Outlet", with: "Warm water (30-90°C)")
        #expect(try readings(latin).batch.registers.map(\.obis) == [ObisCode(9, 0, 1, 0, 0)])
        let bytes = latin.unicodeScalars.map { UInt8(truncatingIfNeeded: $0.value) }
        #expect(try readings(bytes).batch.registers.map(\.obis) == [ObisCode(9, 0, 1, 0, 0)])
    }

    @Test func `a receiver's lines are telegrams`() throws {
        let message = try readings(Messages.wmbus)
        #expect(message.batch.faults.isEmpty)
        #expect(message.batch.meters == ["76348799", "5555"])
        #expect(message.batch.registers.map(\.obis.description) == ["8-0:1.0.0", "8-0:1.0.0", "6-0:1.0.0", "6-0:2.0.0"])
        #expect(message.batch.registers.map(\.micro) == [6_408_000, 6_408_000, 4_250_500_000, 12_250_000])
        #expect(message.batch.registers[0].at == (try Instant("2026-01-01T08:00:00Z")))
        #expect(message.batch.registers[1].at == (try Instant("2026-01-01T00:00:00+01:00")))
        #expect(message.deviceState.contains(.init(quantity: "status", value: "DRY", unit: "")))
    }

    @Test func `a telegram without an id or with a number in letters is quarantined`() throws {
        let message = try readings(
            "[{\"media\":\"water\",\"id\":\"\",\"total_m3\":1},{\"media\":\"water\",\"id\":\"7\",\"total_m3\":\"1e3\"},{\"media\":\"gas\",\"id\":\"8\",\"total_m3\":2}]"
        )
        #expect(message.batch.faults.map(\.code) == [.unknownMeter, .badNumber])
        #expect(message.batch.registers.map(\.obis) == [ObisCode(7, 0, 3, 0, 0)])
        #expect(message.notes.allSatisfy { $0.code == .receptionTime })
        #expect(refusal("{\"media\":\"water\",\"id\":\"1\",\"total_m3\":}")?.code == .json)
    }

    @Test func `a frame in hex is no decoded telegram`() {
        #expect(refusal("68 1F 1F 68 08 02 72 78 56 34 12 24 40 01 07 55 16")?.code == .undecoded)
    }
}

@Suite(.enabled(if: SharedData.isThere, SharedData.missing)) struct `M-Bus of others` {
    static let telegrams = SharedData.files("mbus/test-frames", ending: ".xml").filter { !$0.hasSuffix(".norm.xml") }

    @Test(arguments: telegrams) func `raw and base units say the same`(path: String) throws {
        let raw = try readings(try SharedData.bytes(path))
        let normal = try readings(try SharedData.bytes(path.replacing(".xml", with: ".norm.xml")))
        #expect(raw.batch.faults.isEmpty, "\(raw.batch.faults)")
        let left = raw.batch.registers
        let right = normal.batch.registers
        // Base units print six decimals: finer counters (mWh) are rounded there, and only there. A joule stays a joule.
        #expect(left.count == right.count || !normal.untaken.isEmpty || !normal.batch.faults.isEmpty)
        for (one, other) in zip(left, right) where left.count == right.count && one.unit == other.unit {
            #expect(one.obis == other.obis && one.at == other.at)
            #expect(one.micro == other.micro)
        }
    }

    @Test(arguments: telegrams) func `every counter of a telegram is somewhere`(path: String) throws {
        let text = String(decoding: try SharedData.bytes(path.replacing(".xml", with: ".norm.xml")), as: UTF8.self)
        let message = try readings(Array(text.utf8))
        // The fixed data structure names no quantity, its unit says all.
        let marks =
            text.contains("<Quantity>")
            ? ["<Quantity>Energy</Quantity>", "<Quantity>Volume</Quantity>", "<Quantity>H.C.A.</Quantity>"]
            : ["<Unit>kWh</Unit>", "<Unit>l</Unit>"]
        let counters = marks.reduce(0) { $0 + text.split(separator: $1, omittingEmptySubsequences: false).count - 1 }
        #expect(message.batch.registers.count + message.untaken.count + message.batch.faults.count == counters)
    }

    @Test(arguments: SharedData.files("mbus/error-frames", ending: ".xml")) func `a device's error is refused in its words`(path: String)
        throws
    {
        #expect(refusal(try SharedData.bytes(path))?.code == .deviceError)
    }

    @Test(arguments: SharedData.files("mbus/unsupported-frames", ending: ".hex") + SharedData.files("mbus/error-frames", ending: ".hex"))
    func `bytes of a frame are refused`(path: String) throws {
        let error = refusal(try SharedData.bytes(path))
        #expect(error?.code == .undecoded || error?.code == .unknownFormat)
    }
}
