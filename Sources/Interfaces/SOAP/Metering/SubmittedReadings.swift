public import Metering
internal import Values
public import XML

/// The request of SubmitReadings, read from the stream into columns: no tree, and a string per distinct meter only.
///
/// Names are matched without their namespace, elements may come in any order, and `xsi:type` is passed over, because Perl's clients write
/// it so. What is wrong with one item is a fault of that item; what is wrong with the message as a whole throws ``SOAPFault``.
public final class SubmittedReadings: XMLHandler {
    static let words = XMLVocabulary(SubmittedItem.Word.allCases.map(\.name))
    public var vocabulary: XMLVocabulary { SubmittedReadings.words }

    // All state is one value, so that an element costs one check of access and not one for each member it touches.
    private var message = SubmittedMessage()

    public init() {}

    /// The readings, once all was read.
    /// - Throws: `SOAPFault` when the message names neither itself nor its source.
    public func finish() throws(SOAPFault) -> ReadingBatch { try message.finish() }

    /// Reads a whole envelope, for files.
    /// - Throws: `SOAPFault` for anything but a SubmitReadings request.
    public static func parse(envelope: [UInt8]) throws(SOAPFault) -> ReadingBatch {
        let readings = SubmittedReadings()
        let reader = EnvelopeReader(now: Instant(microseconds: 0)) { name, _ in
            guard MeteringService.Version.allCases.contains(where: { name == XMLName("SubmitReadings", in: $0.namespace) }) else {
                throw SOAPFault(code: "unknown-operation", "a file holds SubmitReadings of \(MeteringService.namespace)")
            }
            return readings
        }
        do {
            try XMLReader.read(envelope, by: .scanner, reader)
        } catch let error as XMLError {
            throw SOAPFault(error)
        } catch let fault as SOAPFault {
            throw fault
        } catch {
            throw SOAPFault(.server, code: "internal-error", "something went wrong here")
        }
        _ = try reader.finish()
        return try readings.finish()
    }

    public func start(_ word: Int, _ element: borrowing XMLStart) throws { message.start(word, element) }

    public func end(_ word: Int, _ text: borrowing XMLCharacters) throws { try message.end(text) }
}
