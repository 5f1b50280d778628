internal import BillingOperations
internal import JSON
internal import LedgerOperations
internal import MarketFormats
internal import MasterDataFormat
internal import MeteringOperations
internal import PartnerOperations
internal import ReadingFormats
internal import Web

extension RESTInterface {
    /// What the errors of formats and use cases mean for a caller of REST; nil for what is general.
    static func problem(of error: any Error) -> Problem? {
        switch error {
        case let error as JSONError:
            Problem(
                Problem.Kind(400, error.code.rawValue, "The body is no valid JSON document of this kind"), error.description,
                members: [.init("path", .string(error.path))])
        case let error as ReadingFormatError:
            Problem(
                Problem.Kind(400, error.code, "The delivery cannot be read; nothing was stored"), error.description,
                members: [.init("path", .string(error.path))] + (error.offset.map { [.init("offset", .integer($0))] } ?? [])
                    + (error.line.map { [.init("line", .integer($0))] } ?? []))
        case let error as MarketFormatError:
            Problem(
                Problem.Kind(400, error.code.rawValue, "The delivery cannot be read; nothing was stored"), error.description,
                members: [.init("path", .string(error.place.path)), .init("offset", .integer(error.place.offset))]
                    + (error.place.line.map { [.init("line", .integer($0))] } ?? []))
        case let error as MasterDataRefusal:
            Problem(
                Problem.Kind(422, "master-data", "The master data were refused; nothing was stored"),
                error.problems.first.map { "\($0.path): \($0.message)" },
                members: [
                    .init(
                        "errors",
                        .array(error.problems.map { ["path": .string($0.path), "code": .string($0.code), "message": .string($0.message)] }))
                ])
        case let error as LedgerRefusal: ledgerProblem(error)
        case let error as BillingRefusal: billingProblem(error)
        case let error as EditRefusal: editProblem(error)
        case let error as DeviceRefusal: deviceProblem(error)
        case let error as ExchangeMeter.Problem: exchangeProblem(error)
        case let error as DefineVirtualSeries.Refusal:
            Problem(Problem.Kind(error == .overlaps ? 409 : 422, error.code, "The formula was not stored"), error.explanation)
        case let error as ReferenceRefusal:
            Problem(Problem.Kind(error == .overlaps ? 409 : 422, error.code, "The reference was not stored"), error.explanation)
        case let error as UnknownMeteringPoint:
            Problem(
                Problem.Kind(404, "unknown-metering-point", "There is no such metering point"),
                "no metering point has the code \(error.code.prefix(80))")
        case let error as UnknownContract:
            Problem(
                Problem.Kind(404, "unknown-contract", "There is no such contract"),
                "no contract has the number or key “\(error.text.prefix(80))”")
        case let error as ExportReadings.Refusal:
            Problem(Problem.Kind(422, "cannot-write", "The values cannot be written so"), error.description)
        case is ReadSeries.BadCursor: Problem(.badRequest, "cursor must be the `next` of the page before")
        case FindingProblem.unknown(let id): Problem(.notFound, "there is no finding \(id)")
        case FindingProblem.alreadyResolved(let id): Problem(.conflict, "finding \(id) is resolved already")
        case let refusal as ThresholdRefusal:
            Problem(Problem.Kind(422, refusal.thresholds, "The thresholds were refused; nothing was changed"), refusal.explanation)
        default: nil
        }
    }

    // Not overloads of `problem(of:)`: where an optional is wanted the compiler prefers the one that returns one, which is its own caller.
    private static func editProblem(_ refusal: EditRefusal) -> Problem {
        let status =
            switch refusal {
            case .unknownRegister, .unknownEdit, .unknownDelivery, .unknownFinding: 404
            case .alreadyUndone, .alreadyCancelled, .isUndo: 409
            default: 422
            }
        return Problem(Problem.Kind(status, refusal.code, "The values were not changed"), refusal.explanation)
    }

    private static func ledgerProblem(_ refusal: LedgerRefusal) -> Problem {
        let status =
            switch refusal {
            case .unknownAccount, .unknownEntry: 404
            case .idempotencyConflict, .alreadyReversed, .isReversal, .periodClosed: 409
            default: 422
            }
        return Problem(Problem.Kind(status, refusal.code, "The ledger refused it; nothing was booked"), refusal.explanation)
    }

    private static func billingProblem(_ refusal: BillingRefusal) -> Problem {
        let status =
            switch refusal {
            case .unknownRun, .unknownInvoice, .unknownTariff, .unknownHeldInvoice, .unknownContract, .unknownCorrection,
                .unknownInstalment,
                .noPlan:
                404
            case .alreadyCancelled, .isCancellation, .isCorrected, .notReleasable, .alreadyOnHold, .notOnHold, .notProposed,
                .outdatedCorrection, .onHold,
                .secondPerson, .approvedOtherwise, .runPaused, .runEnded:
                409
            case .damaged: 500
            default: 422
            }
        return Problem(Problem.Kind(status, refusal.code, "Billing refused it; nothing was written"), refusal.explanation)
    }
}
