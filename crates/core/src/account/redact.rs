//! Removes secrets from texts that a server wrote.

use std::{collections::VecDeque, fmt, sync::Arc};

use secrecy::{ExposeSecret, SecretString, zeroize::Zeroizing};

use crate::{account::credentials::Credentials, webhook::new_webhook::NewWebhook};

/// The secrets of a call, which a server may echo and no error of this library may repeat.
///
/// A server's error page can contain the requested URL, keys included. [`scrub`](Self::scrub) finds
/// each secret in plain text, percent-encoded by any rules, and escaped for JSON or HTML, in upper
/// and lower case, and also if the end of the text truncates it. Secrets of fewer than three
/// characters are ignored: masking them would make the text unreadable and protect nothing.
///
/// # Example
///
/// ```
/// use leadsquared_webhooks_core::{Credentials, Secrets};
///
/// let secrets = Secrets::of_credentials(&Credentials::parse("u$r-key", "s3cret$")?);
/// assert_eq!(
///     secrets.scrub("GET /?accessKey=u%24r-key failed"),
///     "GET /?accessKey=[REDACTED] failed"
/// );
/// assert_eq!(secrets.scrub("U$R-KEY is unknown"), "[REDACTED] is unknown");
/// assert_eq!(secrets.scrub("nothing here"), "nothing here");
/// # Ok::<(), leadsquared_webhooks_core::InvalidKey>(())
/// ```
#[derive(Clone, Default)]
pub struct Secrets(Vec<Arc<SecretString>>);

const MASK: &str = "[REDACTED]";
/// The minimum number of characters of a secret, or of the beginning of a truncated one.
const SHORTEST: usize = 3;
/// In bytes: an emoji, percent-encoded three times.
const LONGEST_ESCAPE: usize = "%2525F0%25259F%2525A6%252580".len();
/// JSON within JSON within JSON writes one backslash as eight.
const MOST_BACKSLASHES: usize = 8;
/// How far past an excerpt a secret that begins in it is followed, in bytes. A longer one counts as
/// truncated, and is masked.
pub(crate) const LOOKAHEAD: usize = 1024;

impl Secrets {
    /// The two keys.
    #[must_use]
    pub fn of_credentials(credentials: &Credentials) -> Self {
        let mut secrets = Self::default();
        secrets.add(credentials.access_key.expose());
        secrets.add(credentials.secret_key.expose());
        secrets
    }

    /// These secrets and the values of a webhook's custom headers.
    #[must_use]
    pub fn and_headers_of(&self, webhook: &NewWebhook) -> Self {
        let mut secrets = self.clone();
        for header in webhook.custom_headers().as_slice() {
            secrets.add(header.value.expose());
        }
        secrets
    }

    /// Replaces each secret, in any of its spellings, by `[REDACTED]`.
    ///
    /// It takes time proportional to the text and to the secrets, whatever the text is.
    #[must_use]
    pub fn scrub(&self, text: &str) -> String {
        self.masked(text, text.len())
    }

    /// The beginning of a text, up to `longest` bytes, [scrubbed](Self::scrub). Reads no more of
    /// the text than needed.
    pub(crate) fn scrub_beginning(&self, text: &str, longest: usize) -> String {
        let seen = text.floor_char_boundary(longest.saturating_add(LOOKAHEAD));
        let mut scrubbed = self.masked(text.get(..seen).unwrap_or(text), text.floor_char_boundary(longest));
        scrubbed.truncate(scrubbed.floor_char_boundary(longest));
        scrubbed
    }

