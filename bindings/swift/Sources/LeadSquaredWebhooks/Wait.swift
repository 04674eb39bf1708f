/// Waits for a call until it has ended or the task is cancelled. Cancelling a task does not end a
/// call of Rust's, so its wait is cancelled, and it answers.
func waiting<T: Sendable>(_ call: @Sendable (Wait) async throws -> T?) async throws -> T? {
    try Task.checkCancellation()
    let wait = Wait()
    let result = try await withTaskCancellationHandler {
        try await call(wait)
    } onCancel: {
        wait.cancel()
    }
    if result == nil { try Task.checkCancellation() }
    return result
}

/// The same for a call that gives nothing only when the wait was cancelled.
func awaiting<T: Sendable>(_ call: @Sendable (Wait) async throws -> T?) async throws -> T {
    guard let result = try await waiting(call) else { throw CancellationError() }
    return result
}
