"""A stranger's tour through all of our SOAP services with zeep, from their WSDLs alone: what is answered is checked on the way.

    soap_tour.py BASE PLAN      BASE is http://127.0.0.1:PORT, PLAN a JSON object: what the test prepared

Prints a line for each step. Exit status 1 at the first thing that is not as it should be.
ZAEHLWERK_KEY is the Bearer key; ZAEHLWERK_SOAP_VERSION=1.2 takes the SOAP 1.2 bindings.
"""
import json
import sys
from datetime import date, datetime, timedelta, timezone
from decimal import Decimal

import zeep
from soap_client import binding, client

CIM_NAMESPACE = "http://iec.ch/TC57/2011/schema/message"


def check(step: str, holds: bool, seen: object = None) -> None:
    print(f"{'ok' if holds else 'WRONG'}: {step}" + ("" if holds else f": {seen}"), flush=True)
    if not holds:
        raise SystemExit(1)


def fault(step: str, code: str, call) -> None:
    try:
        answer = call()
    except zeep.exceptions.Fault as said:
        detail = said.detail
        found = next((e.text for e in detail.iter() if e.tag.endswith("}code")), None) if detail is not None else None
        check(f"{step} is a fault {code}", found == code, (said.message, found))
        return
    check(f"{step} is a fault {code}", False, answer)


def customers(base: str, plan: dict) -> tuple[str, str]:
    service = binding(client(base + "/soap/customers?wsdl"))
    partner = {"key": "soap-1", "name": {"given": "Zoë", "family": "Müßig"}, "address": {"street": "Kuhberg", "house": "4", "postcode": "24534", "city": "Neumünster"},
               "kind": "person", "born": date(1980, 2, 29)}
    made = service.RegisterCustomer(partner=partner, accounts=[{"key": "soap-acc-1", "iban": "DE89370400440532013000"}])
    check("a customer is registered", made.existed is False and made.number.startswith("GP-") and len(made.accounts) == 1, made)
    again = service.RegisterCustomer(partner=partner, accounts=[{"key": "soap-acc-1", "iban": "DE89370400440532013000"}])
    check("the same again changes nothing", again.existed is True and again.number == made.number, again)
    fault("another name under the key", "conflict", lambda: service.RegisterCustomer(partner={**partner, "name": {"family": "Anders"}}))
    fault("a customer without a key", "json-mistyped", lambda: service.RegisterCustomer(partner={"key": "", "name": {"family": "X"}}))
    found = service.FindCustomers(q="muessig")
    check("a customer is found", [hit.number for hit in found["items"]] == [made.number], found)
    got = service.GetCustomer(partner=made.number)
    check("a customer is read", got.born == date(1980, 2, 29) and got.accounts[0].key == "soap-acc-1", got)
    fault("an unknown customer", "not-found", lambda: service.GetCustomer(partner="GP-0000000000"))
    terms = {"key": "soap-con-1", "account": "soap-acc-1", "meteringPoint": plan["point"], "tariff": "electricity/basis", "from": date(2027, 1, 1),
             "attributes": [{"name": "usage", "value": "household"}, {"name": "region", "value": "neumuenster"}]}
    contract = service.StartContract(**terms)
    check("a contract begins", contract.existed is False and contract.until is None and contract.cycle == "annual-12", contract)
    check("its attributes come back", {a.name: a.value for a in contract.attributes} == {"usage": "household", "region": "neumuenster"}, contract)
    check("the same again changes nothing", service.StartContract(**terms).existed is True)
    fault("other terms under the key", "conflict", lambda: service.StartContract(**{**terms, "tariff": "electricity/other"}))
    fault("an unknown metering point", "unknown-metering-point", lambda: service.StartContract(**{**terms, "key": "soap-con-2", "meteringPoint": "DE" + "0" * 31}))
    try:
        service.StartContract(**{**terms, "key": "soap-con-3"})
        check("a point that has a contract refuses a second", False)
    except zeep.exceptions.Fault as said:
        code = next((e.text for e in said.detail.iter() if e.tag.endswith("}code")), None)
        check("a point that has a contract refuses a second, without a word of the database",
              code == "conflict" and plan["point"] in said.message and not any(word in said.message.lower() for word in ("constraint", "insert", "sql", "violates")), (code, said.message))
    ended = service.EndContract(contract="soap-con-1", until=date(2028, 1, 1))
    check("a contract ends", ended.until == date(2028, 1, 1), ended)
    check("it ends once", service.EndContract(contract=contract.number, until=date(2028, 1, 1)).until == date(2028, 1, 1))
    fault("an end before the begin", "conflict", lambda: service.EndContract(contract="soap-con-1", until=date(2027, 1, 1)))
    fault("an unknown contract", "unknown-contract", lambda: service.EndContract(contract="nobody", until=date(2028, 1, 1)))
    return made.number, made.accounts[0].number


