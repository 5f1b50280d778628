import Foundation
import Glibc
import Values

/// Data goes to standard output, messages to standard error; a closed or full output never stops the program.
enum Output {
    /// Data, flushed at once, so that who reads a pipe sees it.
    static func data(_ text: String) { write(text + "\n", to: STDOUT_FILENO) }
    static func message(_ text: String) { write(text + "\n", to: STDERR_FILENO) }

    /// Data that is bytes already, such as a CSV file.
    static func bytes(_ bytes: [UInt8]) { FileHandle(fileDescriptor: STDOUT_FILENO, closeOnDealloc: false).writeQuietly(Data(bytes)) }

    /// The same into a file, where one is named.
    static func bytes(_ bytes: [UInt8], to file: String?) throws(Failure) {
        guard let file else { return Output.bytes(bytes) }
        do { try Data(bytes).write(to: URL(filePath: file)) } catch {
            throw Failure("\(file) cannot be written: \(error.localizedDescription)")
        }
    }

    static var isTerminal: Bool { isatty(STDERR_FILENO) == 1 }

    static func write(_ text: String, to descriptor: Int32) {
        FileHandle(fileDescriptor: descriptor, closeOnDealloc: false).writeQuietly(Data(text.utf8))
    }

    /// `1 234 567`: digits in groups, for tables in a terminal.
    static func count(_ number: Int) -> String { DecimalText.format(Int64(number), scale: 0, grouping: " ") }
    /// `1 234.56 EUR`.
    static func euros(_ amount: Money) -> String { DecimalText.format(amount.cents, scale: 2, minimumPlaces: 2, grouping: " ") }
}

extension FileHandle {
    fileprivate func writeQuietly(_ data: Data) {
        // The disk under a log may be full and a reader may be gone; the work goes on (reliability reference 5.13).
        try? write(contentsOf: data)
    }
}

/// The present moment. The only clock of the program besides the server's: everything below gets it as an argument.
enum Clock {
    static var now: Instant {
        Instant(microseconds: Int64((Date().timeIntervalSince1970 * 1_000_000).rounded()))
    }
    static var today: Day { LocalTime.berlin.day(of: now) }
}
