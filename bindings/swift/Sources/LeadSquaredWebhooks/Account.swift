import Foundation

extension WebhookFilter {
    /// Which webhooks are asked for, by their event.
    ///
    /// - Parameters:
    ///   - event: Those that listen to this one.
    ///   - status: Those of this status.
    ///   - text: Those in which this text is found; in which of their members the vendor looks is unknown.
    public init(event: Event, status: WebhookStatus? = nil, text: String? = nil) {
        let name = events().first { $0.event == event }?.retrieveName
        self.init(event: name, status: status, id: nil, text: text)
    }
}

extension Client {
    /// The webhooks that a filter lets through: `POST /v2/Webhook.svc/Retrieve`, documented. Pages are fetched as needed;
    /// what they hold together is checked against the number that the API tells.
    ///
    /// A webhook that was created a moment ago may be missing: how late a list is, is unknown.
    ///
    /// ```swift
    /// for webhook in try await client.list(WebhookFilter(event: .leadCreate)) { print(webhook.id, webhook.url ?? "") }
    /// ```
    ///
    /// - Parameter filter: Which are asked for; all of them by default.
    /// - Throws: ``WebhookError``, as ``create(_:options:)``; a read may always be repeated. The reason is `incomplete` when
    ///   the pages do not hold what they say, three times over. `CancellationError` when the task was cancelled.
    public func list(_ filter: WebhookFilter = WebhookFilter()) async throws -> [Webhook] {
        try await awaiting { try await self.listUntil(filter: filter, wait: $0) }
    }

    /// The webhook of this id; `nil` when the list does not show it.
    ///
    /// - Parameter id: The vendor's name for it.
    /// - Throws: As ``list(_:)``.
    public func get(_ id: String) async throws -> Webhook? {
        try await waiting { try await self.getUntil(id: id, wait: $0) }
    }

    /// Replaces a webhook, whole: `POST /v2/Webhook.svc/Update`, documented; that nothing of the old one stays is inferred. It
    /// may be repeated, and is, after a lost answer. Cancelling the task ends the wait and not the update.
    ///
    /// - Parameters:
    ///   - id: The vendor's name for it.
    ///   - draft: What it is to be.
    /// - Throws: ``WebhookError``; unknown when every answer was lost: the old or the new webhook exists.
    public func update(_ id: String, _ draft: WebhookDraft) async throws -> Changed {
        try await awaiting { try await self.updateUntil(id: id, draft: draft, wait: $0) }
    }

    /// Deletes a webhook: `GET /v2/Webhook.svc/Delete`, documented, confirmed by reading, for what it answers is unknown.
    /// Cancelling the task ends the wait and not the delete.
    ///
    /// - Parameter id: The vendor's name for it.
    /// - Throws: ``WebhookError``; unknown when the list goes on showing it (the reason is `stillThere`) or cannot be read (the
    ///   kind is `unconfirmed`).
    public func delete(_ id: String) async throws -> Changed {
        try await awaiting { try await self.deleteUntil(id: id, wait: $0) }
    }

    /// Creates a webhook and reads it back: event, URL, state and properties are compared. This alone tells which of the two
    /// tables of event codes an account follows.
    ///
    /// Cancelling the task ends the wait and the reading, and not the create: see ``create(_:options:)``.
    ///
    /// ```swift
    /// let draft = WebhookDraft(url: "https://example.com", trigger: .opportunityCreate(opportunityTypes: ["12000"]))
    /// let verified = try await client.createVerified(draft, onMismatch: .undo)
    /// print(verified.id, verified.verification)
    /// ```
    ///
    /// - Parameters:
    ///   - draft: What is to be created.
    ///   - onMismatch: What is done about a webhook that was created as something else.
    /// - Throws: ``Mismatch`` when something else exists, or existed until it was undone; ``WebhookError``, as
    ///   ``create(_:options:)``.
    public func createVerified(_ draft: WebhookDraft, onMismatch: OnMismatch = .keep) async throws -> Verified {
        let created = try await awaiting {
            try await self.createVerifiedUntil(draft: draft, onMismatch: onMismatch, wait: $0)
        }
        switch created {
        case .asked(let verified): return verified
        case .somethingElse(let mismatch): throw mismatch
        }
    }

    /// Finds out what became of a create by reading: found, several, not seen yet, or absent.
    ///
    /// **An empty list at once proves nothing**: the call may still be on its way, and the list may be late. Only after the
    /// settling time does "not there" mean "not applied". Cancelling the task ends the looking at once.
    ///
    /// ```swift
    /// do {
    ///     _ = try await client.create(draft)
    /// } catch let error as WebhookError {
    ///     if let ticket = error.ticket { print(try await client.resolve(ticket)) }
    /// }
    /// ```
    ///
    /// - Parameters:
    ///   - ticket: That of the error, of a pending call, or one that was stored.
    ///   - options: How long is looked.
    /// - Throws: As ``list(_:)``.
    public func resolve(_ ticket: Ticket, options: ResolveOptions? = nil) async throws -> Resolution {
        try await awaiting { try await self.resolveUntil(ticket: ticket, options: options, wait: $0) }
    }

    /// Makes sure that one webhook of this event, URL and properties exists, and says what was done: existed, created,
    /// updated, or found disabled, which only a person can mend.
    ///
    /// It looks first, creates only what is surely not there, and reads back what it made; an answer that is lost is looked
    /// for until it shows or the settling time is over. Creates of this client that are under way or unclaimed are waited for.
    /// The custom headers, the content type and the landing pages are not told by the API, so they are not compared:
    /// ``update(_:_:)`` sets them anew.
    ///
    /// **Several at once** may each look, see nothing and create. Each then sees the other's on reading back, unless the list
    /// is later than that, and reports it as surplus; with `removeSurplus` the one whose id is the greater deletes its own.
    ///
    /// Cancelling the task ends the run at once; a create that has left goes on, and shows in ``pending()`` with its ticket.
    ///
    /// ```swift
    /// let ensured = try await client.ensure(WebhookDraft(url: "https://example.com/hooks", trigger: .leadCreate))
    /// print(ensured.id, ensured.change)
    /// ```
    ///
    /// - Parameters:
    ///   - draft: What is to exist.
    ///   - options: How it is gone about.
    /// - Throws: ``WebhookError``, as ``create(_:options:)``; unknown with a ticket when creates were lost time and again.
    public func ensure(_ draft: WebhookDraft, options: EnsureOptions? = nil) async throws -> Ensured {
        try await awaiting { try await self.ensureUntil(draft: draft, options: options, wait: $0) }
    }
}

/// It is thrown, and is no ``WebhookError``, whose four cases say whether a create was applied: here it surely was. And whoever
/// creates without reading back has no branch to write that cannot be taken.
extension Mismatch: Error, LocalizedError, CustomStringConvertible {
    /// All of it, on one line.
    public var description: String { detail }

    /// All of it, on one line.
    public var errorDescription: String? { detail }
}
