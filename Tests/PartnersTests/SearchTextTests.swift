import Partners
import Testing
import Values

@Suite struct `Folding text for a search` {
    @Test(arguments: [
        ("Müller", "muller"), ("Mueller", "muller"), ("MULLER", "muller"), ("mu\u{308}ller", "muller"), ("Großmann", "grossmann"),
        ("Grossmann", "grossmann"), ("Gänsemarkt 12a", "gansemarkt 12a"), ("Gaensemarkt 12 A", "gansemarkt 12 a"),
        ("Hauptstraße", "hauptstr"),
        ("Hauptstrasse", "hauptstr"), ("Hauptstr.", "hauptstr"), ("Łukasz Świątek", "lukasz swiatek"), ("Æbeltoft", "abeltoft"),
        ("O'Brien-Smith", "o brien smith"),
        ("  ", ""), ("<script>alert(1)</script>", "script alert 1 script"), ("Иванов", "иванов"),
    ])
    func `what is spelled differently becomes the same`(text: String, folded: String) {
        #expect(SearchText.folded(text) == folded)
        // Folding twice changes nothing, except that it cannot be told from a word that was folded before.
        #expect(SearchText.folded(folded) == SearchText.folded(SearchText.folded(folded)))
    }

    @Test(arguments: [
        ("+49 4321 12-34", "43211234"), ("04321/1234", "43211234"), ("0049 4321 1234", "43211234"), ("+49 (0) 4321 1234", "43211234"),
        ("(04321) 1234", "43211234"), ("+45 33 12 34 56", "4533123456"),
    ])
    func `a telephone number is its digits, however it is written`(text: String, digits: String) {
        #expect(SearchText.phone(text) == digits)
    }

    @Test func `a partner is found by name, address and e-mail`() {
        let partner = Partner(
            number: nil, key: "p", kind: .person, name: PartnerName(given: "Jürgen", family: "Großmann"),
            address: PostalAddress(street: "Großflecken", house: "9", postcode: "24534", city: "Neumünster"), email: "j.g@example.org")
        #expect(partner.searchText == "jurgen grossmann grossflecken 9 24534 neumunster j g example org")
        #expect(partner.name.listed == "Großmann, Jürgen")
        #expect(partner.address?.line == "Großflecken 9, 24534 Neumünster")
    }

    @Test func `blank parts of a name are no parts`() {
        #expect(PartnerName(given: " ", family: "Muster", company: "").display == "Muster")
        #expect(PartnerName(given: "", family: nil, company: "  ").isEmpty)
    }
}
