import MeteringOperations
import VEE
import Values

/// A table of daily means: `station,day,celsius`, one day a line.
struct TemperatureFile: Sendable {
    private(set) var items: [ImportTemperatures.Item] = []
    /// Lines that are none, with their number.
    private(set) var refusals: [String] = []

    private static let head = "station,day,celsius"

    static func recognises(_ bytes: [UInt8]) -> Bool {
        let start = bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? 3 : 0
        return bytes[start...].starts(with: head.utf8)
    }

    init(_ bytes: [UInt8]) {
        let lines = String(decoding: bytes, as: UTF8.self).split(omittingEmptySubsequences: false) { $0 == "\n" || $0 == "\r\n" }
        for (index, line) in lines.enumerated().dropFirst() where !line.isEmpty {
            let cells = line.split(separator: ",", omittingEmptySubsequences: false)
            guard cells.count == 3, ImportTemperatures.Region.isStation(String(cells[0])), let day = Day(String(cells[1])),
                let mean = Temperature(cells[2])
            else {
                refusals.append("line \(index + 1): expected station,day,celsius such as Neumünster,2026-01-05,-2.3")
                continue
            }
            items.append(.init(station: String(cells[0]), day: day, mean: mean))
        }
    }
}
