/// What somebody may do. Routes name a permission, never a role.
public enum Permission: String, Sendable, Hashable, CaseIterable, Comparable {
    case submitReadings = "readings:submit"
    case readReadings = "readings:read"
    case editReadings = "readings:edit"
    case recordCustomerReadings = "customer-readings:record"
    case readMeteringPoints = "metering-points:read"
    case exchangeMeters = "meters:exchange"
    case importMasterData = "master-data:import"
    case readFindings = "findings:read"
    case resolveFindings = "findings:resolve"
    case manageValidation = "validation:manage"
    case readTariffs = "tariffs:read"
    case publishTariffs = "tariffs:publish"
    case readBillingRuns = "billing-runs:read"
    case startBillingRuns = "billing-runs:start"
    case readInvoices = "invoices:read"
    case cancelInvoices = "invoices:cancel"
    case holdInvoices = "invoices:hold"
    case releaseInvoices = "invoices:release"
    /// Apart from releasing: who releases what the checks hold does not set what they hold.
    case manageBillChecks = "bill-checks:manage"
    case readAccounts = "accounts:read"
    case postPayments = "payments:post"
    case bookLedger = "ledger:book"
    case readReports = "reports:read"
    case readPartners = "partners:read"
    case writePartners = "partners:write"
    case readTasks = "tasks:read"
    case workTasks = "tasks:work"
    case manageUsers = "users:manage"
    case operate = "system:operate"

    public static func < (left: Permission, right: Permission) -> Bool { left.rawValue < right.rawValue }
}

/// The roles of the outside contract. More may be added; these names stay.
public enum Role: String, Sendable, Hashable, CaseIterable, Comparable {
    case gateway, billing, finance, service, readonly, admin

    /// What the role may do. A clerk who answers the telephone sees the whole customer, so `service` reads what it may not change.
    public var permissions: Set<Permission> {
        switch self {
        case .gateway:
            [.submitReadings, .readReadings, .readMeteringPoints, .exchangeMeters, .importMasterData]
        case .billing:
            [
                .readReadings, .editReadings, .recordCustomerReadings, .exchangeMeters, .readMeteringPoints, .readFindings,
                .resolveFindings,
                .manageValidation, .readTariffs, .publishTariffs, .readBillingRuns,
                .startBillingRuns, .readInvoices, .cancelInvoices, .holdInvoices, .releaseInvoices, .readPartners, .readTasks, .workTasks,
            ]
        case .finance:
            [
                .readInvoices, .readBillingRuns, .readAccounts, .postPayments, .bookLedger, .readReports, .readPartners, .readTasks,
                .workTasks, .manageBillChecks,
            ]
        case .service:
            [
                .readPartners, .writePartners, .readTasks, .workTasks, .readReadings, .recordCustomerReadings, .readMeteringPoints,
                .readFindings, .readTariffs, .readInvoices,
                .readAccounts,
            ]
        case .readonly:
            [
                .readReadings, .readMeteringPoints, .readFindings, .readTariffs, .readBillingRuns, .readInvoices, .readAccounts,
                .readReports,
                .readPartners, .readTasks,
            ]
        case .admin: Set(Permission.allCases)
        }
    }

    public static func < (left: Role, right: Role) -> Bool { left.rawValue < right.rawValue }
}
