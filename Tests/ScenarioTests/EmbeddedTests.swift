import Foundation
import Glibc
import JSON
import TestKit
import Testing

/// Nothing but the program and an empty folder: what most people start with.
@Suite(.timeLimit(.minutes(20))) struct `A server with a PostgreSQL of its own` {
    /// A folder that is removed behind the test, reachable for the unprivileged user that the cluster runs as.
    private func withFolder(_ body: (String) async throws -> Void) async throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "zaehlwerk-test-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o755])
        defer { try? FileManager.default.removeItem(at: folder) }
        try await body(folder.path(percentEncoded: false))
    }

    @Test func `starts on an empty folder, has commands beside it, and is the only server there`() async throws {
        try await withFolder { folder in
            let program = ProgramUnderTest(connectionString: nil, dataFolder: folder)
            let before = try await program.run("doctor")
            #expect(before.status == 0, "\(before.output)")
            #expect(before.output.contains("none has been made yet"))

            try await program.serving { served in
                let second = try await program.run("serve", "--port", "0")
                #expect(second.status == 1)
                #expect(second.messages.contains("another serve"))
                let created = try await program.run("key", "create", "--name", "beside", "--role", "readonly")
                let answer = try await served.request("GET", "/api/v1/partners?q=x", key: String(created.output.dropLast()))
                #expect(answer.status == 200)
                #expect(try await program.run("doctor").output.contains("serve is process \(served.processIdentifier)"))
            }
            let after = try await program.run("doctor")
            #expect(after.status == 0)
            #expect(after.output.contains("is at rest"))
        }
    }

    @Test func `says 503 while its PostgreSQL is gone, starts it again, and goes on`() async throws {
        try await withFolder { folder in
            let program = ProgramUnderTest(connectionString: nil, dataFolder: folder)
            try await program.serving { served in
                let key = String(try await program.run("key", "create", "--name", "k", "--role", "readonly").output.dropLast())
                let doctor = try await program.run("doctor")
                let process = try #require(doctor.output.firstMatch(of: /runs as process ([0-9]+)/)?.1, "\(doctor.output)")
                #expect(Glibc.kill(try #require(Int32(process)), SIGKILL) == 0)
                var statuses: [Int] = []
                for _ in 0..<100 {
                    let ready = try await served.request("GET", "/readyz").status
                    statuses.append(try await served.request("GET", "/api/v1/partners?q=x", key: key).status)
                    if ready == 200, statuses.last == 200 { break }
                    try await Task.sleep(for: .milliseconds(200))
                }
                #expect(statuses.last == 200)
                #expect(statuses.allSatisfy { $0 == 200 || $0 == 503 }, "\(statuses)")
            }
        }
    }

    @Test func `loses nothing it acknowledged when PostgreSQL is killed in the middle of ingest, and doubles nothing`() async throws {
        try await withFolder { folder in
            let program = ProgramUnderTest(connectionString: nil, dataFolder: folder)
            try await program.serving { served in
                #expect(try await program.run("import", Served.sample("master-data.json")).status == 0)
                let key = String(try await program.run("key", "create", "--name", "k", "--role", "gateway").output.dropLast())
                func send(_ day: Int) async throws -> ServedProgram.Answer {
                    try await served.json("POST", "/api/v1/readings", key: key, Served.day(day, messageId: "day-\(day)"))
                }
                let killer = Task {
                    var killed = 0
                    for _ in 0..<2 {
                        try await Task.sleep(for: .milliseconds(150))
                        let doctor = try await program.run("doctor").output
                        guard let process = doctor.firstMatch(of: /runs as process ([0-9]+)/).flatMap({ Int32($0.1) }) else { continue }
                        if Glibc.kill(process, SIGKILL) == 0 { killed += 1 }
                        try await Task.sleep(for: .milliseconds(1_500))
                    }
                    return killed
                }
                // Each day is sent until it is acknowledged, as a gateway does; meanwhile the database goes twice.
                for day in 1...28 {
                    for _ in 0..<200 {
                        let status = try await send(day).status
                        if status == 200 { break }
                        #expect(status == 503)
                        try await Task.sleep(for: .milliseconds(50))
                    }
                    try await Task.sleep(for: .milliseconds(60))
                }
                #expect(try await killer.value > 0)
                for day in 1...28 { #expect(try await send(day).json?["duplicates"]?.integer == 24, "day \(day) was acknowledged") }
                let series = try await served.request("GET", "/api/v1/metering-points/\(Served.point)/readings?obis=1-0:1.29.0", key: key)
                let values = try #require(series.json?["series"]?[0]?["values"]?.array)
                #expect(values.count == 24 * 28)
                #expect(values.allSatisfy { $0["status"]?.string == "measured" && $0["version"]?.number == "1" })
            }
        }
    }

    @Test func `leaves nothing behind when it is ephemeral`() async throws {
        let program = ProgramUnderTest(connectionString: nil, dataFolder: nil)
        let served = try await ServedProgram.start(["serve", "--ephemeral", "--port", "0"], environment: program.environment)
        #expect(try await served.request("GET", "/readyz").status == 200)
        let folder = try #require(served.messages.firstMatch(of: /cluster in (.*)\/postgres"/)?.1, "\(served.messages)")
        #expect(FileManager.default.fileExists(atPath: String(folder).replacing("\\/", with: "/")))
        #expect(await served.stop() == 0)
        #expect(!FileManager.default.fileExists(atPath: String(folder).replacing("\\/", with: "/")))
    }
}
