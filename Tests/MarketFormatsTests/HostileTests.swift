import MarketFormats
import Metering
import Testing
import Values

@Suite struct `Hostile bytes` {
    /// What holds of every answer, whatever was sent.
    private func check(_ bytes: [UInt8], _ label: String) {
        let delivery: MarketDelivery
        do throws(MarketFormatError) {
            delivery = try MarketFormat.read(bytes, origin: testOrigin)
        } catch {
            #expect((0...(bytes.count * 2 + 16)).contains(error.place.offset), "\(label): \(error)")
            #expect(!error.message.isEmpty)
            return
        }
        for message in delivery.readings {
            let batch = message.batch
            #expect(batch.values.count == batch.statuses.count, "\(label)")
            #expect(message.codes.count == batch.values.count, "\(label)")
            #expect(
                message.registerSides.count == batch.registers.count && message.intervalSides.count == batch.intervals.count, "\(label)")
            #expect(message.faultPlaces.count == batch.faults.count, "\(label)")
            #expect(message.costs.isEmpty || message.costs.count <= batch.values.count, "\(label)")
            var covered = 0
            for item in batch.intervals {
                #expect(item.slots.lowerBound == covered && !item.slots.isEmpty, "\(label)")
                covered = item.slots.upperBound
                #expect(batch.meters.indices.contains(Int(item.meter)), "\(label)")
            }
            #expect(covered == batch.values.count, "\(label)")
            #expect(
                (batch.meters + [batch.messageId, batch.source]).allSatisfy { $0.utf8.allSatisfy { $0 != 0 } }, "\(label): a NUL in a name")
            for value in batch.values where value == .min { Issue.record("\(label): a mark stayed") }
            #expect(zip(batch.values, batch.statuses).allSatisfy { $1 != 0 || $0 == 0 }, "\(label)")
            #expect(message.sentValues >= 0 && message.ingestible.sentValues == message.sentValues, "\(label)")
            // Whatever was taken can be written without a trap.
            _ = try? NEM12Writer.write(message, created: Instant(seconds: 0))
            _ = try? MSCONSWriter.write(message, reference: "R", created: Instant(seconds: 0))
            _ = try? ESPIWriter.write(message, id: "x", created: Instant(seconds: 0))
            _ = try? CIMWriter.write(message, created: Instant(seconds: 0))
        }
    }

    @Test(arguments: Messages.all.indices) func `mutations of a message never trap and always add up`(number: Int) {
        let original = Array(Messages.all[number].text.utf8)
        for seed in 0..<250 {
            var random = Seeded(seed)
            var bytes = original
            for _ in 0..<Int.random(in: 1...6, using: &random) {
                let place = Int.random(in: 0..<max(bytes.count, 1), using: &random)
                guard !bytes.isEmpty else { break }
                switch Int.random(in: 0..<7, using: &random) {
                case 0: bytes[place] = Bool.random(using: &random) ? UInt8.random(in: 0...255, using: &random) : 0
                case 1: bytes.remove(at: place)
                case 2: bytes.insert(UInt8.random(in: 0x20...0x7E, using: &random), at: place)
                case 3: bytes.removeSubrange(place..<min(bytes.count, place + Int.random(in: 1...200, using: &random)))
                case 4: bytes.insert(contentsOf: bytes[place..<min(bytes.count, place + 120)], at: place)
                case 5: bytes[place] = [0x2C, 0x2E, 0x27, 0x2B, 0x3A, 0x3F, 0x0A, 0x39, 0x2D][Int.random(in: 0..<9, using: &random)]
                default: bytes.insert(contentsOf: Array("99999999999999999999".utf8), at: place)
                }
            }
            check(bytes, "\(Messages.all[number].name), seed \(seed)")
        }
    }

    @Test(arguments: Messages.all.indices) func `a message cut off anywhere never traps`(number: Int) {
        let original = Array(Messages.all[number].text.utf8)
        for length in stride(from: 0, to: original.count, by: max(1, original.count / 120)) {
            check(Array(original.prefix(length)), "\(Messages.all[number].name), \(length) bytes")
        }
    }

    @Test func `noise is refused`() {
        for seed in 0..<200 {
            var random = Seeded(seed)
            let heads = [
                "", "100,NEM12,", "UNA:+.? '", "UNB+", "<MeterReadings>", "<feed xmlns='http://naesb.org/espi'>", "{\"media\":1,\"id\":",
            ]
            let noise = (0..<300).map { _ in UInt8.random(in: 0...255, using: &random) }
            check(Array(heads[seed % heads.count].utf8) + noise, "noise \(seed)")
        }
    }

    @Test(.enabled(if: SharedData.isThere, SharedData.missing)) func `mutations of real files never trap`() throws {
        let files =
            (SharedData.files("nem12/scenarios", ending: ".csv") + SharedData.files("nem12/valid", ending: ".csv") + [
                "espi/test_usage_data_01.xml"
            ]
            + SharedData.files("mbus/test-frames", ending: ".xml").prefix(20)).filter {
                !$0.contains("Many") && !$0.contains("month") && !$0.contains("partial")
            }
        for (number, path) in files.enumerated() {
            let original = try SharedData.bytes(path)
            for seed in 0..<12 {
                var random = Seeded(number * 1_000 + seed)
                var bytes = original
                for _ in 0..<4 {
                    let place = Int.random(in: 0..<bytes.count, using: &random)
                    if seed % 3 == 0 { bytes.remove(at: place) } else { bytes[place] = UInt8.random(in: 0x20...0x7E, using: &random) }
                }
                check(bytes, "\(path), seed \(seed)")
            }
        }
    }
}

@Suite struct `Market formats are told by their content` {
    @Test func `each message is recognised`() {
        let expected: [MarketFormat] = [.nem12, .nem13, .mscons, .mscons, .mscons, .mscons, .cim, .espi, .mbusXML, .wmbusJSON]
        #expect(Messages.all.map { MarketFormat.recognise(Array($0.text.utf8)) } == expected)
        #expect(Messages.all.map { MarketFormat.recognise([0xEF, 0xBB, 0xBF, 0x0A] + Array($0.text.utf8)) } == expected)
    }

    @Test(arguments: [
        "{\"messageId\":\"x\",\"registers\":[]}", "meter,obis,at,value,unit,status\n", "<a/>", "", "hello", "{\"partners\":[]}",
    ])
    func `what is another's is left to others`(text: String) { #expect(MarketFormat.recognise(Array(text.utf8)) == nil) }

    @Test func `codes keep their places whatever is cut`() {
        for seed in 0..<100 {
            var random = Seeded(seed)
            var codes = ValueCodes()
            var plain: [Int32] = []
            for _ in 0..<40 {
                if Int.random(in: 0..<5, using: &random) == 0 {
                    let keep = Int.random(in: 0...plain.count, using: &random)
                    codes.truncate(to: keep)
                    plain = Array(plain.prefix(keep))
                }
                let set = codes.number(of: [ValueCode("l", String(Int.random(in: 0..<3, using: &random)))])
                let count = Int.random(in: 0..<9, using: &random)
                codes.append(set, count: count)
                plain += Array(repeating: set, count: count)
            }
            #expect(plain.indices.map { codes.set(at: $0) } == plain)
            #expect(codes.runs(in: 0..<plain.count).reduce(0) { $0 + $1.count } == plain.count)
        }
    }
}
