public import AccessOperations
public import Postgres
public import Web

/// The pages people work with, added to a ``Web/Site``.
public struct CockpitInterface: Sendable {
    let pool: Pool
    let authenticate: Authenticate
    let tasks = OpenTasks()
    let search = CorrectionSearch()

    /// Pages over this database. `authenticate` is the server's one: it remembers which passwords were right.
    public init(pool: Pool, authenticate: Authenticate) {
        self.pool = pool
        self.authenticate = authenticate
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
