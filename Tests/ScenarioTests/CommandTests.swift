import Foundation
import Postgres
import TestKit
import Testing

/// What a person at a terminal, a script and a timer rely on.
@Suite(.database, .timeLimit(.minutes(20))) struct `The command line` {
    private var program: ProgramUnderTest { ProgramUnderTest(connectionString: TestDatabase.current.connectionString) }

    @Test(arguments: [
        "serve", "migrate", "import", "export", "parameters", "parameters list", "parameters set", "survey", "quality", "tariff",
        "tariff check",
        "tariff publish", "tariff list", "tariff diff", "tariff pull", "tariff affected",
        "estimate", "bill", "report",
        "verify", "checks list", "checks set", "user", "user add", "user list", "key", "key create", "key revoke", "key list", "doctor",
        "demo",
    ])
    func `every subcommand explains itself on standard output`(words: String) async throws {
        let outcome = try await program.run(words: words.split(separator: " ").map(String.init) + ["--help"])
        #expect(outcome.status == 0)
        #expect(outcome.output.contains("USAGE: zaehlwerk \(words)"))
        #expect(outcome.messages.isEmpty)
    }

    @Test func `the help of the program lists its subcommands`() async throws {
        let outcome = try await program.run("--help")
        #expect(outcome.status == 0)
        for word in ["serve", "migrate", "import", "export", "tariff", "estimate", "bill", "report", "verify", "user", "key", "doctor"] {
            #expect(outcome.output.contains("\n  \(word) "), "\(word) is not listed")
        }
    }

    @Test(arguments: [
        "nonsense", "serve --port abc", "serve --port 70000", "bill --cycle weekly --period-end 2026-01-01", "bill --cycle annual-12",
        "bill --period-end 2026-01-01", "bill --final --cycle weekly", "bill --cycle annual-12 --period-end 2026-01-15",
        "bill --cycle annual-12 --period-end 2026-02-30", "bill --cycle annual-12 --period-end 0001-01-01",
        "bill --interim --account a --period-end 9999-12-31", "instalments plan c-1 --from 9999-12-01 --yearly 1200",
        "bill --cycle annual-12 --period-end 2026-01-01 --region north --contracts list.txt",
        "estimate --from 2026-01-02 --to 2026-01-01",
        "report balance", "report statement", "report trial-balance --format pdf", "report trial-balance --as-of yesterday", "import",
        "key create --name x",
        "key create --name x --role king", "user add", "tariff affected electricity", "import --format pdf x.json",
    ])
    func `wrong usage ends with 64 and says why on standard error`(words: String) async throws {
        let outcome = try await program.run(words: words.split(separator: " ").map(String.init))
        #expect(outcome.status == 64)
        #expect(outcome.output.isEmpty, "standard output is for data")
        #expect(outcome.messages.contains("Usage:") || outcome.messages.contains("Error:"))
    }

    @Test(arguments: [
        ("import nowhere.json", "nowhere.json: cannot be read: there is no such file"), ("key revoke nobody", "there is no key “nobody”"),
        ("user lock nobody", "there is no user “nobody”"), ("report statement 0815", "no contract account has the number or key “0815”"),
        ("bill --cycle annual-12 --period-end 2099-01-01", "not reached"),
        ("bill --cycle annual-12 --period-end 2026-01-01 --region nowhere", "No contract has the region nowhere"),
        ("bill --cycle annual-12 --period-end 2026-01-01 --contracts none.txt", "none.txt: cannot be read: there is no such file"),
        ("tariff diff gas/none", "gas/none has 0 versions"),
    ])
    func `a failed operation ends with 1 and one sentence on standard error`(words: String, sentence: String) async throws {
        let outcome = try await program.run(words: words.split(separator: " ").map(String.init))
        #expect(outcome.status == 1)
        #expect(outcome.output.isEmpty)
        #expect(outcome.messages.contains(sentence), "it said: \(outcome.messages)")
    }

    @Test func `a database that is not there is said in a sentence`() async throws {
        let program = ProgramUnderTest(connectionString: "host=127.0.0.1 port=1 dbname=none connect_timeout=1")
        let outcome = try await program.run("doctor")
        #expect(outcome.status == 1)
        #expect(outcome.output.contains("problem  database: the database does not answer"))
    }

    @Test func `the doctor finds nothing wrong with a good installation`() async throws {
        let outcome = try await program.run("doctor")
        #expect(outcome.status == 0, "\(outcome.output)\(outcome.messages)")
        #expect(!outcome.output.contains("problem"))
    }

    @Test(.emptyDatabase) func `two may migrate at once, and each step is taken once`() async throws {
        let (first, second) = (program, program)
        async let one = first.run("migrate")
        async let two = second.run("migrate")
        let outcomes = try await [one, two]
        #expect(outcomes.map(\.status) == [0, 0], "\(outcomes.map(\.messages))")
        let applied = outcomes.flatMap { $0.output.split(separator: "\n") }
        #expect(applied.count == Set(applied).count)
        #expect(applied.contains("0001_metering"))
        let again = try await program.run("migrate")
        #expect(again.status == 0)
        #expect(again.output.isEmpty)
    }

    @Test func `a key stands alone on standard output`() async throws {
        let created = try await program.run("key", "create", "--name", "gateway 7", "--role", "gateway")
        #expect(created.status == 0)
        #expect(created.output.wholeMatch(of: /zw_[0-9a-f]{8}_[A-Za-z0-9_-]{40,}\n/) != nil)
        #expect(!created.messages.contains("zw_"), "the secret is shown once")
        let list = try await program.run("key", "list")
        #expect(list.output.contains("gateway 7"))
        let secret = try #require(created.output.split(separator: "_").last)
        #expect(!list.output.contains(secret.dropLast()))
    }

    @Test func `a password for one use stands alone on standard output, and a login is given once`() async throws {
        let created = try await program.run("user", "add", "erika", "--name", "Erika Muster", "--role", "billing", "--role", "finance")
        #expect(created.status == 0)
        #expect(created.output.wholeMatch(of: /([0-9a-z]{4}-){3}[0-9a-z]{4}\n/) != nil)
        let again = try await program.run("user", "add", "erika", "--role", "billing")
        #expect(again.status == 1)
        #expect(again.output.isEmpty)
        let list = try await program.run("user", "list")
        #expect(list.output.contains("billing,finance"))
        #expect(list.output.contains("one-time password"))
    }

    @Test func `tariffs are checked without a database, published once, and an edited one is refused`() async throws {
        let check = try await ProgramUnderTest(connectionString: "host=127.0.0.1 port=1").run("tariff", "check")
        #expect(check.status == 0, "\(check.output)")

        let published = try await program.run("tariff", "publish")
        #expect(published.status == 0, "\(published.messages)")
        #expect(published.output.contains("electricity/basis/2025-01-01.yaml"))
        let again = try await program.run("tariff", "publish")
        #expect(again.status == 0)
        #expect(again.output.isEmpty)
        let list = try await program.run("tariff", "list")
        #expect(list.output.contains("electricity/basis") && list.output.contains("revision"))
        #expect(list.output.firstMatch(of: #/gas/basis +2026-01-01 .* 2 /#) != nil, "what corrects a version says so")
        #expect(try await program.run("tariff", "diff").output.isEmpty)
        let two = try await program.run("tariff", "diff", "electricity/basis", "2025-01-01", "2025-07-01").output
        #expect(two.hasPrefix("--- electricity/basis/2025-01-01.yaml\n+++ electricity/basis/2025-07-01.yaml\n"))
        #expect(two.contains("\n-") && two.contains("\n+"))
        // What corrects a version comes after it.
        let corrected = try await program.run("tariff", "diff", "gas/basis").output
        #expect(corrected.hasPrefix("--- gas/basis/2026-01-01.yaml\n+++ gas/basis/2026-01-01.r2.yaml\n"), "\(corrected)")
        // Any of them by its name, and one alone beside what it corrects.
        for names in [["2026-01-01.r2"], ["2026-01-01"], ["2026-01-01.r1", "2026-01-01.r2"], ["2026-01-01.r1", "2026-01-01"]] {
            #expect(try await program.run(words: ["tariff", "diff", "gas/basis"] + names).output == corrected, "\(names)")
        }
        let follows = try await program.run("tariff", "diff", "electricity/twin", "2025-07-01.r2").output
        #expect(follows.hasPrefix("--- electricity/twin/2025-07-01.yaml\n+++ electricity/twin/2025-07-01.r2.yaml\n"), "\(follows)")
        #expect(try await program.run("tariff", "diff", "gas/basis", "2026-01-01.r7").messages.contains("no version of 2026-01-01.r7"))
        #expect(try await program.run("tariff", "diff", "gas/basis", "2026-01-01.2").messages.contains("is no version"))

        let home = FileManager.default.temporaryDirectory.appending(path: "zaehlwerk-home-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: home, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: home) }
        for folder in ["Migrations", "Tariffs"] {
            try FileManager.default.copyItem(at: ProgramUnderTest.projectFolder.appending(path: folder), to: home.appending(path: folder))
        }
        let file = home.appending(path: "Tariffs/electricity/basis/2025-01-01.yaml")
        try (String(contentsOf: file, encoding: .utf8) + "# edited\n").write(to: file, atomically: true, encoding: .utf8)
        let edited = ProgramUnderTest(
            connectionString: TestDatabase.current.connectionString, environment: ["ZAEHLWERK_HOME": home.path(percentEncoded: false)])
        #expect(try await edited.run("tariff", "diff").output == "edited  electricity/basis/2025-01-01.yaml\n")
        let refused = try await edited.run("tariff", "publish")
        #expect(refused.status == 1)
        #expect(refused.messages.contains("electricity/basis/2025-01-01.yaml"))
        #expect(refused.messages.contains("was published and has been edited"))
        // What is published and missing in the folder, as a version that was written in the cockpit, is written there; nothing else is.
        let lost = home.appending(path: "Tariffs/electricity/basis/2025-07-01.yaml")
        let bytes = try Data(contentsOf: lost)
        try FileManager.default.removeItem(at: lost)
        #expect(try await edited.run("tariff", "diff").output.contains("absent  electricity/basis/2025-07-01.yaml\n"))
        #expect(try await edited.run("tariff", "pull").output == "electricity/basis/2025-07-01.yaml\n")
        #expect(try Data(contentsOf: lost) == bytes)
        #expect(try await edited.run("tariff", "pull").output.isEmpty)
        #expect(try await edited.run("tariff", "diff").output == "edited  electricity/basis/2025-01-01.yaml\n")
    }

    @Test func `a file that is nothing is named, and the others are imported`() async throws {
        let samples = ProgramUnderTest.projectFolder.appending(path: "Samples").path(percentEncoded: false)
        let outcome = try await program.run(
            "import", "\(samples)/master-data.json", "\(samples)/README.md", "\(samples)/21-gas-registers.json")
        #expect(outcome.status == 1)
        #expect(outcome.output.contains("21-gas-registers.json: accepted 8, duplicates 0, revised 0, rejected 0"))
        #expect(outcome.messages.contains("README.md: "))
    }

    @Test func `what is wrong inside a file is named, and that is no failure`() async throws {
        let samples = ProgramUnderTest.projectFolder.appending(path: "Samples").path(percentEncoded: false)
        #expect(try await program.run("import", "\(samples)/master-data.json").status == 0)
        let outcome = try await program.run("import", "\(samples)/90-faulty.json")
        #expect(outcome.status == 0)
        #expect(outcome.output.contains("rejected 16"))
        #expect(outcome.messages.contains("/registers/0/meter: unknown-meter"))
    }

    @Test func `a reader that went away does not stop the program with a signal`() async throws {
        let executable = try ProgramUnderTest.executable().path(percentEncoded: false)
        let outcome = try await OtherProgram.run(
            "/bin/sh", ["-c", "'\(executable)' tariff list | true; '\(executable)' key list >/dev/full; echo status $?"],
            environment: program.environment)
        #expect(outcome.output == "status 0\n")
        #expect(outcome.messages.isEmpty)
    }
}
