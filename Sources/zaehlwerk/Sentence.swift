import AccessOperations
import BillingOperations
import Foundation
import LedgerOperations
import MeteringOperations
import Postgres
import SOAP

/// What an error of the world means for the person at the terminal. Never a dump of our types: those are for nobody.
enum Sentence {
    static func of(_ error: any Error) -> String {
        switch error {
        case let error as DatabaseError: database(error)
        case let error as LedgerRefusal: error.explanation
        case let error as ThresholdRefusal: error.explanation
        case let error as BillingRefusal: error.explanation
        case let error as UnreadableEntry:
            "journal entry \(StoredEntry.number(of: error.id)) cannot be read: \(error.reason); run `zaehlwerk verify`"
        case let error as ManageUsers.Refusal: user(error)
        case let error as ManageKeys.Refusal: key(error)
        case let error as SOAPFault:
            "\(error.reason)\(error.line.map { " (line \($0))" } ?? "")\(error.path.isEmpty ? "" : " at \(error.path)")"
        case let error as UnknownMeteringPoint: "no metering point has the code \(error.code)"
        case is CancellationError: "it was interrupted"
        case let error as any CustomStringConvertible & Error: "\(error.description)"
        default: foundation(error)
        }
    }

    private static func database(_ error: DatabaseError) -> String {
        if error.isDiskFull { return "the disk of the database is full: make room and repeat" }
        if error.isUnavailable || error.isConnectionLost {
            return "the database does not answer (\(error.message)): check DATABASE_URL, or ask `zaehlwerk doctor`"
        }
        if error.isCommitUnknown {
            return "the connection broke while the work was being made durable: repeat the command, nothing happens twice"
        }
        return "the database refused it: \(error)"
    }

    private static func user(_ refusal: ManageUsers.Refusal) -> String {
        switch refusal {
        case .loginTaken(let login): "the login “\(login)” exists: choose another, or `zaehlwerk user reset-password \(login)`"
        case .badLogin(let login): "“\(login)” cannot be a login: 1 to 64 of a-z, 0-9, “.”, “-”, “_”, “@”"
        case .noRole: "at least one role is needed: --role \(Role.allCases.map(\.rawValue).joined(separator: "|"))"
        case .unknown(let login): "there is no user “\(login)”: `zaehlwerk user list` shows all"
        case .password(let problem): "the password is refused: \(problem.rawValue)"
        case .wrongPassword: "the old password is wrong"
        }
    }

    private static func key(_ refusal: ManageKeys.Refusal) -> String {
        switch refusal {
        case .noRole: "at least one role is needed: --role \(Role.allCases.map(\.rawValue).joined(separator: "|"))"
        case .unknown(let text): "there is no key “\(text.prefix(20))”: `zaehlwerk key list` shows all"
        }
    }

    private static func foundation(_ error: any Error) -> String {
        let error = error as NSError
        let path = error.userInfo[NSFilePathErrorKey] as? String
        guard error.domain == NSCocoaErrorDomain || error.domain == NSPOSIXErrorDomain else {
            return "an error that has no words yet (\(error.domain) \(error.code)): please report it with what you did"
        }
        let reason = (error.userInfo[NSUnderlyingErrorKey] as? NSError)?.localizedDescription ?? error.localizedDescription
        return path.map { "\($0): \(reason)" } ?? reason
    }
}
