/// Returns what ``apply(_:options:progress:)`` would do. It is read-only, and takes no lock on the
/// state file.
///
/// ```swift
/// let manifest = try Manifest.parse(toml: text, variables: ProcessInfo.processInfo.environment)
/// for account in try await plan(manifest) { print(account) }
/// ```
///
/// - Parameters:
///   - manifest: The desired webhooks.
///   - options: The options of the apply.
/// - Returns: For each account, what would change, or why it could not be read.
/// - Throws: ``ConfigError`` when a client cannot be built or the state file is damaged.
///   `CancellationError` when the task was cancelled.
public func plan(_ manifest: Manifest, options: ApplyOptions? = nil) async throws -> [AccountPlan] {
    try await awaiting { try await planUntil(manifest: manifest, options: options, wait: $0) }
}

/// Applies a manifest: ensures that every desired webhook exists once on each account. Accounts are
/// processed concurrently, each within its quota.
///
/// It is declarative and safe to run again. A failure of one account or webhook does not stop the
/// others. With a state file, the next run resumes one that was interrupted by cancelling the task
/// or by the end of the process: it searches for creates that may have been applied before it
/// creates anything. Cancelling ends the run immediately: creates that were not sent are withdrawn,
/// those that were sent continue.
///
/// ```swift
/// let options = ApplyOptions(state: StateSettings(path: "webhooks.toml.state"))
/// for account in try await apply(manifest, options: options).accounts {
///     print(account.name, account.isOk ? "as desired" : "look at it")
/// }
/// ```
///
/// - Parameters:
///   - manifest: The desired webhooks.
///   - options: Options of the run.
///   - progress: Receives each step and each wait, on a thread of the library. It does not block
///     the run, and the last steps may be reported after the run has ended.
/// - Returns: For each account, what was done and what was not.
/// - Throws: ``ConfigError`` when nothing was started: a client cannot be built, or the state file
///   cannot be used. `CancellationError` when the task was cancelled.
public func apply(
    _ manifest: Manifest, options: ApplyOptions? = nil, progress: (@Sendable (RunProgress) -> Void)? = nil
) async throws -> Applied {
    let listener = progress.map { Listening(report: $0) }
    return try await awaiting {
        try await applyUntil(manifest: manifest, options: options, progress: listener, wait: $0)
    }
}

final class Listening: ProgressListener {
    private let report: @Sendable (RunProgress) -> Void

    init(report: @escaping @Sendable (RunProgress) -> Void) {
        self.report = report
    }

    func progressed(progress: RunProgress) {
        report(progress)
    }
}
