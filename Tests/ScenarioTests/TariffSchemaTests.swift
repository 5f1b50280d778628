import TestKit
import Testing

/// The JSON Schema that editors and other systems check tariff files by, against every file of this repository.
@Suite struct `The schema of tariff files` {
    @Test func `accepts each file of the folder, and refuses a key that nobody knows`() async throws {
        let outcome = try await OtherProgram.run(try OtherProgram.python(), ["Tests/Python/tariff_schema.py", "Tariffs"])
        #expect(!outcome.messages.contains("No module named"), "the Python packages are missing: run Scripts/setup test")
        #expect(outcome.status == 0, "\(outcome.output)\(outcome.messages)")
    }
}