def billing(base: str, plan: dict) -> str:
    service = binding(client(base + "/soap/billing?wsdl"))
    run = service.GetBillingRun(number=plan["run"])
    check("a run is read", run.state == "finished" and run.billed > 0 and isinstance(run.gross, Decimal), run)
    same = service.StartBillingRun(cycle=run.cycle, periodEnd=run.periodEnd, simulate=False)
    check("a run started again is found", same.number == run.number or same.billed == 0, same)
    page = service.ListInvoices(run=plan["run"], limit=1)
    check("a list of one is a list", len(page["items"]) == 1, page)
    number, gross = page["items"][0].number, page["items"][0].gross
    if page.next:
        check("the next page goes on", service.ListInvoices(run=plan["run"], limit=1, cursor=page.next)["items"][0].number != number)
    invoice = service.GetInvoice(number=number)
    check("an invoice has its lines", invoice.totals.gross == gross and len(invoice.lines) > 0 and sum(l.amount for l in invoice.lines) == invoice.totals.net, invoice)
    second = binding(client(base + "/soap/billing/2?wsdl"))
    part = second.StartBillingRun(cycle=run.cycle, periodEnd=run.periodEnd, simulate=True, contracts=[invoice.contract])
    check("the second version bills a list", part.listed == 1 and part.number != run.number, part)
    region = second.StartBillingRun(cycle=run.cycle, periodEnd=run.periodEnd, simulate=True, region="neumuenster")
    check("the second version bills a region", region.region == "neumuenster" and region.simulated is True, region)
    fault("a region that no contract names", "unknown-region", lambda: second.StartBillingRun(cycle=run.cycle, periodEnd=run.periodEnd, region="nowhere"))
    fault("a region and a list at once", "json-mistyped", lambda: second.StartBillingRun(cycle=run.cycle, periodEnd=run.periodEnd, region="x", contracts=["y"]))
    again = second.GetInvoice(number=number)
    check("the second version says the same, and what it corrects", again.totals.gross == gross and again.corrects is None and again.supplies == [], again)
    check("it lists the same", second.ListInvoices(run=plan["run"], limit=1)["items"][0].number == number)
    fault("an unknown invoice", "unknown-invoice", lambda: service.GetInvoice(number="R-0"))
    fault("a cancellation without a reason", "unprocessable", lambda: service.CancelInvoice(number=number, reason=" "))
    storno = service.CancelInvoice(number=number, reason="Test")
    check("an invoice is taken back", storno.cancels == number and service.GetInvoice(number=number).cancelledBy == storno.number, storno)
    taken = second.GetInvoice(number=storno.number)
    check("a Storno asks for one amount", taken.settled is not None and taken.due == taken.payable == service.GetInvoice(number=storno.number).due, taken)
    fault("a second cancellation", "already-cancelled", lambda: service.CancelInvoice(number=number, reason="Test"))
    fault("an unknown cycle", "unknown-cycle", lambda: service.StartBillingRun(cycle="never", periodEnd=date(2026, 1, 1)))
    return page["items"][0].account


