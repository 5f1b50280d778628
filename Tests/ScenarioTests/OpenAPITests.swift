import Foundation
import TestKit
import Testing

/// What the service says of itself, beside what it does.
@Suite(.database, .timeLimit(.minutes(20))) struct `The OpenAPI document` {
    @Test func `describes every answer there is, to the last member`() async throws {
        let python = try OtherProgram.python()
        let billed = try await Served.program.run("demo", "--stop")
        try #require(billed.status == 0, "\(billed.messages.suffix(2_000))")
        try await Served.program.serving { served in
            let outcome = try await OtherProgram.run(
                python, ["Tests/Python/openapi_answers.py", served.base], environment: ["ZAEHLWERK_KEY": try await Served.key("admin")])
            #expect(outcome.status == 0, "\(outcome.output.suffix(6_000))\(outcome.messages.suffix(3_000))")
        }
    }
}
