internal import Tariffs
internal import Values

/// Prices of market time units as CSV: a head of `# key: value` lines, then `start,price` by UTC. A year of quarter hours is
/// 35,040 lines; one file a month keeps what is published anew each day small.
enum SpotReader {
    static let maximumBytes = 4_194_304
    private static let keys = ["schema", "series", "unit", "resolution", "source", "label.de", "label.en"]
    /// A million euros per kWh: beyond it a file is wrong, and sums of products need not be watched.
    private static let greatest: Int64 = 100_000_000_000_000

    static func spot(_ bytes: [UInt8], path: String) throws(TariffFileError) -> SpotSeries {
        func fault(_ line: Int, _ key: String, _ message: String, _ mend: String) -> TariffFileError {
            TariffFileError(path: path, line: line, column: line > 0 ? 1 : 0, key: key, message: message, mend: mend)
        }
        guard bytes.count <= maximumBytes else { throw fault(0, "", "the file is larger than \(maximumBytes) bytes", "Write one a month.") }
        var head: [String: (text: String, line: Int)] = [:]
        var prices: [Int64] = []
        var first: Instant?
        var seconds: Int32 = 0
        var scale = 6
        var line = 0
        for row in bytes.split(separator: 10, omittingEmptySubsequences: false) {
            line += 1
            let row = row.last == 13 ? row.dropLast() : row
            if row.isEmpty { continue }
            if row.first == UInt8(ascii: "#") {
                guard let text = String(validating: row.dropFirst(), as: UTF8.self) else {
                    throw fault(line, "", "the line is not UTF-8", "Save it as UTF-8.")
                }
                let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
                guard parts.count == 2 else { throw fault(line, "", "no `# key: value`", "Write one, or remove the line.") }
                let (key, value) = (trimmed(parts[0]), trimmed(parts[1]))
                guard keys.contains(key) else { throw fault(line, key, "unknown key", "Known here are: \(keys.joined(separator: ", ")).") }
                guard head.updateValue((value, line), forKey: key) == nil else {
                    throw fault(line, key, "the key occurs twice", "Keep one.")
                }
                continue
            }
            if seconds == 0 {
                (seconds, scale) = try begin(head, fault)
                guard row.elementsEqual("start,price".utf8) else {
                    throw fault(line, "", "expected `start,price`", "Put it above the prices.")
                }
                continue
            }
            guard let comma = row.firstIndex(of: 44), let at = try? Instant(utf8: row[..<comma]) else {
                throw fault(line, "start", "no begin of a market time unit", "Write it like 2026-01-01T00:00:00Z.")
            }
            let due = first?.adding(seconds: Int64(prices.count) * Int64(seconds)) ?? at
            guard at == due, at.seconds % Int64(seconds) == 0, at.microseconds % 1_000_000 == 0 else {
                throw fault(line, "start", "\(at) does not follow: \(due) is next", "Put every unit in its order, without a gap.")
            }
            guard let value = try? DecimalText.parse(row[row.index(after: comma)...], scale: scale), (-greatest...greatest).contains(value)
            else {
                throw fault(line, "price", "no price", "Write a plain decimal with a point, like -12.34.")
            }
            first = first ?? at
            prices.append(value)
        }
        guard let first, let series = head["series"].flatMap({ SeriesKey($0.text) }) else {
            throw fault(line, "", "no prices, or no `# series: set/name`", "Add them.")
        }
        let label = Label(de: head["label.de"]?.text ?? series.name, en: head["label.en"]?.text ?? series.name)
        do {
            return try SpotSeries(
                key: series, label: label, source: head["source"]?.text ?? "",
                segments: [.init(start: first, secondsPerUnit: seconds, prices: prices)])
        } catch { throw fault(line, "", "units overlap", "Put each once.") }
    }

    private static func begin(
        _ head: [String: (text: String, line: Int)], _ fault: (Int, String, String, String) -> TariffFileError
    ) throws(TariffFileError) -> (seconds: Int32, scale: Int) {
        for key in ["schema", "series", "unit", "resolution", "source"] where head[key] == nil {
            throw fault(1, key, "the key `\(key)` is missing", "Add `# \(key): …` above the prices.")
        }
        guard head["schema"]?.text == "spot/1" else {
            throw fault(head["schema"]?.line ?? 1, "schema", "this program reads spot/1", "Write it.")
        }
        guard case .seconds(let seconds)? = head["resolution"].flatMap({ Resolution($0.text) }) else {
            throw fault(head["resolution"]?.line ?? 1, "resolution", "no length of a unit", "Write PT15M or PT1H.")
        }
        switch head["unit"]?.text {
        // 1 EUR/MWh = 0.1 ct/kWh = 10^-3 EUR/kWh: five places are 10^-8 EUR per kWh.
        case "EUR/MWh": return (seconds, 5)
        case "ct/kWh": return (seconds, 6)
        default: throw fault(head["unit"]?.line ?? 1, "unit", "no unit of a spot price", "Write EUR/MWh or ct/kWh.")
        }
    }

    private static func trimmed(_ text: Substring) -> String {
        var text = text
        while text.first == " " { text.removeFirst() }
        while text.last == " " { text.removeLast() }
        return String(text)
    }
}
