//! The form in which the account stores the URLs of its webhooks.

use std::{borrow::Cow, num::NonZeroUsize, str::FromStr};

use serde::Deserialize;
use url::Url;

use crate::unknown_form::UnknownForm;

/// The form of a webhook's URL in Retrieve. Whether the service returns a URL as it was sent is
/// *unknown*. Every form but the first is the sandbox's choice; the normal form and the escaping
/// follow what services on .NET commonly do (*inferred*).
///
/// As text, in flags and in JSON: `as-sent`, `normalized`, `cut:200`, `html-escaped`; `_` is
/// accepted for `-`.
///
/// # Example
///
/// ```
/// use leadsquared_webhooks_sandbox::UrlForm;
///
/// assert_eq!("html-escaped".parse::<UrlForm>()?, UrlForm::HtmlEscaped);
/// assert_eq!("cut:200".parse::<UrlForm>()?, UrlForm::Cut(200.try_into()?));
/// assert_eq!(
///     "cut:0".parse::<UrlForm>().unwrap_err().to_string(),
///     r#""cut:0" is not as-sent, normalized, cut:N with N from 1, or html-escaped"#
/// );
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub enum UrlForm {
    /// As sent.
    #[default]
    AsSent,
    /// The normal form of a URL: scheme and host in lower case, the host in Punycode, no default
    /// port, no dot segments, `/` for an empty path, and percent-encoding for what is not ASCII.
    Normalized,
    /// The first N characters.
    Cut(NonZeroUsize),
    /// Each `&` is replaced by `&amp;`.
    HtmlEscaped,
}

impl UrlForm {
    /// Returns the URL as Retrieve shows it.
    pub(crate) fn show(self, url: &str) -> Cow<'_, str> {
        match self {
            Self::AsSent => url.into(),
            Self::Normalized => normal(url).map_or(url.into(), |url| String::from(url).into()),
            Self::Cut(characters) => url.chars().take(characters.get()).collect(),
            Self::HtmlEscaped => url.replace('&', "&amp;").into(),
        }
    }
}

/// Returns where deliveries to this URL go: its normal form without the fragment, which requests do
/// not carry.
pub(crate) fn receiver(url: &str) -> String {
    normal(url).map_or_else(
        || url.to_owned(),
        |mut url| {
            url.set_fragment(None);
            url.into()
        },
    )
}

/// Returns the normal form. Some URLs that pass validation have none; they stay unchanged.
fn normal(url: &str) -> Option<Url> {
    Url::parse(url).ok()
}

impl FromStr for UrlForm {
    type Err = UnknownForm;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let form = match text.replace('_', "-").as_str() {
            "as-sent" => Some(Self::AsSent),
            "normalized" => Some(Self::Normalized),
            "html-escaped" => Some(Self::HtmlEscaped),
            other => other.strip_prefix("cut:").and_then(|count| count.parse().ok()).map(Self::Cut),
        };
        form.ok_or_else(|| {
            UnknownForm::new(text, "as-sent, normalized, cut:N with N from 1, or html-escaped")
        })
    }
}

impl TryFrom<String> for UrlForm {
    type Error = UnknownForm;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_normal_form_changes_what_does_not_matter_and_nothing_else() {
        for (sent, shown) in [
            ("https://example.com", "https://example.com/"),
            ("HTTPS://Example.COM/Path?Query", "https://example.com/Path?Query"),
            ("https://example.com:443/", "https://example.com/"),
            ("http://example.com:80?a=b", "http://example.com/?a=b"),
            ("https://example.com:8443/", "https://example.com:8443/"),
            ("https://bücher.example/ü?ü", "https://xn--bcher-kva.example/%C3%BC?%C3%BC"),
            ("https://example.com/a/../b/./c", "https://example.com/b/c"),
            ("https://example.com/%2F%41?a=%26", "https://example.com/%2F%41?a=%26"),
            ("https://example.com/#part", "https://example.com/#part"),
            ("https://exa mple.com/A", "https://exa mple.com/A"),
        ] {
            assert_eq!(UrlForm::Normalized.show(sent), shown);
        }
        assert_eq!(receiver("https://example.com#part"), "https://example.com/");
    }

    #[test]
    fn a_cut_counts_characters() {
        let cut = UrlForm::Cut(NonZeroUsize::MIN.saturating_add(8));
        assert_eq!(cut.show("https://üü"), "https://ü");
        assert_eq!(cut.show("http://a"), "http://a");
    }
}
