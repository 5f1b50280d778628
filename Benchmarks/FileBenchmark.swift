import Foundation
import Values

/// Files of readings in each format, imported by the program, against psql \copy of as many keyed rows.
struct FileBenchmark {
    let program: Program
    let fleet: Fleet
    /// Days of quarter hours per meter in each file.
    let days: Int
    let copyRate: Double
    /// Up to where the meters have quarter hours.
    let end: Day

    /// The first market day behind them: it begins at 14:00 UTC, where NEM12 begins its day.
    private var begin: Instant {
        let seconds = LocalTime.berlin.start(of: end).seconds
        return Instant(seconds: (seconds - 50_400 + 86_399) / 86_400 * 86_400 + 50_400)
    }

    /// One file: a head, the days of every meter, a tail.
    private struct Form {
        let name: String
        let head: String
        let tail: String
        /// 96 quarter hours from a moment on, of a meter with a number.
        let day: (Int, Instant, [String]) -> String
        var separator = ""
        /// Values of a piece; a day of quarter hours, or what a register read once.
        var values = 96
        /// Pieces a meter where a piece holds little; nil: one a day.
        var pieces: Int?
    }

    func run() throws {
        Report.section("Import of files by the program: read, cut, parsed, checked by all rules, durable; one process, start included")
        // What lies between the days sent before and the first market day.
        let start = LocalTime.berlin.start(of: end)
        let slots = Int(start.seconds(until: begin) / 900)
        _ = try measure(json("between"), from: start, pieces: 1) { meter, _ in Array(values(meter, 0).prefix(slots)) }
        // Market days of their own, so that nothing is a duplicate.
        var first = begin
        for form in forms {
            let pieces = form.pieces ?? days
            try show(form, form.name, from: first, pieces: pieces)
            first = first.adding(seconds: Int64(pieces) * 86_400)
        }
        let gap = begin.adding(seconds: Int64(days * intervalForms.count + 1) * 86_400)
        try show(csv, "CSV behind a day that never came", from: gap, pieces: days)
        try show(csv, "CSV behind that, estimated anew", from: gap.adding(seconds: Int64(days) * 86_400), pieces: days)
    }

    private func show(_ form: Form, _ name: String, from first: Instant, pieces: Int) throws {
        let (bytes, elapsed) = try measure(form, from: first, pieces: pieces, values: values)
        Report.show(
            Figure(
                name: "\(name), \(bytes >> 20) MB", rate: Double(fleet.count * pieces * form.values) / elapsed, unit: "readings/s",
                baseline: "psql \\copy of keyed rows", baselineRate: copyRate))
    }

    private func values(_ meter: Int, _ day: Int) -> [String] { (0..<96).map { "0.\(100 + (meter * 7 + day * 13 + $0 * 5) % 300)" } }

    /// Imports one file: so many pieces of each meter.
    private func measure(_ form: Form, from first: Instant, pieces: Int, values: (Int, Int) -> [String]) throws -> (
        bytes: Int, seconds: Double
    ) {
        let file = FileManager.default.temporaryDirectory.appending(
            path: "zaehlwerk-file-\(ProcessInfo.processInfo.processIdentifier)")
        defer { try? FileManager.default.removeItem(at: file) }
        let bytes = try write(form, from: first, pieces: pieces, values: values, to: file)
        return (bytes, try seconds { _ = try program.run("import", file.path()) })
    }

    private func write(_ form: Form, from first: Instant, pieces: Int, values: (Int, Int) -> [String], to file: URL) throws -> Int {
        try Data().write(to: file)
        let handle = try FileHandle(forWritingTo: file)
        defer { try? handle.close() }
        var count = form.head.utf8.count + form.tail.utf8.count
        try handle.write(contentsOf: Data(form.head.utf8))
        for meter in 0..<fleet.count {
            for day in 0..<pieces {
                let separator = meter + day > 0 ? form.separator : ""
                let text = Data((separator + form.day(meter, first.adding(seconds: Int64(day) * 86_400), values(meter, day))).utf8)
                count += text.count
                try handle.write(contentsOf: text)
            }
        }
        try handle.write(contentsOf: Data(form.tail.utf8))
        return count
    }

