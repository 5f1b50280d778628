/// Small messages written for these tests: they say something where the shared samples are not there.
enum Messages {
    /// Thirty-minute values; a plain day, a day of mixed quality with a reading, voltages that nobody bills.
    static let nem12 = """
        100,NEM12,202601020304,MDA1,Ret1
        200,NMI0000001,E1V1,1,E1,N1,SER1,kWh,30,20260301
        300,20260101,\(ones(48)),A,,,20260102000000,
        300,20260102,\(ones(48)),V,,,20260103000000,
        400,1,20,F14,76,Communications fault
        400,21,24,A,,
        400,25,48,S14,1,
        500,N,,20260102120000,001234.5
        200,NMI0000001,E1V1,2,V1,,SER1,V,30,
        300,20260101,\(ones(48)),A,,,20260102000000,
        900

        """
    static func ones(_ count: Int) -> String { (1...count).map { "\($0).5" }.joined(separator: ",") }

    static let nem13 = """
        100,NEM13,202601101030,MDA1,Ret1
        250,NMI0000002,11,1,11,11,SER2,E,006342.8,20251005093055,A,,,007654.9,20260107100333,S62,77,Estimation,1312.1,kWh,20260407, 20260108100333,20260109091133
        550,N,,E,
        900
        """

    /// A load profile of electricity over the spring change: 23 hours, point as decimal mark, with substitutes and a gap of value.
    static func loadProfile(mark: Character = ".", version: String = "2.4c") -> String {
        var text = "UNA:+\(mark)? 'UNB+UNOC:3+9900000000001:500+9900000000002:500+260401:1200+REF1++TL'"
        var segments = [
            "UNH+1+MSCONS:D:04B:UN:\(version)", "BGM+7+MSG1+9", "DTM+137:202604011200?+00:303", "RFF+Z13:13018",
            "NAD+MS+9900000000001::293",
            "NAD+MR+9900000000002::293", "UNS+D", "NAD+DP", "LOC+172+DE00000000000000000000000000000001", "DTM+163:202603282300?+00:303",
            "DTM+164:202603292200?+00:303", "LIN+1", "PIA+5+1-0?:1.29.0:SRW",
        ]
        for slot in 0..<92 {
            // 22:00 to 22:00 UTC is the local day of 23 hours.
            let from = slot + 92
            func time(_ quarter: Int) -> String {
                let hour = quarter / 4
                return hour < 24
                    ? "20260328\(hour < 10 ? "0" : "")\(hour)\(quarter % 4 == 0 ? "00" : String(quarter % 4 * 15))"
                    : "20260329\(hour - 24 < 10 ? "0" : "")\(hour - 24)\(quarter % 4 == 0 ? "00" : String(quarter % 4 * 15))"
            }
            segments.append(slot == 7 ? "QTY+67:0\(mark)25:KWH" : slot == 9 ? "QTY+Z30:0:KWH" : "QTY+220:\(slot)\(mark)125:KWH")
            segments.append("DTM+163:\(time(from))?+00:303")
            segments.append("DTM+164:\(time(from + 1))?+00:303")
            if slot == 7 { segments += ["STS+Z32++Z92", "STS+Z40++Z75"] }
        }
        segments.append("UNT+\(segments.count + 1)+1")
        text += segments.joined(separator: "'") + "'UNZ+1+REF1'"
        return text
    }

    /// Readings of registers: exact moments, a day alone, a meter number, hints.
    static let registers = message([
        "BGM+7+MSG2+9", "DTM+137:202601021200?+00:303", "RFF+Z13:13017", "UNS+D", "NAD+DP", "LOC+172+51481308448", "RFF+MG:1ESY1160123456",
        "LIN+1",
        "PIA+5+1-0?:1.8.0:SRW", "QTY+220:4250.465:KWH", "DTM+7:202512312300?+00:303", "DTM+9:20260101:102", "STS+Z33++Z83",
        "QTY+220:4000:KWH",
        "DTM+9:202511302300?+00:303", "QTY+187:9999:KWH", "DTM+9:20260201:102", "LIN+2", "PIA+5+1-0?:2.8.0:SRW", "QTY+20:12.5:KWH",
        "DTM+7:202512312300?+00:303",
    ])

