public import Foundation
import Glibc

/// The program as its users start it: the executable that this test run built, against the test's own database.
public struct ProgramUnderTest: Sendable {
    /// What a finished program left behind.
    public struct Outcome: Sendable {
        /// The exit status; the negative signal number if a signal ended it.
        public let status: Int32
        /// Standard output.
        public let output: String
        /// Standard error.
        public let messages: String
    }
    /// The program could not be started, or did not behave as every test needs it to.
    public struct Failure: Error, CustomStringConvertible {
        public let description: String
        public init(_ description: String) { self.description = description }
    }

    public let environment: [String: String]

    /// - Parameter connectionString: the database it works on; nil: an embedded cluster in `dataFolder`.
    public init(connectionString: String?, dataFolder: String? = nil, environment more: [String: String] = [:]) {
        var environment = ProcessInfo.processInfo.environment.filter { !$0.key.hasPrefix("ZAEHLWERK_") && $0.key != "DATABASE_URL" }
        environment["DATABASE_URL"] = connectionString
        environment["ZAEHLWERK_DATA"] = dataFolder
        environment["ZAEHLWERK_HOME"] = ProgramUnderTest.projectFolder.path(percentEncoded: false)
        environment["SWIFT_BACKTRACE"] = "enable=no"
        self.environment = environment.merging(more) { $1 }
    }

    /// The checkout, found from this file's own place.
    public static let projectFolder = URL(filePath: #filePath).resolvingSymlinksInPath()
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

    /// The executable beside the test bundle.
    /// - Throws: `Failure` if there is none: a test is never skipped in silence.
    public static func executable() throws -> URL {
        if let named = ProcessInfo.processInfo.environment["ZAEHLWERK_TEST_PROGRAM"] { return URL(filePath: named) }
        var folder = URL(filePath: CommandLine.arguments[0]).resolvingSymlinksInPath().deletingLastPathComponent()
        for _ in 0..<4 {
            let candidate = folder.appending(path: "zaehlwerk")
            if isProgram(candidate) { return candidate }
            folder.deleteLastPathComponent()
        }
        let built = projectFolder.appending(path: ".build/debug/zaehlwerk")
        guard isProgram(built) else {
            throw Failure("the executable zaehlwerk is not built beside the tests: swift build --product zaehlwerk")
        }
        return built
    }

    private static func isProgram(_ url: URL) -> Bool {
        let path = url.path(percentEncoded: false)
        let type = (try? FileManager.default.attributesOfItem(atPath: path))?[.type] as? FileAttributeType
        return type == .typeRegular && FileManager.default.isExecutableFile(atPath: path)
    }

    /// Runs a subcommand to its end. Cancelling the test kills it.
    public func run(_ arguments: String...) async throws -> Outcome { try await run(words: arguments) }

    /// The same with a list.
    public func run(words: [String], folder: URL? = nil) async throws -> Outcome {
        try await Child.run(
            ProgramUnderTest.executable(), words, environment: environment, folder: folder ?? ProgramUnderTest.projectFolder)
    }

    /// Starts `serve` on a free port, hands over a client, and stops it. The end must be one with status 0.
    public func serving<Result>(_ flags: String..., body: (ServedProgram) async throws -> Result) async throws -> Result {
        let served = try await ServedProgram.start(["serve", "--port", "0"] + flags, environment: environment)
        do {
            let result = try await body(served)
            let status = await served.stop()
            guard status == 0 || served.wasKilled else {
                throw Failure("serve ended with \(status) after SIGTERM: \(served.messages.suffix(2_000))")
            }
            return result
        } catch {
            served.kill()
            _ = await served.end()
            throw error
        }
    }
}
