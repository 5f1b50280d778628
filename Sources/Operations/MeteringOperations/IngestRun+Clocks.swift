internal import Metering
internal import Postgres
internal import VEE
internal import Values

extension IngestRun {
    /// Rule A4, where the sender told its time. A clock that is off stays off until somebody sets it: while that is on the
    /// worklist it is not said again with each message; but each value says so. Before the values are taken.
    func compareClocks() throws {
        for message in messages {
            guard let device = message.batch.deviceTime else { continue }
            let found = message.clockedRegisters.compactMap { entry -> (RegisterEntry, [Finding])? in
                let reading = ClockReading(register: entry.register, device: device, server: now)
                let findings = Rules.clock.findings(on: reading, parameters: entry.parameters(on: today))
                return findings.isEmpty ? nil : (entry, findings)
            }
            guard !found.isEmpty else { continue }
            message.clockReason = EstimationReason.clockSet.rawValue
            guard message.original == nil else { continue }
            let known = try connection.query(
                "SELECT register_id FROM finding WHERE state = 'open' AND rule = \(Rules.clock.text.name) AND register_id = ANY(\(found.map(\.0.id)))"
            ).map { try $0.get(0, as: Int64.self) }
            for (entry, findings) in found where !known.contains(entry.id) { note(findings, entry, message) }
        }
    }
}
