extension WebhookFilter {
    /// Creates a filter for webhooks of one event.
    ///
    /// - Parameters:
    ///   - event: Webhooks that listen to this event.
    ///   - status: Webhooks with this status.
    ///   - text: Webhooks whose name or description contains this text, *documented*. URLs are not
    ///     searched.
    public init(event: Event, status: WebhookStatus? = nil, text: String? = nil) {
        let name = events().first { $0.event == event }?.retrieveName
        self.init(event: name, status: status, id: nil, text: text)
    }
}

extension Client {
    /// Lists the webhooks that match a filter: `POST /v2/Webhook.svc/Retrieve`, *documented*. Pages
    /// are fetched as needed. A list of several pages is read until two consecutive readings agree.
    ///
    /// A webhook that was just created may be missing: the delay of a list is unknown.
    ///
    /// ```swift
    /// for webhook in try await client.list(WebhookFilter(event: .leadCreate)) {
    ///     print(webhook.id, webhook.url ?? "")
    /// }
    /// ```
    ///
    /// - Parameter filter: Which webhooks to list. Default: all of them.
    /// - Throws: ``WebhookError``, as ``create(_:options:)`` does; a read may always be retried.
    ///   The kind is `listUnstable` when the list keeps changing, `listIncomplete` when its pages
    ///   do not match its record count. `CancellationError` when the task was cancelled.
    public func list(_ filter: WebhookFilter = WebhookFilter()) async throws -> [Webhook] {
        try await awaiting { try await self.listUntil(filter: filter, wait: $0) }
    }

    /// Reads one webhook; `nil` when the list does not show it.
    ///
    /// - Parameter id: The ID that LeadSquared assigned.
    /// - Throws: ``WebhookError``, as ``list(_:)`` does.
    public func get(_ id: String) async throws -> Webhook? {
        try await waiting { try await self.getUntil(id: id, wait: $0) }
    }

    /// Replaces a webhook completely: `POST /v2/Webhook.svc/Update`, *documented*; that no part of
    /// the old one remains is *inferred*. An update is idempotent, and is retried after a lost
    /// response. Cancelling the task does not cancel an update that was sent.
    ///
    /// - Parameters:
    ///   - id: The ID that LeadSquared assigned.
    ///   - draft: The new content.
    /// - Throws: ``WebhookError``; unknown when a response was lost and no later attempt succeeded:
    ///   either the old or the new webhook exists.
    public func update(_ id: String, _ draft: WebhookDraft) async throws -> Changed {
        try await awaiting { try await self.updateUntil(id: id, draft: draft, wait: $0) }
    }

    /// Deletes a webhook: `GET /v2/Webhook.svc/Delete`, *documented*. The delete is confirmed by
    /// reading, because the format of its response is unknown. Cancelling the task does not cancel
    /// a delete that was sent.
    ///
    /// - Parameter id: The ID that LeadSquared assigned.
    /// - Throws: ``WebhookError``; unknown when the list still shows it (the kind is `stillListed`)
    ///   or cannot be read (the kind is `unconfirmed`).
    public func delete(_ id: String) async throws -> Changed {
        try await awaiting { try await self.deleteUntil(id: id, wait: $0) }
    }

    /// Creates a webhook and reads it back: event, URL, status and properties are compared. This is
    /// the only way to find out which of the two tables of event codes an account uses.
    ///
    /// Cancelling the task ends the wait and the reading. For the create it has the same effect as
    /// for ``create(_:options:)``.
    ///
    /// ```swift
    /// let trigger = Trigger.opportunityCreate(opportunityTypes: ["12000"])
    /// let draft = WebhookDraft(url: "https://example.com", trigger: trigger)
    /// let result = try await client.createVerified(draft, onMismatch: .rollBack)
    /// print(result.action, result.state, result.differences)
    /// ```
    ///
    /// - Parameters:
    ///   - draft: The webhook to create.
    ///   - onMismatch: The reaction to a webhook that was created with a different event or URL.
    /// - Returns: The webhook and its state: a mismatch when its event or URL differs.
    /// - Throws: ``WebhookError``, as ``create(_:options:)`` does; the kind is `unconfirmed`, with
    ///   the ID, when the list could not be read.
    public func createVerified(_ draft: WebhookDraft, onMismatch: OnMismatch = .keep) async throws -> Reconciled {
        try await awaiting { try await self.createVerifiedUntil(draft: draft, onMismatch: onMismatch, wait: $0) }
    }

