import Testing
import VEE
import Values

@Suite struct `Thresholds by name` {
    @Test func `each is written as it is read, for every commodity and class`() {
        for key in ThresholdKey.all {
            let parameters = ThresholdBook<ValidationParameters>()[key, Day(2026, 1, 1)]
            var copy = ValidationParameters()
            for setting in ValidationParameters.settings {
                #expect(setting.set(setting.value(in: parameters), in: &copy), "\(setting.name)")
            }
            #expect(copy == parameters, "\(key)")
        }
        #expect(Set(ValidationParameters.settings.map(\.name)).count == ValidationParameters.settings.count)
        #expect(ValidationParameters.settings.allSatisfy { !$0.german.isEmpty && !$0.english.isEmpty })
    }

    @Test func `bands of usage are a text`() {
        var parameters = ValidationParameters()
        let setting = ValidationParameters.setting(named: "usageBands")
        #expect(setting?.set("10:30-300;*:50-150:0.5", in: &parameters) == true)
        #expect(
            parameters.usageBands == [
                UsageBand(upToMicroPerDay: 10_000_000, lowPercent: 30, highPercent: 300),
                UsageBand(lowPercent: 50, highPercent: 150, leastDifferenceMicroPerDay: 500_000),
            ])
        #expect(setting?.value(in: parameters) == "10:30-300;*:50-150:0.5")
        for wrong in ["", "*", "*:9", "*:150-50", "10:1-2;5:1-2", "*:-1-5", "x:1-2"] {
            #expect(setting?.set(wrong, in: &parameters) == false, "\(wrong)")
        }
    }

    @Test func `of two changes for a day the later wins, threshold by threshold`() {
        let key = ThresholdKey(.water, .household)
        func change(_ from: Int, _ until: Int?, _ values: [String: String?]) -> ThresholdChange {
            .init(key, valid: DayRange(from: Day(2026, 1, from), until: until.map { Day(2026, 1, $0) }), values: values)
        }
        let book = ThresholdBook<ValidationParameters>([
            change(5, nil, ["leakDays": "5", "peakPercent": nil]), change(10, 20, ["leakDays": "7", "unknown": "1"]),
        ])
        let days = [1, 5, 10, 19, 20].map { book[key, Day(2026, 1, $0)] }
        #expect(days.map(\.leakDays) == [3, 5, 7, 7, 5])
        #expect(days.map(\.peakPercent) == [450, nil, nil, nil, nil])
        let timeline = book.timeline(for: key)
        #expect(timeline.gaps(in: DayRange(from: Day(1900, 1, 1))).isEmpty)
        #expect(timeline[Day(2026, 1, 10)]?.leakDays == 7)
        #expect(book.timeline(for: .init(.gas, .household))[Day(2026, 1, 10)] == .defaults(for: .gas))
    }

    @Test func `every rule has a next step in both languages`() {
        for rule in RuleCatalog.all { #expect(!rule.proposal.german.isEmpty && !rule.proposal.english.isEmpty) }
        #expect(Proposal.of(rule: "leak") == .call && Proposal.of(rule: "long forgotten") == .accept)
    }
}
