extension Client {
    /// Creates a webhook: `POST /v2/Webhook.svc/Create`, documented.
    ///
    /// Sent again only when it was not applied: the connection never opened, or the quota was
    /// exceeded.
    ///
    /// Cancelling the task ends the wait at once, with a `CancellationError`. A create that was not
    /// sent is withdrawn; **one that was sent goes on**: ``pending()`` shows it, and
    /// ``takeOutcome(_:)`` takes its outcome.
    ///
    /// ```swift
    /// let draft = WebhookDraft(url: "https://example.com/hooks", trigger: .leadCreate)
    /// let created = try await client.create(draft, options: CallOptions(timeout: 10))
    /// print(created.id, created.attempts.count)
    /// ```
    ///
    /// - Parameters:
    ///   - draft: What is to be created. It is parsed first, and every broken rule is reported at
    ///     once.
    ///   - options: Settings of this call, each in the place of the client's own.
    /// - Returns: The ID that LeadSquared assigned, and what was tried.
    /// - Throws: ``WebhookError``: invalid (the draft breaks rules), not sent, refused or unknown.
    ///   `CancellationError` when the task was cancelled.
    public func create(_ draft: WebhookDraft, options: CallOptions? = nil) async throws -> Created {
        try await awaiting { try await self.createUntil(draft: draft, options: options, wait: $0) }
    }

    /// Waits for a pending create to end and takes its outcome.
    ///
    /// At most 1,024 outcomes are kept; beyond that the oldest are dropped.
    ///
    /// ```swift
    /// for call in client.pending() {
    ///     print(call.webhook.url, try await client.takeOutcome(call.id)?.id ?? "taken by another")
    /// }
    /// ```
    ///
    /// - Parameter id: Which create, by ``PendingCall/id``.
    /// - Returns: What the create made; `nil` when no such create is pending.
    /// - Throws: ``WebhookError``, that of the create itself; not sent when it was withdrawn.
    ///   `CancellationError` when the task was cancelled: then the outcome stays to be taken.
    public func takeOutcome(_ id: UInt64) async throws -> Created? {
        try await waiting { try await self.takeOutcomeUntil(id: id, wait: $0) }
    }

    /// Waits until no create, update or delete is queued or in flight: what a program does before
    /// it ends, so that none is interrupted. The outcomes stay, to be taken.
    ///
    /// - Throws: `CancellationError` when the task was cancelled: then the wait ends at once.
    public func drain() async throws {
        try await awaiting { try await self.drainUntil(wait: $0) ? () : nil }
    }
}
