//! What some editors and servers put before a text.

const BYTE_ORDER_MARK: &str = "\u{feff}";

/// A text without the U+FEFF that some editors and servers put before it. It goes before any text
/// is parsed; a second one is a part of the text.
///
/// # Example
///
/// ```
/// use leadsquared_webhooks_core::without_byte_order_mark;
///
/// assert_eq!(without_byte_order_mark("\u{feff}{}"), "{}");
/// assert_eq!(without_byte_order_mark("{}\u{feff}"), "{}\u{feff}");
/// ```
#[must_use]
pub fn without_byte_order_mark(text: &str) -> &str {
    text.strip_prefix(BYTE_ORDER_MARK).unwrap_or(text)
}

/// The same of bytes that need not be a text.
pub(crate) fn skip(bytes: &[u8]) -> &[u8] {
    bytes.strip_prefix(BYTE_ORDER_MARK.as_bytes()).unwrap_or(bytes)
}
