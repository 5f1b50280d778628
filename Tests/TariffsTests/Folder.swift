import Foundation
import TariffFiles
import Tariffs
import Values

/// The tariff files of this repository, as the tests see them.
enum Folder {
    static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        .appending(path: "Tariffs")
        .resolvingSymlinksInPath()

    static func sources() throws -> [TariffFolder.Source] {
        let paths = try FileManager.default.subpathsOfDirectory(atPath: root.path).filter { $0.hasSuffix(".yaml") || $0.hasSuffix(".csv") }
            .sorted()
        return try paths.map { path in
            TariffFolder.Source(path: path, bytes: Array(try Data(contentsOf: root.appending(path: path))), hash: "hash of \(path)")
        }
    }
    static func text(_ path: String) throws -> String { try String(contentsOf: root.appending(path: path), encoding: .utf8) }
}

func day(_ text: String) -> Day { Day(text) ?? Day(1, 1, 1) }
func money(_ text: String) -> Money { Money(text) ?? .zero }
func range(_ from: String, _ until: String) -> DayRange { DayRange(from: day(from), until: day(until)) }
func ctPrice(_ cents: String) -> UnitPrice<KilowattHour> { UnitPrice(cents: cents) ?? .zero }
func micro(_ text: String) -> Int64 { DecimalText.parse(text, scale: 6) ?? 0 }

/// A small generator for properties: the same numbers on each machine.
struct Seeded: RandomNumberGenerator {
    var state: UInt64
    init(_ seed: UInt64) { state = seed &* 0x9E37_79B9_7F4A_7C15 &+ 1 }
    mutating func next() -> UInt64 {
        state ^= state << 13
        state ^= state >> 7
        state ^= state << 17
        return state
    }
}