    /// The text up to `end`, with each secret masked that begins there.
    fn masked(&self, text: &str, end: usize) -> String {
        let mut found: Vec<_> = self.0.iter().flat_map(|secret| find(secret.expose_secret(), text)).collect();
        found.sort_unstable();
        let mut masked = String::with_capacity(end);
        let mut done = 0;
        for (start, stop) in found.into_iter().take_while(|(start, _)| *start < end) {
            if start >= done {
                masked.extend(text.get(done..start));
                masked.push_str(MASK);
            }
            done = done.max(stop);
        }
        masked.extend(text.get(done..end));
        masked
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

/// The positions of a secret in bytes, each with its furthest end; they may overlap.
///
/// Each character may be written in a different way, and a text may be read in several ways, so all
/// of them are followed at once: from the end of the text to its beginning, keeping for each rest
/// of the secret the furthest end if it begins at a position. A text that ends within the secret
/// counts, because the response may have been truncated there.
fn find(secret: &str, text: &str) -> Vec<(usize, usize)> {
    let secret: Zeroizing<Vec<char>> = Zeroizing::new(secret.chars().flat_map(folded).collect());
    let mut found = Vec::new();
    // What begins after the current position, nearest first.
    let mut behind: VecDeque<Ends> = VecDeque::new();
    for place in (0..=text.len()).rev() {
        // Reuses the entry that no escape can reach from here.
        let beyond = if behind.len() > LONGEST_ESCAPE { behind.pop_back() } else { None };
        let mut here = beyond.unwrap_or_default();
        here.clear();
        here.resize(secret.len() + 1, 0);
        if let Some(rest) = text.get(place..) {
            if is_cut_short(rest) {
                here.iter_mut().skip(SHORTEST).for_each(|end| *end = text.len());
            }
            if let Some(end) = here.last_mut() {
                *end = place;
            }
            spelled(rest, |length, c| {
                if let Some(behind) = behind.get(length - 1) {
                    begin(&secret, c, behind, &mut here);
                }
            });
            found.extend(here.first().filter(|end| **end > 0).map(|end| (place, *end)));
        }
        behind.push_front(here);
    }
    found
}

/// For each rest of a secret, from the whole to nothing, the furthest end if it begins at some
/// position, else 0.
type Ends = Vec<usize>;

/// Adds what begins here with a character to what begins after it.
fn begin(secret: &[char], c: char, behind: &[usize], here: &mut [usize]) {
    let step = |letter: char, behind: &[usize], here: &mut [usize]| {
        for ((end, behind), own) in here.iter_mut().zip(behind.iter().skip(1)).zip(secret) {
            if *own == letter {
                *end = (*end).max(*behind);
            }
        }
    };
    if c.is_ascii() {
        step(c.to_ascii_lowercase(), behind, here);
        return;
    }
    let mut behind = behind.to_vec();
    for letter in folded(c).collect::<Vec<_>>().into_iter().rev() {
        let mut before = vec![0; behind.len()];
        step(letter, &behind, &mut before);
        behind = before;
    }
    for (end, other) in here.iter_mut().zip(behind) {
        *end = (*end).max(other);
    }
}

/// Case-folds a character. Some become several: `ß` is `SS`.
fn folded(c: char) -> impl Iterator<Item = char> {
    c.to_lowercase().flat_map(char::to_uppercase).flat_map(char::to_lowercase)
}

/// Whether a text ends here, or within an escape.
fn is_cut_short(rest: &str) -> bool {
    let opens = || rest.is_empty() || rest.starts_with(['%', '\\', '&', char::REPLACEMENT_CHARACTER]);
    let goes_on = |c: char| c.is_ascii_alphanumeric() || "%\\&#\u{fffd}".contains(c);
    rest.len() < LONGEST_ESCAPE && opens() && rest.chars().all(goes_on)
}

/// Reports each character that a text may begin with, and the length of its spelling: plain,
/// percent-encoded, a space as a plus, and escaped for JSON or HTML. Percent signs and backslashes
/// may also be encoded several times. An escape may be in upper or lower case.
fn spelled(text: &str, mut tell: impl FnMut(usize, char)) {
    let Some(first) = text.chars().next() else { return };
    tell(first.len_utf8(), first);
    match first {
        '+' => tell(1, ' '),
        '%' => {
            for sign in ["%", "%25", "%2525"] {
                if let Some((length, c)) = percent(text, sign) {
                    tell(length, c);
                }
            }
        }
        '&' => {
            if let Some((length, c)) = html(text) {
                tell(length, c);
            }
        }
        '\\' => {
            let backslashes = backslashes(text);
            (2..=backslashes).for_each(|length| tell(length, '\\'));
            if let Some((length, c)) = text.get(backslashes..).and_then(json) {
                tell(backslashes + length, c);
            }
        }
        _ => {}
    }
}

/// `%24`; if the sign itself is encoded, `%2524`, …
fn percent(text: &str, sign: &str) -> Option<(usize, char)> {
    let longest = char::MAX.len_utf8();
    let mut rest = text;
    let mut bytes = Vec::with_capacity(longest);
    for _ in 0..longest {
        let (byte, behind) = hex(rest.strip_prefix(sign)?, 2)?;
        rest = behind;
        bytes.push(u8::try_from(byte).ok()?);
        if let Ok(c) = std::str::from_utf8(&bytes) {
            return c.chars().next().map(|c| (text.len() - rest.len(), c));
        }
    }
    None
}

/// What follows backslashes: `"`, `u0024`. In JSON within JSON, a surrogate pair has more
/// backslashes inside.
fn json(text: &str) -> Option<(usize, char)> {
    match text.chars().next()? {
        quoted @ ('"' | '\'' | '/') => Some((1, quoted)),
        't' | 'T' => Some((1, '\t')),
        'u' | 'U' => {
            let (first, rest) = unit(text)?;
            if let Some(c) = char::from_u32(first) {
                return Some((text.len() - rest.len(), c));
            }
            let (second, rest) = unit(rest.get(backslashes(rest)..)?)?;
            let units = [u16::try_from(first).ok()?, u16::try_from(second).ok()?];
            Some((text.len() - rest.len(), char::decode_utf16(units).next()?.ok()?))
        }
        _ => None,
    }
}

/// `u0024` and the rest of the text.
fn unit(text: &str) -> Option<(u32, &str)> {
    hex(text.strip_prefix(['u', 'U'])?, 4)
}

fn backslashes(text: &str) -> usize {
    text.bytes().take(MOST_BACKSLASHES).take_while(|byte| *byte == b'\\').count()
}

/// `&amp;`, `&#36;`, `&#x24;`.
fn html(text: &str) -> Option<(usize, char)> {
    let end = text.bytes().take(LONGEST_ESCAPE).position(|byte| byte == b';')?;
    let entity = text.get(1..end)?;
    let c = match entity.strip_prefix('#').map(|number| (number, number.strip_prefix(['x', 'X']))) {
        Some((_, Some(digits))) => hex(digits, digits.len()).and_then(|(number, _)| char::from_u32(number)),
        Some((digits, None)) => {
            let number = digits.bytes().all(|digit| digit.is_ascii_digit()).then(|| digits.parse().ok());
            number.flatten().and_then(char::from_u32)
        }
        None => {
            let named = [("amp", '&'), ("lt", '<'), ("gt", '>'), ("quot", '"'), ("apos", '\'')];
            named.iter().find(|(name, _)| entity.eq_ignore_ascii_case(name)).map(|(_, c)| *c)
        }
    };
    c.map(|c| (end + 1, c))
}

/// The hexadecimal number of `digits` digits that a text begins with, and the rest of the text.
fn hex(text: &str, digits: usize) -> Option<(u32, &str)> {
    let (number, rest) = text.split_at_checked(digits)?;
    let is_hex = number.bytes().all(|digit| digit.is_ascii_hexdigit());
    is_hex.then(|| u32::from_str_radix(number, 16).ok()).flatten().map(|number| (number, rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn upper_and_lower_case_fold_to_the_same() {
        let fold = |text: &str| text.chars().flat_map(folded).collect::<String>();
        let has_case = |c: &char| c.to_lowercase().ne([*c]) || c.to_uppercase().ne([*c]);
        for c in (char::MIN..=char::MAX).filter(has_case) {
            let text = c.to_string();
            assert_eq!(fold(&text.to_lowercase()), fold(&text), "{c:?}");
            assert_eq!(fold(&text.to_uppercase()), fold(&text), "{c:?}");
        }
    }
}