    private static func digits(_ instant: Instant) -> String { String(instant.description.filter(\.isNumber).prefix(12)) }
    private func point(_ meter: Int) -> String {
        let digits = String(meter)
        return "DE" + String(repeating: "0", count: 31 - digits.count) + digits
    }

    private var intervalForms: [Form] { [json("file"), csv, nem12, mscons, espi, cim] }
    private var forms: [Form] { intervalForms + [nem13, mbus] }

    private func json(_ message: String) -> Form {
        Form(
            name: "JSON", head: "{\"messageId\": \"\(message)\", \"source\": \"bench\", \"intervals\": [", tail: "]}",
            day: { meter, start, values in
                "{\"meter\": \"\(fleet.serial(meter))\", \"obis\": \"1-0:1.29.0\", \"start\": \"\(start)\", \"resolution\": \"PT15M\", \"unit\": \"kWh\", \"values\": [\"\(values.joined(separator: "\",\""))\"]}"
            }, separator: ",\n")
    }
    private var csv: Form {
        Form(
            name: "CSV", head: "meter,obis,start,resolution,unit,status," + (1...96).map { "v\($0)" }.joined(separator: ",") + "\n",
            tail: "",
            day: { meter, start, values in
                "\(fleet.serial(meter)),1-0:1.29.0,\(start),PT15M,kWh,measured,\(values.joined(separator: ","))\n"
            })
    }
    private var nem12: Form {
        Form(
            name: "NEM12", head: "100,NEM12,202401010000,BENCH,US\n", tail: "900\n",
            day: { meter, start, values in
                let market = FileBenchmark.digits(start.adding(seconds: 36_000)).prefix(8)
                return "200,\(point(meter)),E1,,E1,,\(fleet.serial(meter)),kWh,15,\n300,\(market),\(values.joined(separator: ",")),A,,,,\n"
            })
    }
    private var mscons: Form {
        let messages = fleet.count * days
        return Form(
            name: "MSCONS", head: "UNA:+.? 'UNB+UNOC:3+A:500+B:500+240101:0000+R1'\n", tail: "UNZ+\(messages)+R1'\n",
            day: { meter, start, values in
                let day = FileBenchmark.digits(start)
                var text =
                    "UNH+1+MSCONS:D:04B:UN:2.4c'BGM+7+F-\(meter)-\(day)+9'UNS+D'NAD+DP'LOC+172+\(point(meter))'LIN+1'PIA+5+1-0?:1.29.0:SRW'\n"
                for (slot, value) in values.enumerated() {
                    let from = FileBenchmark.digits(start.adding(seconds: Int64(slot) * 900))
                    let until = FileBenchmark.digits(start.adding(seconds: Int64(slot + 1) * 900))
                    text += "QTY+220:\(value):KWH'DTM+163:\(from)?+00:303'DTM+164:\(until)?+00:303'"
                }
                return text + "UNT+\(8 + values.count * 3)+1'\n"
            })
    }
    private var espi: Form {
        func entry(_ link: String, _ up: String, _ related: String, _ content: String) -> String {
            "<entry><id>\(link)</id><link rel=\"self\" href=\"\(link)\"/><link rel=\"up\" href=\"\(up)\"/>\(related)<content>\(content)</content></entry>\n"
        }
        var head = "<?xml version=\"1.0\"?>\n<feed xmlns=\"http://www.w3.org/2005/Atom\"><id>urn:bench</id>\n"
        let type =
            "<ReadingType xmlns=\"http://naesb.org/espi\"><accumulationBehaviour>4</accumulationBehaviour><commodity>1</commodity><flowDirection>1</flowDirection><intervalLength>900</intervalLength><powerOfTenMultiplier>0</powerOfTenMultiplier><uom>72</uom></ReadingType>"
        head += entry("/T/1", "/T", "", type)
        for meter in 0..<fleet.count {
            let up = "/U/\(point(meter))"
            head += entry(
                up, "/U", "<link rel=\"related\" href=\"\(up)/MeterReading\"/>",
                "<UsagePoint xmlns=\"http://naesb.org/espi\"><ServiceCategory><kind>0</kind></ServiceCategory></UsagePoint>")
            head += entry(
                "\(up)/MeterReading/1", "\(up)/MeterReading",
                "<link rel=\"related\" href=\"\(up)/MeterReading/1/IntervalBlock\"/><link rel=\"related\" href=\"/T/1\"/>",
                "<MeterReading xmlns=\"http://naesb.org/espi\"/>")
        }
        return Form(
            name: "ESPI", head: head, tail: "</feed>\n",
            day: { meter, start, values in
                let readings = values.enumerated().map { slot, value in
                    "<IntervalReading><timePeriod><duration>900</duration><start>\(start.seconds + Int64(slot) * 900)</start></timePeriod><value>\(value.dropFirst(2))</value></IntervalReading>"
                }
                let up = "/U/\(point(meter))/MeterReading/1/IntervalBlock"
                return entry(
                    "\(up)/\(start.seconds)", up, "",
                    "<IntervalBlock xmlns=\"http://naesb.org/espi\"><interval><duration>86400</duration><start>\(start.seconds)</start></interval>\(readings.joined())</IntervalBlock>"
                )
            })
    }
    private var cim: Form {
        Form(
            name: "CIM MeterReadings",
            head:
                "<EventMessage xmlns=\"http://iec.ch/TC57/2011/schema/message\"><Header><Verb>created</Verb><Noun>MeterReadings</Noun><Source>BENCH</Source><MessageID>cim-file</MessageID></Header><Payload><MeterReadings xmlns=\"http://iec.ch/TC57/2011/MeterReadings#\">\n",
            tail: "</MeterReadings></Payload></EventMessage>\n",
            day: { meter, start, values in
                let readings = values.enumerated().map { slot, value in
                    "<IntervalReadings><timeStamp>\(start.adding(seconds: Int64(slot + 1) * 900))</timeStamp><value>\(value)</value></IntervalReadings>"
                }
                return
                    "<MeterReading><IntervalBlocks>\(readings.joined())<ReadingType ref=\"0.0.2.4.1.1.12.0.0.0.0.0.0.0.0.3.72.0\"/></IntervalBlocks><Meter><Names><name>\(fleet.serial(meter))</name></Names></Meter></MeterReading>\n"
            })
    }

    /// A counter that never stands still.
    private func counter(_ meter: Int, _ step: Int) -> String { "\(1_000 + meter % 900 + step * 3).\((meter + step) % 10)" }

    private var nem13: Form {
        func moment(_ start: Instant) -> String { FileBenchmark.digits(start.adding(seconds: 36_000)) + "00" }
        return Form(
            name: "NEM13 (register readings)", head: "100,NEM13,202401010000,BENCH,US\n", tail: "900\n",
            day: { meter, start, _ in
                let step = Int((start.seconds - begin.seconds) / 86_400) % 1_000
                let (before, after) = (counter(meter, step * 2), counter(meter, step * 2 + 1))
                return
                    "250,\(point(meter)),E1,1,E1,,\(fleet.serial(meter)),E,\(before),\(moment(start)),A,,,\(after),\(moment(start.adding(seconds: 43_200))),A,,,3.0,kWh,,,\n"
            }, values: 2, pieces: days * 8)
    }
    private var mbus: Form {
        Form(
            name: "M-Bus JSON (register readings)", head: "", tail: "",
            day: { meter, start, _ in
                let step = Int((start.seconds - begin.seconds) / 86_400) % 1_000
                return
                    "{\"id\":\"\(fleet.serial(meter))\",\"media\":\"electricity\",\"total_energy_consumption_kwh\":\(counter(meter, step * 2)),\"timestamp\":\"\(start.adding(seconds: 3_600))\"}\n"
            }, values: 1, pieces: days * 16)
    }
}
