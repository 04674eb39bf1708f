import Foundation
import LeadSquaredWebhooks
import XCTest

private let draft = WebhookDraft(url: "https://example.com/hooks", trigger: .leadCreate, description: "calls")

/// How long a create may still show up; the sandbox shows a late one before that.
private let settling = 0.4
private let late = #""on": "create", "visible_after_ms": 100"#

final class LifeTests: XCTestCase {
    private func ticket(_ client: Client) async throws -> Ticket {
        let error = try await failure { try await client.create(draft) }
        return try XCTUnwrap(error.ticket)
    }

    func testAListHoldsAllPagesOfWhatItsFilterLetsThrough() async throws {
        let sandbox = try Sandbox("--quota", "1000/1")
        let client = try sandbox.client()
        let created = try await withThrowingTaskGroup(of: String.self) { group in
            for _ in 0..<105 { group.addTask { try await client.create(draft).id } }
            return try await group.reduce(into: Set()) { $0.insert($1) }
        }
        var update = draft
        update.trigger = .leadUpdate
        let other = try await client.create(update).id
        let creates = try await client.list(WebhookFilter(event: .leadCreate))
        XCTAssertEqual(Set(creates.map(\.id)), created)
        XCTAssertEqual(creates.count, 105)
        let all = try await client.list()
        XCTAssertEqual(Set(all.map(\.id)), created.union([other]))
        try await sandbox.status(other, 2)
        let disabled = try await client.list(WebhookFilter(status: .disabledByFailures))
        XCTAssertEqual(disabled.map(\.id), [other])
        XCTAssertEqual(disabled.map(\.event), ["Lead_Post_Update"])
        for (field, filter) in ["event": WebhookFilter(event: " "), "id": WebhookFilter(id: " ")] {
            let error = try await failure { try await client.list(filter) }
            XCTAssertEqual(error.violations.map(\.field), [field])
        }
        let isClean = try await sandbox.isClean()
        XCTAssertTrue(isClean)
    }

    func testAWebhookIsReadReplacedAndDeleted() async throws {
        let sandbox = try Sandbox()
        let client = try sandbox.client()
        XCTAssertFalse(client.mayHaveChanged())
        let id = try await client.create(draft).id
        XCTAssertTrue(client.mayHaveChanged())
        let read = try await client.get(id)
        let webhook = try XCTUnwrap(read)
        XCTAssertEqual(webhook.url, draft.url)
        XCTAssertEqual(webhook.description, "calls")
        XCTAssertEqual(webhook.event, "Lead_Post_Create")
        XCTAssertEqual(webhook.status, .enabled)
        var moved = draft
        moved.url = "https://example.com/moved"
        let changed = try await client.update(id, moved)
        XCTAssertEqual(changed.id, id)
        XCTAssertEqual(changed.attempts.map(\.result), ["ok"])
        let url = try await client.get(id)?.url
        XCTAssertEqual(url, moved.url)
        let deleted = try await client.delete(id)
        XCTAssertEqual(deleted.id, id)
        let gone = try await client.get(id)
        XCTAssertNil(gone)
        let error = try await failure { try await client.get(" ") }
        XCTAssertEqual(error.violations.map(\.field), ["id"])
    }

