import Testing
import Values

@Suite struct `Business keys` {
    @Test func `a Messlokation has 33 characters and no check digit`() throws {
        #expect(try MeteringPointCode("DE0001234567890000000000000000001").kind == .messlokation)
        #expect(try MeteringPointCode("pump-house.7").kind == .own)
    }

    @Test func `a Marktlokation's check digit is verified`() throws {
        #expect(try MeteringPointCode("51238696781").kind == .marktlokation)
        for wrong in 0...9 where wrong != 1 {
            #expect(throws: KeyProblem.checkDigit) { try MeteringPointCode("5123869678\(wrong)") }
        }
    }

    @Test(arguments: ["", "a b", "x<script>", String(repeating: "x", count: 65), "ä"])
    func `an own code has plain characters`(text: String) { #expect(throws: KeyProblem.self) { try MeteringPointCode(text) } }

    @Test(arguments: 0..<100) func `one wrong digit in a printed number is noticed`(seed: Int) throws {
        var random = Seeded(seed)
        let number = PrintedNumber(.partner, serial: Int64.random(in: 100_000...99_999_999, using: &random))
        #expect(try PrintedNumber(number.description) == number)
        var characters = Array(number.description)
        let position = Int.random(in: 3..<characters.count, using: &random)
        let old = characters[position]
        characters[position] = Character(String((try #require(old.wholeNumberValue) + Int.random(in: 1...9, using: &random)) % 10))
        #expect(throws: KeyProblem.checkDigit) { try PrintedNumber(String(characters)) }
    }

    @Test(arguments: ["GP1000", "XX-10", "GP-", "GP-1", "GP-12a4", "GP-99999999999999999999"])
    func `what is not printed like that is no number of ours`(text: String) { #expect(throws: KeyProblem.self) { try PrintedNumber(text) } }

    @Test func `an IBAN is checked and masked`() throws {
        #expect(try IBAN("DE89 3704 0044 0532 0130 00").text == "DE89370400440532013000")
        #expect(try IBAN("de89370400440532013000").masked == "DE89 •••• 3000")
        #expect(throws: KeyProblem.checkDigit) { try IBAN("DE88370400440532013000") }
        #expect(throws: KeyProblem.self) { try IBAN("DE8937040044053201300") }
        #expect(throws: KeyProblem.self) { try IBAN("DE89-3704-0044-0532-013") }
    }

    @Test(arguments: ["1-0:1.8.0", "1-0:1.29.0", "7-0:3.0.0", "8-0:1.0.0", "1-65:2.8.1"])
    func `an OBIS code comes back as it went in`(text: String) throws { #expect(try #require(ObisCode(text)).description == text) }

    @Test(arguments: ["1-0:1.8", "1.8.0", "256-0:1.8.0", "1-0:1.8.0.0", "1-0:1.8.x", "", "1-0:1.8.0*1", "1--0:1.8.0"])
    func `what is no OBIS code is none`(text: String) { #expect(ObisCode(text) == nil) }

    @Test func `a channel knows the register it adds up to`() {
        #expect(ObisCode("1-0:1.29.0")?.registerOfChannel == ObisCode("1-0:1.8.0"))
        #expect(ObisCode("1-0:2.29.0")?.registerOfChannel == ObisCode("1-0:2.8.0"))
        #expect(ObisCode("7-0:3.21.0")?.registerOfChannel == ObisCode("7-0:3.0.0"))
        // Reference 4.9: 13.21.0 is the difference of 13.2.0, the only register of converted normal volume.
        #expect(ObisCode("7-0:13.21.0")?.registerOfChannel == ObisCode("7-0:13.2.0"))
        #expect(ObisCode("7-0:16.21.0")?.registerOfChannel == ObisCode("7-0:16.2.0"))
        #expect(ObisCode("7-0:3.23.0")?.registerOfChannel == ObisCode("7-0:3.2.0"))
        #expect(ObisCode("8-0:1.29.0")?.registerOfChannel == ObisCode("8-0:1.0.0"))
        #expect(ObisCode("1-0:1.8.0")?.registerOfChannel == nil)
        #expect(ObisCode("1-0:1.8.0*255") == ObisCode("1-0:1.8.0"))
        #expect(ObisCode("1-0:2.8.0")?.isFeedIn == true)
        #expect(ObisCode("1-0:1.8.2")?.tariffRegister == .low)
    }

    @Test(arguments: [
        ("7-0:3.0.0", true, false), ("7-0:3.21.0", true, false), ("7-0:6.0.0", true, false), ("7-0:3.1.0", false, false),
        ("7-0:3.2.0", false, true), ("7-0:13.2.0", false, true), ("7-0:13.21.0", false, true), ("7-0:16.2.0", false, true),
        ("7-0:33.86.0", false, false), ("8-0:3.0.0", false, false),
    ])
    func `gas in the pipe and gas at normal conditions have codes of their own`(text: String, isOperating: Bool, isNormal: Bool) throws {
        let code = try #require(ObisCode(text))
        #expect(code.isOperatingVolume == isOperating && code.isNormalVolume == isNormal)
    }

    @Test func `a resolution is a fixed part of the hour or a day`() {
        #expect(Resolution("PT15M") == .quarterHour)
        #expect(Resolution("PT60M") == .hour)
        #expect(Resolution("PT1H") == .hour)
        #expect(Resolution("P1D") == .day)
        #expect(Resolution("PT900S")?.description == "PT15M")
        for wrong in ["PT7M", "PT0M", "PT2H", "15M", "PT-15M", "P1M", "PT", "PT15", "PT99999999999M"] { #expect(Resolution(wrong) == nil) }
        for stored: Int32 in [60, 900, 3_600, 86_400] { #expect(Resolution(storedSeconds: stored)?.storedSeconds == stored) }
    }

    @Test func `a series ends behind its last slot`() {
        #expect(Series(empty: 4, start: Instant(seconds: 0), secondsPerSlot: 900).end == Instant(seconds: 3_600))
    }
}
