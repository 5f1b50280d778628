import TestKit
import Testing

@Suite(.timeLimit(.minutes(20))) struct `Measured quality` {
    @Test func `the command measures without a database, and the cascade does not lose`() async throws {
        let program = ProgramUnderTest(connectionString: nil)
        let outcome = try await program.run("quality", "--fleet", "2", "--gaps", "6")
        #expect(outcome.status == 0, "\(outcome.messages)")
        #expect(outcome.output.contains("a synthetic fleet of 2 homes"))
        for part in [
            "### False alarms on clean days", "### Errors put in on purpose", "| **cascade + register** |",
            "### Cascade against single methods",
        ] {
            #expect(outcome.output.contains(part), "\(part)")
        }
    }
}