def ledger(base: str, account: str) -> None:
    service = binding(client(base + "/soap/ledger?wsdl"))
    before = service.GetBalance(account=account)
    payment = {"account": account, "amount": Decimal("12.34"), "valueDate": date(2026, 1, 5), "reference": "Zählwerk & Söhne <1>", "idempotencyKey": "soap-pay-1"}
    receipt = service.PostPayment(**payment)
    check("a payment is booked", receipt.existed is False and receipt.amount == Decimal("12.34"), receipt)
    check("the same again books nothing", service.PostPayment(**payment).existed is True)
    fault("another amount under the key", "idempotency-conflict", lambda: service.PostPayment(**{**payment, "amount": Decimal("1.00")}))
    after = service.GetBalance(account=account)
    check("the balance moved by it", before.balance - after.balance == Decimal("12.34"), (before, after))
    statement = service.GetStatement(account=account)
    check("the statement ends with the balance", statement.sums.balance == after.balance and any(row.amount == Decimal("-12.34") for row in statement.rows), statement)
    items = service.GetOpenItems(account=account)
    check("open items sum up", sum((row.open for row in items.rows), Decimal(0)) == after.balance, items)
    fault("an unknown account", "unknown-account", lambda: service.GetBalance(account="VK-0"))
    fault("a wrong day", "json-mistyped", lambda: service.GetBalance(account=account, asOf="yesterday"))


def cim(base: str, plan: dict) -> None:
    soap = client(base + "/soap/cim?wsdl")
    service = binding(soap)
    now = datetime.now(timezone.utc)

    def header(verb: str, message: str, **more) -> dict:
        return {"Verb": verb, "Noun": "MeterReadings", "Timestamp": now, "Source": "head-end", "MessageID": message, "CorrelationID": f"c-{message}", **more}

    start = datetime(2025, 6, 1, tzinfo=timezone(timedelta(hours=2)))
    kind = {"ref": "0.0.7.4.1.1.12.0.0.0.0.0.0.0.0.3.72.0"}
    register = {"ref": "0.0.0.1.1.1.12.0.0.0.0.0.0.0.0.3.72.0"}

    def readings(value: str) -> dict:
        return {"MeterReadings": {"MeterReading": [{
            "IntervalBlocks": [{"IntervalReadings": [{"timeStamp": start + timedelta(hours=hour + 1), "value": Decimal(value)} for hour in range(24)], "ReadingType": kind}],
            "Readings": [{"timeStamp": start, "value": Decimal("9000.5"), "ReadingType": register}],
            "Meter": {"Names": [{"name": plan["meter"]}]}}]}}

    made = service.CreatedMeterReadings(Header=header("created", "cim-1"), Payload=readings("0.125"))
    check("created readings are taken", made.Reply.Result == "OK" and made.Reply.Error[0].code == "0.0" and made.Header.CorrelationID == "c-cim-1", made)
    check("the reply counts them", {p.Name: p.Value for p in made.Header.Property}["accepted"] == "25", made)
    check("the same again is a duplicate", {p.Name: p.Value for p in service.CreatedMeterReadings(Header=header("created", "cim-1"), Payload=readings("0.125")).Header.Property}["duplicates"] == "25")
    changed = service.ChangedMeterReadings(Header=header("changed", "cim-2"), Payload=readings("0.250"))
    check("changed readings are revisions", {p.Name: p.Value for p in changed.Header.Property}["revised"] == "24", changed)
    asked = {"StartTime": start, "EndTime": start + timedelta(days=1), "ID": [{"_value_1": plan["meter"], "objectType": "Meter"}]}
    got = service.GetMeterReadings(Header=header("get", "cim-3"), Request=asked)
    check("readings are given", got.Reply.Result == "OK" and got.Header.Verb == "reply", got)
    values = [v for m in got.Payload.MeterReadings.MeterReading for b in m.IntervalBlocks if b.ReadingType.ref == kind["ref"] for v in b.IntervalReadings]
    check("their times and values are those that came", [v.value for v in values] == [Decimal("0.25")] * 24 and values[0].timeStamp == start + timedelta(hours=1), values[:2])
    early = service.GetMeterReadings(Header=header("get", "cim-3b"), Request={**asked, "Option": [{"name": "asOf", "value": "2020-01-01T00:00:00Z"}]})
    check("of what was known long ago there is nothing", early.Reply.Result == "OK" and early.Payload is None, early)
    odd = service.GetMeterReadings(Header=header("get", "cim-3c"), Request={**asked, "Option": [{"name": "asOf", "value": "yesterday"}]})
    check("an asOf that is no time is refused", odd.Reply.Result == "FAILED", odd.Reply)
    some = service.GetMeterReadings(Header=header("get", "cim-4"), Request={**asked, "ID": asked["ID"] + [{"_value_1": "nobody", "objectType": "Meter"}]})
    check("an unknown meter makes a reply partial", some.Reply.Result == "PARTIAL" and some.Reply.Error[0].code == "2.4" and some.Reply.Error[0].ID == "nobody", some.Reply)
    typed = service.GetMeterReadings(Header=header("get", "cim-5"), Payload={"GetMeterReadings": {"ReadingType": [{"ref": register["ref"]}], "UsagePoint": [{"Names": [{"name": plan["point"]}]}]}})
    check("a reading type selects", typed.Reply.Result == "OK" and all(not m.IntervalBlocks for m in typed.Payload.MeterReadings.MeterReading), typed.Reply)
    none = service.GetMeterReadings(Header=header("get", "cim-6"))
    check("a request that names nothing fails", none.Reply.Result == "FAILED" and none.Reply.Error[0].code == "1.2", none.Reply)
    wrong = service.CreatedMeterReadings(Header=header("changed", "cim-7"), Payload=readings("1"))
    check("verb and element must agree", wrong.Reply.Result == "FAILED" and wrong.Reply.Error[0].code == "2.12", wrong.Reply)
    nobody = readings("1")
    nobody["MeterReadings"]["MeterReading"][0]["Meter"]["Names"][0]["name"] = "nobody"
    refused = service.CreatedMeterReadings(Header=header("created", "cim-8"), Payload=nobody)
    check("readings of an unknown meter are not taken", refused.Reply.Result == "FAILED" and refused.Reply.Error[0].code == "2.4", refused.Reply)
    canceled = service.CanceledMeterReadings(Header={**header("canceled", "cim-9"), "CorrelationID": "cim-2"})
    check("a message is taken back", canceled.Reply.Result == "OK", canceled.Reply)


