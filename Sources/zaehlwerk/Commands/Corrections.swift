import AccessOperations
import ArgumentParser
import BillingOperations
import Glibc
import Values

/// `zaehlwerk corrections …`
struct Corrections: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Bills that would come out differently by now: find, list, release, dismiss.",
        subcommands: [Find.self, List.self, Release.self, Dismiss.self])

    struct Find: Errand {
        static let configuration = CommandConfiguration(
            abstract: "Looks for bills whose readings or prices have changed since, and proposes the difference.",
            discussion: """
                Issues nothing. Running it twice proposes nothing new. A running server looks by itself: every three minutes at bills of
                whose days values came in, or whose prices or terms changed, every night at all of them; `zaehlwerk import` looks
                after its files.
                """)
        @OptionGroup var common: CommonOptions
        @Argument(help: "numbers of bills; all that stand if missing")
        var invoices: [String] = []

        func perform() async throws {
            try await Installation.use(try common.configuration()) { installation in
                let report = try await FindCorrections(pool: installation.pool)(invoices: invoices, author: "console", now: Clock.now)
                Output.data(
                    "bills \(report.bills), touched \(report.touched), proposed \(report.proposed), unclear \(report.unclear.count), waiting \(report.waiting)"
                )
                for unclear in report.unclear { Output.message(Corrections.told(unclear)) }
            }
        }
    }

    struct List: Errand {
        static let configuration = CommandConfiguration(abstract: "Lists proposals that wait for a decision.")
        @OptionGroup var common: CommonOptions

        func perform() async throws {
            try await Installation.use(try common.configuration()) { installation in
                var table = TextTable([
                    .text("id"), .text("invoice"), .text("account"), .text("cause"), .text("billed"), .text("right"), .text("difference"),
                ])
                var cursor: String?
                repeat {
                    let page = try await ListCorrections(pool: installation.pool)(cursor: cursor)
                    for item in page.items {
                        table.rows.append([
                            String(item.id), item.invoice, item.account, item.cause.rawValue, item.billed.description,
                            item.right.description, item.gross.description,
                        ])
                    }
                    cursor = page.next
                } while cursor != nil
                Output.data(table.description)
                let unclear = try await ListCorrections(pool: installation.pool).unclear(limit: 1_000)
                for bill in unclear.items { Output.message(Corrections.told(bill)) }
            }
        }
    }

    /// A bill about which nothing can be proposed.
    private static func told(_ unclear: FindCorrections.Unclear) -> String {
        "\(unclear.isToBeCancelled ? "to be cancelled" : "unclear"): \(unclear.invoice): \(unclear.code): \(unclear.explanation)"
    }

    struct Release: Errand {
        static let configuration = CommandConfiguration(
            abstract: "Issues a correction and books it; a large one, or one that the checks would hold, is released by two people.",
            discussion: "Where two are needed each says who they are: --by with their login, and their password on standard input.")
        @OptionGroup var common: CommonOptions
        @Argument(help: "number of the proposal") var id: Int64
        @Option(help: "why") var reason: String
        @Option(help: ArgumentHelp("who releases it, with their password on standard input", valueName: "login")) var by: String?
        @Flag(help: "take the bill back and write it anew, instead of charging the difference") var rebill = false

        func perform() async throws {
            let password = try by.map { try Release.password(of: $0) }
            try await Installation.use(try common.configuration()) { installation in
                let release = ReleaseCorrection(pool: installation.pool)
                let found = try await ListCorrections(pool: installation.pool).details(id).proposal
                let mend = "zaehlwerk corrections release \(id) --by LOGIN --reason \"…\""
                guard by != nil || !release.needsTwo(found) else {
                    throw Failure("correction \(id) over \(found.gross) EUR needs two people; each says who they are: \(mend)")
                }
                let (author, person) = try await who(password, installation)
                do {
                    let proposal = try await release(
                        id, method: rebill ? .rebill : .difference, reason: reason, author: author, person: person, today: Clock.today,
                        now: Clock.now)
                    guard proposal.state == .released else {
                        return Output.message("kept as the first of two releases, by \(author); now another person: \(mend)")
                    }
                    Output.data("\(proposal.document ?? "") corrects \(proposal.invoice): \(proposal.gross) EUR")
                } catch BillingRefusal.secondPerson {
                    throw Failure("\(author) is the first of two people; now another person: \(mend)")
                }
            }
        }

        /// The name to write down, and who that is: of who has shown who they are.
        private func who(_ password: String?, _ installation: Installation) async throws -> (name: String, person: String) {
            guard let by, let password else { return ("console", "console") }
            do {
                let person = try await Authenticate(pool: installation.pool)(
                    .basic(login: by, password: password), address: "console", now: Clock.now)
                guard !person.mustChangePassword else {
                    throw Failure("\(by) has a password for one use: choose another in the cockpit first")
                }
                guard person.may(.releaseInvoices) else {
                    throw Failure("\(by) may not release bills: that is of the roles billing and admin (zaehlwerk user roles)")
                }
                return (person.name, person.person)
            } catch is AuthenticationFailure { throw Failure("login or password of \(by) is wrong, or the login is locked") }
        }

        /// Asked for where a person types, without showing it.
        private static func password(of login: String) throws -> String {
            let typed = isatty(STDIN_FILENO) == 1 ? unsafe String(cString: getpass("password of \(login): ")) : readLine()
            guard let typed, !typed.isEmpty else { throw ValidationError("the password of \(login) is expected on standard input") }
            return typed
        }
    }

    struct Dismiss: Errand {
        static let configuration = CommandConfiguration(abstract: "Leaves a bill as it is; the same difference is not proposed again.")
        @OptionGroup var common: CommonOptions
        @Argument(help: "number of the proposal") var id: Int64
        @Option(help: "why") var reason: String

        func perform() async throws {
            try await Installation.use(try common.configuration()) { installation in
                let proposal = try await DecideCorrection(pool: installation.pool).dismiss(
                    id, reason: reason, author: "console", now: Clock.now)
                Output.data("\(proposal.invoice) stays as it is")
            }
        }
    }
}
