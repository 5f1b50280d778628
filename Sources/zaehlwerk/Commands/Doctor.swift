import ArgumentParser

/// `zaehlwerk doctor`
struct Doctor: Errand {
    static let configuration = CommandConfiguration(
        abstract: "Says what is wrong with this installation and how to mend it. Starts, makes and changes nothing.",
        discussion: "A line for each thing looked at. Exit status 1 if something is wrong.")

    @OptionGroup var common: CommonOptions
    @OptionGroup var listen: ListenOptions

    func perform() async throws {
        let findings = await Diagnosis(configuration: try common.configuration(flags: listen.flags)).findings()
        for finding in findings {
            Output.data("\(finding.isProblem ? "problem" : "ok     ")  \(finding.subject): \(finding.text)")
        }
        let problems = findings.count { $0.isProblem }
        guard problems == 0 else { throw Failure("\(problems) \(problems == 1 ? "thing is" : "things are") wrong") }
    }
}
