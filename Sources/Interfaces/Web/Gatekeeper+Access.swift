public import AccessOperations

extension Gatekeeper {
    /// Lets AccessOperations judge. A wrong credential is nobody; a delay and a full house are told as such.
    public init(_ judge: Authenticate) {
        self.init { credential, address, now in
            do {
                return try await judge(credential, address: address, now: now)
            } catch let failure as AuthenticationFailure {
                if let problem = Problem(failure) { throw problem }
                return nil
            }
        }
    }
}

extension Problem {
    /// What a failed sign-in means for the caller; nil when it is simply nobody.
    public init?(_ failure: AuthenticationFailure) {
        switch failure {
        case .invalid: return nil
        case .wait(let seconds):
            self.init(.tooManyRequests, "after wrong attempts there is a delay", headers: ["Retry-After": "\(seconds)"])
        case .busy: self.init(.overloaded, headers: ["Retry-After": "1"])
        }
    }
}