    static let cancellation = message([
        "BGM+7+MSG3+1", "DTM+137:202601031200?+00:303", "RFF+Z13:13006", "RFF+ACW:MSG2", "UNS+D", "NAD+DP", "LOC+172+51481308448",
        "DTM+163:202512312300?+00:303", "DTM+164:202601312300?+00:303", "LIN+1", "PIA+5+1-0?:1.8.0:SRW", "QTY+220:4250.465:KWH",
        "DTM+7:202512312300?+00:303",
    ])

    static func message(_ middle: [String], type: String = "MSCONS:D:04B:UN:2.4c") -> String {
        let segments = ["UNH+1+\(type)"] + middle
        return "UNA:+.? 'UNB+UNOC:3+9900000000001:500+9900000000002:500+260102:1200+REF2++VL'\n"
            + segments.joined(separator: "'\n") + "'\nUNT+\(segments.count + 1)+1'\nUNZ+1+REF2'\n"
    }

    /// A quarter-hour block with a quality and a gap, and two register readings, all in one event.
    static let cim = """
        <?xml version="1.0" encoding="UTF-8"?>
        <EventMessage xmlns="http://iec.ch/TC57/2011/schema/message">
          <Header><Verb>created</Verb><Noun>MeterReadings</Noun><Revision>2.0</Revision><Timestamp>2026-01-02T00:00:00Z</Timestamp>
            <Source>HES-1</Source><MessageID>cim-1</MessageID><CorrelationID>cim-1</CorrelationID></Header>
          <Payload><MeterReadings xmlns="http://iec.ch/TC57/2011/MeterReadings#">
            <MeterReading>
              <IntervalBlocks>
                <IntervalReadings><timeStamp>2026-01-01T00:15:00+01:00</timeStamp><value>0.125</value></IntervalReadings>
                <IntervalReadings><timeStamp>2026-01-01T00:30:00+01:00</timeStamp><value>0.250</value>
                  <ReadingQualities><source>HES</source><timeStamp>2026-01-01T01:00:00Z</timeStamp><comment>filled</comment><ReadingQualityType ref="3.8.1"/></ReadingQualities></IntervalReadings>
                <IntervalReadings><timeStamp>2026-01-01T00:45:00+01:00</timeStamp></IntervalReadings>
                <IntervalReadings><timeStamp>2026-01-01T01:00:00+01:00</timeStamp><value>0.5</value></IntervalReadings>
                <ReadingType ref="0.0.2.4.1.2.12.0.0.0.0.0.0.0.0.3.72.0"/>
              </IntervalBlocks>
              <Readings><timeStamp>2026-01-01T00:00:00+01:00</timeStamp><value>4250.465</value><ReadingType ref="0.0.0.1.1.1.12.0.0.0.0.1.0.0.0.3.72.0"/></Readings>
              <Readings><timeStamp>2026-01-01T00:00:00+01:00</timeStamp><value>230.1</value><ReadingType ref="0.0.0.12.0.1.54.0.0.0.0.0.0.0.0.0.29.0"/></Readings>
              <Meter><mRID>4711</mRID><Names><name>SER3</name><NameType><name>serial</name></NameType></Names></Meter>
            </MeterReading>
          </MeterReadings></Payload>
        </EventMessage>
        """

