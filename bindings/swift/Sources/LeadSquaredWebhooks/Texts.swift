extension WebhookError: CustomStringConvertible {}

extension ConfigError: CustomStringConvertible {}

extension CustomHeader: CustomReflectable {
    /// Reflects the name only, so that reflection, such as `dump`, does not show the secret either.
    public var customMirror: Mirror {
        Mirror(self, children: ["name": name])
    }
}
