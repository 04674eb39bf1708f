import LeadSquaredWebhooks

let client = try Client.fromEnv()  // LEADSQUARED_HOST, LEADSQUARED_ACCESS_KEY, LEADSQUARED_SECRET_KEY
let draft = WebhookDraft(
    url: "https://example.com/hooks", trigger: .leadActivityCreate(activity: "22"), description: "calls")
do {
    print("created \(try await client.create(draft).id)")
} catch let error as WebhookError {
    switch error {
    case .invalid: print("fix the request: \(error.violations)")
    case .notSent: print("try again: \(error)")
    case .refused: print("fix the request: \(error)")
    case .unknown: print("check whether it exists before retrying: \(error)")
    }
}
