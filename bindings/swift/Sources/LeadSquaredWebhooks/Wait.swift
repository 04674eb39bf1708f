/// Waits until the call has ended or the task is cancelled. Cancelling a task does not end a Rust
/// call, so the call's ``Wait`` is cancelled, and the call returns.
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

/// The same for a call that returns `nil` only when the wait was cancelled.
func awaiting<T: Sendable>(_ call: @Sendable (Wait) async throws -> T?) async throws -> T {
    guard let result = try await waiting(call) else { throw CancellationError() }
    return result
}