    static let espi = """
        <?xml version="1.0" encoding="UTF-8"?>
        <?xml-stylesheet type="text/xsl" href="sheet.xslt"?>
        <!-- a comment -->
        <feed xmlns="http://www.w3.org/2005/Atom"><id>urn:uuid:1</id><updated>2026-01-02T00:00:00Z</updated>
          <entry><link rel="self" href="/r/UsagePoint/P1"/><link rel="up" href="/r/UsagePoint"/><link rel="related" href="/r/UsagePoint/P1/MeterReading"/>
            <title>House</title><content><UsagePoint xmlns="http://naesb.org/espi"><ServiceCategory><kind>0</kind></ServiceCategory></UsagePoint></content></entry>
          <entry><link rel="self" href="/r/UsagePoint/P1/MeterReading/1/IntervalBlock/1"/><link rel="up" href="/r/UsagePoint/P1/MeterReading/1/IntervalBlock"/>
            <content><IntervalBlock xmlns="http://naesb.org/espi"><interval><duration>3600</duration><start>1767225600</start></interval>
              <IntervalReading><cost>974</cost><ReadingQuality><quality>8</quality></ReadingQuality><timePeriod><duration>900</duration><start>1767225600</start></timePeriod><value>282</value></IntervalReading>
              <IntervalReading><cost>965</cost><timePeriod><duration>900</duration><start>1767226500</start></timePeriod><value>323</value></IntervalReading>
              <IntervalReading><timePeriod><duration>900</duration><start>1767228300</start></timePeriod><value>15</value></IntervalReading>
            </IntervalBlock></content></entry>
          <entry><link rel="self" href="/r/UsagePoint/P1/MeterReading/1"/><link rel="up" href="/r/UsagePoint/P1/MeterReading"/>
            <link rel="related" href="/r/UsagePoint/P1/MeterReading/1/IntervalBlock"/><link rel="related" href="/r/ReadingType/7"/>
            <title>Quarter hours</title><content><MeterReading xmlns="http://naesb.org/espi"/></content></entry>
          <entry><link rel="self" href="/r/ReadingType/7"/><link rel="up" href="/r/ReadingType"/>
            <content><ReadingType xmlns="http://naesb.org/espi"><accumulationBehaviour>4</accumulationBehaviour><commodity>1</commodity>
              <flowDirection>1</flowDirection><intervalLength>900</intervalLength><powerOfTenMultiplier>0</powerOfTenMultiplier><uom>72</uom></ReadingType></content></entry>
        </feed>
        """

    static let mbus = """
        <?xml version="1.0" encoding="ISO-8859-1"?>
        <MBusData>
            <SlaveInformation><Id>6855817</Id><Manufacturer>KAM</Manufacturer><Version>8</Version><Medium>Heat: Outlet</Medium><Status>00</Status></SlaveInformation>
            <DataRecord id="0"><Function>Instantaneous value</Function><StorageNumber>0</StorageNumber><Unit>Energy (10 Wh)</Unit><Value>3735100</Value></DataRecord>
            <DataRecord id="1"><Function>Instantaneous value</Function><StorageNumber>0</StorageNumber><Unit>Volume (1e-2  m^3)</Unit><Value>56108</Value></DataRecord>
            <DataRecord id="2"><Function>Instantaneous value</Function><StorageNumber>0</StorageNumber><Unit>Flow temperature (1e-1 deg C)</Unit><Value>1016</Value></DataRecord>
            <DataRecord id="3"><Function>Instantaneous value</Function><StorageNumber>1</StorageNumber><Unit>Energy (kWh)</Unit><Value>30000</Value></DataRecord>
            <DataRecord id="4"><Function>Instantaneous value</Function><StorageNumber>1</StorageNumber><Unit>Time Point (date)</Unit><Value>2025-12-31</Value></DataRecord>
            <DataRecord id="5"><Function>Maximum value</Function><StorageNumber>0</StorageNumber><Unit>Volume (1e-2  m^3)</Unit><Value>7</Value></DataRecord>
        </MBusData>
        """

    static let wmbus = """
        {"media":"water","meter":"multical21","name":"cellar","id":"76348799","status":"DRY","total_m3":6.408,"target_m3":6.408,"target_date":"2025-12-31","flow_temperature_c":127,"timestamp":"2026-01-01T08:00:00Z"}
        {"media":"heat","meter":"kamheat","id":"5555","total_energy_consumption_kwh":4250.5,"total_m3":"12.25","timestamp":"2026-01-01T08:00:10Z"}
        """

    static let all: [(name: String, text: String)] = [
        ("nem12", nem12), ("nem13", nem13), ("load profile", loadProfile()), ("comma", loadProfile(mark: ",")), ("registers", registers),
        ("cancellation", cancellation), ("cim", cim), ("espi", espi), ("mbus", mbus), ("wmbus", wmbus),
    ]
}
