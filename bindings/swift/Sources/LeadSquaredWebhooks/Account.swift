extension WebhookFilter {
    /// Which webhooks are asked for, by their event.
    ///
    /// - Parameters:
    ///   - event: Those that listen to this one.
    ///   - status: Those of this status.
    ///   - text: Those in which this text is found; in which of their members the vendor looks is
    ///     unknown.
    public init(event: Event, status: WebhookStatus? = nil, text: String? = nil) {
        let name = events().first { $0.event == event }?.retrieveName
        self.init(event: name, status: status, id: nil, text: text)
    }
}

extension Client {
    /// The webhooks that match a filter: `POST /v2/Webhook.svc/Retrieve`, documented. Pages are
    /// fetched as needed; a list of several pages is read until two consecutive readings agree.
    ///
    /// A webhook that was created a moment ago may be missing: how late a list is, is unknown.
    ///
    /// ```swift
    /// for webhook in try await client.list(WebhookFilter(event: .leadCreate)) { print(webhook.id, webhook.url ?? "") }
    /// ```
    ///
    /// - Parameter filter: Which are asked for; all of them by default.
    /// - Throws: ``WebhookError``, as ``create(_:options:)``; a read may always be repeated. The
    ///   kind is `listUnstable` when the list keeps changing, `listIncomplete` when its pages do
    ///   not hold what they say. `CancellationError` when the task was cancelled.
    public func list(_ filter: WebhookFilter = WebhookFilter()) async throws -> [Webhook] {
        try await awaiting { try await self.listUntil(filter: filter, wait: $0) }
    }

    /// The webhook of this id; `nil` when the list does not show it.
    ///
    /// - Parameter id: The ID that LeadSquared assigned.
    /// - Throws: As ``list(_:)``.
    public func get(_ id: String) async throws -> Webhook? {
        try await waiting { try await self.getUntil(id: id, wait: $0) }
    }

    /// Replaces a webhook, whole: `POST /v2/Webhook.svc/Update`, documented; that nothing of the
    /// old one stays is inferred. It may be repeated, and is, after a lost answer. Cancelling the
    /// task does not cancel the update once it was sent.
    ///
    /// - Parameters:
    ///   - id: The ID that LeadSquared assigned.
    ///   - draft: What it is to be.
    /// - Throws: ``WebhookError``; unknown when an answer was lost and no later attempt succeeded:
    ///   the old or the new webhook exists.
    public func update(_ id: String, _ draft: WebhookDraft) async throws -> Changed {
        try await awaiting { try await self.updateUntil(id: id, draft: draft, wait: $0) }
    }

    /// Deletes a webhook: `GET /v2/Webhook.svc/Delete`, documented, confirmed by reading, for what
    /// it answers is unknown. Cancelling the task does not cancel the delete once it was sent.
    ///
    /// - Parameter id: The ID that LeadSquared assigned.
    /// - Throws: ``WebhookError``; unknown when the list goes on showing it (the kind is
    ///   `stillListed`) or cannot be read (the kind is `unconfirmed`).
    public func delete(_ id: String) async throws -> Changed {
        try await awaiting { try await self.deleteUntil(id: id, wait: $0) }
    }

    /// Creates a webhook and reads it back: event, URL, status and properties are compared. This
    /// alone says which of the two tables of event codes an account follows.
    ///
    /// Cancelling the task ends the wait and the reading; of the create it means the same as for
    /// ``create(_:options:)``.
    ///
    /// ```swift
    /// let draft = WebhookDraft(url: "https://example.com", trigger: .opportunityCreate(opportunityTypes: ["12000"]))
    /// let result = try await client.createVerified(draft, onMismatch: .rollBack)
    /// print(result.action, result.state, result.differences)
    /// ```
    ///
    /// - Parameters:
    ///   - draft: What is to be created.
    ///   - onMismatch: What is done about a webhook that was created with a different event or URL.
    /// - Returns: What was created and its state: a mismatch when something else was created.
    /// - Throws: ``WebhookError``, as ``create(_:options:)``; the kind is `unconfirmed`, with the
    ///   id, when the list could not be read.
    public func createVerified(_ draft: WebhookDraft, onMismatch: OnMismatch = .keep) async throws -> Reconciled {
        try await awaiting { try await self.createVerifiedUntil(draft: draft, onMismatch: onMismatch, wait: $0) }
    }

    /// Finds out what became of a create by reading.
    ///
    /// **An empty list at once proves nothing**: the call may still be on its way, and the list may
    /// be late. Only after the consistency window does "not there" mean "not applied". Cancelling
    /// the task ends the reading at once.
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
    ///   - ticket: That of the error, of a pending call, or one that was stored.
    ///   - options: How long is read.
    ///   - progress: Told of waits in a thread of the library's.
    /// - Returns: The webhook and its state: absent when the create was not applied, unverified
    ///   when it is too early to say. Several such webhooks are the first and its duplicates.
    /// - Throws: As ``list(_:)``.
    public func resolve(
        _ ticket: Ticket, options: ResolveOptions? = nil, progress: (@Sendable (RunProgress) -> Void)? = nil
    ) async throws -> Reconciled {
        let listener = progress.map { Listening(report: $0) }
        return try await awaiting {
            try await self.resolveUntil(ticket: ticket, options: options, progress: listener, wait: $0)
        }
    }

    /// Ensures that one webhook of this event, URL and properties exists: declarative, and safe to
    /// run again.
    ///
    /// It lists first, creates only what is known not to be there, and reads back what it made; the
    /// webhook of a lost answer is looked for until it shows up or the consistency window is over.
    /// A webhook that is found is adopted as it is and its differences are listed, unless
    /// `overwrite` is set; one that was created with another event or URL is deleted again. A
    /// webhook that was found disabled is not as desired, because only a person can enable it.
    ///
    /// Runs of one identity on one client go one after another. **Several clients at once** may
    /// each list, see nothing and create. Each then sees the other's on reading back, unless the
    /// list is later than that; the one whose id is the greater deletes its own.
    ///
    /// Cancelling the task ends the run at once: a create that was not sent is withdrawn, one that
    /// was goes on, and shows in ``pending()`` with its ticket.
    ///
    /// ```swift
    /// let result = try await client.ensure(WebhookDraft(url: "https://example.com/hooks", trigger: .leadCreate))
    /// print(result.id ?? "-", result.action, "as desired:", result.isOk)
    /// ```
    ///
    /// - Parameters:
    ///   - draft: What is to exist.
    ///   - options: How it is gone about.
    ///   - progress: Told of waits in a thread of the library's.
    /// - Throws: ``WebhookError`` with the outcome of the whole run: unknown with a ticket when
    ///   creates were lost time and again, with an id when a webhook was created and could not be
    ///   read back.
    public func ensure(
        _ draft: WebhookDraft, options: EnsureOptions? = nil, progress: (@Sendable (RunProgress) -> Void)? = nil
    ) async throws -> Reconciled {
        let listener = progress.map { Listening(report: $0) }
        return try await awaiting {
            try await self.ensureUntil(draft: draft, options: options, progress: listener, wait: $0)
        }
    }
}
