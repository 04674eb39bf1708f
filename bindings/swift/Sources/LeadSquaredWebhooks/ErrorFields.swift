/// Fields common to all cases, for code that needs one of them without another `switch`.
extension WebhookError {
    /// A one-line description.
    public var detail: String {
        switch self {
        case .invalid(let detail, _, _), .notSent(let detail, _), .refused(let detail, _), .unknown(let detail, _):
            detail
        }
    }

    /// The violations, each with its path; empty unless the draft is invalid.
    public var violations: [Violation] {
        switch self {
        case .invalid(_, let violations, _): violations
        case .notSent, .refused, .unknown: []
        }
    }

    /// The details of a failed call or run; `nil` for an invalid draft.
    public var failure: CallFailure? {
        switch self {
        case .invalid: nil
        case .notSent(_, let failure), .refused(_, let failure), .unknown(_, let failure): failure
        }
    }
}
