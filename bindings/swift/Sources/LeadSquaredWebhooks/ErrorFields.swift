/// What all four cases have in common, for code that has branched already and wants one part.
extension WebhookError {
    /// All of it, on one line.
    public var detail: String {
        switch self {
        case .invalid(let detail, _, _), .notSent(let detail, _), .refused(let detail, _), .unknown(let detail, _):
            detail
        }
    }

    /// The broken rules, each with its path; none unless the draft is invalid.
    public var violations: [Violation] {
        switch self {
        case .invalid(_, let violations, _): violations
        case .notSent, .refused, .unknown: []
        }
    }

    /// What is known of a call or a run that failed; `nil` of a draft that is invalid.
    public var failure: CallFailure? {
        switch self {
        case .invalid: nil
        case .notSent(_, let failure), .refused(_, let failure), .unknown(_, let failure): failure
        }
    }
}
