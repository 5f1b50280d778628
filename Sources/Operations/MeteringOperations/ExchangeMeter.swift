public import MasterDataFormat
public import Metering
public import Postgres
internal import VEE
public import Values

/// Registers that a meter was exchanged: the old one ends, the new one begins on the same day, with both readings, in one
/// transaction. The same exchange again changes nothing.
public struct ExchangeMeter: Sendable {
    /// What was done on site.
    public struct Request: Hashable, Sendable {
        public struct Reading: Hashable, Sendable {
            public var obis: ObisCode
            /// 10^-6 of the register's unit.
            public var micro: Int64
            /// Nobody read it: it is carried on from what the register counted before.
            var isEstimated = false
            public init(obis: ObisCode, micro: Int64) {
                self.obis = obis
                self.micro = micro
            }
        }
        public var meteringPoint: String
        /// The first day of the new meter; both readings are of its first moment.
        public var day: Day
        public var oldSerial: String
        /// Registers of the old meter that are missing here are estimated from what they counted before, with a finding.
        public var finalReadings: [Reading]
        public var newSerial: String
        /// Empty: the registers of the old meter.
        public var registers: [MasterDataDocument.Register]
        public var startReadings: [Reading]
        /// Who says so, and why.
        public var author = ""
        public var reason = ""

        public init(
            meteringPoint: String, day: Day, oldSerial: String, finalReadings: [Reading], newSerial: String,
            registers: [MasterDataDocument.Register] = [], startReadings: [Reading]
        ) {
            self.meteringPoint = meteringPoint
            self.day = day
            self.oldSerial = oldSerial
            self.finalReadings = finalReadings
            self.newSerial = newSerial
            self.registers = registers
            self.startReadings = startReadings
        }
    }

    /// Why the exchange cannot be registered.
    public enum Problem: Error, Hashable, Sendable {
        case unknownPoint(String)
        /// The old meter does not hang at the point on the day before.
        case notInstalled(serial: String, on: Day)
        case sameMeter(String)
        /// A register without its final or start reading: consumption across the exchange could not be told.
        case missingReading(serial: String, obis: ObisCode)
        /// The new meter conflicts with what is stored.
        case conflict([MasterDataProblem])
        /// Readings that were refused, with the reasons; nothing is stored then.
        case refused([ItemFault])
    }

    let pool: Pool
    let directory: MeterDirectory

    public init(pool: Pool, directory: MeterDirectory) {
        self.pool = pool
        self.directory = directory
    }

    /// - Throws: `Problem`.
    public func callAsFunction(_ request: Request, now: Instant) async throws -> DeliveryReceipt {
        guard request.oldSerial != request.newSerial else { throw Problem.sameMeter(request.newSerial) }
        return try await directory.gate.pass([request.oldSerial, request.newSerial]) { try await register(request, now: now) }
    }

    private func register(_ request: Request, now: Instant) async throws -> DeliveryReceipt {
        try await pool.transaction(retries: VersionCollision.retries) { connection in
            let details: MeteringPointDetails
            do { details = try connection.meteringPoint(request.meteringPoint) } catch is UnknownMeteringPoint {
                throw Problem.unknownPoint(request.meteringPoint)
            }
            let before = request.day.adding(days: -1)
            guard let old = details.devices.last(where: { $0.serial == request.oldSerial && $0.installation.contains(before) }),
                old.installation.until.map({ $0 == request.day }) ?? true
            else { throw Problem.notInstalled(serial: request.oldSerial, on: before) }
            let registers =
                request.registers.isEmpty ? old.registers.map { MasterDataDocument.Register($0, on: before) } : request.registers
            // What was told, not what we make of it: the same exchange again is the same message, though a reading came since.
            let told = request.text
            var request = request
            try request.completeFinalReadings(of: old, at: details.id, in: connection)
            try request.demandReadings(of: old.registers, registers)
            try ExchangeMeter.writeMasterData(request, details, old, registers, in: connection)
            let batch = request.batch(old.registers, registers)
            let parcel = IngestReadings.Parcel(batch: batch, body: Array(told.utf8), format: "exchange")
            // The shared directory must not learn of meters that a rollback takes back: the version they would be kept under
            // is then given to somebody else's change.
            let receipts = try IngestReadings.run(
                [parcel], directory: MeterDirectory(), now: now, reason: .exchange, in: connection)
            guard let receipt = receipts.first, receipt.errors.isEmpty else { throw Problem.refused(receipts.first?.errors ?? []) }
            try ExchangeMeter.noteEvent(request, details.id, old, now: now, in: connection)
            // Told again, nothing is new.
            if receipt.accepted + receipt.revised > 0 { try ExchangeMeter.keep(request, details.id, old, now: now, in: connection) }
            if let meter = try connection.meterIds(ofSerials: [old.serial]).first?.id {
                try connection.settleEnds(
                    of: meter, on: request.day, cause: "Nach dem Gerätewechsel am \(request.day.german) nicht mehr zutreffend", now: now)
            }
            return receipt
        }
    }

    /// Who exchanged it, and which readings nobody took.
    private static func keep(
        _ request: Request, _ point: Identifier<MeteringPoint>, _ old: MeteringPointDetails.Device, now: Instant, in connection: Connection
    ) throws {
        guard let meter = try connection.meterIds(ofSerials: [old.serial]).first?.id else { return }
        let run = try DeviceRun(
            author: request.author.isEmpty ? "exchange" : request.author, reason: request.reason, now: now, connection: connection)
        let device = DeviceRun.Device(id: meter, serial: old.serial, registers: old.registers, stay: .init(old.installation, point))
        let final = request.finalReadings.map { DeviceReading(obis: $0.obis, micro: $0.micro, isEstimated: $0.isEstimated) }
        try run.tellEstimated(final, of: device, day: request.day, what: "dem Gerätewechsel")
        try run.keep(
            .exchange, device, at: point, day: request.day,
            details: [.init("new meter", request.newSerial)] + MeterLife.inputs(final, old.registers))
    }

