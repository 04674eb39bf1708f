/// Tells what ``apply(_:options:progress:)`` would do. Reads alone.
///
/// ```swift
/// let manifest = try Manifest.parse(toml: text, variables: ProcessInfo.processInfo.environment)
/// for account in try await plan(manifest) { print(account) }
/// ```
///
/// - Parameter manifest: What is to be.
/// - Returns: For each account what would be changed, or why it could not be read.
/// - Throws: ``ConfigError`` when a client cannot be set up. `CancellationError` when the task was cancelled.
public func plan(_ manifest: Manifest) async throws -> [AccountPlan] {
    try await awaiting { try await planUntil(manifest: manifest, wait: $0) }
}

/// Makes a manifest true: on each account every wanted webhook exists once. Accounts go side by side, each within its quota.
///
/// What one account or webhook fails at stops no other. With a journal a run that was cut off, by cancelling the task or by the
/// end of the process, is gone on with by the next: creates that may have been applied are looked for before anything is
/// created. Cancelling ends the wait and the run at once; a create that has left goes on.
///
/// ```swift
/// for account in try await apply(manifest, options: ApplyOptions(journal: "webhooks.journal")) {
///     print(account.account, account.done ? "done" : "look at it")
/// }
/// ```
///
/// - Parameters:
///   - manifest: What is to be.
///   - options: How it is gone about.
///   - progress: Told each step in a thread of the library's own; it holds no run up, and the last steps may be told after the
///     run has ended.
/// - Returns: What was done on each account, and what was not.
/// - Throws: ``ConfigError`` when nothing was begun: a client cannot be set up, or the journal cannot be read or written.
///   `CancellationError` when the task was cancelled.
public func apply(
    _ manifest: Manifest, options: ApplyOptions? = nil, progress: (@Sendable (ApplyProgress) -> Void)? = nil
) async throws -> [AccountApplied] {
    let listener = progress.map { Told(tell: $0) }
    return try await awaiting {
        try await applyUntil(manifest: manifest, options: options, progress: listener, wait: $0)
    }
}

private final class Told: ProgressListener {
    private let tell: @Sendable (ApplyProgress) -> Void

    init(tell: @escaping @Sendable (ApplyProgress) -> Void) {
        self.tell = tell
    }

    func progressed(progress: ApplyProgress) {
        tell(progress)
    }
}
