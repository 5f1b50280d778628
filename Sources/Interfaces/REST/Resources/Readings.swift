internal import JSON
internal import MarketFormats
internal import AccessOperations
internal import Digests
internal import Metering
internal import MeteringOperations
internal import ReadingFormats
internal import Values
internal import Web

extension RESTInterface {
    var readingEndpoints: [Endpoint] {
        [
            Endpoint(
                method: .post, path: "/readings", permission: .submitReadings, area: "readings",
                summary: """
                    Readings of a gateway, a head end or a market partner; answers when they are durable. One bad value does not sink a \
                    message. JSON, CSV, NEM12, NEM13, MSCONS, ESPI, CIM MeterReadings and M-Bus are told apart by their content. An \
                    interchange of several messages gets the sums of all, and one receipt for each in `messages`. \
                    Limits: 64 MiB after decompression (413 beyond it; send large files in parts or import them), 200,000 values in one \
                    item, six decimals, 24 hours ahead; of one message 10,000 errors are told one by one, beyond them values are counted \
                    with the last one
                    """,
                body: Endpoint.Body(
                    mediaTypes: ["application/json", "text/csv", "application/xml", "application/edifact", "text/plain"],
                    schema: .named("Readings")),
                answer: .json(.named("Receipt"))
            ) { request in try await submit(request) },
            Endpoint(
                method: .get, path: "/metering-points/{point}/readings", permission: .readReadings, area: "readings",
                summary: "Values with status, method, reason and version, in time order",
                query: [
                    .init("obis", .text, "one register or channel; all if missing"), .init("from", .text, "a time with offset, or a day"),
                    .init("to", .text, "exclusive"), .init("as_of", .instant, "what was known at that moment"),
                    .init(
                        "format", .words(ExportReadings.Format.allCases.map(\.rawValue)),
                        "json if missing, or what Accept asks for; other formats than json come as a whole, without pages. Value, unit, register, "
                            + "period and status go out as they came in; what a format cannot say: "
                            + ExportReadings.Format.allCases.filter { $0 != .json }.map { "\($0.rawValue): \($0.losses)" }.joined(
                                separator: ". ")
                    ),
                    .init("sender", .text, "code of who sends, for formats that name one"),
                    .init("recipient", .text, "code of who is to read it"),
                ] + Endpoint.paging, answer: .json(.named("ReadingSeries"))
            ) { request in try await series(request) },
            Endpoint(
                method: .get, path: "/metering-points/{point}", permission: .readMeteringPoints, area: "readings",
                summary: "A metering point: place, devices with their days, registers", answer: .json(.named("MeteringPoint"))
            ) { request in try await meteringPoint(request) },
        ]
    }

    private func submit(_ request: WebRequest) async throws -> WebResponse {
        let body = try await request.body()
        guard !body.isEmpty else { throw Problem(.badRequest, "the body is empty") }
        if let format = MarketFormat.recognise(body) { return try await submit(body, as: format, request) }
        guard let format = ReadingFormat.recognise(body) else {
            // No format of readings is a picture; all else may be one that is broken at its first byte.
            guard !["image/", "audio/", "video/", "font/"].contains(where: request.headers.mediaType.hasPrefix) else {
                throw Problem(.unsupportedMediaType, "the body is none of the formats of readings; see /openapi.json")
            }
            // Who says JSON and sends something else is told where the JSON ends.
            if request.headers.mediaType.hasSuffix("json") { _ = try JSONReadings.parse(body) }
            throw Problem(.badRequest, "the body is none of the formats of readings; see /openapi.json")
        }
        // CSV names neither message nor source: the content is the message, the caller the source. JSON names both.
        let origin = ReadingFormat.Origin(
            messageId: try RESTInterface.name(request.headers["X-Message-Id"], of: "X-Message-Id")
                ?? (format == .json ? "" : SHA256.hash(body).hex),
            source: try RESTInterface.name(request.headers["X-Source"], of: "X-Source") ?? request.principal?.name ?? "")
        var batch = try format.parse(body, origin: origin)
        batch.deviceTime = try request.deviceTime()
        let receipt = try await IngestReadings(pool: pool, directory: directory)(
            batch, body: body, format: format.rawValue, now: request.now)
        return .json(ReceiptDocument.json(receipt))
    }

    private func submit(_ body: [UInt8], as format: MarketFormat, _ request: WebRequest) async throws -> WebResponse {
        let origin = MarketOrigin(
            messageId: try RESTInterface.name(request.headers["X-Message-Id"], of: "X-Message-Id") ?? SHA256.hash(body).hex,
            source: try RESTInterface.name(request.headers["X-Source"], of: "X-Source") ?? request.principal?.name ?? "",
            receivedAt: request.now)
        let ingest = IngestMarketMessages(IngestReadings(pool: pool, directory: directory))
        let outcome = try await ingest(body, as: format, origin: origin, now: request.now)
        if outcome.receipts.count == 1 { return .json(ReceiptDocument.json(outcome.receipts[0])) }
        return .json(ReceiptDocument.json(outcome.total, messages: outcome.receipts))
    }