def multispeak(base: str, plan: dict) -> None:
    service = binding(client(base + "/soap/multispeak?wsdl"))
    head = {"MultiSpeakMsgHeader": {"Version": "4.1.6", "Company": "Stadtwerke", "AppName": "CIS"}}

    def call(method: str, **arguments) -> tuple[object, object]:
        """What stands in the Result, and the header of the answer."""
        answer = getattr(service, method)(_soapheaders=head, **arguments)
        body = answer.body
        response = body[f"{method}Response"] if f"{method}Response" in dir(body) else body
        return response[f"{method}Result"], answer.header.MultiSpeakMsgHeader

    def items(result: object, name: str) -> list:
        return [] if result is None else result[name] or []

    check("a ping comes back without errors", items(call("PingURL")[0], "errorObject") == [])
    methods, header = call("GetMethods")
    check("the header comes back", header.Version == "4.1.6", header)
    check("methods are named", {"ReadingChangedNotification", "GetReadingsByDate", "PingURL"} <= set(items(methods, "string")), methods)
    check("domains are named", "units" in items(call("GetDomainNames")[0], "string"))
    check("domains have members", items(call("GetDomainMembers", domainName="serviceType")[0], "domainMember")[0].objectID == "Electric")
    meters, header = call("GetAllMeters")
    check("meters are listed", plan["meter"] in [m.objectID for m in items(meters, "meter")] and header.LastSent is not None, meters)
    check("the next page begins after", plan["meter"] not in [m.objectID for m in items(call("GetAllMeters", lastReceived=plan["meter"])[0], "meter")])
    check("a meter is known", call("IsAMRMeter", meterID={"_value_1": plan["meter"]})[0] is True)
    summer = timezone(timedelta(hours=2))
    reads = {"meterReading": [
        {"objectID": "a", "meterID": {"_value_1": plan["meter"]}, "readingValues": {"readingValue": [
            {"units": "kWh", "value": Decimal("9100.5"), "fieldName": "posKWh", "dateTime": datetime(2025, 7, 1, tzinfo=summer)}]}},
        {"objectID": "b", "meterID": {"_value_1": "nobody"}, "readingValues": {"readingValue": [
            {"value": Decimal("1"), "fieldName": "posKWh", "dateTime": datetime(2025, 7, 1, tzinfo=timezone.utc)}]}}]}
    errors = items(call("ReadingChangedNotification", changedMeterReads=reads, transactionID="ms-1")[0], "errorObject")
    check("readings are taken, and what is not is named", [(e.objectID, e.nounType) for e in errors] == [("b", "meterReading")], errors)
    days = {"startDate": "2025-07-01", "endDate": "2025-07-02"}
    found = items(call("GetReadingsByMeterID", meterID={"meterNo": plan["meter"], "_value_1": ""}, **days)[0], "meterReading")
    check("they come back", (Decimal("9100.5"), "posKWh") in [(v.value, v.fieldName) for v in found[0].readingValues.readingValue], found)
    latest = items(call("GetLatestReadingByMeterID", meterID=plan["meter"])[0], "meterReading")
    check("the latest is one for each register", len({v.fieldName for v in latest[0].readingValues.readingValue}) == len(latest[0].readingValues.readingValue), latest)
    dated = items(call("GetReadingsByDate", **days)[0], "meterReading")
    check("by date", plan["meter"] in [r.objectID for r in dated], dated)
    listed = items(call("GetReadingsByMeterIDListAndFieldNameIntervalData", meterIDs={"meterID": [plan["meter"], "nobody"]}, startDate="2025-06-01", endDate="2025-06-02")[0], "meterReading")
    check("intervals and what is unknown", len(listed[0].readingValues.readingValue) >= 24 and "no meter" in listed[1].errorString, listed)
    # The contract of the tour holds in 2027; what was read two years before lies within 800 days.
    cycle = {"billingCycle": "annual-12", "billingDate": "2027-07-01", "kWhLookBack": 800}
    billed = items(call("GetReadingsByBillingCycle", **cycle, fieldName={"string": ["posKWh"]})[0], "meterReading")
    mine = [r for r in billed if r.objectID == plan["meter"]]
    check("readings of a billing date", Decimal("9100.5") in [v.value for v in mine[0].readingValues.readingValue], mine)
    check("the next page of a cycle begins after", plan["meter"] not in [r.objectID for r in items(call("GetReadingsByBillingCycle", **cycle, lastReceived=plan["meter"])[0], "meterReading")])
    fault("a cycle that is none", "unknown-cycle", lambda: call("GetReadingsByBillingCycle", billingCycle="weekly", billingDate="2027-07-01"))
    initiated = items(call("InitiateMeterReadingsByMeterID", meterIDs={"meterID": [plan["meter"]]}, responseURL="http://127.0.0.1:9/")[0], "errorObject")
    check("no meter is asked from here", initiated[0].objectID == plan["meter"], initiated)
    block = {"meterID": plan["meter"], "fieldName": "1-0:1.8.0", "units": "kWh", "startDate": datetime(2025, 7, 2, tzinfo=summer),
             "intervalLength": "PT15M", "values": "0.1 - x"}
    refused = items(call("IntervalDataNotification", intervalData={"intervalBlock": [block]}, transactionID="ms-2")[0], "errorObject")
    check("intervals of a register are refused, and so is what is no number",
          sorted(e.errorString.split(":")[0] for e in refused) == ["bad-number", "bad-resolution"], refused)
    rows = {"fieldNames": {"string": ["posKWh"]}, "values": {"string": [plan["meter"] + ",2025-07-03T00:00:00+02:00,9101.5", "nobody,2025-07-03T00:00:00+02:00,1"]}}
    refused = items(call("FormattedBlockNotification", changedBlock=rows, transactionID="ms-3")[0], "errorObject")
    check("rows are taken, and what is not is named", [e.objectID for e in refused] == ["nobody"], refused)
    events = {"meterEvent": [{"meterID": plan["meter"], "dateTime": datetime(2025, 7, 3, tzinfo=summer), "eventCode": code} for code in ("tamper", "sneeze")]}
    refused = items(call("MeterEventNotification", events=events, transactionID="ms-4")[0], "errorObject")
    check("events are taken, and one without a meaning is named", [e.objectID for e in refused] == [plan["meter"]], refused)
    fault("an unknown domain", "not-found", lambda: call("GetDomainMembers", domainName="colours"))


def main() -> None:
    base, plan = sys.argv[1], json.loads(sys.argv[2])
    customers(base, plan)
    account = billing(base, plan)
    ledger(base, account)
    cim(base, plan)
    multispeak(base, plan)


if __name__ == "__main__":
    main()
