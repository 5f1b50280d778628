import Foundation
import MarketFormats
import Metering
import Testing
import Values

/// The public sample files that lie beside the checkout. Where they are missing, the tests that need them say so and the fixtures
/// of this target speak alone.
enum SharedData {
    static let folder: String = {
        if let named = ProcessInfo.processInfo.environment["ZAEHLWERK_SHARED_DATA"], !named.isEmpty { return named }
        let checkout = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        return checkout.deletingLastPathComponent().appending(path: "shared/data").path
    }()
    static var isThere: Bool { FileManager.default.fileExists(atPath: folder + "/nem12/README.md") }
    static let missing: Comment =
        "The shared sample files are not here (ZAEHLWERK_SHARED_DATA, or shared/data beside the checkout), so nothing was compared with them."

    static func files(_ part: String, ending: String) -> [String] {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder + "/" + part)) ?? []
        return names.filter { $0.hasSuffix(ending) }.sorted().map { part + "/" + $0 }
    }
    static func bytes(_ path: String) throws -> [UInt8] { Array(try Data(contentsOf: URL(filePath: folder + "/" + path))) }
}

let testOrigin = MarketOrigin(messageId: "test-1", source: "tests", receivedAt: Instant(seconds: 1_767_225_600))

/// The one message with readings of a file.
func readings(_ bytes: [UInt8]) throws -> MarketReadings {
    let delivery = try MarketFormat.read(bytes, origin: testOrigin)
    return try #require(delivery.readings.first)
}
func readings(_ text: String) throws -> MarketReadings { try readings(Array(text.utf8)) }

/// The error of a file that is refused.
func refusal(_ text: String) -> MarketFormatError? { refusal(Array(text.utf8)) }
func refusal(_ bytes: [UInt8]) -> MarketFormatError? {
    do throws(MarketFormatError) {
        _ = try MarketFormat.read(bytes, origin: testOrigin)
        return nil
    } catch {
        return error
    }
}

/// What a message says, without where and in which order it says it.
struct Said: Hashable {
    struct Series: Hashable {
        var meter: String
        var obis: ObisCode?
        var unit: String
        var start: Instant?
        var resolution: Resolution?
        var values: [Int64]
        var statuses: [UInt8]
        var codes: [[ValueCode]]
    }
    var series: [Series]
    var readings: [Series]
    var untaken: [Series]

    init(_ message: MarketReadings, withCodes: Bool = true) {
        func order(_ left: Series, _ right: Series) -> Bool {
            (left.meter, left.obis?.packed ?? 0, left.start?.microseconds ?? 0, left.values.count, left.values.first ?? 0)
                < (right.meter, right.obis?.packed ?? 0, right.start?.microseconds ?? 0, right.values.count, right.values.first ?? 0)
        }
        let batch = message.batch
        series = batch.intervals.map { item in
            Series(
                meter: batch.meters[Int(item.meter)], obis: item.obis, unit: item.unit.rawValue, start: item.start,
                resolution: item.resolution,
                values: Array(batch.values[item.slots]), statuses: Array(batch.statuses[item.slots]),
                codes: withCodes ? item.slots.map { message.codes.codes(message.codes.set(at: $0)) } : [])
        }.sorted(by: order)
        readings = zip(batch.registers, message.registerSides).map { item, side in
            Series(
                meter: batch.meters[Int(item.meter)], obis: item.obis, unit: item.unit.rawValue, start: item.at, resolution: nil,
                values: [item.micro],
                statuses: [item.status.rawValue], codes: withCodes ? [message.codes.codes(side.codes)] : [])
        }.sorted(by: order)
        untaken = message.untaken.map { item in
            Series(
                meter: item.origin.batchMeter + item.origin.channel, obis: nil, unit: item.origin.unit, start: item.start,
                resolution: item.resolution,
                values: item.values, statuses: item.statuses, codes: withCodes ? item.codes.map { message.codes.codes($0) } : [])
        }.sorted(by: order)
    }
}

extension MarketReadings {
    /// The sum of all usable interval values in 10^-6 of their units.
    var sum: Int128 { zip(batch.values, batch.statuses).reduce(0) { $1.1 == 0 ? $0 : $0 + Int128($1.0) } }
    var untakenSum: Int128 { untaken.reduce(0) { $0 + $1.values.reduce(Int128(0)) { $0 + Int128($1) } } }
}

/// SplitMix64: the same numbers for the same seed on every machine, so that a failure can be repeated.
struct Seeded: RandomNumberGenerator {
    private var state: UInt64
    init(_ seed: Int) { state = UInt64(bitPattern: Int64(seed)) &+ 0x9E37_79B9_7F4A_7C15 }
    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }
}
