//! Taking secrets out of texts that a server wrote.

use std::{fmt, sync::Arc};

use secrecy::{ExposeSecret, SecretString};

use crate::{credentials::Credentials, new_webhook::NewWebhook};

/// The secrets of a call: what a server may echo, and what no error of ours may repeat.
///
/// A server's error page can hold the URL that was called, keys included. [`scrub`](Self::scrub) finds each secret as
/// it is, percent-encoded by whatever rules, and escaped for JSON or HTML, and one that the end of the text cuts off. Secrets
/// of fewer than three characters are left alone: they would blot out the text and protect nothing.
///
/// # Example
///
/// ```
/// use leadsquared_webhooks_core::{Credentials, Secrets};
///
/// let secrets = Secrets::of_credentials(&Credentials::parse("u$r-key", "s3cret$")?);
/// assert_eq!(secrets.scrub("GET /?accessKey=u%24r-key failed"), "GET /?accessKey=[REDACTED] failed");
/// assert_eq!(secrets.scrub("nothing here"), "nothing here");
/// # Ok::<(), leadsquared_webhooks_core::InvalidKey>(())
/// ```
#[derive(Clone, Default)]
pub struct Secrets(Vec<Arc<SecretString>>);

const MASK: &str = "[REDACTED]";
const SHORTEST: usize = 3;
/// In bytes: an emoji, percent-encoded three times over.
const LONGEST_ESCAPE: usize = "%2525F0%25259F%2525A6%252580".len();
/// JSON within JSON within JSON spells one backslash as eight.
const MOST_BACKSLASHES: usize = 8;

impl Secrets {
    /// The two keys.
    #[must_use]
    pub fn of_credentials(credentials: &Credentials) -> Self {
        let mut secrets = Self::default();
        secrets.add(credentials.access_key.expose());
        secrets.add(credentials.secret_key.expose());
        secrets
    }

    /// These and the values of a webhook's custom headers.
    #[must_use]
    pub fn and_headers_of(&self, webhook: &NewWebhook) -> Self {
        let mut secrets = self.clone();
        for header in webhook.custom_headers().as_slice() {
            secrets.add(header.value.expose());
        }
        secrets
    }

    /// The text with each secret, in any of its spellings, replaced by `[REDACTED]`.
    #[must_use]
    pub fn scrub(&self, text: &str) -> String {
        let mut found: Vec<_> = self.0.iter().flat_map(|secret| find(secret.expose_secret(), text)).collect();
        found.sort_unstable();
        let mut scrubbed = String::with_capacity(text.len());
        let mut done = 0;
        for (start, end) in found {
            if start >= done {
                scrubbed.extend(text.get(done..start));
                scrubbed.push_str(MASK);
            }
            done = done.max(end);
        }
        scrubbed.extend(text.get(done..));
        scrubbed
    }

    fn add(&mut self, secret: &str) {
        if secret.chars().count() >= SHORTEST {
            self.0.push(Arc::new(SecretString::from(secret)));
        }
    }
}

impl fmt::Debug for Secrets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Secrets({})", self.0.len())
    }
}

/// Where a secret stands, in bytes. Several secrets may overlap.
fn find(secret: &str, text: &str) -> Vec<(usize, usize)> {
    let first = secret.bytes().next();
    let may_begin = |byte: u8| Some(byte) == first || b"+%&\\".contains(&byte);
    let mut found: Vec<(usize, usize)> = Vec::new();
    for (start, _) in text.bytes().enumerate().filter(|(_, byte)| may_begin(*byte)) {
        if found.last().is_none_or(|(_, end)| *end <= start) {
            found.extend(end_of(secret, text, start).map(|end| (start, end)));
        }
    }
    found
}