    func testAnUpdateWhoseAnswerIsLostIsSentAgain() async throws {
        let sandbox = try Sandbox()
        let client = try sandbox.client()
        let id = try await client.create(draft).id
        try await sandbox.fault(#"{"fault": "apply_then_500", "on": "update"}"#)
        let changed = try await client.update(id, draft)
        XCTAssertEqual(changed.attempts.map(\.result), ["server", "ok"])
    }

    func testAVerifiedCreateTellsWhatWasCreatedAndUndoesWhatWasNotAskedFor() async throws {
        let sandbox = try Sandbox("--codes", "observed")
        let client = try sandbox.client()
        var opportunity = draft
        opportunity.trigger = .opportunityCreate(opportunityTypes: ["12000"])
        let undone = try await failure(Mismatch.self) { [opportunity] in
            try await client.createVerified(opportunity, onMismatch: .undo)
        }
        XCTAssertEqual(
            undone.differences,
            [Difference(field: "event", asked: "Opportunity_Post_Create", got: "Opportunity_Post_Delete")])
        XCTAssertEqual(undone.got.id, undone.id)
        XCTAssertEqual(undone.got.event, "Opportunity_Post_Delete")
        XCTAssertTrue(undone.undone)
        XCTAssertEqual(undone.attempts.count, 1)
        XCTAssertEqual("\(undone)", undone.detail)
        XCTAssertEqual(undone.localizedDescription, undone.detail)
        let none = try await sandbox.webhookIds()
        XCTAssertEqual(none, [])

        let kept = try await failure(Mismatch.self) { [opportunity] in try await client.createVerified(opportunity) }
        XCTAssertFalse(kept.undone)
        let ids = try await sandbox.webhookIds()
        XCTAssertEqual(ids, [kept.id])

        let same = try await client.createVerified(draft)
        XCTAssertEqual(same.verification, .same)
        try await sandbox.fault(#"{"fault": "late_visibility", "ms": 3600000}"#)
        let unseen = try await client.createVerified(draft)
        XCTAssertEqual(unseen.verification, .unverified(why: .notSeen))
    }

    func testAnAnswerThatIsLostIsResolvedFromTheTicketsJSONByAnotherClient() async throws {
        let sandbox = try Sandbox()
        let client = try sandbox.client()
        try await sandbox.fault(#"{"fault": "apply_then_close", \#(late)}"#)
        let ticket = try await ticket(client)
        let stored = try Ticket.fromJson(json: ticket.toJson())
        XCTAssertEqual(stored.toJson(), ticket.toJson())
        let resolution = try await sandbox.client().resolve(stored)
        guard case .found(let webhook) = resolution else { return XCTFail("\(resolution)") }
        let ids = try await sandbox.webhookIds()
        XCTAssertEqual(ids, [webhook.id])

        _ = try await client.create(draft)
        let twins = try await client.resolve(stored)
        guard case .several(let webhooks) = twins else { return XCTFail("\(twins)") }
        XCTAssertEqual(webhooks.count, 2)
        let error = try await failure { try Ticket.fromJson(json: "{}") }
        XCTAssertEqual(error.violations.map(\.field), ["ticket"])
    }

    func testWhatWasNotAppliedIsAbsentOnlyAfterTheSettlingTime() async throws {
        let sandbox = try Sandbox()
        let client = try sandbox.client()
        try await sandbox.fault(#"{"fault": "close_before_apply"}"#)
        let ticket = try await ticket(client)
        let early = try await client.resolve(ticket, options: ResolveOptions(patience: 0))
        guard case .notSeen = early else { return XCTFail("\(early)") }
        let settled = try await client.resolve(ticket, options: ResolveOptions(settling: settling))
        XCTAssertEqual(settled, .absent)
    }

    func testEnsureLeavesOneWebhookWhateverGoesWrongAndSaysWhatItDid() async throws {
        let sandbox = try Sandbox("--quota", "1000/1")
        let client = try sandbox.client(timeout: 0.5)
        let options = EnsureOptions(settling: settling)
        for fault in [
            "close_before_apply", "apply_then_close", "apply_then_500", "apply_then_stall", "stall", "truncated",
        ] {
            var wanted = draft
            wanted.url = "https://example.com/\(fault)"
            try await sandbox.fault(#"{"fault": "\#(fault)", \#(late)}"#)
            let ensured = try await client.ensure(wanted, options: options)
            guard case .created = ensured.change else { return XCTFail("\(fault): \(ensured.change)") }
            let ids = try await sandbox.webhookIds(url: wanted.url)
            XCTAssertEqual(ids, [ensured.id], fault)
            let again = try await client.ensure(wanted, options: options)
            XCTAssertEqual(again.id, ensured.id)
            XCTAssertEqual(again.change, .existed, fault)
        }
        XCTAssertTrue(client.pending().isEmpty)
    }

    func testEnsureTellsWhatItFoundUpdatesWhatDiffersAndTakesTickets() async throws {
        let sandbox = try Sandbox()
        let client = try sandbox.client()
        try await sandbox.fault(#"{"fault": "apply_then_close", \#(late)}"#)
        let ticket = try await ticket(client)
        let first = try await client.ensure(draft, options: EnsureOptions(tickets: [ticket]))
        let ids = try await sandbox.webhookIds()
        XCTAssertEqual(ids, [first.id])

        var described = draft
        described.description = "all calls"
        let updated = try await client.ensure(described)
        XCTAssertEqual(updated.id, first.id)
        XCTAssertEqual(
            updated.change,
            .updated(differences: [Difference(field: "description", asked: "all calls", got: "calls")]))

        let twin = try await client.create(described).id
        let surplus = try await client.ensure(described)
        XCTAssertEqual(Set(surplus.surplus + [surplus.id]), [first.id, twin])
        _ = try await client.delete(twin)

        try await sandbox.status(first.id, 2)
        let disabled = try await client.ensure(draft)
        XCTAssertEqual(disabled.change, .disabled(status: .disabledByFailures))
    }
}
