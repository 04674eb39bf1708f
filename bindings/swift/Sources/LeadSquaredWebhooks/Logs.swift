/// Reports the log from this level on to a listener, until ``stopLogging()`` or the next listener.
///
/// Lines come in batches, oldest first, in a thread of the library's own, and hold no call up. They
/// hold no key, no header, no query and no body. One listener for the process.
///
/// ```swift
/// try logTo(.debug) { lines in lines.forEach { print($0.at, $0.level, $0.text) } }
/// ```
///
/// - Parameters:
///   - level: How much is told. Default: what a user of the library would ask for.
///   - listener: Is given some lines at a time.
/// - Throws: ``ConfigError`` when the operating system refuses the thread that it needs.
public func logTo(_ level: LogLevel = .info, _ listener: @escaping @Sendable ([LogLine]) -> Void) throws {
    try setLogListener(listener: Listener(tell: listener), level: level)
}

/// Reports the log to nobody any more. Lines that wait are dropped.
///
/// - Throws: ``ConfigError`` when the operating system refuses the thread that it needs.
public func stopLogging() throws {
    try setLogListener(listener: nil, level: .error)
}

private final class Listener: LogListener {
    private let tell: @Sendable ([LogLine]) -> Void

    init(tell: @escaping @Sendable ([LogLine]) -> Void) {
        self.tell = tell
    }

    func lines(lines: [LogLine]) {
        tell(lines)
    }
}
