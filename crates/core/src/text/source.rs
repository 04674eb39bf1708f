//! Places in a text that a user wrote: line and column, and the line with a caret, without what
//! could be a secret.

use std::fmt;

use serde::Serialize;
use serde_json::value::RawValue;

use crate::text::json::Members;

/// A line and a column of a text, both counted from 1; columns in characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Place {
    /// The line.
    pub line: usize,
    /// The column.
    pub column: usize,
}

impl Place {
    /// The place of a byte of a text.
    ///
    /// # Example
    ///
    /// ```
    /// use leadsquared_webhooks_core::source::Place;
    ///
    /// assert_eq!(Place::of("a\nüb", 4).to_string(), "2:2");
    /// ```
    #[must_use]
    pub fn of(text: &str, offset: usize) -> Self {
        let before = text.get(..text.floor_char_boundary(offset)).unwrap_or(text);
        let line = before.rsplit('\n').next().unwrap_or_default();
        Self { line: before.matches('\n').count() + 1, column: line.chars().count() + 1 }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.line, self.column)
    }
}

/// Where a text stops to be JSON, as a byte, and why; `None` if it is JSON.
///
/// # Example
///
/// ```
/// use leadsquared_webhooks_core::source::json_error;
///
/// assert_eq!(json_error("{\"a\": x}"), Some((6, "expected value".to_owned())));
/// assert_eq!(json_error("{}"), None);
/// ```
#[must_use]
pub fn json_error(json: &str) -> Option<(usize, String)> {
    let error = serde_json::from_str::<&RawValue>(json).err()?;
    let problem = error.to_string();
    let problem = problem.split(" at line ").next().unwrap_or_default().to_owned();
    let before: usize = json.split_inclusive('\n').take(error.line().saturating_sub(1)).map(str::len).sum();
    // The end of a text is shown behind its last character.
    let offset = if error.is_eof() {
        json.trim_end().len()
    } else {
        json.floor_char_boundary((before + error.column().saturating_sub(1)).min(json.len()))
    };
    Some((offset, problem))
}

/// The byte at which the part of a JSON text with this path begins, such as
/// `custom_headers[0].name`; of a part that is missing, the nearest one around it.
///
/// # Example
///
/// ```
/// use leadsquared_webhooks_core::source::json_offset;
///
/// let json = r#"{"url": "/", "trigger": {"event": "x"}}"#;
/// assert_eq!(json_offset(json, "trigger.event"), Some(25));
/// assert_eq!(json_offset(json, "trigger.activity"), Some(13), "the trigger");
/// assert_eq!(json_offset("{", "url"), None);
/// ```
#[must_use]
pub fn json_offset(json: &str, path: &str) -> Option<usize> {
    let offset = |part: &str| part.as_ptr().addr().checked_sub(json.as_ptr().addr());
    let mut value: &RawValue = serde_json::from_str(json).ok()?;
    let mut found = offset(value.get())?;
    let mut rest = path;
    while !rest.is_empty() {
        if let Some((index, behind)) = path_index(rest) {
            let items: Vec<&RawValue> = serde_json::from_str(value.get()).unwrap_or_default();
            let Some(item) = items.get(index) else { break };
            (value, rest) = (item, behind);
            found = offset(value.get())?;
            continue;
        }
        let Ok(Members(members)) = serde_json::from_str(value.get()) else { break };
        // The last of several: a duplicate is reported, and the first one is not it.
        let members = members.into_iter().rev();
        let named = members.filter_map(|(name, member)| Some((path_key(rest, &name)?, name, member)));
        let Some((behind, name, member)) = named.min_by_key(|(behind, ..)| behind.len()) else { break };
        found = match name {
            std::borrow::Cow::Borrowed(name) => offset(name)?.saturating_sub(1),
            std::borrow::Cow::Owned(_) => offset(member.get())?,
        };
        (value, rest) = (member, behind);
    }
    Some(found)
}

