internal import Digests
internal import Metering
internal import MeteringOperations
internal import Values
internal import XML

/// A notification as ingest takes it.
struct Notice {
    var batch: ReadingBatch
    private var objects: [String] = []

    /// What the error is about.
    func object(_ index: Int) -> String { objects.indices.contains(index) ? objects[index] : "" }

    /// - Throws: `SOAPFault` for a transaction without a usable name.
    init(_ message: SOAPMessage, source: String) throws(SOAPFault) {
        batch = try ReadingBatch(notification: message, source: source)
    }

    /// How many faults are told one by one, as of JSON: a message of nothing but mistakes must not cost gigabytes of explanations.
    static let faultsTold = 10_000
    /// How many values a block of intervals may have, as of JSON.
    static let valuesPerBlock = 200_000

    /// Notes a fault; beyond the limit only its values are counted, with the last one told.
    mutating func note(_ fault: ItemFault) {
        if batch.faults.count >= Notice.faultsTold {
            batch.faults[batch.faults.count - 1].values += fault.values
        } else {
            batch.faults.append(fault)
        }
    }

    /// - Parameter object: the meter, or what the sender calls the thing.
    /// - Returns: the number of the next item, by which faults speak of it.
    mutating func next(_ object: String) -> Int {
        objects.append(object)
        return objects.count - 1
    }
    /// What an item is about, once it is known.
    mutating func name(_ index: Int, _ object: String) { objects[index] = object }
}

extension ReadingBatch {
    /// The empty batch of a notification: its transaction is the message, the company that sends it the source.
    /// - Throws: `SOAPFault` for a transaction without a usable name.
    init(notification message: SOAPMessage, source: String) throws(SOAPFault) {
        let transaction = message.element.value("transactionID") ?? ""
        guard transaction.utf8.count <= 255, transaction.utf8.allSatisfy({ $0 >= 0x20 && $0 != 0x7F }) else {
            throw SOAPFault(code: "bad-element", "expected at most 255 bytes without control characters", path: "/transactionID")
        }
        let company = message.header?.attribute("Company") ?? ""
        self.init(
            messageId: transaction.isEmpty ? SHA256.hash(message.envelope).hex : transaction,
            source: String((company.isEmpty ? source : company).prefix(100)))
    }
}
