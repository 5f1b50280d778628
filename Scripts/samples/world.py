"""Who and where: invented people and firms around Neumünster, their accounts, metering points, meters and contracts.

Telephone numbers are from the ranges the Bundesnetzagentur keeps free for fiction, mail addresses from the reserved example domains.
Only the quantities of Samples/ are measured. Names, addresses, serial numbers and codes are made; no person or household behind the
measured data is known to us or meant.
"""
from dataclasses import dataclass, field

CUBIC_METRE = "m3"
OPEN = None


@dataclass
class Register:
    obis: str
    unit: str
    decimals: int
    digits: int | None = None
    resolution: str | None = None
    factor: str | None = None

    def document(self) -> dict:
        result = {"obis": self.obis, "unit": self.unit}
        if self.resolution:
            result["resolution"] = self.resolution
        if self.digits:
            result["digits"] = self.digits
        result["decimals"] = self.decimals
        if self.factor:
            result["factor"] = self.factor
        return result


@dataclass
class Meter:
    serial: str
    since: str
    until: str | None
    registers: list[Register]
    start: int = 0
    """What the total register showed on its first day, in least units of the measured counter (Wh, litres)."""

    def register(self, obis: str) -> Register:
        return next(register for register in self.registers if register.obis == obis)


@dataclass
class Point:
    name: str
    commodity: str
    address: tuple[str, str, str]
    capacity: tuple[str, str]
    sensor: str
    meters: list[Meter]
    reading_days: list[str] = field(default_factory=lambda: ["2025-01-01", "2026-01-01"])
    code: str = ""
    coordinates: tuple[str, str] = ("", "")

    def __post_init__(self) -> None:
        # DE, network operator, postcode, twenty characters of the operator's own: a Messlokation has no check digit.
        number = int(self.name[1:])
        self.code = f"DE000562{self.address[2]}{self.name[0]:0>17}{number:03d}"
        assert len(self.code) == 33, self.code
        spread = sum(ord(letter) * (index + 7) for index, letter in enumerate(self.address[0])) + 13 * int(self.address[1])
        self.coordinates = (f"54.0{600 + spread * 7 % 250}", f"9.9{600 + spread * 11 % 390}")


MONTHS = [f"2025-{month:02d}-01" for month in range(1, 13)] + ["2026-01-01"]


def electricity_meter(serial: str, start: int, since: str = "2025-01-01", until: str | None = None, digits: int = 6,
                      twin: bool = False, factor: str | None = None, decimals: int = 1) -> Meter:
    codes = ["1-0:1.8.0"] + (["1-0:1.8.1", "1-0:1.8.2"] if twin else [])
    registers = [Register(code, "kWh", decimals, digits, factor=factor) for code in codes]
    registers.append(Register("1-0:1.29.0", "kWh", 3, resolution="PT1H"))
    return Meter(serial, since, until, registers, start)


def gas_meter(serial: str, start: int, since: str = "2025-01-01") -> Meter:
    return Meter(serial, since, OPEN, [Register("7-0:3.0.0", CUBIC_METRE, 2, 5), Register("7-0:3.21.0", CUBIC_METRE, 3, resolution="PT1H")],
                 start)


def water_meter(serial: str, start: int, resolution: str | None, since: str = "2025-01-01", until: str | None = None) -> Meter:
    registers = [Register("8-0:1.0.0", CUBIC_METRE, 3, 5)]
    if resolution:
        registers.append(Register("8-0:1.29.0", CUBIC_METRE, 3, resolution=resolution))
    return Meter(serial, since, until, registers, start)


def heat_meter(serial: str, start: int, since: str = "2025-01-01") -> Meter:
    return Meter(serial, since, OPEN, [Register("6-0:1.0.0", "kWh", 0, 7), Register("6-0:1.29.0", "kWh", 3, resolution="PT1H")], start)


HOUSE, FUSE, G4, Q3 = "24534", ("43", "kW"), ("6", "m3/h"), ("4", "m3/h")

