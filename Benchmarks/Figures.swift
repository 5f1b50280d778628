import Foundation

/// One measured rate beside the baseline of the same run. A bare number says nothing on a shared machine; the ratio does.
struct Figure {
    let name: String
    let rate: Double
    let unit: String
    let baseline: String
    let baselineRate: Double

    var ratio: Double { baselineRate > 0 ? rate / baselineRate : 0 }
}

enum Report {
    static func section(_ title: String) { print("\n\(title)"); fflush(nil) }

    static func show(_ figure: Figure) {
        // A tenth and less reads better as a part: 1/38, not 0.0.
        let ratio =
            figure.ratio >= 0.1 || figure.ratio <= 0 ? String(format: "%.1f", figure.ratio) : "1/\(Int((1 / figure.ratio).rounded()))"
        print(
            "  \(padded(figure.name, 58)) \(number(figure.rate)) \(padded(figure.unit, 13)) = \(ratio) × \(figure.baseline) (\(number(figure.baselineRate).trimmingCharacters(in: .whitespaces)))"
        )
        fflush(nil)
    }

    /// For `Scripts/profile`: when a stage ran, on the clock that perf is told to use.
    static func stage(_ name: String, _ body: () throws -> Double) rethrows -> Double {
        let from = DispatchTime.now().uptimeNanoseconds
        let result = try body()
        if ProcessInfo.processInfo.environment["BENCH_STAGES"] != nil {
            let times = [from, DispatchTime.now().uptimeNanoseconds].map { String(format: "%.6f", Double($0) / 1e9) }
            FileHandle.standardError.write(Data("stage\t\(name)\t\(times[0])\t\(times[1])\n".utf8))
        }
        return result
    }

    static func note(_ text: String) { print("  \(text)"); fflush(nil) }

    private static func padded(_ text: String, _ width: Int) -> String {
        text + String(repeating: " ", count: max(0, width - text.count))
    }
    private static func number(_ value: Double) -> String {
        let digits = String(Int(value.rounded()))
        var out = ""
        for (index, character) in digits.enumerated() {
            if index > 0, (digits.count - index) % 3 == 0 { out += " " }
            out.append(character)
        }
        return String(repeating: " ", count: max(0, 11 - out.count)) + out
    }
}

/// Wall-clock seconds of a piece of work.
func seconds(_ body: () throws -> Void) rethrows -> Double {
    let start = DispatchTime.now().uptimeNanoseconds
    try body()
    return Double(DispatchTime.now().uptimeNanoseconds - start) / 1e9
}