/// What follows a key at the beginning of a path.
#[must_use]
pub fn path_key<'p>(path: &'p str, key: &str) -> Option<&'p str> {
    let path = path.strip_prefix('.').unwrap_or(path);
    path.strip_prefix(key).filter(|rest| rest.is_empty() || rest.starts_with(['.', '[']))
}

/// The index at the beginning of a path, and what follows it.
#[must_use]
pub fn path_index(path: &str) -> Option<(usize, &str)> {
    let (index, rest) = path.strip_prefix('[')?.split_once(']')?;
    Some((index.parse().ok()?, rest))
}

/// How much of a line is safe to show.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shown {
    /// All of it, for the text was understood.
    Line,
    /// What stands before the place: nobody knows what the rest is.
    Before,
}

/// The line of a byte of a JSON or TOML text, and a line with a caret under the byte. Values are
/// masked unless their key is one that holds no secret; a comment, and all of a string of several
/// lines, are not shown.
///
/// # Example
///
/// ```
/// use leadsquared_webhooks_core::source::{Shown, excerpt};
///
/// let json = r#"{"name": "x-api-key", "value": "secret", "event": "x"}"#;
/// assert_eq!(
///     excerpt(json, 41, Shown::Line),
///     Some([
///         r#"1 | {"name": "x-api-key", "value": "••••", "event": "x"}"#.to_owned(),
///         r#"  |                                        ^"#.to_owned(),
///     ])
/// );
/// ```
#[must_use]
pub fn excerpt(text: &str, offset: usize, shown: Shown) -> Option<[String; 2]> {
    let offset = text.floor_char_boundary(offset);
    let start = text.get(..offset)?.rfind('\n').map_or(0, |end| end + 1);
    let line = text.get(start..)?.split('\n').next().unwrap_or_default();
    let is_long_string =
        |text: &str| ["\"\"\"", "'''"].iter().any(|quotes| text.matches(quotes).count() % 2 == 1);
    if is_long_string(text.get(..start)?) || line.contains("\"\"\"") || line.contains("'''") {
        return None;
    }
    let (masked, caret) = masked(line, offset - start, shown);
    let skipped = caret.saturating_sub(WINDOW);
    let mut window: String = masked.chars().skip(skipped).take(2 * WINDOW).collect();
    let mut caret = caret - skipped;
    if skipped > 0 {
        window.insert(0, '…');
        caret += 1;
    }
    if masked.chars().count() > skipped + 2 * WINDOW {
        window.push('…');
    }
    if window == "…" {
        return None;
    }
    let number = Place::of(text, offset).line.to_string();
    let margin = " ".repeat(number.len());
    Some([format!("{number} | {window}").trim_end().to_owned(), format!("{margin} | {}^", " ".repeat(caret))])
}

/// How much of a long line is shown on each side of the caret, in characters.
const WINDOW: usize = 50;

/// Keys whose values are no secret.
const PUBLIC: &[&str] = &[
    "event",
    "activity",
    "field",
    "opportunity_types",
    "from",
    "to",
    "code",
    "content_type",
    "notify_on_failure",
    "name",
    "codes",
    "auth",
    "quota",
    "custom_headers_form",
];

const MASK: &str = "••••";

