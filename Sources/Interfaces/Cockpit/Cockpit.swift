public import AccessOperations
public import MeteringOperations
public import Postgres
public import Web

/// The pages people work with, added to a ``Web/Site``.
public struct CockpitInterface: Sendable {
    let pool: Pool
    let authenticate: Authenticate
    let directory: MeterDirectory
    let tasks = OpenTasks()
    let search = CorrectionSearch()

    /// Pages over this database.
    /// - Parameters:
    ///   - authenticate: the server's one: it remembers which passwords were right.
    ///   - directory: the one of every other way in: what people change and what arrives of a meter wait for each other.
    public init(pool: Pool, authenticate: Authenticate, directory: MeterDirectory) {
        self.pool = pool
        self.authenticate = authenticate
        self.directory = directory
    }

    /// What a page is drawn for.
    func screen(_ request: WebRequest) -> Screen { Screen(request, tasks: tasks.count(for: request, pool: pool)) }

    /// Adds all pages, the style sheet and the script, and says how errors look to people.
    public func add(to site: inout Site) {
        Assets.add(to: &site)
        addEntrance(to: &site)
        addHome(to: &site)
        addPartners(to: &site)
        addMetering(to: &site)
        addDevices(to: &site)
        addWorklist(to: &site)
        addThresholds(to: &site)
        addBilling(to: &site)
        addHeldBills(to: &site)
        addCorrections(to: &site)
        addAccountBilling(to: &site)
        addInstalments(to: &site)
        addTariffCare(to: &site)
        addLedger(to: &site)
        addExports(to: &site)
        addPeople(to: &site)
        site.renderers[.page] = { problem, request in ErrorPage(problem: problem).response(Screen(request)) }
    }
}
