<?php
// PHP's SoapClient, made from our WSDLs alone, in the version of SOAP that is named: what is answered is checked on the way.
//     php soap_tour.php BASE PLAN VERSION        PLAN is a JSON object: what the test prepared; VERSION 1.1 or 1.2
// ZAEHLWERK_KEY is the Bearer key. Prints a line for each step; exit status 1 at the first thing that is not as it should be.
ini_set('soap.wsdl_cache_enabled', '0');
[, $base, $plan, $version] = $argv;
$plan = json_decode($plan);
$now = gmdate('Y-m-d\TH:i:s\Z');

function check(string $step, bool $holds, $seen = null): void {
    echo ($holds ? 'ok' : 'WRONG') . ": $step" . ($holds ? '' : ': ' . print_r($seen, true)) . "\n";
    if (!$holds) exit(1);
}

function fault(string $step, string $code, callable $call): void {
    try {
        $answer = $call();
    } catch (SoapFault $said) {
        $found = $said->detail->ServiceFault->code ?? null;
        check("$step is a fault $code", $found === $code, [$said->faultcode, $said->getMessage(), $found]);
        return;
    }
    check("$step is a fault $code", false, $answer);
}

function service(string $name, array $more = []): SoapClient {
    global $base, $version;
    return new SoapClient("$base/soap/$name?wsdl", $more + [
        'soap_version' => $version === '1.2' ? SOAP_1_2 : SOAP_1_1, 'trace' => true, 'exceptions' => true, 'cache_wsdl' => WSDL_CACHE_NONE,
        'features' => SOAP_SINGLE_ELEMENT_ARRAYS, 'keep_alive' => false,
        'stream_context' => stream_context_create(['http' => ['header' => 'Authorization: Bearer ' . getenv('ZAEHLWERK_KEY')]]),
    ]);
}

$metering = service('metering');
$sent = $metering->SubmitReadings(['messageId' => "php-$version", 'source' => 'php', 'intervals' => [[
    'meter' => $plan->meter, 'obis' => '1-0:1.29.0', 'start' => '2025-08-01T00:00:00+02:00', 'resolution' => 'PT1H', 'unit' => 'kWh',
    'values' => ['value' => ['0.025', null, '0.040']]]]]);
check('readings with a gap are taken', $sent->accepted + $sent->duplicates === 2, [$sent, $metering->__getLastRequest()]);
$read = $metering->GetReadings(['meteringPoint' => $plan->point, 'obis' => '1-0:1.29.0', 'from' => '2025-08-01', 'to' => '2025-08-02']);
check('a series of one is an array', is_array($read->series) && $read->series[0]->values[0]->value === '0.025', $read);
fault('an unknown metering point', 'unknown-metering-point', fn() => $metering->GetReadings(['meteringPoint' => 'DE' . str_repeat('0', 31)]));
$point = $metering->GetMeteringPoint(['meteringPoint' => $plan->point]);
check('a metering point has meters', $point->meters[0]->serial === $plan->meter, $point);

$customers = service('customers');
$made = $customers->RegisterCustomer(['partner' => ['key' => "php-$version", 'name' => ['given' => 'Änne', 'family' => 'Groß'], 'kind' => 'person'],
    'accounts' => [['key' => "php-acc-$version"]]]);
check('a customer is registered', $made->existed === false && count($made->accounts) === 1 && $made->accounts[0]->key === "php-acc-$version", $made);
check('and read', $customers->GetCustomer(['partner' => $made->number])->name === $made->name);
check('what is absent is not there', !isset($customers->GetCustomer(['partner' => $made->number])->email));
check('and found', $customers->FindCustomers(['q' => 'gross', 'limit' => 500])->items[0]->number !== null);
fault('an unknown customer', 'not-found', fn() => $customers->GetCustomer(['partner' => 'nobody']));
fault('a number that is none', 'bad-element', fn() => $customers->FindCustomers(new SoapVar('<ns1:FindCustomers xmlns:ns1="urn:zaehlwerk:customers:1"><ns1:limit>many</ns1:limit></ns1:FindCustomers>', XSD_ANYXML)));

