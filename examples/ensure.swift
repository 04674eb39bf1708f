import LeadSquaredWebhooks

let client = try Client.fromEnv()
let draft = WebhookDraft(url: "https://example.com/hooks", trigger: .leadCreate, description: "new leads")
do {
    let ensured = try await client.ensure(draft)
    switch ensured.change {
    case .existed: print("\(ensured.id) was there")
    case .created: print("\(ensured.id) was created")
    case .updated(let differences): print("\(ensured.id) was updated: \(differences)")
    case .disabled(let status): print("\(ensured.id) does not deliver: \(status); enable it in the vendor's UI")
    }
    if !ensured.surplus.isEmpty { print("twins: \(ensured.surplus)") }
} catch let error as WebhookError {
    guard let ticket = error.ticket else { throw error }
    print("look later: \(ticket.toJson())")
}
for webhook in try await client.list(WebhookFilter(event: .leadCreate)) {
    print(webhook.url ?? "-", webhook.status ?? .enabled)
}
