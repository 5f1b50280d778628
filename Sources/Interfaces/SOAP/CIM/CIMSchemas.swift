internal import XML

/// Schemas of the messages, written by us from the names of the standard, as far as we read and write them: the schemas of IEC are not ours
/// to hand out. What stands in a message beside it is passed over.
enum CIMSchemas {
    static var all: [SOAPSchema] { [wrapper, message, payload, request] }

    private static let wrapper = SOAPSchema(
        namespace: CIMService.wrapperNamespace, uses: ["msg": CIMService.messageNamespace],
        "\(CIMVerb.allCases.map { verb -> XMLText in "<xs:element name=\"\(verb.element)\" type=\"msg:\(verb == .get ? "Request" : "Event")MessageType\"/>\n" })"
    )

    private static let message = SOAPSchema(
        namespace: CIMService.messageNamespace, uses: ["m": CIMService.payloadNamespace, "g": CIMService.requestNamespace],
        """
        <xs:element name="EventMessage" type="tns:EventMessageType"/>
        <xs:element name="RequestMessage" type="tns:RequestMessageType"/>
        <xs:element name="ResponseMessage" type="tns:ResponseMessageType"/>
        <xs:complexType name="EventMessageType"><xs:sequence><xs:element name="Header" type="tns:HeaderType"/><xs:element name="Request" type="tns:RequestType" minOccurs="0"/><xs:element name="Payload" type="tns:PayloadType" minOccurs="0"/></xs:sequence></xs:complexType>
        <xs:complexType name="RequestMessageType"><xs:sequence><xs:element name="Header" type="tns:HeaderType"/><xs:element name="Request" type="tns:RequestType" minOccurs="0"/><xs:element name="Payload" type="tns:PayloadType" minOccurs="0"/></xs:sequence></xs:complexType>
        <xs:complexType name="ResponseMessageType"><xs:sequence><xs:element name="Header" type="tns:HeaderType"/><xs:element name="Reply" type="tns:ReplyType"/><xs:element name="Payload" type="tns:PayloadType" minOccurs="0"/></xs:sequence></xs:complexType>
        <xs:complexType name="HeaderType"><xs:sequence><xs:element name="Verb" type="xs:string"/><xs:element name="Noun" type="xs:string"/><xs:element name="Revision" type="xs:string" minOccurs="0"/><xs:element name="Context" type="xs:string" minOccurs="0"/><xs:element name="Timestamp" type="xs:dateTime" minOccurs="0"/><xs:element name="Source" type="xs:string" minOccurs="0"/><xs:element name="AsyncReplyFlag" type="xs:boolean" minOccurs="0"/><xs:element name="ReplyAddress" type="xs:string" minOccurs="0"><xs:annotation><xs:documentation>Is not called: the reply comes on the same connection.</xs:documentation></xs:annotation></xs:element><xs:element name="AckRequired" type="xs:boolean" minOccurs="0"/><xs:element name="MessageID" type="xs:string" minOccurs="0"/><xs:element name="CorrelationID" type="xs:string" minOccurs="0"/><xs:element name="Comment" type="xs:string" minOccurs="0"/><xs:element name="Property" minOccurs="0" maxOccurs="unbounded"><xs:complexType><xs:sequence><xs:element name="Name" type="xs:string"/><xs:element name="Value" type="xs:string" minOccurs="0"/></xs:sequence></xs:complexType></xs:element></xs:sequence></xs:complexType>
        <xs:complexType name="RequestType"><xs:sequence><xs:element name="StartTime" type="xs:dateTime" minOccurs="0"/><xs:element name="EndTime" type="xs:dateTime" minOccurs="0"/><xs:element name="Option" minOccurs="0" maxOccurs="unbounded"><xs:annotation><xs:documentation>asOf, a time with offset: what was known then.</xs:documentation></xs:annotation><xs:complexType><xs:sequence><xs:element name="name" type="xs:string"/><xs:element name="value" type="xs:string" minOccurs="0"/></xs:sequence></xs:complexType></xs:element><xs:element name="ID" minOccurs="0" maxOccurs="unbounded"><xs:complexType><xs:simpleContent><xs:extension base="xs:string"><xs:attribute name="kind" type="xs:string"/><xs:attribute name="objectType" type="xs:string"/></xs:extension></xs:simpleContent></xs:complexType></xs:element><xs:element ref="g:GetMeterReadings" minOccurs="0"/></xs:sequence></xs:complexType>
        <xs:complexType name="ReplyType"><xs:sequence><xs:element name="Result"><xs:simpleType><xs:restriction base="xs:string"><xs:enumeration value="OK"/><xs:enumeration value="PARTIAL"/><xs:enumeration value="FAILED"/></xs:restriction></xs:simpleType></xs:element><xs:element name="Error" type="tns:ErrorType" minOccurs="0" maxOccurs="unbounded"/></xs:sequence></xs:complexType>
        <xs:complexType name="ErrorType"><xs:sequence><xs:element name="code" type="xs:string"/><xs:element name="level" type="xs:string" minOccurs="0"/><xs:element name="reason" type="xs:string" minOccurs="0"/><xs:element name="details" type="xs:string" minOccurs="0"/><xs:element name="xpath" type="xs:string" minOccurs="0"/><xs:element name="ID" type="xs:string" minOccurs="0"/></xs:sequence></xs:complexType>
        <xs:complexType name="PayloadType"><xs:sequence><xs:element ref="m:MeterReadings" minOccurs="0"/><xs:element ref="g:GetMeterReadings" minOccurs="0"/></xs:sequence></xs:complexType>

        """)

    private static let payload = SOAPSchema(
        namespace: CIMService.payloadNamespace,
        """
        <xs:element name="MeterReadings"><xs:complexType><xs:sequence><xs:element name="MeterReading" type="tns:MeterReading" minOccurs="0" maxOccurs="unbounded"/></xs:sequence></xs:complexType></xs:element>
        <xs:complexType name="MeterReading"><xs:sequence><xs:element name="IntervalBlocks" type="tns:IntervalBlock" minOccurs="0" maxOccurs="unbounded"/><xs:element name="Readings" type="tns:Reading" minOccurs="0" maxOccurs="unbounded"/><xs:element name="Meter" type="tns:Named" minOccurs="0"/><xs:element name="UsagePoint" type="tns:Named" minOccurs="0"/><xs:element name="valuesInterval" minOccurs="0"><xs:complexType><xs:sequence><xs:element name="end" type="xs:dateTime" minOccurs="0"/><xs:element name="start" type="xs:dateTime" minOccurs="0"/></xs:sequence></xs:complexType></xs:element></xs:sequence></xs:complexType>
        <xs:complexType name="IntervalBlock"><xs:sequence><xs:element name="IntervalReadings" type="tns:IntervalReading" minOccurs="0" maxOccurs="unbounded"/><xs:element name="ReadingType" type="tns:Reference"/></xs:sequence></xs:complexType>
        <xs:complexType name="IntervalReading"><xs:annotation><xs:documentation>The time stamp is the end of the interval; without a value it is a gap.</xs:documentation></xs:annotation><xs:sequence><xs:element name="timeStamp" type="xs:dateTime"/><xs:element name="value" type="xs:decimal" minOccurs="0"/><xs:element name="ReadingQualities" type="tns:ReadingQuality" minOccurs="0" maxOccurs="unbounded"/></xs:sequence></xs:complexType>
        <xs:complexType name="Reading"><xs:sequence><xs:element name="timeStamp" type="xs:dateTime"/><xs:element name="value" type="xs:decimal" minOccurs="0"/><xs:element name="ReadingQualities" type="tns:ReadingQuality" minOccurs="0" maxOccurs="unbounded"/><xs:element name="ReadingType" type="tns:Reference"/></xs:sequence></xs:complexType>
        <xs:complexType name="ReadingQuality"><xs:sequence><xs:element name="source" type="xs:string" minOccurs="0"/><xs:element name="timeStamp" type="xs:dateTime" minOccurs="0"/><xs:element name="comment" type="xs:string" minOccurs="0"/><xs:element name="ReadingQualityType" type="tns:Reference"/></xs:sequence></xs:complexType>
        <xs:complexType name="Reference"><xs:attribute name="ref" type="xs:string"/></xs:complexType>
        <xs:complexType name="Named"><xs:sequence><xs:element name="mRID" type="xs:string" minOccurs="0"/><xs:element name="Names" minOccurs="0" maxOccurs="unbounded"><xs:complexType><xs:sequence><xs:element name="name" type="xs:string"/><xs:element name="NameType" minOccurs="0"><xs:complexType><xs:sequence><xs:element name="name" type="xs:string"/></xs:sequence></xs:complexType></xs:element></xs:sequence></xs:complexType></xs:element></xs:sequence></xs:complexType>

        """)

    private static let request = SOAPSchema(
        namespace: CIMService.requestNamespace,
        """
        <xs:element name="GetMeterReadings"><xs:complexType><xs:sequence><xs:element name="EndDevice" type="tns:Named" minOccurs="0" maxOccurs="unbounded"/><xs:element name="ReadingQuality" type="tns:Reference" minOccurs="0" maxOccurs="unbounded"/><xs:element name="ReadingType" type="tns:ReadingType" minOccurs="0" maxOccurs="unbounded"/><xs:element name="TimeSchedule" minOccurs="0" maxOccurs="1"><xs:complexType><xs:sequence><xs:element name="scheduleInterval"><xs:complexType><xs:sequence><xs:element name="end" type="xs:dateTime" minOccurs="0"/><xs:element name="start" type="xs:dateTime" minOccurs="0"/></xs:sequence></xs:complexType></xs:element></xs:sequence></xs:complexType></xs:element><xs:element name="UsagePoint" type="tns:Named" minOccurs="0" maxOccurs="unbounded"/></xs:sequence></xs:complexType></xs:element>
        <xs:complexType name="Reference"><xs:attribute name="ref" type="xs:string"/></xs:complexType>
        <xs:complexType name="ReadingType"><xs:sequence><xs:element name="Names" type="tns:Name" minOccurs="0" maxOccurs="unbounded"/></xs:sequence><xs:attribute name="ref" type="xs:string"/></xs:complexType>
        <xs:complexType name="Name"><xs:sequence><xs:element name="name" type="xs:string"/></xs:sequence></xs:complexType>
        <xs:complexType name="Named"><xs:sequence><xs:element name="mRID" type="xs:string" minOccurs="0"/><xs:element name="Names" type="tns:Name" minOccurs="0" maxOccurs="unbounded"/></xs:sequence></xs:complexType>

        """)
}
