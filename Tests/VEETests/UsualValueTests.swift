import Metering
import Testing
import VEE
import Values

@Suite struct `What is usual in a gap` {
    private let tuesday = Day(2026, 2, 3)
    private func window(_ days: [Day: DaySlots]) -> EstimationWindow {
        EstimationWindow(channel: channel(), days: days, target: DayRange(from: tuesday, until: tuesday.adding(days: 1)))
    }
    private func holed(_ value: Int64, _ hole: Range<Int>) -> DaySlots { slots((0..<96).map { hole.contains($0) ? nil : value }) }

    @Test func `near its ends a gap resembles what is beside it, and like days inside`() throws {
        var days = [tuesday: holed(0, 20..<76)]
        for week in 1...3 { days[tuesday.adding(days: -7 * week)] = fullDay(tuesday.adding(days: -7 * week), 1_000_000) }
        let values = try Estimation.fill(window(days)).estimates.flatMap(\.values)
        #expect(values.count == 56)
        // Half of the way an hour from the end, three quarters after two.
        #expect(values[3] == 500_000 && values[7] == 750_000 && values[52] == 500_000)
        #expect(zip(values.prefix(28), values.dropFirst().prefix(27)).allSatisfy { $0 <= $1 } && values[27] > 990_000)
        #expect(try Estimation.fill(window(days), parameters: .plain).estimates.flatMap(\.values) == Array(repeating: 1_000_000, count: 56))
    }

    @Test func `who is away this week was at home on the Tuesdays before`() throws {
        var days = [tuesday: holed(20, 20..<76)]
        for week in 1...3 { days[tuesday.adding(days: -7 * week)] = fullDay(tuesday.adding(days: -7 * week), 100) }
        for near in [-1, 1, 2] { days[tuesday.adding(days: near)] = fullDay(tuesday.adding(days: near), 20) }
        // A Sunday says nothing about a Tuesday.
        days[tuesday.adding(days: -2)] = fullDay(tuesday.adding(days: -2), 5_000)
        var parameters = EstimationParameters()
        parameters.edgeHalfSeconds = 0
        let values = try Estimation.fill(window(days), parameters: parameters).estimates.flatMap(\.values)
        // Like days: Wednesday and Thursday of this week are nearer to a Tuesday than last week's Tuesday, but Tuesdays come first.
        #expect(Set(values).count == 1 && values[0] < 100 && values[0] > 20)
    }

    @Test func `water is not bridged by a line`() {
        #expect(EstimationParameters.defaults(for: .water).linearLimitSeconds == 0)
        #expect(EstimationParameters.defaults(for: .electricity).linearLimitSeconds == 7_200)
    }

    @Test(arguments: Commodity.allCases) func `noisy rules are off or wide where people live`(commodity: Commodity) {
        let home = ValidationParameters.defaults(for: commodity)
        let shop = ValidationParameters.defaults(for: commodity, of: .commercial)
        #expect(home.outlierMultiple == nil && home.spikePercent == nil && home.stepPercent == nil && home.zeroDays == nil)
        #expect(shop.outlierMultiple == 6 && shop.spikePercent == 180 && shop.peakPercent == 200)
        #expect(home.peakPercent == 450 && home.usageBands == [UsageBand(lowPercent: 25, highPercent: 350)])
    }
}