    /// Resolves a create whose outcome is unknown, by listing.
    ///
    /// **A single empty list proves nothing**: the request may still be in flight, and the list may
    /// be delayed. Only after the consistency window does "not listed" mean "not applied".
    /// Cancelling the task ends the reading immediately.
    ///
    /// ```swift
    /// do {
    ///     _ = try await client.create(draft)
    /// } catch let error as WebhookError {
    ///     if let ticket = error.failure?.ticket { print(try await client.resolve(ticket).state) }
    /// }
    /// ```
    ///
    /// - Parameters:
    ///   - ticket: The ticket of the error or of a pending call, or a stored one.
    ///   - options: How long to search.
    ///   - progress: Receives each wait, on a thread of the library.
    /// - Returns: The webhook and its state: absent when the create was not applied, unverified
    ///   when it is too early to say. If there are several such webhooks, the others are its
    ///   duplicates.
    /// - Throws: ``WebhookError``, as ``list(_:)`` does.
    public func resolve(
        _ ticket: Ticket, options: ResolveOptions? = nil, progress: (@Sendable (RunProgress) -> Void)? = nil
    ) async throws -> Reconciled {
        let listener = progress.map { Listening(report: $0) }
        return try await awaiting {
            try await self.resolveUntil(ticket: ticket, options: options, progress: listener, wait: $0)
        }
    }

    /// Ensures that one webhook with this event, URL and properties exists: declarative, safe to
    /// run again.
    ///
    /// It lists first, creates only what is known to be absent, and reads back what it created.
    /// After a lost response, it searches for the webhook until it appears or the consistency
    /// window has passed. An existing webhook is adopted unchanged and its differences are listed,
    /// unless `overwrite` is set. A webhook that was created with a different event or URL is
    /// deleted again. A disabled webhook is not as desired, because only a person can enable it.
    ///
    /// Concurrent runs for the same identity on one client are serialized. **Several concurrent
    /// clients** may each list, see nothing and create. Each then sees the other's webhook when it
    /// reads back, unless the list is delayed further; the client whose webhook has the greater ID
    /// deletes it.
    ///
    /// Cancelling the task ends the run immediately. A create that was not sent is withdrawn; one
    /// that was sent continues, and appears in ``pending()`` with its ticket.
    ///
    /// ```swift
    /// let draft = WebhookDraft(url: "https://example.com/hooks", trigger: .leadCreate)
    /// let result = try await client.ensure(draft)
    /// print(result.id ?? "-", result.action, "as desired:", result.isOk)
    /// ```
    ///
    /// - Parameters:
    ///   - draft: The desired webhook.
    ///   - options: Options of the run.
    ///   - progress: Receives each wait, on a thread of the library.
    /// - Throws: ``WebhookError`` with the outcome of the whole run: unknown with a ticket when the
    ///   responses to creates were lost repeatedly, with an ID when a webhook was created and could
    ///   not be read back.
    public func ensure(
        _ draft: WebhookDraft, options: EnsureOptions? = nil, progress: (@Sendable (RunProgress) -> Void)? = nil
    ) async throws -> Reconciled {
        let listener = progress.map { Listening(report: $0) }
        return try await awaiting {
            try await self.ensureUntil(draft: draft, options: options, progress: listener, wait: $0)
        }
    }
}