class Line { public function __construct(public string $xml) {} }
$billing = service('billing', ['typemap' => [['type_ns' => 'urn:zaehlwerk:billing:1', 'type_name' => 'InvoiceLine',
    'from_xml' => fn($xml) => new Line($xml)]]]);
$run = $billing->GetBillingRun(['number' => $plan->run]);
check('a run is read', $run->state === 'finished' && $run->simulated === false, $run);
$list = $billing->ListInvoices(['run' => $plan->run, 'limit' => 1]);
check('a list of one is an array', count($list->items) === 1, $list);
$invoice = $billing->GetInvoice(['number' => $list->items[0]->number]);
check('an invoice has its lines, by a typemap of the client', $invoice->totals->gross === $list->items[0]->gross && $invoice->lines[0] instanceof Line && str_contains($invoice->lines[0]->xml, 'formula'), $invoice);
fault('an unknown invoice', 'unknown-invoice', fn() => $billing->GetInvoice(['number' => 'R-0']));

$ledger = service('ledger');
$account = $list->items[0]->account;
$receipt = $ledger->PostPayment(['account' => $account, 'amount' => '1.10', 'valueDate' => '2026-01-06', 'reference' => 'PHP', 'idempotencyKey' => "php-pay-$version"]);
check('a payment is booked', $receipt->amount === '1.10' && $receipt->existed === false, $receipt);
check('a balance is text with two places', preg_match('/^-?\d+\.\d\d$/', $ledger->GetBalance(['account' => $account])->balance) === 1);
check('a statement has rows', count($ledger->GetStatement(['account' => $account])->rows) > 0);
check('open items sum up', isset($ledger->GetOpenItems(['account' => $account])->sums->open));
fault('an unknown account', 'unknown-account', fn() => $ledger->GetBalance(['account' => 'VK-0']));

$cim = service('cim');
$header = fn($verb, $id) => ['Verb' => $verb, 'Noun' => 'MeterReadings', 'Timestamp' => $now, 'Source' => 'php', 'MessageID' => $id, 'CorrelationID' => $id];
$kind = ['ref' => '0.0.7.4.1.1.12.0.0.0.0.0.0.0.0.3.72.0'];
$created = $cim->CreatedMeterReadings(['Header' => $header('created', "php-cim-$version"), 'Payload' => ['MeterReadings' => ['MeterReading' => [[
    'IntervalBlocks' => [['IntervalReadings' => [['timeStamp' => '2025-08-02T01:00:00+02:00', 'value' => '0.5'], ['timeStamp' => '2025-08-02T02:00:00+02:00']], 'ReadingType' => $kind]],
    'Meter' => ['Names' => [['name' => $plan->meter]]]]]]]]);
check('created readings are taken', $created->Reply->Result === 'OK' && $created->Header->CorrelationID === "php-cim-$version", [$created, $cim->__getLastRequest()]);
$got = $cim->GetMeterReadings(['Header' => $header('get', 'g'), 'Request' => ['StartTime' => '2025-08-02T00:00:00+02:00', 'EndTime' => '2025-08-03T00:00:00+02:00',
    'ID' => [['_' => $plan->meter, 'objectType' => 'Meter']]]]);
$values = [];
foreach ($got->Payload->MeterReadings->MeterReading as $m) foreach ($m->IntervalBlocks ?? [] as $b) if ($b->ReadingType->ref === $kind['ref']) $values[] = $b->IntervalReadings[0]->value;
check('and given', $got->Reply->Result === 'OK' && $values[0] === '0.5', [$got->Reply, $values]);

$speak = service('multispeak');
$speak->__setSoapHeaders(new SoapHeader('http://www.multispeak.org/Version_4.1_Release', 'MultiSpeakMsgHeader', new SoapVar(
    '<ns1:MultiSpeakMsgHeader xmlns:ns1="http://www.multispeak.org/Version_4.1_Release" Version="4.1.6" Company="PHP"/>', XSD_ANYXML)));
check('a ping comes back', empty((array) ($speak->PingURL([])->PingURLResult ?? [])), $speak->__getLastResponse());
check('methods are named', in_array('PingURL', $speak->GetMethods([])->GetMethodsResult->string));
