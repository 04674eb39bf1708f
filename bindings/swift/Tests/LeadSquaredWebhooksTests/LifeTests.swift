import Foundation
import LeadSquaredWebhooks
import XCTest

private let draft = WebhookDraft(url: "https://example.com/hooks", trigger: .leadCreate, description: "calls")

/// The consistency window; the sandbox shows delayed creates before it has passed.
private let window = 0.4
private let late = #""on": "create", "visible_after_ms": 100"#

final class LifeTests: XCTestCase {
    private func ticket(_ client: Client) async throws -> Ticket {
        let error = try await failure { try await client.create(draft) }
        return try XCTUnwrap(error.failure?.ticket)
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

    func testAVerifiedCreateSaysWhatWasCreatedAndAMismatchIsRolledBackWhenAsked() async throws {
        let sandbox = try Sandbox("--codes", "observed")
        let client = try sandbox.client()
        var opportunity = draft
        opportunity.trigger = .opportunityCreate(opportunityTypes: ["12000"])
        let rolledBack = try await client.createVerified(opportunity, onMismatch: .rollBack)
        XCTAssertEqual(
            rolledBack.differences,
            [
                Difference(
                    field: "event", kind: .differs, desired: "Opportunity_Post_Create",
                    found: "Opportunity_Post_Delete")
            ])
        XCTAssertEqual(rolledBack.action, .rolledBack)
        XCTAssertFalse(rolledBack.isOk)
        XCTAssertEqual(rolledBack.removed.count, 1)
        let none = try await sandbox.webhookIds()
        XCTAssertEqual(none, [])

        let kept = try await client.createVerified(opportunity)
        XCTAssertEqual(kept.state, .mismatch)
        XCTAssertFalse(kept.isOk)
        let ids = try await sandbox.webhookIds()
        XCTAssertEqual(ids, [kept.id])

        let same = try await client.createVerified(draft)
        XCTAssertEqual(same.state, .delivering)
        XCTAssertTrue(same.isOk)
        XCTAssertEqual(same.attempts.first?.operation, .create)
        try await sandbox.fault(#"{"fault": "late_visibility", "ms": 3600000}"#)
        let unseen = try await client.createVerified(draft)
        XCTAssertEqual(unseen.state, .unverified(why: .notSeen))
        XCTAssertFalse(unseen.isOk)
        XCTAssertNotNil(unseen.id)
    }

    func testEnsureRollsAMismatchBackOrKeepsItWhenAsked() async throws {
        let sandbox = try Sandbox("--codes", "observed")
        let client = try sandbox.client()
        var opportunity = draft
        opportunity.trigger = .opportunityCreate(opportunityTypes: ["12000"])
        let rolledBack = try await client.ensure(opportunity)
        XCTAssertEqual(rolledBack.action, .rolledBack)
        XCTAssertFalse(rolledBack.isOk)
        let none = try await sandbox.webhookIds()
        XCTAssertEqual(none, [])
        let kept = try await client.ensure(opportunity, options: EnsureOptions(keepMismatch: true))
        XCTAssertEqual(kept.action, .created)
        XCTAssertEqual(kept.state, .mismatch)
        let ids = try await sandbox.webhookIds()
        XCTAssertEqual(ids, [kept.id])
    }

    func testAnAnswerThatIsLostIsResolvedFromTheTicketsJSONByAnotherClient() async throws {
        let sandbox = try Sandbox()
        let client = try sandbox.client()
        try await sandbox.fault(#"{"fault": "apply_then_close", \#(late)}"#)
        let ticket = try await ticket(client)
        let stored = try Ticket.fromJson(json: ticket.toJson())
        XCTAssertEqual(stored.toJson(), ticket.toJson())
        let found = try await sandbox.client().resolve(stored)
        let ids = try await sandbox.webhookIds()
        XCTAssertEqual(ids, [found.id])
        XCTAssertEqual(found.state, .delivering)
        XCTAssertTrue(found.isOk)

        _ = try await client.create(draft)
        let duplicates = try await client.resolve(stored).duplicates
        XCTAssertEqual(duplicates.count, 1)
        let error = try await failure { try Ticket.fromJson(json: "{}") }
        XCTAssertEqual(error.violations.map(\.field), ["ticket"])
    }

    func testWhatWasNotAppliedIsAbsentOnlyAfterTheConsistencyWindowAndTheWaitIsReported() async throws {
        let sandbox = try Sandbox()
        let client = try sandbox.client()
        try await sandbox.fault(#"{"fault": "close_before_apply"}"#)
        let ticket = try await ticket(client)
        let early = try await client.resolve(ticket, options: ResolveOptions(maxWait: 0))
        XCTAssertEqual(early.state, .unverified(why: .notSeen))
        let (waits, reports) = AsyncStream<RunProgress>.makeStream()
        let absent = try await client.resolve(ticket, options: ResolveOptions(consistencyWindow: window)) {
            reports.yield($0)
        }
        XCTAssertEqual(absent.state, .absent)
        XCTAssertNil(absent.id)
        let wait = try await waits.next()
        guard case .waiting("", "Lead_Post_Create", draft.url, .lostCreate, let time, let atMost) = wait else {
            return XCTFail("\(wait)")
        }
        XCTAssertLessThanOrEqual(time, atMost)
        XCTAssertLessThanOrEqual(atMost, window)
    }

    func testEnsureLeavesOneWebhookWhateverGoesWrongAndSaysWhatItDid() async throws {
        let sandbox = try Sandbox("--quota", "1000/1")
        let client = try sandbox.client(timeout: 0.5)
        let options = EnsureOptions(consistencyWindow: window)
        for fault in [
            "close_before_apply", "apply_then_close", "apply_then_500", "apply_then_stall", "stall", "truncated",
        ] {
            var desired = draft
            desired.url = "https://example.com/\(fault)"
            try await sandbox.fault(#"{"fault": "\#(fault)", \#(late)}"#)
            let created = try await client.ensure(desired, options: options)
            XCTAssertEqual(created.action, .created, fault)
            XCTAssertTrue(created.isOk, fault)
            let ids = try await sandbox.webhookIds(url: desired.url)
            XCTAssertEqual(ids, [created.id], fault)
            let again = try await client.ensure(desired, options: options)
            XCTAssertEqual(again.id, created.id)
            XCTAssertEqual(again.action, .existed, fault)
        }
        XCTAssertTrue(client.pending().isEmpty)
    }

    func testEnsureAdoptsWhatItFindsAndReplacesWhatDiffersOnlyWhenAsked() async throws {
        let sandbox = try Sandbox()
        let client = try sandbox.client()
        try await sandbox.fault(#"{"fault": "apply_then_close", \#(late)}"#)
        let ticket = try await ticket(client)
        let first = try await client.ensure(draft, options: EnsureOptions(tickets: [ticket]))
        let ids = try await sandbox.webhookIds()
        XCTAssertEqual(ids, [first.id])

        var described = draft
        described.description = "all calls"
        described.customHeaders = [CustomHeader(name: "x-api-key", value: "v")]
        let adopted = try await client.ensure(described)
        XCTAssertEqual(adopted.id, first.id)
        XCTAssertEqual(adopted.action, .existed)
        XCTAssertTrue(adopted.isOk)
        XCTAssertEqual(
            adopted.differences,
            [
                Difference(field: "description", kind: .differs, desired: "all calls", found: "calls"),
                Difference(field: "custom_headers", kind: .notObservable, desired: "x-api-key", found: nil),
            ])
        XCTAssertTrue(adopted.hasUnobservable)
        XCTAssertFalse(adopted.changes)
        let updated = try await client.ensure(described, options: EnsureOptions(overwrite: true))
        XCTAssertEqual(updated.id, first.id)
        XCTAssertEqual(updated.action, .updated)
        XCTAssertTrue(updated.isOk)
        let description = try await client.get(ids[0])?.description
        XCTAssertEqual(description, "all calls")
    }

    func testEnsureReportsDuplicatesAndWhatItFoundDisabledIsNotAsDesired() async throws {
        let sandbox = try Sandbox()
        let client = try sandbox.client()
        let first = try await client.create(draft).id
        let second = try await client.create(draft).id
        let found = try await client.ensure(draft)
        XCTAssertEqual(Set(found.duplicates + [found.id ?? "-"]), [first, second])
        _ = try await client.delete(second)

        try await sandbox.status(first, 2)
        let disabled = try await client.ensure(draft)
        XCTAssertEqual(disabled.state, .disabled(status: .disabledByFailures))
        XCTAssertEqual(disabled.action, .existed)
        XCTAssertFalse(disabled.isOk)
    }

    func testAnEnsureThatCreatedAndThenCouldNotReadSaysWhichWebhookWithItsTicket() async throws {
        let server = try ScriptedServer()
        defer { server.stop() }
        let client = try server.client()
        server.answer(200, nothing)
        server.answer(200, success)
        for _ in 0..<9 {
            server.answer(401, #"{"Status":"Error","ExceptionType":"MXInvalidCredentialsException"}"#)
        }
        let error = try await failure { try await client.ensure(draft) }
        guard case .unknown(_, let failure) = error else { return XCTFail("\(error)") }
        XCTAssertTrue(failure.mayHaveBeenApplied)
        XCTAssertEqual(failure.id, "b1c420d7-9c3e-11e7-b0ab-02e89b2fb8f4")
        XCTAssertEqual(failure.ticket?.toJson().contains(draft.url), true)
        XCTAssertEqual(failure.kind, .unconfirmed)
        XCTAssertEqual(failure.attempts.prefix(3).map(\.operation), [.retrieve, .create, .retrieve])
    }
}
