extension Client {
    /// Creates a webhook: `POST /v2/Webhook.svc/Create`, *documented*.
    ///
    /// A create is retried only when it was not applied: the connection was never opened, or the
    /// quota was exceeded.
    ///
    /// Cancelling the task ends the wait immediately, with a `CancellationError`. A create that was
    /// not sent is withdrawn; **one that was sent continues**: ``pending()`` lists it, and
    /// ``takeOutcome(_:)`` takes its outcome.
    ///
    /// ```swift
    /// let draft = WebhookDraft(url: "https://example.com/hooks", trigger: .leadCreate)
    /// let created = try await client.create(draft, options: CallOptions(timeout: 10))
    /// print(created.id, created.attempts.count)
    /// ```
    ///
    /// - Parameters:
    ///   - draft: The webhook to create. It is parsed first, and all violations are reported at
    ///     once.
    ///   - options: Settings of this call. Each overrides the client's setting.
    /// - Returns: The ID that LeadSquared assigned, and the attempts made.
    /// - Throws: ``WebhookError``: invalid (the draft has violations), not sent, refused or
    ///   unknown. `CancellationError` when the task was cancelled.
    public func create(_ draft: WebhookDraft, options: CallOptions? = nil) async throws -> Created {
        try await awaiting { try await self.createUntil(draft: draft, options: options, wait: $0) }
    }

    /// Waits for a pending create to end and takes its outcome.
    ///
    /// At most 1,024 known outcomes are kept; the oldest are dropped beyond that. Up to 16,384
    /// unknown outcomes are kept.
    ///
    /// ```swift
    /// for call in client.pending() {
    ///     print(call.webhook.url, try await client.takeOutcome(call.id)?.id ?? "taken by another")
    /// }
    /// ```
    ///
    /// - Parameter id: The ``PendingCall/id`` of the create.
    /// - Returns: The created webhook; `nil` when no such create is pending.
    /// - Throws: ``WebhookError``, that of the create itself; not sent when it was withdrawn.
    ///   `CancellationError` when the task was cancelled; the outcome can then still be taken.
    public func takeOutcome(_ id: UInt64) async throws -> Created? {
        try await waiting { try await self.takeOutcomeUntil(id: id, wait: $0) }
    }

    /// Waits until no create, update or delete is queued or in flight. Call it before the program
    /// exits, so that none is interrupted. Outcomes can still be taken afterwards.
    ///
    /// - Throws: `CancellationError` when the task was cancelled; this ends the wait immediately.
    public func drain() async throws {
        try await awaiting { try await self.drainUntil(wait: $0) ? () : nil }
    }
}
