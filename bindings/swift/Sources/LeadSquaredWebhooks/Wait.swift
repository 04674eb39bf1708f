/// Waits for a call until it has ended or the task is cancelled. Cancelling a task does not end a call of Rust's, so it is told
/// to give up the wait, and answers.
func waiting<T: Sendable>(_ call: @Sendable (Wait) async throws -> T?) async throws -> T? {
    try Task.checkCancellation()
    let wait = Wait()
    let result = try await withTaskCancellationHandler {
        try await call(wait)
    } onCancel: {
        wait.giveUp()
    }
    if result == nil { try Task.checkCancellation() }
    return result
}

/// The same for a call that gives nothing only when the wait was given up.
func awaiting<T: Sendable>(_ call: @Sendable (Wait) async throws -> T?) async throws -> T {
    guard let result = try await waiting(call) else { throw CancellationError() }
    return result
}
