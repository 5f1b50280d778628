import MeteringOperations
import SOAP
import TestKit
import Testing
import Web
import XML

@Suite(.database) struct `A notification of MultiSpeak` {
    private func errors(_ method: String, _ content: String) async throws -> [XMLElement] {
        let pool = TestDatabase.current.pool
        var site = WebFixture().site
        MultiSpeakService.mount(on: &site, .init(ingest: IngestReadings(pool: pool, directory: MeterDirectory()), pool: pool))
        let envelope = """
            <s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Header>\
            <MultiSpeakMsgHeader xmlns="\(MultiSpeakService.namespace)" Version="4.1.6" Company="Stadtwerke"/></s:Header><s:Body>\
            <\(method) xmlns="\(MultiSpeakService.namespace)">\(content)</\(method)></s:Body></s:Envelope>
            """
        let answer = await site.answer(
            Incoming(.post, "/soap/multispeak", headers: ["Authorization": "Bearer gateway"], body: Array(envelope.utf8)))
        #expect(answer.status == 200, "\(answer.text.prefix(500))")
        let element = try #require(try XMLElement(parsing: answer.text).child("Body")?.children.first)
        return element.children.first?.children ?? []
    }
    private func block(_ values: String) -> String {
        """
        <intervalData><intervalBlock><meterID>M</meterID><fieldName>1-0:1.29.0</fieldName><units>kWh</units>\
        <startDate>2026-01-01T00:00:00+01:00</startDate><intervalLength>PT15M</intervalLength><values>\(values)</values></intervalBlock></intervalData>
        """
    }

    @Test func `has blocks of bounded length`() async throws {
        let errors = try await errors("IntervalDataNotification", block(String(repeating: "- ", count: 200_001) + "1"))
        #expect(errors.map { $0.attribute("errorString") ?? "" }.map { $0.hasPrefix("bad-member: more than 200000 values") } == [true])
    }

    @Test func `of nothing but mistakes is told ten thousand of them`() async throws {
        let errors = try await errors("IntervalDataNotification", block(String(repeating: "x ", count: 20_000)))
        #expect(errors.count == 10_000)
    }
}
