public import Foundation
#if canImport(FoundationNetworking)
public import FoundationNetworking
#endif
import Glibc

/// The program as its users start it: the executable that this test run built, against the test's own database.
public struct ProgramUnderTest: Sendable {
    public struct Outcome: Sendable {
        public let status: Int32
        public let output: String
        public let messages: String
    }
    public struct Failure: Error, CustomStringConvertible {
        public let description: String
    }

    public let environment: [String: String]

    /// - Parameter connectionString: the database it works on; nil: an embedded cluster in `dataFolder`.
    public init(connectionString: String?, dataFolder: String? = nil, environment more: [String: String] = [:]) {
        var environment = ProcessInfo.processInfo.environment.filter { !$0.key.hasPrefix("ZAEHLWERK_") && $0.key != "DATABASE_URL" }
        environment["DATABASE_URL"] = connectionString
        environment["ZAEHLWERK_DATA"] = dataFolder
        environment["ZAEHLWERK_HOME"] = ProgramUnderTest.projectFolder.path()
        environment["SWIFT_BACKTRACE"] = "enable=no"
        self.environment = environment.merging(more) { $1 }
    }

    /// The checkout, found from this file's own place.
    public static let projectFolder = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

    /// The executable beside the test bundle.
    public static func executable() throws -> URL {
        var folder = URL(filePath: CommandLine.arguments[0]).resolvingSymlinksInPath().deletingLastPathComponent()
        for _ in 0..<4 {
            let candidate = folder.appending(path: "zaehlwerk")
            if FileManager.default.isExecutableFile(atPath: candidate.path()) { return candidate }
            folder.deleteLastPathComponent()
        }
        let built = projectFolder.appending(path: ".build/debug/zaehlwerk")
        guard FileManager.default.isExecutableFile(atPath: built.path()) else {
            throw Failure(description: "the executable zaehlwerk is not built beside the tests")
        }
        return built
    }

    private func process(_ arguments: [String], folder: URL?) throws -> Process {
        let process = Process()
        process.executableURL = try ProgramUnderTest.executable()
        process.arguments = arguments
        process.environment = environment
        process.currentDirectoryURL = folder ?? ProgramUnderTest.projectFolder
        return process
    }

    /// Runs a subcommand to its end.
    public func run(_ arguments: String..., folder: URL? = nil) async throws -> Outcome {
        let process = try process(arguments, folder: folder)
        let output = Pipe()
        let messages = Pipe()
        process.standardOutput = output
        process.standardError = messages
        process.standardInput = FileHandle.nullDevice
        try process.run()
        async let text = ProgramUnderTest.readAll(output)
        async let errors = ProgramUnderTest.readAll(messages)
        let (all, said) = await (text, errors)
        process.waitUntilExit()
        return Outcome(status: process.terminationStatus, output: all, messages: said)
    }

    private static func readAll(_ pipe: Pipe) async -> String {
        await withCheckedContinuation { continuation in
            // Blocking reads belong on a thread of their own, not on one of the few of the pool.
            Thread.detachNewThread {
                let data = pipe.fileHandleForReading.readDataToEndOfFile()
                continuation.resume(returning: String(decoding: data, as: UTF8.self))
            }
        }
    }

    /// Starts `serve` on a free port, hands over a client, and stops it.
    public func serving<Result>(_ flags: String..., body: (ServedProgram) async throws -> Result) async throws -> Result {
        let process = try process(["serve", "--port", "0"] + flags, folder: nil)
        let output = Pipe()
        process.standardOutput = output
        process.standardError = environment["ZAEHLWERK_TEST_LOG"] == nil ? FileHandle.nullDevice : FileHandle.standardError
        process.standardInput = FileHandle.nullDevice
        try process.run()
        let line = await ProgramUnderTest.firstLine(output)
        guard let port = line.split(separator: ":").last.flatMap({ Int($0) }), line.hasPrefix("listening on ") else {
            process.terminate()
            process.waitUntilExit()
            throw Failure(description: "expected `listening on …`, got “\(line)”")
        }
        let served = ServedProgram(process: process, base: "http://127.0.0.1:\(port)")
        do {
            let result = try await body(served)
            try await served.stop()
            return result
        } catch {
            try? await served.stop()
            throw error
        }
    }

    private static func firstLine(_ pipe: Pipe) async -> String {
        await withCheckedContinuation { continuation in
            Thread.detachNewThread {
                var data = Data()
                while !data.contains(10) {
                    let more = pipe.fileHandleForReading.availableData
                    if more.isEmpty { break }
                    data.append(more)
                }
                continuation.resume(returning: String(decoding: data, as: UTF8.self).split(separator: "\n").first.map(String.init) ?? "")
            }
        }
    }
}

/// A running `serve` and a client for it.
public final class ServedProgram: @unchecked Sendable {
    // Process is touched by one task at a time: the one that owns the scope of `serving`.
    private let process: Process
    public let base: String

    init(process: Process, base: String) {
        self.process = process
        self.base = base
    }

    public struct Answer: Sendable {
        public let status: Int
        public let headers: [String: String]
        public let body: Data
        public var text: String { String(decoding: body, as: UTF8.self) }
    }

    public var processIdentifier: Int32 { process.processIdentifier }

    /// One request; redirects are not followed, cookies not kept.
    public func request(
        _ method: String, _ path: String, key: String? = nil, headers: [String: String] = [:], body: Data? = nil, timeout: TimeInterval = 120
    ) async throws -> Answer {
        guard let url = URL(string: base + path) else { throw ProgramUnderTest.Failure(description: "no address: \(path)") }
        var request = URLRequest(url: url, timeoutInterval: timeout)
        request.httpMethod = method
        request.httpBody = body
        request.httpShouldHandleCookies = false
        if let key { request.setValue("Bearer \(key)", forHTTPHeaderField: "Authorization") }
        for (name, value) in headers { request.setValue(value, forHTTPHeaderField: name) }
        let (data, response) = try await ServedProgram.session.data(for: request)
        guard let http = response as? HTTPURLResponse else { throw ProgramUnderTest.Failure(description: "no HTTP answer") }
        var fields: [String: String] = [:]
        for (name, value) in http.allHeaderFields { fields["\(name)".lowercased()] = "\(value)" }
        return Answer(status: http.statusCode, headers: fields, body: data)
    }

    public func json(_ method: String, _ path: String, key: String, _ body: String? = nil) async throws -> Answer {
        try await request(method, path, key: key, headers: body == nil ? [:] : ["Content-Type": "application/json"], body: body.map { Data($0.utf8) })
    }

    /// SIGTERM, and waits for the end.
    public func stop() async throws {
        guard process.isRunning else { return }
        process.terminate()
        await withCheckedContinuation { (continuation: CheckedContinuation<Void, Never>) in
            Thread.detachNewThread { [process] in
                process.waitUntilExit()
                continuation.resume()
            }
        }
        guard process.terminationStatus == 0 else {
            throw ProgramUnderTest.Failure(description: "serve ended with \(process.terminationStatus) after SIGTERM")
        }
    }

    private static let session: URLSession = {
        let configuration = URLSessionConfiguration.ephemeral
        configuration.httpShouldSetCookies = false
        return URLSession(configuration: configuration, delegate: NoRedirects(), delegateQueue: nil)
    }()
}

private final class NoRedirects: NSObject, URLSessionTaskDelegate {
    func urlSession(
        _ session: URLSession, task: URLSessionTask, willPerformHTTPRedirection response: HTTPURLResponse, newRequest request: URLRequest,
        completionHandler: @escaping @Sendable (URLRequest?) -> Void
    ) { completionHandler(nil) }
}
