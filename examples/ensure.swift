import LeadSquaredWebhooks

let client = try Client.fromEnv()
let draft = WebhookDraft(url: "https://example.com/hooks", trigger: .leadCreate, description: "new leads")
do {
    let result = try await client.ensure(draft)
    print("\(result.id ?? "-") \(result.action)")
    if !result.isOk { print("not as desired: \(result.state)") }  // a disabled one is enabled in LeadSquared's UI
    if !result.duplicates.isEmpty { print("duplicates: \(result.duplicates)") }
} catch let error as WebhookError {
    guard let ticket = error.failure?.ticket else { throw error }
    print("resolve it later: \(ticket.toJson())")
}
for webhook in try await client.list(WebhookFilter(event: .leadCreate)) {
    print(webhook.url ?? "-", webhook.status ?? .enabled)
}