/// A line without what could be a secret, and the column of a byte in it, from 0.
fn masked(line: &str, caret: usize, shown: Shown) -> (String, usize) {
    let mut masked = String::new();
    let mut column = None;
    // The last key on the line, which the values behind it belong to, and whether one is expected.
    let (mut key, mut in_value) = (String::new(), false);
    let is_header = line.trim_start().starts_with('[');
    let mut rest = line;
    while let Some(first) = rest.chars().next() {
        let at = line.len() - rest.len();
        let token = rest.get(..token_length(rest, first)).unwrap_or(rest);
        if column.is_none() && caret < at + token.len() {
            column = Some(masked.chars().count());
            if shown == Shown::Before {
                masked.push('…');
                break;
            }
        }
        rest = rest.get(token.len()..).unwrap_or_default();
        let quote = (first == '"' || first == '\'').then_some(first);
        let is_closed = quote.is_some_and(|quote| token.len() > 1 && token.ends_with(quote));
        let word = if is_closed { token.get(1..token.len() - 1).unwrap_or_default() } else { token };
        let is_whole = is_closed || quote.is_none();
        let names = match rest.trim_start().chars().next() {
            Some('=' | ':') => true,
            Some('.') => quote.is_none(),
            Some(']') => quote.is_none() && is_header,
            _ => false,
        };
        if first == '#' {
            masked.push_str("# …");
            break;
        } else if quote.is_none() && !is_bare(first) {
            in_value = matches!(first, '=' | ':') || in_value && !matches!(first, ',' | '{');
            masked.push(if first.is_control() { ' ' } else { first });
        } else if !in_value && is_whole && names && is_key(word) {
            masked.push_str(token);
            word.clone_into(&mut key);
        } else if is_whole && (matches!(token, "true" | "false" | "null") || is_public(&key, word)) {
            masked.push_str(token);
        } else {
            let quote = quote.filter(|_| is_closed).map(String::from).unwrap_or_default();
            masked.extend([&quote, MASK, &quote]);
        }
    }
    let column = column.unwrap_or_else(|| masked.chars().count());
    (masked, column)
}

/// The bytes of the token that begins with this character: a string, a bare word, or one character.
fn token_length(rest: &str, first: char) -> usize {
    if is_bare(first) {
        return rest.find(|c| !is_bare(c)).unwrap_or(rest.len());
    }
    if first != '"' && first != '\'' {
        return first.len_utf8();
    }
    let mut escaped = false;
    for (at, c) in rest.char_indices().skip(1) {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = first == '"',
            c if c == first => return at + c.len_utf8(),
            _ => {}
        }
    }
    rest.len()
}

fn is_bare(c: char) -> bool {
    !c.is_whitespace() && !c.is_control() && !"\"'#=:.,{}[]".contains(c)
}

/// Whether a word can be a key of ours, or a slip of one: a secret has digits or is longer.
fn is_key(word: &str) -> bool {
    word.len() <= 30 && word.starts_with(|c: char| c.is_ascii_alphabetic()) && {
        word.chars().all(|c| c.is_ascii_alphabetic() || c == '_' || c == '-')
    }
}