/// Where a secret ends that begins here. Each of its characters may be spelled in its own way, so all ways are followed at
/// once. A text that ends within the secret counts: the answer was cut off there.
fn end_of(secret: &str, text: &str, start: usize) -> Option<usize> {
    let mut ends = vec![start];
    let mut cut_off = false;
    for (read, c) in secret.chars().enumerate() {
        if ends.is_empty() {
            break;
        }
        let mut further = Vec::new();
        for rest in ends.iter().filter_map(|end| text.get(*end..)) {
            cut_off |= read >= SHORTEST && is_cut_off(rest);
            spellings(c, rest, |length| further.push(text.len() - rest.len() + length));
        }
        further.sort_unstable();
        further.dedup();
        ends = further;
    }
    ends.last().copied().or(cut_off.then_some(text.len()))
}

/// Whether a text ends here, or within an escape.
fn is_cut_off(rest: &str) -> bool {
    let opens = rest.is_empty() || rest.starts_with(['%', '\\', '&', char::REPLACEMENT_CHARACTER]);
    let goes_on = |c: char| c.is_ascii_alphanumeric() || "%\\&#\u{fffd}".contains(c);
    opens && rest.len() < LONGEST_ESCAPE && rest.chars().all(goes_on)
}

/// Tells the length of each spelling of a character that a text begins with: as it is, percent-encoded, a space as a plus, and
/// escaped for JSON or HTML; the first and JSON also several times over.
fn spellings(c: char, text: &str, mut tell: impl FnMut(usize)) {
    if text.starts_with(c) {
        tell(c.len_utf8());
    }
    match text.as_bytes().first() {
        Some(b'+') if c == ' ' => tell(1),
        Some(b'%') => percent(c, text).for_each(tell),
        Some(b'&') => html(c, text).into_iter().for_each(tell),
        Some(b'\\') => {
            let backslashes = text.bytes().take(MOST_BACKSLASHES).take_while(|byte| *byte == b'\\').count();
            if c == '\\' {
                (2..=backslashes).for_each(&mut tell);
            }
            json(c, text, backslashes).into_iter().for_each(tell);
        }
        _ => {}
    }
}

/// `%24`, `%2524`, …: the percent sign itself may be encoded again.
fn percent(c: char, text: &str) -> impl Iterator<Item = usize> {
    (0..=2).filter_map(move |times| {
        let sign = format!("%{}", "25".repeat(times));
        let mut rest = text;
        for byte in c.encode_utf8(&mut [0; 4]).bytes() {
            rest = hex(rest.strip_prefix(&sign)?, 2, byte.into())?;
        }
        Some(text.len() - rest.len())
    })
}

/// `\"`, `\u0024`, and `\\u0024` in JSON within JSON.
fn json(c: char, text: &str, backslashes: usize) -> Option<usize> {
    let mut rest = text.get(backslashes..)?;
    if "\"'/".contains(c) && rest.starts_with(c) {
        return Some(backslashes + 1);
    }
    if c == '\t' && rest.starts_with('t') {
        return Some(backslashes + 1);
    }
    for (index, unit) in c.encode_utf16(&mut [0; 2]).iter().enumerate() {
        if index > 0 {
            rest = rest.trim_start_matches('\\');
        }
        rest = hex(rest.strip_prefix('u')?, 4, (*unit).into())?;
    }
    Some(text.len() - rest.len())
}

/// `&amp;`, `&#36;`, `&#x24;`.
fn html(c: char, text: &str) -> Option<usize> {
    let end = text.bytes().take(LONGEST_ESCAPE).position(|byte| byte == b';')?;
    let entity = text.get(..end)?.strip_prefix('&')?;
    let spelled = match entity.strip_prefix('#') {
        Some(number) => match number.strip_prefix(['x', 'X']) {
            Some(digits) => u32::from_str_radix(digits, 16) == Ok(c.into()),
            None => number.parse() == Ok(u32::from(c)),
        },
        None => {
            matches!((entity, c), ("amp", '&') | ("lt", '<') | ("gt", '>') | ("quot", '"') | ("apos", '\''))
        }
    };
    spelled.then_some(end + 1)
}

/// What follows a number in so many hexadecimal digits.
fn hex(text: &str, digits: usize, number: u32) -> Option<&str> {
    let (number_text, rest) = text.split_at_checked(digits)?;
    (u32::from_str_radix(number_text, 16) == Ok(number)).then_some(rest)
}
