internal import XML

/// Takes the elements of a feed one by one; nothing of the text stays but numbers and links.
final class ESPIReader: XMLHandler {
    private enum Word: Int, CaseIterable {
        case entry, link, title, updated, content, UsagePoint, ServiceCategory, kind, MeterReading, ReadingType, IntervalBlock,
            IntervalReading
        case interval, timePeriod, start, duration, value, cost, ReadingQuality, quality
    }
    private static let words = XMLVocabulary(Word.allCases.map { "\($0)" })
    var vocabulary: XMLVocabulary { ESPIReader.words }

    private(set) var feed = ESPIFeed()
    private var entry: ESPIFeed.Entry?
    private var reading: ESPIFeed.Reading?
    private var isInBlock = false
    private var firstReading = 0
    private var blockOffset: Int?
    private var firstBlock = 0
    private var qualities: [String] = []
    private var usageKind: String?

    func start(_ word: Int, _ element: borrowing XMLStart) throws {
        switch Word(rawValue: word) {
        case .entry:
            entry = ESPIFeed.Entry()
            firstBlock = feed.blocks.count
        case .link:
            guard entry != nil, let href = element.attribute("href") else { return }
            switch element.attribute("rel") {
            case "self": entry?.selfLink = href
            case "up": entry?.up = href
            case "related":
                guard (entry?.related.count ?? 0) < 1_000 else {
                    throw XMLError(.elements, line: element.line, "more than a thousand related links in one entry")
                }
                entry?.related.append(href)
            default: break
            }
        case .UsagePoint: usageKind = ""
        case .MeterReading: entry?.content = .meterReading
        case .IntervalBlock:
            isInBlock = true
            blockOffset = element.offset
            firstReading = feed.readings.count
        case .IntervalReading:
            guard isInBlock else { return }
            reading = ESPIFeed.Reading()
            reading?.offset = Int32(clamping: element.offset ?? 0)
            qualities = []
        default: break
        }
    }

    func end(_ word: Int, _ text: borrowing XMLCharacters) throws {
        if reading != nil { return endInReading(word, text) }
        switch Word(rawValue: word) {
        case .title: entry?.title = text.trimmed.limited(200)
        case .updated: if entry == nil { feed.updated = text.trimmed }
        case .kind: if usageKind != nil { usageKind = text.trimmed }
        case .UsagePoint:
            entry?.content = .usagePoint(kind: usageKind ?? "")
            usageKind = nil
        case .IntervalBlock:
            isInBlock = false
            feed.blocks.append(.init(offset: blockOffset, readings: firstReading..<feed.readings.count))
        case .entry:
            if feed.blocks.count > firstBlock { entry?.content = .blocks(firstBlock..<feed.blocks.count) }
            if let entry { feed.entries.append(entry) }
            entry = nil
        default: break
        }
    }

    private func endInReading(_ word: Int, _ text: borrowing XMLCharacters) {
        switch Word(rawValue: word) {
        case .start, .duration, .value, .cost: number(word, text)
        case .quality: if qualities.count < 8 { qualities.append(text.trimmed.limited(16)) }
        case .IntervalReading:
            guard var done = reading else { return }
            reading = nil
            if !qualities.isEmpty {
                if let known = feed.qualities.firstIndex(of: qualities), known < 64 {
                    done.quality = Int32(known)
                } else {
                    done.quality = Int32(clamping: feed.qualities.count)
                    feed.qualities.append(qualities)
                }
            }
            feed.readings.append(done)
        default: break
        }
    }

    private func number(_ word: Int, _ text: borrowing XMLCharacters) {
        guard var changed = reading else { return }
        do throws(DecimalField.Problem) {
            let number = try DecimalField.parse(text.trimmed, scale: 0)
            switch Word(rawValue: word) {
            case .start: changed.start = number
            case .duration: changed.duration = number
            case .value: changed.value = number
            default: changed.cost = number
            }
        } catch {
            changed.problem = error
            changed.flawOffset = text.trimmedOffset.map { Int32(clamping: $0) }
        }
        reading = changed
    }

    /// The fields of a ReadingType are read by a handler of its own, because their names are many and their number small.
    func delegate(_ word: Int, _ element: borrowing XMLStart) throws -> (any XMLHandler)? {
        guard Word(rawValue: word) == .ReadingType else { return nil }
        return XMLFields { [self] fields in
            entry?.content = .readingType(ESPIReadingType(fields: fields))
        }
    }
}

/// The child elements of one element by name, of which there are few.
final class XMLFields: XMLHandler {
    var vocabulary: XMLVocabulary { .none }
    private var fields: [String: String] = [:]
    private var open: [String] = []
    private let done: ([String: String]) -> Void
    init(_ done: @escaping ([String: String]) -> Void) { self.done = done }

    func start(_ word: Int, _ element: borrowing XMLStart) throws { open.append(element.name.local) }
    func end(_ word: Int, _ text: borrowing XMLCharacters) throws {
        let name = open.removeLast()
        if open.isEmpty { return done(fields) }
        if open.count == 1, fields.count < 64 { fields[name] = text.trimmed.limited(64) }
    }
}