ELECTRICITY = [
    Point("E1", "electricity", ("Großflecken", "901", "24534"), FUSE, "b841", [electricity_meter("1ESY1160100017", 12_345_600)]),
    Point("E2", "electricity", ("Mühlenhofweg", "14", "24536"), FUSE, "e1de", [electricity_meter("1ESY1160100024", 3_021_400)]),
    # Its May has holes; readings on both sides let an estimate be scaled to what the register says.
    Point("E3", "electricity", ("Am Dosenmoor", "7", "24537"), FUSE, "4d23", [electricity_meter("1ISK0070200031", 25_118_900)],
          ["2025-01-01", "2025-05-01", "2025-06-01", "2026-01-01"]),
    # Its August is delivered wrong and corrected later.
    Point("E4", "electricity", ("Süderstraße", "22", "24534"), FUSE, "d209", [electricity_meter("1ISK0070200048", 8_402_700)],
          ["2025-01-01", "2025-08-01", "2025-09-01", "2025-10-01", "2026-01-01"]),
    # Exchanged on 17 June: the reading at that instant belongs to both meters, each under its own serial number.
    Point("E5", "electricity", ("Färberstraße", "53", "24534"), FUSE, "9afa",
          [electricity_meter("1EMH0048300055", 61_777_300, until="2025-06-17"),
           electricity_meter("1EMH0091400055", 0, since="2025-06-17")],
          ["2025-01-01", "2025-06-17", "2026-01-01"]),
    # Rolls over from 99,999.9 to 0 in summer; read monthly.
    Point("E6", "electricity", ("Holstenweg", "118", "24537"), FUSE, "81fb", [electricity_meter("1DZG0019900062", 97_812_400, digits=5)],
          MONTHS),
    Point("E7", "electricity", ("Störbogen", "3", "24539"), FUSE, "0668", [electricity_meter("1ESY1160100079", 1_440_000)]),
    # Tenants change on 1 October: one meter, two contracts, a reading between them.
    Point("E8", "electricity", ("Gartenallee", "40", "24539"), FUSE, "7863", [electricity_meter("1ESY1160100086", 4_988_100)],
          ["2025-01-01", "2025-10-01", "2026-01-01"]),
    Point("E9", "electricity", ("Wührenbeksweg", "9", "24537"), FUSE, "3aa4",
          [electricity_meter("1ISK0070300098", 40_250_000, since="2024-07-01", twin=True)], MONTHS),
    # Behind current transformers: the registers count a thirtieth.
    Point("E10", "electricity", ("Ölmühlenallee", "61", "24536"), ("120", "kW"), "ce8a",
          [electricity_meter("1ISK0070300104", 233_900_000, since="2024-07-01", twin=True, factor="30", decimals=2)], MONTHS),
    Point("E11", "electricity", ("Roonkoppel", "28", "24536"), FUSE, "a7d5",
          [electricity_meter("1EMH0091500113", 18_333_300, twin=True)]),
    Point("E12", "electricity", ("Schleusberg", "5", "24534"), FUSE, "c1a7",
          [electricity_meter("1EMH0091500120", 9_050_800, twin=True)]),
]
GAS = [
    Point("G1", "gas", ("Großflecken", "901", "24534"), G4, "313b", [gas_meter("7GMT0052600018", 10_402_310)],
          ["2025-01-01", "2025-04-01", "2025-10-01", "2026-01-01"]),
    Point("G2", "gas", ("Am Dosenmoor", "7", "24537"), G4, "d5a7", [gas_meter("7GMT0052600025", 4_871_950)]),
    Point("G3", "gas", ("Wührenbeksweg", "9", "24537"), G4, "ba14", [gas_meter("7GMT0052600032", 22_016_070, since="2024-07-01")]),
]
WATER = [
    Point("W1", "water", ("Großflecken", "901", "24534"), Q3, "a805", [water_meter("8SEN0210400013", 734_512, "PT1H")]),
    Point("W2", "water", ("Färberstraße", "53", "24534"), Q3, "6616", [water_meter("8SEN0210400020", 221_040, None)]),
    Point("W3", "water", ("Gartenallee", "40", "24539"), Q3, "a519", [water_meter("8SEN0210400037", 95_300, None)]),
]
# Nine days of minutes: logging meters that hung there for the campaign and are nobody's bill.
CAMPAIGN = ("2025-03-24", "2025-04-02")
MINUTES = [
    Point(f"W{number}", "water", (street, house, "24536"), Q3, sensor,
          [water_meter(serial, 0, "PT1M", since=CAMPAIGN[0], until=CAMPAIGN[1])], list(CAMPAIGN))
    for number, street, house, sensor, serial in [
        (11, "Versuchsfeld", "1", "b285", "8SEN0990000110"),
        (12, "Versuchsfeld", "2", "2923", "8SEN0990000127"),
        (13, "Versuchsfeld", "3", "1a5c", "8SEN0990000134"),
        (14, "Versuchsfeld", "4", "a926", "8SEN0990000141"),
    ]
]
HEAT = [
    Point("H1", "heat", ("Kastanienhof", "2", "24534"), ("15", "kW"), "house", [heat_meter("6LGB0133700019", 48_120_000)],
          ["2025-01-01", "2025-07-01", "2026-01-01"]),
    Point("H2", "heat", ("Kastanienhof", "10", "24534"), ("60", "kW"), "apartments",
          [heat_meter("6LGB0133700026", 611_345_000, since="2024-07-01")]),
]
POINTS = ELECTRICITY + GAS + WATER + MINUTES + HEAT


