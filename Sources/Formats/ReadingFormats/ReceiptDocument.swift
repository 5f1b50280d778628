public import JSON
public import Metering

/// The JSON answer to a delivery.
public enum ReceiptDocument {
    public static func json(_ receipt: DeliveryReceipt) -> [UInt8] {
        var writer = JSONWriter(reservingCapacity: 160 + receipt.errors.count * 128)
        write(receipt, to: &writer)
        return writer.bytes
    }

    /// The answer to a file of several messages: the sums under the file's own number, and in `messages` each by itself.
    public static func json(_ total: DeliveryReceipt, messages: [DeliveryReceipt]) -> [UInt8] {
        var writer = JSONWriter(reservingCapacity: 160 + total.errors.count * 256 + messages.count * 160)
        writer.object { writer in
            members(total, to: &writer)
            writer.member(
                "messages",
                array: { writer in
                    for receipt in messages { write(receipt, to: &writer) }
                })
        }
        return writer.bytes
    }

    public static func write(_ receipt: DeliveryReceipt, to writer: inout JSONWriter) {
        writer.object { members(receipt, to: &$0) }
    }

    private static func members(_ receipt: DeliveryReceipt, to writer: inout JSONWriter) {
        writer.member("messageId", receipt.messageId)
        writer.member("accepted", receipt.accepted)
        writer.member("duplicates", receipt.duplicates)
        writer.member("revised", receipt.revised)
        writer.member("rejected", receipt.rejected)
        writer.member("findings", receipt.findings)
        writer.member(
            "errors",
            array: { writer in
                for fault in receipt.errors { write(fault, to: &writer) }
            })
    }

    /// One error of the answer, without how many values it stands for.
    public static func write(_ fault: ItemFault, to writer: inout JSONWriter) {
        writer.object { writer in
            writer.member("index", fault.index)
            writer.member("path", fault.path)
            writer.member("code", fault.code.rawValue)
            writer.member("message", fault.message)
        }
    }
}