fn is_public(key: &str, value: &str) -> bool {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || " _-/.+".contains(c);
    PUBLIC.contains(&key) && value.len() <= 60 && value.chars().all(is_plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(text: &str, at: &str, shown: Shown) -> String {
        let offset = text.find(at).unwrap();
        let [line, caret] = excerpt(text, offset, shown).unwrap();
        assert!(caret.ends_with('^'));
        line
    }

    #[test]
    fn a_line_shows_its_structure_and_no_secret() {
        for (text, masked) in [
            (r#"{"event": "lead_creat"}"#, r#"{"event": "lead_creat"}"#),
            (r#"{"url": "https://x?secret=canary"}"#, r#"{"url": "••••"}"#),
            (r#"{"name": "x-a", "value": "canary"}"#, r#"{"name": "x-a", "value": "••••"}"#),
            (r#"{"value": 271828, "name": "x"}"#, r#"{"value": ••••, "name": "x"}"#),
            (r#"{"event": "a", "canary": "canary"}"#, r#"{"event": "a", "canary": "••••"}"#),
            ("access_key = \"canary\" # canary", "access_key = \"••••\" # …"),
            ("value = 'can\\ary'", "value = '••••'"),
            ("value = canary", "value = ••••"),
            ("canary1", "••••"),
            ("trigger.event = \"lead_creat\"", "trigger.event = \"lead_creat\""),
            ("[[accounts.webhooks]]", "[[accounts.webhooks]]"),
            ("pages = [\"canary\", \"canary\"]", "pages = [\"••••\", \"••••\"]"),
            ("event = \"canary", "event = ••••"),
            ("notify_on_failure = true", "notify_on_failure = true"),
            ("event = \"eyJ:canary\"", "event = \"••••\""),
            ("value = can.ary:canary", "value = ••••.••••:••••"),
            ("value = 'canary.canary'", "value = '••••'"),
            ("  \"canary\", [\"canary\"]", "  \"••••\", [\"••••\"]"),
            ("x\u{1b} = 1", "••••  = ••••"),
        ] {
            let [line, _] = excerpt(text, 0, Shown::Line).unwrap();
            assert_eq!(line, format!("1 | {masked}"));
        }
    }

    #[test]
    fn what_follows_a_syntax_error_is_not_shown() {
        let json = r#"{"event": "lead_create, "value": "canary"}"#;
        let (offset, problem) = json_error(json).unwrap();
        assert_eq!(problem, "expected `,` or `}`");
        assert_eq!(
            excerpt(json, offset, Shown::Before).unwrap(),
            [r#"1 | {"event": "••••"…"#, "  |                 ^"]
        );
        assert_eq!(line("name = canary", "canary", Shown::Before), "1 | name = …");
        assert_eq!(excerpt("a = \"\"\"\ncanary\n\"\"\"", 9, Shown::Line), None);
    }

    #[test]
    fn a_long_line_is_cut_around_the_caret() {
        let text = format!("{}\"event\": 1{}", "[".repeat(500), ",".repeat(100_000));
        let shown = line(&text, "\"event", Shown::Line);
        assert!(shown.starts_with("1 | …[[[") && shown.ends_with(",,…"), "{shown}");
        assert!(shown.chars().count() < 120, "{shown}");
    }

    #[test]
    fn a_path_leads_to_its_place() {
        let json = "{\"url\": \"/\",\n \"trigger\": {\"event\": \"x\", \"pages\": [1, 2]},\n \"a.b\": {\"c\": 1}, \"url\": 2}";
        for (path, place) in [
            ("url", "3:19"),
            ("trigger", "2:2"),
            ("trigger.event", "2:14"),
            ("trigger.pages[1]", "2:41"),
            ("trigger.pages[7]", "2:28"),
            ("trigger.activity", "2:2"),
            ("a.b", "3:2"),
            ("a.b.c", "3:10"),
            ("description", "1:1"),
            ("draft", "1:1"),
        ] {
            let offset = json_offset(json, path).unwrap();
            assert_eq!(Place::of(json, offset).to_string(), place, "{path}");
        }
        assert_eq!(json_offset("[", "a"), None);
    }

    #[test]
    fn the_end_of_a_text_is_a_place() {
        for (json, place) in
            [("{\n", "1:2"), ("", "1:1"), ("{\"a\": \"é\"\n\n", "1:10"), ("{\"é\": x}", "1:7")]
        {
            let (offset, _) = json_error(json).unwrap();
            assert_eq!(Place::of(json, offset).to_string(), place, "{json:?}");
        }
    }

    proptest::proptest! {
        #[test]
        fn whatever_surrounds_a_secret_it_is_not_shown(
            before in "[ab{}\\[\\]\"'=:,.# \n\\\\]{0,24}", after in "[ab{}\\[\\]\"'=:,.# \n\\\\]{0,24}",
            at in 0..60_usize,
        ) {
            let text = format!("{before}C4n4ry{after}");
            for shown in [Shown::Line, Shown::Before] {
                for line in excerpt(&text, at.min(text.len()), shown).into_iter().flatten() {
                    proptest::prop_assert!(!line.contains("C4n4ry"), "{line}");
                }
            }
        }

        #[test]
        fn any_text_has_places(text in ".{0,40}(\n.{0,40})?", at in 0..100_usize, path in ".{0,20}") {
            let _ = (Place::of(&text, at), json_error(&text), json_offset(&text, &path));
            if at <= text.len() {
                let _ = excerpt(&text, at, Shown::Line);
            }
        }
    }
}