def person(key: str, given: str, family: str, address: tuple[str, str, str], born: str, email: str | None = None,
           phone: str | None = None) -> dict:
    return partner(key, {"given": given, "family": family, "company": None}, address, "person", born=born, email=email, phone=phone)


def company(key: str, name: str, address: tuple[str, str, str], email: str | None = None, vat: str | None = None,
            route: str | None = None) -> dict:
    return partner(key, {"given": None, "family": None, "company": name}, address, "company", email=email, vatId=vat, leitwegId=route)


def partner(key: str, name: dict, address: tuple[str, str, str], kind: str, **known: str | None) -> dict:
    fields = {field: known.get(field) for field in ("born", "email", "phone", "electronicAddress", "vatId", "leitwegId")}
    return {"number": None, "key": key, "name": name, "address": place(address), "kind": kind, **fields}


def place(address: tuple[str, str, str]) -> dict:
    return {"street": address[0], "house": address[1], "postcode": address[2], "city": "Neumünster"}


def home(name: str) -> tuple[str, str, str]:
    return next(point.address for point in POINTS if point.name == name)


PARTNERS = [
    person("p-01", "Jürgen", "Großmann", home("E1"), "1961-04-23", "juergen.grossmann@example.org", "+49 40 66969011"),
    person("p-02", "Käthe", "Böttcher", home("E2"), "1938-11-02", None, "+49 40 66969012"),
    person("p-03", "Søren", "Petersen", home("E3"), "1979-06-30", "soeren.petersen@example.org"),
    person("p-04", "Ayşe", "Yıldız", home("E4"), "1988-02-14", "ayse.yildiz@example.org", "+49 171 3920014"),
    person("p-05", "Björn", "Lüdemann", home("E5"), "1972-09-09", "bjoern.luedemann@example.org"),
    person("p-06", "Frauke", "Thießen", home("E6"), "1955-12-24", None, "+49 40 66969016"),
    person("p-07", "Matthias", "Kröger", home("E7"), "1990-08-17", "m.kroeger@example.org"),
    person("p-08", "Zoë", "Schäfer", home("E8"), "1996-03-05", "zoe.schaefer@example.org"),
    person("p-09", "Łukasz", "Müller-Lüdenscheidt", home("E9"), "1983-01-28", "lukasz.ml@example.org", "+49 171 3920019"),
    company("p-10", "Bäckerei Jürgensen GmbH", home("E10"), "rechnung@baeckerei-juergensen.example", "DE123456788"),
    person("p-11", "Heinz-Günther", "Voß", home("E11"), "1949-05-08"),
    person("p-12", "Anneliese", "Föh", home("E12"), "1966-10-10", "anneliese.foeh@example.org"),
    person("p-13", "René", "Clauß", home("E8"), "1993-07-21", "rene.clauss@example.org", "+49 171 3920013"),
    company("p-14", "Stadtteilzentrum Böcklersiedlung (Muster)", home("H1"), "verwaltung@stadtteilzentrum.example",
            route="04011000-1234512345-06"),
    company("p-15", "Wohnungsgenossenschaft Störtal eG", home("H2"), "buchhaltung@wg-stoertal.example", "DE987654328"),
]
# Key, partner, IBAN of the German example bank code 12345678 (check digits are right, the bank does not exist).
ACCOUNTS = [(f"a-{number:02d}", f"p-{number:02d}") for number in range(1, 16)] + [("a-16", "p-01")]


