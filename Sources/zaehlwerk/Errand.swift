import ArgumentParser
import Foundation
import Glibc

/// A subcommand that can fail in the world: it says so in one sentence on standard error and ends with 1.
///
/// Wrong usage (64) is ArgumentParser's, also when a command finds it while running.
protocol Errand: AsyncParsableCommand {
    mutating func perform() async throws
}

extension Errand {
    mutating func run() async throws {
        // Who reads our output may be gone (`zaehlwerk report … | head`); writing then fails, which is not worth dying for.
        _ = signal(SIGPIPE, SIG_IGN)
        do {
            try await perform()
        } catch let error as ExitCode {
            throw error
        } catch let error as ValidationError {
            throw error
        } catch {
            Output.message("zaehlwerk: \(Sentence.of(error))")
            throw ExitCode.failure
        }
    }
}

/// Something a command found wrong, said for a person: what, where, and how to mend it.
struct Failure: Error, CustomStringConvertible {
    let description: String
    init(_ description: String) { self.description = description }
}
