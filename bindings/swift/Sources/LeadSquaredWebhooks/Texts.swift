extension WebhookError: CustomStringConvertible {}

extension ConfigError: CustomStringConvertible {}

extension CustomHeader: CustomReflectable {
    /// The name alone: what shows all that a value holds shows no secret either.
    public var customMirror: Mirror {
        Mirror(self, children: ["name": name])
    }
}
