import CoreKit
import Metering
import Testing
import Values

@Suite struct `A register` {
    @Test func `a reading at the moment of removal still belongs to the meter`() {
        let counter = register(installed: DayRange(from: Day(2025, 1, 1), until: Day(2025, 6, 1)))
        #expect(counter.isInstalled(at: midnight(Day(2025, 1, 1))))
        #expect(counter.isInstalled(at: midnight(Day(2025, 6, 1))))
        #expect(!counter.isInstalled(at: midnight(Day(2025, 6, 1)).adding(seconds: 1)))
        #expect(!counter.isInstalled(at: midnight(Day(2025, 1, 1)).adding(seconds: -1)))
    }
    @Test(arguments: [(6, 1, "0.1", "1000000"), (5, 0, "1", "100000"), (8, 3, "0.001", "100000000")])
    func `digits say where it wraps and what it can show`(digits: Int, decimals: Int, least: String, wrap: String) {
        let parameters = Register.Parameters(digits: digits, decimals: decimals)
        #expect(parameters.leastDigitMicro == micro(least))
        #expect(parameters.wrapMicro == micro(wrap))
    }
    @Test func `unknown or absurd digits mean no wrap`() {
        #expect(Register.Parameters(digits: nil).wrapMicro == nil)
        #expect(Register.Parameters(digits: 19).wrapMicro == nil)
        #expect(Register.Parameters(digits: 0).wrapMicro == nil)
    }
    @Test func `German sentences have German numbers`() {
        #expect(Wording.amount(micro("1234567.5"), .kilowattHour) == "1.234.567,5 kWh")
        #expect(Wording.time(midnight(Day(2026, 3, 29)).adding(seconds: 3 * 3_600)) == "29.03.2026 04:00")
    }
}
