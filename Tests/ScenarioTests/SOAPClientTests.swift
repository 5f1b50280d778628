import Foundation
import JSON
import TestKit
import Testing

/// A client that others wrote reads our WSDL and talks to us as a stranger would.
@Suite(.database, .timeLimit(.minutes(20))) struct `A foreign SOAP client` {
    @Test(arguments: ["1.1", "1.2"]) func `submits readings and reads them back`(version: String) async throws {
        let python = try OtherProgram.python()
        try await Served.importMasterData()
        try await Served.program.serving { served in
            let key = try await Served.key("gateway")
            func call(_ operation: String, _ arguments: String, key: String = key) async throws -> (
                status: Int32, answer: JSONValue, text: String
            ) {
                let outcome = try await OtherProgram.run(
                    python, ["Tests/Python/soap_client.py", served.base + "/soap/metering?wsdl", operation],
                    environment: ["ZAEHLWERK_KEY": key, "ZAEHLWERK_SOAP_VERSION": version], input: Data(arguments.utf8))
                #expect(!outcome.messages.contains("No module named"), "the Python packages are missing: run Scripts/setup test")
                return (outcome.status, (try? JSONValue(parsing: Array(outcome.output.utf8))) ?? .null, outcome.output + outcome.messages)
            }
            let submitted = try await call(
                "SubmitReadings",
                """
                {"messageId": "zeep-1", "source": "zeep",
                 "registers": [{"meter": "\(Served.meter)", "obis": "1-0:1.8.0", "at": "2025-02-01T00:00:00+01:00", "value": "4711.3", "unit": "kWh", "status": "measured"}],
                 "intervals": [{"meter": "\(Served.meter)", "obis": "1-0:1.29.0", "start": "2025-02-01T00:00:00+01:00", "resolution": "PT1H", "unit": "kWh",
                                "values": {"value": ["0.025", "0.031", null, "0.040"]}, "status": "measured"}]}
                """)
            #expect(submitted.status == 0, "\(submitted.text)")
            #expect(submitted.answer["accepted"]?.integer == 4, "\(submitted.text)")

            let read = try await call(
                "GetReadings",
                """
                {"meteringPoint": "\(Served.point)", "obis": "1-0:1.29.0", "from": "2025-02-01", "to": "2025-02-02"}
                """)
            #expect(read.status == 0, "\(read.text)")
            let values = read.answer["series"]?[0]?["values"]?.array ?? []
            #expect(values.prefix(2).map { $0["value"]?.string } == ["0.025", "0.031"], "\(read.text)")
            #expect(values.first?["status"]?.string == "measured")

            let fault = try await call("GetReadings", #"{"meteringPoint": "DE0000000000000000000000000000000"}"#)
            #expect(fault.status == 3, "\(fault.text)")
            #expect(fault.text.contains("there is no metering point"))
            #expect(fault.text.contains("ServiceFault"), "the detail is the element that the WSDL declares")
        }
    }
}
