import Foundation

/// The fields of all four cases, for code that has branched already and wants one of them.
extension WebhookError {
    /// All of it, on one line.
    public var detail: String {
        switch self {
        case .invalid(let detail, _, _): detail
        case .notSent(_, let detail, _, _, _): detail
        case .refused(_, let detail, _, _, _, _, _, _, _, _, _): detail
        case .unknown(_, let detail, _, _, _, _, _, _, _, _, _): detail
        }
    }

    /// What kind of failure it is; nothing for a draft that is invalid.
    public var kind: FailureKind? {
        switch self {
        case .invalid: nil
        case .notSent(let kind, _, _, _, _): kind
        case .refused(let kind, _, _, _, _, _, _, _, _, _, _): kind
        case .unknown(let kind, _, _, _, _, _, _, _, _, _, _): kind
        }
    }

    /// The broken rules, each with its path; none unless the draft is invalid.
    public var violations: [Violation] {
        switch self {
        case .invalid(_, let violations, _): violations
        case .notSent, .refused, .unknown: []
        }
    }

    /// What is legal about an invalid draft and still likely to disappoint.
    public var warnings: [Warning] {
        switch self {
        case .invalid(_, _, let warnings): warnings
        case .notSent, .refused, .unknown: []
        }
    }

    /// The HTTP status, if an answer came. It may be 200: the body is believed first (observed).
    public var status: UInt16? {
        switch self {
        case .invalid, .notSent: nil
        case .refused(_, _, let status, _, _, _, _, _, _, _, _): status
        case .unknown(_, _, let status, _, _, _, _, _, _, _, _): status
        }
    }

    /// `ExceptionType` as the server wrote it: an open set.
    public var exceptionType: String? {
        switch self {
        case .invalid, .notSent: nil
        case .refused(_, _, _, let type, _, _, _, _, _, _, _): type
        case .unknown(_, _, _, let type, _, _, _, _, _, _, _): type
        }
    }

    /// `ExceptionMessage` as the server wrote it.
    public var exceptionMessage: String? {
        switch self {
        case .invalid, .notSent: nil
        case .refused(_, _, _, _, let message, _, _, _, _, _, _): message
        case .unknown(_, _, _, _, let message, _, _, _, _, _, _): message
        }
    }

    /// The calls that the message of a rate limit tells.
    public var limit: UInt32? {
        switch self {
        case .refused(_, _, _, _, _, let limit, _, _, _, _, _): limit
        case .invalid, .notSent, .unknown: nil
        }
    }

    /// The window that the message of a rate limit tells, in seconds.
    public var window: TimeInterval? {
        switch self {
        case .refused(_, _, _, _, _, _, let window, _, _, _, _): window
        case .invalid, .notSent, .unknown: nil
        }
    }

    /// What is odd about an answer that does not tell whether the create was applied.
    public var reason: UnexpectedReason? {
        switch self {
        case .unknown(_, _, _, _, _, let reason, _, _, _, _, _): reason
        case .invalid, .notSent, .refused: nil
        }
    }

    /// The beginning of the answer's body, up to 512 bytes, if an answer came.
    public var excerpt: String? {
        switch self {
        case .invalid, .notSent: nil
        case .refused(_, _, _, _, _, _, _, let excerpt, _, _, _): excerpt
        case .unknown(_, _, _, _, _, _, let excerpt, _, _, _, _): excerpt
        }
    }

    /// What was tried, in order; nothing for a draft that is invalid.
    public var attempts: [Attempt] {
        switch self {
        case .invalid: []
        case .notSent(_, _, let attempts, _, _): attempts
        case .refused(_, _, _, _, _, _, _, _, let attempts, _, _): attempts
        case .unknown(_, _, _, _, _, _, _, let attempts, _, _, _): attempts
        }
    }

    /// Why no further attempt was made.
    public var stopped: Stop? {
        switch self {
        case .invalid: nil
        case .notSent(_, _, _, let stopped, _): stopped
        case .refused(_, _, _, _, _, _, _, _, _, let stopped, _): stopped
        case .unknown(_, _, _, _, _, _, _, _, let stopped, _, _): stopped
        }
    }

    /// When another create may be tried.
    public var retry: RetryAdvice {
        switch self {
        case .invalid: .never
        case .notSent(_, _, _, _, let retry): retry
        case .refused(_, _, _, _, _, _, _, _, _, _, let retry): retry
        case .unknown(_, _, _, _, _, _, _, _, _, let retry, _): retry
        }
    }

    /// What is needed to find out what became of a create; nothing unless its outcome is unknown.
    public var ticket: Ticket? {
        switch self {
        case .invalid, .notSent, .refused: nil
        case .unknown(_, _, _, _, _, _, _, _, _, _, let ticket): ticket
        }
    }
}
