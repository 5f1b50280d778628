internal import XML

/// Reads what a message says beside its readings: the header, and what a get asks for. Readings go by: they are read as a market format.
final class CIMMessage: XMLHandler {
    /// The message without its readings.
    struct Read: Sendable {
        /// The Body's child.
        let element: String
        let header: XMLElement?
        /// `Request`, and the payload of a get.
        let parts: [XMLElement]

        var messageID: String { header?.value("MessageID") ?? "" }

        /// What is wanted, if header and element agree.
        func verb() throws(CIMError) -> CIMVerb {
            guard let header else { throw CIMError(.headerMissing, "a message begins with its Header") }
            guard let text = header.value("Verb"), let verb = CIMVerb(header: text) else {
                throw CIMError(
                    .invalidVerb, "Verb must be one of \(CIMVerb.allCases.map(\.rawValue).joined(separator: ", "))", path: "/Header/Verb")
            }
            guard header.value("Noun") == "MeterReadings" || (verb == .get && header.value("Noun") == "GetMeterReadings") else {
                throw CIMError(.invalidNoun, "Noun must be MeterReadings", path: "/Header/Noun")
            }
            guard element == "EventMessage" || element == "RequestMessage" || element == verb.element else {
                throw CIMError(.invalidVerb, "the header says \(verb.rawValue), the message is \(element)", path: "/Header/Verb")
            }
            return verb
        }
    }

    private enum Word: Int { case header, request, payload }
    private static let words = XMLVocabulary(["Header", "Request", "Payload"])
    var vocabulary: XMLVocabulary { CIMMessage.words }

    private var depth = 0
    private var element = ""
    private var headerBuilder: XMLTreeBuilder?
    private var builders: [XMLTreeBuilder] = []
    /// Meters that one request may name.
    private static let elements = 50_000

    func read() -> Read { Read(element: element, header: headerBuilder?.root, parts: builders.compactMap(\.root)) }

    func delegate(_ word: Int, _ element: borrowing XMLStart) throws -> (any XMLHandler)? {
        guard depth == 1 else { return nil }
        switch Word(rawValue: word) {
        case .header where headerBuilder == nil:
            let builder = XMLTreeBuilder(elements: 200)
            headerBuilder = builder
            return builder
        case .header: throw SOAPFault(code: "bad-envelope", "a message has one Header", line: element.line)
        case .request where builders.count < 2: return part()
        case .payload where builders.count < 2 && CIMVerb(header: headerBuilder?.root?.value("Verb") ?? "") == .get: return part()
        default: return nil
        }
    }

    private func part() -> XMLTreeBuilder {
        let builder = XMLTreeBuilder(elements: CIMMessage.elements)
        builders.append(builder)
        return builder
    }

    func start(_ word: Int, _ element: borrowing XMLStart) throws {
        if depth == 0 { self.element = element.name.local }
        depth += 1
    }

    func end(_ word: Int, _ text: borrowing XMLCharacters) throws { depth -= 1 }
}
