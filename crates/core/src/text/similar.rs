//! "Did you mean": the known name that is nearest to what was typed.

/// The longest text that is compared: the comparison is quadratic, and no name is longer.
const LONGEST: usize = 64;

/// The known name that was probably meant: it differs in a few letters, in letter case or in `-`
/// for `_`, or it is the only one that begins with the text.
pub(crate) fn nearest<'k>(text: &str, known: impl IntoIterator<Item = &'k str>) -> Option<&'k str> {
    let folded = folded(text);
    let length = folded.chars().count();
    if length > LONGEST {
        return None;
    }
    let allowed = if length < 3 { 0 } else { (length / 4).clamp(1, 3) };
    let known: Vec<&str> = known.into_iter().collect();
    let near = known
        .iter()
        .map(|name| (strsim::osa_distance(&folded, &self::folded(name)), *name))
        .filter(|(distance, _)| *distance <= allowed)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, name)| name);
    near.or_else(|| {
        let mut longer = known.into_iter().filter(|name| length >= 3 && name.starts_with(&folded));
        longer.next().filter(|_| longer.next().is_none())
    })
}

/// A name without what different spellings differ in: letter case, and `-` for `_`.
pub(crate) fn folded(text: &str) -> String {
    text.trim().to_ascii_lowercase().replace('-', "_")
}

/// The problem of a key that is not a known one.
#[must_use]
pub fn unknown_key(key: &str, known: &[&str]) -> String {
    match nearest(key, known.iter().copied()) {
        Some(name) => format!("unknown key; did you mean {name}?"),
        None => format!("unknown key; known are {}", known.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_finds_the_name_and_another_word_finds_none() {
        let known = ["url", "trigger", "notify_on_failure", "custom_headers", "lead_create", "lead_update"];
        for (text, name) in [
            ("ulr", Some("url")),
            ("URL", Some("url")),
            ("triger", Some("trigger")),
            ("custom-header", Some("custom_headers")),
            ("notify", Some("notify_on_failure")),
            ("lead_created", Some("lead_create")),
            ("Lead-Creat", Some("lead_create")),
            ("lead", None),
            ("lead_deleted", None),
            ("", None),
            ("ur", None),
            ("colour", None),
            (&"u".repeat(100_000), None),
        ] {
            assert_eq!(nearest(text, known), name, "{text}");
        }
    }
}