def iban(number: int) -> str:
    basic = f"12345678{number:010d}"
    return f"DE{98 - int(basic + '131400') % 97:02d}{basic}"


WITH_IBAN = {"a-01", "a-03", "a-04", "a-05", "a-07", "a-09", "a-10", "a-12", "a-15", "a-16"}


@dataclass
class Contract:
    account: str
    point: str
    tariff: str
    since: str = "2025-01-01"
    until: str | None = None
    attributes: dict = field(default_factory=dict)


HOUSEHOLD = {"usage": "household", "region": "neumuenster"}
COMMERCIAL = {"usage": "commercial", "region": "neumuenster"}
METERED_GAS = {"conversionFactor": "0.9686"}
SEALED = {"sealedArea": "120.5", "runoffCoefficient": "0.9"}

CONTRACTS = [
    # p-01 has all four commodities: a house, and the heat of a flat that is let.
    Contract("a-01", "E1", "electricity/basis"),
    Contract("a-01", "G1", "gas/basis", attributes=METERED_GAS),
    Contract("a-01", "W1", "water/basis", attributes=SEALED),
    Contract("a-16", "H1", "heat/basis", until="2025-07-01", attributes={"connectedLoad": "15"}),
    Contract("a-02", "E2", "electricity/basis"),
    Contract("a-03", "E3", "electricity/basis"),
    Contract("a-03", "G2", "gas/basis", attributes=METERED_GAS),
    Contract("a-04", "E4", "electricity/basis"),
    Contract("a-05", "E5", "electricity/basis"),
    Contract("a-05", "W2", "water/basis", attributes={"sealedArea": "64.0", "runoffCoefficient": "0.5"}),
    Contract("a-06", "E6", "electricity/basis"),
    Contract("a-07", "E7", "electricity/basis"),
    Contract("a-08", "E8", "electricity/basis", until="2025-10-01"),
    Contract("a-13", "E8", "electricity/basis", since="2025-10-01"),
    Contract("a-13", "W3", "water/basis"),
    Contract("a-09", "E9", "electricity/twin", since="2024-07-01"),
    Contract("a-09", "G3", "gas/basis", since="2024-07-01"),
    Contract("a-10", "E10", "electricity/twin", since="2024-07-01", attributes=COMMERCIAL),
    Contract("a-11", "E11", "electricity/twin"),
    Contract("a-12", "E12", "electricity/twin"),
    Contract("a-14", "H1", "heat/basis", since="2025-07-01", attributes={"connectedLoad": "15", "usage": "commercial"}),
    Contract("a-15", "H2", "heat/basis", since="2024-07-01", attributes={"connectedLoad": "60", "usage": "commercial"}),
]


def master_data() -> dict:
    codes = {point.name: point.code for point in POINTS}
    return {
        "partners": PARTNERS,
        "accounts": [
            {"key": key, "partner": owner, "iban": iban(100 + int(key[2:])) if key in WITH_IBAN else None} for key, owner in ACCOUNTS
        ],
        "meteringPoints": [
            {
                "code": point.code, "commodity": point.commodity, "state": "SH", "address": place(point.address),
                "coordinates": {"lat": point.coordinates[0], "lon": point.coordinates[1]},
                "capacity": {"value": point.capacity[0], "unit": point.capacity[1]},
                "meters": [
                    {"serial": meter.serial, "from": meter.since, "until": meter.until,
                     "registers": [register.document() for register in meter.registers]}
                    for meter in point.meters
                ],
            }
            for point in POINTS
        ],
        "contracts": [
            {
                "key": f"c-{number:02d}", "account": contract.account, "meteringPoint": codes[contract.point],
                "tariff": contract.tariff, "from": contract.since, "until": contract.until, "cycle": "annual-12",
                "attributes": {**HOUSEHOLD, **contract.attributes},
            }
            for number, contract in enumerate(CONTRACTS, 1)
        ],
    }
