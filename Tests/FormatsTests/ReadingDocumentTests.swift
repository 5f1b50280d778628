import Metering
import ReadingFormats
import Testing
import Values

@Suite struct `What clients read back` {
    @Test func `a receipt names counts and errors`() {
        var receipt = DeliveryReceipt(messageId: "m-1")
        receipt.accepted = 2
        receipt.rejected = 1
        receipt.errors = [ItemFault(index: 3, path: "/registers/3/value", code: .badNumber, message: "no \"decimal\"", values: 1)]
        #expect(
            String(decoding: ReceiptDocument.json(receipt), as: UTF8.self) == #"""
                {"messageId":"m-1","accepted":2,"duplicates":0,"revised":0,"rejected":1,"findings":0,"errors":[{"index":3,"path":"/registers/3/value","code":"bad-number","message":"no \"decimal\""}]}
                """#)
    }

    @Test func `a series carries local times, and a register has at where a channel has start`() {
        let value = SeriesDocument.Value(
            at: Instant(seconds: 1_767_222_000), micro: 25_000, status: .measured, method: nil, reason: nil, version: 1,
            knownSince: Instant(seconds: 1_767_300_000))
        let channel = SeriesDocument.Register(
            meter: "A", obis: ObisCode(1, 0, 1, 29, 0), unit: .kilowattHour, resolution: .quarterHour, values: [value])
        let register = SeriesDocument.Register(
            meter: "A", obis: ObisCode(1, 0, 1, 8, 0), unit: .kilowattHour, resolution: nil, values: [value])
        let text = String(decoding: SeriesDocument(meteringPoint: "P", series: [channel, register], next: nil).json, as: UTF8.self)
        #expect(
            text == #"""
                {"meteringPoint":"P","series":[{"meter":"A","obis":"1-0:1.29.0","unit":"kWh","resolution":"PT15M","values":[{"start":"2026-01-01T00:00:00+01:00","value":"0.025","status":"measured","method":null,"reason":null,"version":1,"knownSince":"2026-01-01T20:40:00Z"}]},{"meter":"A","obis":"1-0:1.8.0","unit":"kWh","resolution":null,"values":[{"at":"2026-01-01T00:00:00+01:00","value":"0.025","status":"measured","method":null,"reason":null,"version":1,"knownSince":"2026-01-01T20:40:00Z"}]}],"next":null}
                """#)
    }
}
