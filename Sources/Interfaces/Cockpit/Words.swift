internal import Values

/// The words that several pages use. A page's own words stand beside it.
enum Words {
    static let product = Phrase("Zählwerk", "Zählwerk")
    static let search = Phrase("Suchen", "Search")
    static let searchHint = Phrase("Name, Adresse, Zähler, Vertrag, Rechnung …", "Name, address, meter, contract, bill …")
    static let worklist = Phrase("Aufgaben", "Tasks")
    static let runs = Phrase("Abrechnung", "Billing")
    static let ledger = Phrase("Hauptbuch", "Ledger")
    static let tariffs = Phrase("Tarife", "Tariffs")
    static let people = Phrase("Zugänge", "Access")
    static let skip = Phrase("Zum Inhalt", "Skip to content")
    static let signIn = Phrase("Anmelden", "Sign in")
    static let signOut = Phrase("Abmelden", "Sign out")
    static let otherLanguage = Phrase("English", "Deutsch")
    static let appearance = Phrase("Hell/Dunkel", "Light/dark")
    static let save = Phrase("Speichern", "Save")
    static let back = Phrase("Zurück", "Back")
    static let next = Phrase("Weiter", "Next")
    static let more = Phrase("Mehr anzeigen", "Show more")
    static let all = Phrase("Alle", "All")
    static let show = Phrase("Anzeigen", "Show")
    static let none = Phrase("keine", "none")
    static let unknown = Phrase("unbekannt", "unknown")
    static let yes = Phrase("ja", "yes")
    static let no = Phrase("nein", "no")
    static let from = Phrase("von", "from")
    static let until = Phrase("bis", "to")
    static let asOf = Phrase("Stichtag", "As of")
    static let day = Phrase("Tag", "Day")
    static let moment = Phrase("Zeitpunkt", "Moment")
    static let month = Phrase("Monat", "Month")
    static let value = Phrase("Wert", "Value")
    static let amount = Phrase("Betrag", "Amount")
    static let total = Phrase("Summe", "Total")
    static let number = Phrase("Nummer", "Number")
    static let state = Phrase("Status", "State")
    static let text = Phrase("Text", "Text")
    static let period = Phrase("Zeitraum", "Period")
    static let validity = Phrase("Gültigkeit", "Validity")
    static let unit = Phrase("Einheit", "Unit")
    static let method = Phrase("Verfahren", "Method")
    static let reason = Phrase("Grund", "Reason")
    static let version = Phrase("Version", "Version")
    static let consumption = Phrase("Verbrauch", "Consumption")
    static let yearBefore = Phrase("Vorjahr", "year before")
    static let ofWhichEstimated = Phrase("davon geschätzt", "of which estimated")
    static let asTable = Phrase("Als Tabelle", "As a table")
    static let partner = Phrase("Geschäftspartner", "Business partner")
    static let account = Phrase("Vertragskonto", "Account")
    static let contract = Phrase("Vertrag", "Contract")
    static let contracts = Phrase("Verträge", "Contracts")
    static let meter = Phrase("Zähler", "Meter")
    static let register = Phrase("Zählwerk", "Register")
    static let meteringPoint = Phrase("Messstelle", "Metering point")
    static let tariff = Phrase("Tarif", "Tariff")
    static let invoice = Phrase("Rechnung", "Bill")
    static let invoices = Phrase("Rechnungen", "Bills")
    static let findings = Phrase("Auffälligkeiten", "Findings")
    static let address = Phrase("Anschrift", "Address")
    static let phone = Phrase("Telefon", "Phone")
    static let email = Phrase("E-Mail", "E-mail")
    static let born = Phrase("Geboren", "Born")
    static let bank = Phrase("Bankverbindung", "Bank account")
    static let balance = Phrase("Saldo", "Balance")
    static let due = Phrase("Fällig", "Due")
    static let net = Phrase("Netto", "Net")
    static let tax = Phrase("Umsatzsteuer", "VAT")
    static let gross = Phrase("Brutto", "Gross")
    static let quantity = Phrase("Menge", "Quantity")
    static let price = Phrase("Preis", "Price")

    static func commodity(_ commodity: Commodity) -> Phrase {
        switch commodity {
        case .electricity: Phrase("Strom", "Electricity")
        case .gas: Phrase("Gas", "Gas")
        case .water: Phrase("Wasser", "Water")
        case .heat: Phrase("Wärme", "Heat")
        }
    }

    static func customerClass(_ customer: CustomerClass) -> Phrase {
        switch customer {
        case .household: Phrase(customer.german, "Household")
        case .commercial: Phrase(customer.german, "Commercial")
        case .industrial: Phrase(customer.german, "Industrial")
        }
    }

    /// What a register gives: how often a value, or the reading itself.
    static func rhythm(_ resolution: Resolution?) -> Phrase {
        guard let resolution else { return Phrase("Zählerstand", "reading") }
        return switch resolution {
        case .day: Phrase("Tageswerte", "daily values")
        case .gasDay: Phrase("Gastageswerte (ab 6 Uhr)", "values of gas days (from 06:00)")
        case .hour: Phrase("Stundenwerte", "hourly values")
        case .quarterHour: Phrase("Viertelstundenwerte", "quarter-hourly values")
        case .minute: Phrase("Minutenwerte", "values per minute")
        case .seconds(let seconds) where seconds % 60 == 0: Phrase("Werte je \(seconds / 60) min", "values per \(seconds / 60) min")
        case .seconds(let seconds): Phrase("Werte je \(seconds) s", "values per \(seconds) s")
        }
    }

    static func status(_ status: ValueStatus) -> Phrase {
        switch status {
        case .absent: Phrase("fehlt", "missing")
        case .measured: Phrase("gemessen", "measured")
        case .estimated: Phrase("geschätzt", "estimated")
        case .substituted: Phrase("Ersatzwert", "substituted")
        case .provisional: Phrase("vorläufig", "provisional")
        case .rejected: Phrase("verworfen", "rejected")
        }
    }

    static func severity(_ severity: Finding.Severity) -> Phrase {
        switch severity {
        case .warning: Phrase("Warnung", "Warning")
        case .failure: Phrase("Fehler", "Failure")
        case .rejection: Phrase("Verworfen", "Rejected")
        case .event: Phrase("Hinweis", "Note")
        }
    }
}