    /// The exchange as an event for staff (C5), with the consumption of the removed meter since its last reading.
    private static func noteEvent(
        _ request: Request, _ point: Identifier<MeteringPoint>, _ old: MeteringPointDetails.Device, now: Instant, in connection: Connection
    ) throws {
        let at = LocalTime.berlin.start(of: request.day)
        let new = try connection.registers(ofMeters: connection.meterIds(ofSerials: [request.newSerial]).map(\.id))
        for final in request.finalReadings {
            guard let register = old.registers.first(where: { $0.obis == final.obis }),
                let successor = new.first(where: { $0.obis == final.obis }),
                let start = request.startReadings.first(where: { $0.obis == final.obis }),
                let begin = try connection.optional(
                    """
                    SELECT at, version, value_micro, status, method, reason FROM register_reading
                    WHERE register_id = \(register.id) AND at < \(at) AND status IN (1, 2, 3, 4) ORDER BY at DESC, version DESC LIMIT 1
                    """, { try RegisterReading($0, from: 0) })
            else { continue }
            let exchange = MeterExchange(
                day: request.day, removed: .init(register: register, begin: begin, end: RegisterReading(at: at, micro: final.micro)),
                installed: .init(register: successor, begin: RegisterReading(at: at, micro: start.micro), end: nil))
            try connection.insert(
                Validation.check(exchange).map { FindingDraft(finding: $0, register: register.id, point: point, message: nil) }, now: now)
        }
    }

    private static func writeMasterData(
        _ request: Request, _ details: MeteringPointDetails, _ old: MeteringPointDetails.Device, _ registers: [MasterDataDocument.Register],
        in connection: Connection
    ) throws {
        guard let code = try? MeteringPointCode(details.code) else { throw Problem.unknownPoint(details.code) }
        var point = MasterDataDocument.MeteringPoint(code: code, commodity: details.commodity)
        point.meters = [
            .init(serial: request.oldSerial, from: old.installation.from, until: request.day),
            .init(serial: request.newSerial, from: request.day, registers: registers),
        ]
        do { try MeteringMasterData.write([point], in: connection) } catch let refusal as MasterDataRefusal {
            throw Problem.conflict(refusal.problems)
        }
    }
}

extension ExchangeMeter.Request {
    /// The same words for the same exchange: its content is its identity.
    fileprivate var text: String {
        let readings = (finalReadings + startReadings).map { "\($0.obis)=\(DecimalText.format($0.micro, scale: 6))" }
        return ([meteringPoint, day.description, oldSerial, newSerial] + readings).joined(separator: "\n")
    }

    /// What is not told stands already, or nobody read it: then it is carried on, if anything is known to carry on from.
    fileprivate mutating func completeFinalReadings(
        of old: MeteringPointDetails.Device, at point: Identifier<MeteringPoint>, in connection: Connection
    ) throws {
        for register in old.registers where register.resolution == nil && !finalReadings.contains(where: { $0.obis == register.obis }) {
            let known = try connection.standingReading(of: register, at: LocalTime.berlin.start(of: day))
            guard let micro = try known?.micro ?? connection.estimatedReading(of: register, at: point, on: day) else { continue }
            var reading = Reading(obis: register.obis, micro: micro)
            reading.isEstimated = known?.isEstimated ?? true
            finalReadings.append(reading)
        }
    }

    fileprivate func demandReadings(of old: [Register], _ new: [MasterDataDocument.Register]) throws(ExchangeMeter.Problem) {
        for register in old where register.resolution == nil && !finalReadings.contains(where: { $0.obis == register.obis }) {
            throw .missingReading(serial: oldSerial, obis: register.obis)
        }
        for register in new where register.resolution == nil && !startReadings.contains(where: { $0.obis == register.obis }) {
            throw .missingReading(serial: newSerial, obis: register.obis)
        }
    }

    fileprivate func batch(_ old: [Register], _ new: [MasterDataDocument.Register]) -> ReadingBatch {
        var batch = ReadingBatch(messageId: "exchange-\(oldSerial)-\(newSerial)-\(day)", source: "exchange")
        let at = LocalTime.berlin.start(of: day)
        for reading in finalReadings {
            let unit = old.first { $0.obis == reading.obis }?.unit ?? .kilowattHour
            batch.registers.append(
                .init(
                    index: Int32(clamping: batch.registers.count), meter: batch.meter(oldSerial), unit: unit,
                    status: reading.isEstimated ? .estimated : .measured,
                    obis: reading.obis, at: at, micro: reading.micro))
        }
        for reading in startReadings {
            let unit = new.first { $0.obis == reading.obis }?.unit ?? .kilowattHour
            batch.registers.append(
                .init(
                    index: Int32(clamping: batch.registers.count), meter: batch.meter(newSerial), unit: unit, status: .measured,
                    obis: reading.obis, at: at, micro: reading.micro))
        }
        return batch
    }
}

extension MasterDataDocument.Register {
    /// A register like this one, for its successor.
    fileprivate init(_ register: Register, on day: Day) {
        let parameters = register.parameters(on: day)
        self.init(
            obis: register.obis, unit: register.unit, resolution: register.resolution, digits: parameters.digits,
            decimals: parameters.decimals,
            factor: parameters.factor, tariffTimes: parameters.tariffTimes)
    }
}
