/// Says what ``apply(_:options:progress:)`` would do. It is read-only, and takes no lock on the
/// state file.
///
/// ```swift
/// let manifest = try Manifest.parse(toml: text, variables: ProcessInfo.processInfo.environment)
/// for account in try await plan(manifest) { print(account) }
/// ```
///
/// - Parameters:
///   - manifest: What is desired.
///   - options: How an apply would go about it.
/// - Returns: For each account what would be changed, or why it could not be read.
/// - Throws: ``ConfigError`` when a client cannot be set up or the state file is damaged.
///   `CancellationError` when the task was cancelled.
public func plan(_ manifest: Manifest, options: ApplyOptions? = nil) async throws -> [AccountPlan] {
    try await awaiting { try await planUntil(manifest: manifest, options: options, wait: $0) }
}

/// Applies a manifest: on each account every desired webhook exists once. Accounts go side by side,
/// each within its quota.
///
/// It is declarative and safe to run again. What one account or webhook fails at stops no other.
/// With a state file a run that was interrupted, by cancelling the task or by the end of the
/// process, is resumed by the next: creates that may have been applied are looked for before
/// anything is created. Cancelling ends the run at once: creates that were not sent are withdrawn,
/// those that were go on.
///
/// ```swift
/// let options = ApplyOptions(state: StateSettings(path: "webhooks.toml.state"))
/// for account in try await apply(manifest, options: options).accounts {
///     print(account.name, account.isOk ? "as desired" : "look at it")
/// }
/// ```
///
/// - Parameters:
///   - manifest: What is desired.
///   - options: How it is gone about.
///   - progress: Told each step and each wait in a thread of the library's; it holds no run up, and
///     the last steps may be reported after the run has ended.
/// - Returns: What was done on each account, and what was not.
/// - Throws: ``ConfigError`` when nothing was begun: a client cannot be set up, or the state file
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
