"""Samples/README.md. The counts in its tables come from the deliveries themselves, so that they cannot lie."""
from deliveries import Counters, Delivery
import world

OPENING = """# Samples

A year of a small utility: 2025 in Neumünster, local time Europe/Berlin. `zaehlwerk import` takes the files in the order of their
names, `master-data.json` first, `payments.json` last; `make demo` does that. `expected.json` says the same as this page for a test.

## What is measured, what is derived, what is made

**Measured.** The quantities of electricity, gas and water are those of real homes, published with the Python package
[opengrid](https://opengridcc.github.io) 0.5.10 (Roel De Coninck and many others), licence Apache-2.0, a copy of which is
`LICENSE-opengrid.txt`. The files here are converted from it and changed as follows.
The source holds hourly means of 2016 in Brussels time, and minutes of March 2015. `make samples` makes this folder again from it.

* **Time.** Days are moved by whole weeks, so that weekdays stay: 2016 by 470 weeks (1 January 2016 becomes 3 January 2025), March 2015
  by 522 weeks. Wall-clock hours are kept and localised to Europe/Berlin. The last Sunday of March 2016 falls on 30 March 2025, both with
  23 hours. The doubled hour of 30 October 2016 falls on 2 November 2025, which has 24 hours: its second pass is used as the second pass
  of 26 October 2025, which needs one. So each hour that was measured stands once, and none is invented.
* **Both ends.** 1 and 2 January 2025 lie before the moved year. They are Wednesday 28 and Thursday 29 December 2016 (418 weeks);
  28 December therefore stands twice, here and on 31 December 2025.
* **Resolution.** The hour stays; nothing is interpolated to quarter hours.
* **Rounding.** A meter counts. The running total is rounded to Wh or litres, an interval is its difference, so a sum of intervals is an
  advance of the register. Registers show the same counter with fewer digits.

**Derived.** The source gives gas as power. A gas meter counts operating volume: 1 m³ is taken as 11.2 kWh/m³ x z 0.9686 = 10.848 kWh
(height 22 m, 22 mbar, 15 °C). Water in l/min became litres. The registers are sums of the intervals from an invented start. HT is
Monday to Friday 06:00–22:00 local, a holiday counts as its weekday; HT + NT = total. Home E10 sits behind current transformers
(factor 30): its registers show a thirtieth. W2 and W3 were measured in March 2015 only: their registers go on with that month's mean.

**Made.** Heat was not measured. H1 and H2 follow degree days GTZ 20/15 of the measured temperature (the package's weather of 2016, moved
the same way): 3.4 and 13.5 kWh per degree day and 6 and 38 kWh of hot water a day, shared over the hours by 20 - T with a night set-back.
Partners, addresses, serial numbers, codes, accounts, contracts, payments and all start values are invented; the IBANs have right check
digits and no bank. The faults below (holes, slips, exchange, rollover) are made, except the holes of the minutes, which are real.

## Files

Counts are those of loading in this order into an empty installation. `accepted + duplicates + revised + rejected = values`; a gap counts
nowhere. Findings: at least this many (rules that look at history may find more in real data).

| file | what | values | gaps | accepted | duplicates | revised | rejected | findings |
|---|---|---:|---:|---:|---:|---:|---:|---:|
"""

FAULTS = """
`61-duplicate.json` is a byte copy of `60-holes.json`. CSV rows are one local day wide (v1 … v25): a day of 23 or 24 hours ends with
empty cells. Commas separate, except in the register and heat files, which use semicolons.

## Answers to `90-faulty.json`

| item | code |
|---|---|
"""

CLOSING = """
Also in it: a reading that was known (duplicate), a register that falls by 100 kWh, 60 kWh in one hour behind a 43 kW fuse, and a
negative interval: the last three are accepted and found.

## Metering points

| point | commodity | code | source column | meters | 2025 by interval |
|---|---|---|---|---|---:|
"""


def text(files: list[Delivery], outcome: dict, counters: dict[str, Counters]) -> str:
    result = OPENING
    for file, counts in zip(files, outcome["files"]):
        cells = [f"`{file.file}`", file.about] + [
            f"{counts[key]:,}" for key in ("values", "gaps", "accepted", "duplicates", "revised", "rejected", "findingsAtLeast")]
        result += "| " + " | ".join(cells) + " |\n"
    result += FAULTS
    for error in outcome["files"][-1]["errors"]:
        result += f"| `{error['path']}` | `{error['code']}` |\n"
    result += CLOSING
    sums: dict[str, list[str]] = {}
    for channel in outcome["channels"]:
        sums.setdefault(channel["point"], []).append(f"{channel['sum']} {channel['unit']}")
    for point in world.POINTS:
        meters = ", ".join(f"`{meter.serial}`" for meter in point.meters)
        origin = "made" if point.commodity == "heat" else f"`{point.sensor}`"
        result += f"| {point.name} | {point.commodity} | `{point.code}` | {origin} | {meters} | {' + '.join(sums.get(point.code, ['–']))} |\n"
    return result