    /// What JSON demands of `messageId` and `source`, for those who send them as headers.
    private static func name(_ text: String?, of header: String) throws(Problem) -> String? {
        guard let text else { return nil }
        guard (1...255).contains(text.utf8.count), text.utf8.allSatisfy({ $0 >= 0x20 && $0 != 0x7F }) else {
            throw Problem(.badRequest, "\(header) has 1 to 255 bytes without control characters")
        }
        return text
    }

    private func series(_ request: WebRequest) async throws -> WebResponse {
        let obis = try request.query.filled("obis").map { text throws(Problem) in
            guard let code = ObisCode(text) else {
                throw Problem(.badRequest, "obis must be a code such as 1-0:1.8.0, not “\(text.prefix(40))”")
            }
            return code
        }
        let format = try request.word("format", as: ExportReadings.Format.self) ?? RESTInterface.accepted(request.headers["Accept"] ?? "")
        let query = ReadSeries.Query(
            meteringPoint: request["point"], obis: obis, from: try request.moment("from"), to: try request.moment("to"),
            asOf: try request.knownAt(),
            cursor: request.query.filled("cursor"), limit: try request.limit(10_000, most: 100_000))
        guard format == .json else {
            let bytes = try await ExportReadings(pool: pool)(
                query, as: format, sender: request.query.filled("sender") ?? "", recipient: request.query.filled("recipient") ?? "",
                now: request.now)
            return .bytes(bytes, format.mediaType)
        }
        return .json(try await ReadSeries(pool: pool)(query).json)
    }

    /// The first of our formats that an Accept header names; JSON if it names none.
    private static func accepted(_ header: String) -> ExportReadings.Format {
        for part in header.lowercased().split(separator: ",") {
            switch part.split(separator: ";").first.map({ $0.filter { $0 != " " } }) {
            case "text/csv": return .csv
            case "application/edifact": return .mscons
            case "application/atom+xml": return .espi
            case "application/xml", "text/xml": return .cim
            case "application/json", "*/*": return .json
            default: continue
            }
        }
        return .json
    }

    private func meteringPoint(_ request: WebRequest) async throws -> WebResponse {
        let point = try await GetMeteringPoint(pool: pool)(request["point"])
        return .json { writer in
            writer.object { writer in
                writer.member("code", point.code)
                writer.member("commodity", point.commodity.rawValue)
                writer.member("state", point.state)
                writer.key("address")
                writer.object { writer in
                    writer.member("street", point.street)
                    writer.member("house", point.house)
                    writer.member("postcode", point.postcode)
                    writer.member("city", point.city)
                }
                if let latitude = point.latitude, let longitude = point.longitude {
                    writer.key("coordinates")
                    writer.object { writer in
                        writer.member("lat", latitude)
                        writer.member("lon", longitude)
                    }
                }
                if let capacity = point.capacity {
                    writer.key("capacity")
                    writer.object { writer in
                        writer.member("value", capacity.number)
                        writer.member("unit", capacity.unit.rawValue)
                    }
                }
                writer.key("meters")
                writer.array { writer in
                    for device in point.devices {
                        writer.object { writer in
                            writer.member("serial", device.serial)
                            writer.member("from", device.installation.from.description)
                            writer.member("until", device.installation.until?.description)
                            writer.key("registers")
                            writer.array { writer in
                                for register in device.registers {
                                    let last = device.installation.until.map { min(request.today, $0.adding(days: -1)) } ?? request.today
                                    let parameters = register.parameters(on: max(last, device.installation.from))
                                    writer.object { writer in
                                        writer.member("obis", register.obis.description)
                                        writer.member("unit", register.unit.rawValue)
                                        writer.member("resolution", register.resolution?.description)
                                        writer.member("digits", parameters.digits)
                                        writer.member("decimals", parameters.decimals)
                                        writer.member("factor", parameters.factor.description)
                                        writer.key("factors")
                                        writer.array { writer in
                                            for (from, factor) in register.factors(in: device.installation) {
                                                writer.object { writer in
                                                    writer.member("from", from.description)
                                                    writer.member("factor", factor.description)
                                                }
                                            }
                                        }
                                    }
                                }
                            }
                        }
                    }
                }
            }
        }
    }
}

extension WebRequest {
    /// `X-Device-Time`: what the gateway's clock says while it sends (rule A4).
    fileprivate func deviceTime() throws(Problem) -> Instant? {
        guard let text = headers["X-Device-Time"] else { return nil }
        do { return try Instant(text) } catch {
            throw Problem(.badRequest, "X-Device-Time must be a time with offset such as 2026-01-01T00:00:00+01:00")
        }
    }
}
