public import Foundation

/// Programs that others wrote and that a test calls: a SOAP client, gzip.
public enum OtherProgram {
    /// Runs a program to its end.
    public static func run(
        _ program: String, _ arguments: [String], environment: [String: String] = [:], input: Data? = nil
    ) async throws -> ProgramUnderTest.Outcome {
        var all = ProcessInfo.processInfo.environment.filter { !$0.key.hasPrefix("ZAEHLWERK_") && $0.key != "DATABASE_URL" }
        all.merge(environment) { $1 }
        return try await Child.run(
            URL(filePath: program), arguments, environment: all, folder: ProgramUnderTest.projectFolder, input: input)
    }

    /// A program of the system.
    /// - Throws: a failure that says how it comes.
    public static func named(_ name: String) throws -> String {
        let paths = ["/usr/bin/\(name)", "/usr/local/bin/\(name)"]
        guard let path = paths.first(where: { FileManager.default.isExecutableFile(atPath: $0) }) else {
            throw ProgramUnderTest.Failure("there is no \(name): run Scripts/setup test")
        }
        return path
    }

    /// The Python that has the tests' packages.
    /// - Throws: a failure that says how it is made.
    public static func python() throws -> String {
        let named = ProcessInfo.processInfo.environment["ZAEHLWERK_TEST_PYTHON"]
        let path = named ?? ProgramUnderTest.projectFolder.appending(path: ".venv/bin/python").path(percentEncoded: false)
        guard FileManager.default.isExecutableFile(atPath: path) else {
            throw ProgramUnderTest.Failure("there is no Python for the tests at \(path): run Scripts/setup test")
        }
        return path
    }
}
