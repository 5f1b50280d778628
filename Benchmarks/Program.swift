import Foundation

/// The program under test, run as a user runs it.
struct Program {
    let path: String
    let dataFolder: String

    struct Failure: Error, CustomStringConvertible { let description: String }

    private func process(_ arguments: [String], input: URL? = nil) -> Process {
        let process = Process()
        process.executableURL = URL(filePath: path)
        process.arguments = arguments
        process.environment = ProcessInfo.processInfo.environment.merging(["ZAEHLWERK_DATA": dataFolder]) { $1 }
        return process
    }

    /// Runs a subcommand to its end and returns its standard output.
    @discardableResult
    func run(_ arguments: String...) throws -> String {
        let process = process(arguments)
        let output = Pipe()
        process.standardOutput = output
        process.standardError = FileHandle.nullDevice
        try process.run()
        let data = output.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        guard process.terminationStatus == 0 else {
            throw Failure(description: "zaehlwerk \(arguments.joined(separator: " ")) ended with \(process.terminationStatus)")
        }
        return String(decoding: data, as: UTF8.self)
    }

    /// Runs a subcommand to its end.
    /// - Returns: the most memory it held at any moment, in kB, as the kernel counts it (looked at every 20 ms).
    func peakMemory(_ arguments: String...) throws -> Int {
        let process = process(arguments)
        process.standardOutput = FileHandle.nullDevice
        process.standardError = FileHandle.nullDevice
        try process.run()
        var peak = 0
        while process.isRunning {
            let status = (try? String(contentsOfFile: "/proc/\(process.processIdentifier)/status", encoding: .utf8)) ?? ""
            let line = status.split(separator: "\n").first { $0.hasPrefix("VmHWM:") }
            peak = max(peak, line.flatMap { Int($0.filter(\.isNumber)) } ?? 0)
            Thread.sleep(forTimeInterval: 0.02)
        }
        guard process.terminationStatus == 0 else {
            throw Failure(description: "zaehlwerk \(arguments.joined(separator: " ")) ended with \(process.terminationStatus)")
        }
        return peak
    }

    /// A server on a free port of loopback.
    final class Server {
        let process: Process
        let port: UInt16
        /// From the start of the process to its line `listening on`.
        let startSeconds: Double
        init(process: Process, port: UInt16, startSeconds: Double) {
            self.process = process
            self.port = port
            self.startSeconds = startSeconds
        }
        func stop() {
            process.terminate()
            process.waitUntilExit()
        }
    }

    func serve() throws -> Server {
        let process = process(["serve", "--port", "0"])
        let output = Pipe()
        process.standardOutput = output
        process.standardError = FileHandle.nullDevice
        let start = DispatchTime.now().uptimeNanoseconds
        try process.run()
        var text = ""
        while !text.contains("\n") {
            let data = output.fileHandleForReading.availableData
            if data.isEmpty { throw Failure(description: "the server ended before it listened: \(text)") }
            text += String(decoding: data, as: UTF8.self)
        }
        let elapsed = Double(DispatchTime.now().uptimeNanoseconds - start) / 1e9
        guard let line = text.split(separator: "\n").first(where: { $0.hasPrefix("listening on ") }),
            let port = line.split(separator: ":").last.flatMap({ UInt16($0) })
        else { throw Failure(description: "no `listening on` line but: \(text)") }
        return Server(process: process, port: port, startSeconds: elapsed)
    }

    /// Something of PostgreSQL's own (psql) against the running cluster.
    static func psql(connection: String, _ command: String) throws {
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments = ["psql", "-X", "-q", "-v", "ON_ERROR_STOP=1", "-d", connection, "-c", command]
        process.standardOutput = FileHandle.nullDevice
        try process.run()
        process.waitUntilExit()
        guard process.terminationStatus == 0 else { throw Failure(description: "psql failed: \(command.prefix(80))") }
    }
}
