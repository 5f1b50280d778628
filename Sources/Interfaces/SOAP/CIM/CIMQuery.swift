internal import MarketFormats
internal import MeteringOperations
internal import ReadingFormats
internal import Values
internal import XML

/// What GetMeterReadings asks for, and its answer: of meters (mRID or name: the serial) and usage points (the code of the metering point)
/// the readings of a time, optionally of some reading types and qualities only.
struct CIMQuery {
    private var meters: [String] = []
    private var points: [String] = []
    /// Named without a kind: a point, or else a meter.
    private var either: [String] = []
    private var from: String?
    private var to: String?
    /// What was known then.
    private var asOf: String?
    private var types: [String] = []
    private var qualities: [String] = []
    /// What fits into one reply.
    static let valuesAtMost = 100_000

    init(_ message: CIMMessage.Read) {
        for part in message.parts { collect(part) }
    }

    private mutating func collect(_ element: XMLElement) {
        switch element.name.local {
        case "Meter", "EndDevice", "EndDevices": meters += CIMQuery.names(element)
        case "UsagePoint", "UsagePoints": points += CIMQuery.names(element)
        case "ID" where !element.trimmed.isEmpty:
            switch element.attribute("objectType") {
            case "Meter", "EndDevice": meters.append(element.trimmed)
            case "UsagePoint": points.append(element.trimmed)
            default: either.append(element.trimmed)
            }
        case "StartTime", "start": from = from ?? element.trimmed
        case "EndTime", "end": to = to ?? element.trimmed
        case "asOf": asOf = asOf ?? element.trimmed
        // The standard's own way to say more: a named value beside the request.
        case "Option" where ["asOf", "as_of"].contains(element.value("name") ?? ""): asOf = asOf ?? element.value("value")
        case "ReadingType": types += element.attribute("ref").map { [$0] } ?? CIMQuery.names(element)
        case "ReadingQuality", "ReadingQualityType":
            if let reference = element.attribute("ref") { qualities.append(reference) }
            element.children.forEach { collect($0) }
        default: element.children.forEach { collect($0) }
        }
    }

    /// The name, or else the mRID.
    private static func names(_ element: XMLElement) -> [String] {
        let names = element.children("Names").compactMap { $0.value("name") }
        return (names.isEmpty ? element.children("mRID").map(\.trimmed) : names).filter { !$0.isEmpty }
    }

    /// A point, and the meter of it that is wanted; nil: all.
    private struct Place: Hashable {
        let point: String
        let meter: String?
    }

    func answer(_ reply: inout CIMReply, _ cases: CIMService.UseCases) async throws {
        guard !meters.isEmpty || !points.isEmpty || !either.isEmpty else {
            return reply.fail(CIMError(.requestMissing, "name meters or usage points", path: "/Request"))
        }
        let range: (from: Instant?, to: Instant?)
        let known: Instant?
        do throws(CIMError) {
            range = (try CIMQuery.moment(from, "StartTime"), try CIMQuery.moment(to, "EndTime"))
            known = try CIMQuery.moment(asOf, "asOf")
        } catch { return reply.fail(error) }

        var answer = CIMAnswer(types: types, statuses: Set(qualities.map(CIM.status(ofQuality:))))
        let devices = try await cases.meters(serials: meters + either)
        var places: [Place] = points.map { Place(point: $0, meter: nil) }
        for serial in meters {
            let found = devices.filter { $0.serial == serial }
            if found.isEmpty { reply.limit(CIMError(.invalidMeter, "there is no meter \(serial.prefix(64))", id: serial)) }
            places += found.map { Place(point: $0.point, meter: serial) }
        }
        for name in either {
            let found = devices.filter { $0.serial == name }
            places += found.isEmpty ? [Place(point: name, meter: nil)] : found.map { Place(point: $0.point, meter: name) }
        }
        var seen: Set<Place> = []
        for place in places where seen.insert(place).inserted {
            do {
                guard try await read(place, range, known, into: &answer, cases.read) else {
                    reply.limit(
                        CIMError(
                            .partial, "more than \(CIMQuery.valuesAtMost) values; ask for a shorter time or fewer meters", level: .warning,
                            id: place.point))
                    break
                }
            } catch let error as UnknownMeteringPoint {
                reply.limit(CIMError(.invalidUsagePoint, "there is no usage point \(error.code.prefix(64))", id: error.code))
            }
        }
        for missing in answer.unwritable.sorted() {
            reply.limit(CIMError(.invalidReadingType, "no ReadingType has words for \(missing)", level: .warning))
        }
        reply.answer(try answer.payload())
    }

    /// - Returns: false if it was too much.
    private func read(
        _ place: Place, _ range: (from: Instant?, to: Instant?), _ known: Instant?, into answer: inout CIMAnswer, _ read: ReadSeries
    ) async throws -> Bool {
        var query = ReadSeries.Query(meteringPoint: place.point, from: range.from, to: range.to, asOf: known)
        repeat {
            let page = try await read(query)
            for series in page.series where place.meter == nil || series.meter == place.meter { answer.append(series, of: place.point) }
            guard answer.values < CIMQuery.valuesAtMost else { return page.next == nil }
            query.cursor = page.next
        } while query.cursor != nil
        return true
    }

    private static func moment(_ text: String?, _ name: String) throws(CIMError) -> Instant? {
        guard let text, !text.isEmpty else { return nil }
        guard let moment = try? Instant(text) else {
            throw CIMError(.badFormat, "\(name) must be a time with offset", path: "/Request/\(name)")
        }
        return moment
    }
}
