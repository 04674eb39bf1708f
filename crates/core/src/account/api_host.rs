//! The API host of an account's region.

use std::{fmt, net::IpAddr, str::FromStr};

use url::{Host, Url};

use crate::webhook::warning::{Warning, WarningCode};

/// The host of the API: that of a region, or a local sandbox.
///
/// The named constructors are *documented*; other hosts exist, so any host name is accepted. The
/// scheme is `https`; `http` is allowed for loopback only, where it is also the default for a bare
/// host (a sandbox has no certificate).
///
/// # Errors
///
/// [`InvalidApiHost`] from `parse`.
///
/// # Example
///
/// ```
/// use leadsquared_webhooks_core::ApiHost;
///
/// assert_eq!("api-in21.leadsquared.com".parse::<ApiHost>()?, ApiHost::mumbai());
/// assert_eq!("http://127.0.0.1:8080".parse::<ApiHost>()?.base_url(), "http://127.0.0.1:8080");
/// assert!("http://api.leadsquared.com".parse::<ApiHost>().is_err());
/// # Ok::<(), leadsquared_webhooks_core::InvalidApiHost>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ApiHost {
    base_url: String,
    loopback: bool,
}

/// Declares the constructors of the documented hosts.
macro_rules! regions {
    ($($name:ident $host:literal $region:literal),* $(,)?) => {
        impl ApiHost {
            $(
                #[doc = concat!($region, ": `", $host, "`, *documented*.")]
                #[must_use]
                pub fn $name() -> Self {
                    Self { base_url: concat!("https://", $host).to_owned(), loopback: false }
                }
            )*

            /// All documented hosts, in the order of LeadSquared's documentation.
            #[must_use]
            pub fn documented() -> Vec<Self> {
                vec![$(Self::$name()),*]
            }
        }
    };
}

regions! {
    singapore "api.leadsquared.com" "Singapore",
    us "api-us11.leadsquared.com" "United States",
    mumbai "api-in21.leadsquared.com" "India, Mumbai",
    hyderabad "api-in22.leadsquared.com" "India, Hyderabad",
    ireland "api-ir31.leadsquared.com" "Ireland",
    canada "api-ca12.leadsquared.com" "Canada",
    middle_east "api-me61.leadsquared.com" "Middle East",
}

impl ApiHost {
    /// Scheme, host and port, without a trailing slash.
    #[must_use]
    pub fn base_url(&self) -> &str {
        &self.base_url
    }

    /// The warning that the keys are sent to a host that is not LeadSquared's,
    /// [`WarningCode::ForeignHost`]. `None` for loopback.
    #[must_use]
    pub fn warning(&self) -> Option<Warning> {
        let url = Url::parse(&self.base_url).ok()?;
        let name = url.host_str().unwrap_or_default();
        let labels = name.strip_suffix('.').unwrap_or(name);
        let is_vendors =
            labels.strip_suffix("leadsquared.com").is_some_and(|sub| sub.is_empty() || sub.ends_with('.'));
        (!self.loopback && !is_vendors).then(|| {
            let problem =
                format!("the keys go to {name:?}, which is not below leadsquared.com; check the host");
            Warning::new(WarningCode::ForeignHost, "host", problem)
        })
    }

    /// Whether the host is this machine.
    #[must_use]
    pub const fn is_loopback(&self) -> bool {
        self.loopback
    }
}

impl fmt::Display for ApiHost {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.base_url)
    }
}

impl FromStr for ApiHost {
    type Err = InvalidApiHost;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text.contains('@') {
            return Err(InvalidApiHost::UserInfo);
        }
        let invalid = |problem: &'static str| InvalidApiHost::Malformed { host: shown(text), problem };
        if text.is_empty() || text.contains(|c: char| c.is_whitespace() || c.is_control()) {
            return Err(invalid("is blank or holds white space"));
        }
        let bare = !text.contains("://");
        let parse = |scheme: &str| {
            let url = if bare { format!("{scheme}://{text}") } else { text.to_owned() };
            Url::parse(&url).map_err(|_| invalid("is not a host"))
        };
        let mut url = parse("https")?;
        if url.path() != "/" || url.query().is_some() || url.fragment().is_some() {
            return Err(invalid("has a path or more; the host alone is needed"));
        }
        let loopback = match url.host() {
            Some(Host::Domain(name)) => name == "localhost",
            Some(Host::Ipv4(ip)) => ip.is_loopback(),
            Some(Host::Ipv6(ip)) => IpAddr::V6(ip).is_loopback(),
            None => return Err(invalid("is not a host")),
        };
        if bare && loopback {
            url = parse("http")?;
        }
        if !(url.scheme() == "https" || url.scheme() == "http" && loopback) {
            return Err(invalid("would not be called over https; http is for loopback alone"));
        }
        Ok(Self { base_url: url.as_str().trim_end_matches('/').to_owned(), loopback })
    }
}

/// The value for a message, without its query, which may contain keys.
fn shown(text: &str) -> String {
    match text.split_inclusive(['?', '#']).next() {
        Some(start) if start.len() < text.len() => format!("{start}…"),
        _ => text.to_owned(),
    }
}

/// The error for a string that is not an [`ApiHost`].
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidApiHost {
    /// Anything but a host, with an optional scheme and port.
    #[error("{host:?} {problem}")]
    Malformed {
        /// The value, without its query.
        host: String,
        /// The rule that it violates.
        problem: &'static str,
    },
    /// A user name or password. The value is not included, because it may be a secret.
    #[error("the host holds user info; keys are given apart")]
    UserInfo,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_host_is_called_over_https_unless_it_is_this_machine() {
        for (text, base_url, loopback) in [
            ("api.leadsquared.com", "https://api.leadsquared.com", false),
            ("https://api.leadsquared.com/", "https://api.leadsquared.com", false),
            ("HTTPS://API.example:8443", "https://api.example:8443", false),
            ("127.0.0.1:80", "http://127.0.0.1", true),
            ("127.0.0.1:443", "http://127.0.0.1:443", true),
            ("http://127.1.2.3:5", "http://127.1.2.3:5", true),
            ("https://localhost:5", "https://localhost:5", true),
            ("localhost:5", "http://localhost:5", true),
            ("http://[::1]:5", "http://[::1]:5", true),
        ] {
            let host: ApiHost = text.parse().unwrap();
            assert_eq!((host.base_url(), host.is_loopback()), (base_url, loopback), "{text}");
            assert_eq!(host.to_string(), base_url);
        }
    }

    #[test]
    fn a_host_that_is_not_the_vendors_warns_and_this_machine_does_not() {
        for (text, name) in [
            ("leadsquared.com", None),
            ("api.leadsquared.com", None),
            ("api.leadsquared.com.", None),
            ("localhost:5", None),
            ("https://127.0.0.1:5", None),
            ("notleadsquared.com", Some("notleadsquared.com")),
            ("leadsquared.com.example", Some("leadsquared.com.example")),
            ("https://10.0.0.1:5", Some("10.0.0.1")),
        ] {
            let warning = text.parse::<ApiHost>().unwrap().warning();
            let reported = name.map(|name| {
                format!("the keys go to {name:?}, which is not below leadsquared.com; check the host")
            });
            assert_eq!(warning.map(|warning| warning.problem), reported, "{text}");
        }
    }

    #[test]
    fn refuses_what_is_not_a_host_alone() {
        for (text, problem) in [
            ("", r#""" is blank or holds white space"#),
            ("api example", r#""api example" is blank or holds white space"#),
            ("a\u{1}b", r#""a\u{1}b" is blank or holds white space"#),
            ("https://", r#""https://" is not a host"#),
            ("api.example/v2", r#""api.example/v2" has a path or more; the host alone is needed"#),
            (
                "api.example?accessKey=canary",
                r#""api.example?…" has a path or more; the host alone is needed"#,
            ),
            ("api.example#canary", r#""api.example#…" has a path or more; the host alone is needed"#),
            (
                "http://api.example",
                r#""http://api.example" would not be called over https; http is for loopback alone"#,
            ),
            (
                "http://localhost.example",
                r#""http://localhost.example" would not be called over https; http is for loopback alone"#,
            ),
            (
                "ftp://localhost",
                r#""ftp://localhost" would not be called over https; http is for loopback alone"#,
            ),
            ("https://user:secret@api.example", "the host holds user info; keys are given apart"),
        ] {
            assert_eq!(text.parse::<ApiHost>().unwrap_err().to_string(), problem, "{text}");
        }
    }

    #[test]
    fn the_documented_hosts_are_hosts() {
        assert_eq!(ApiHost::documented().len(), 7);
        for host in ApiHost::documented() {
            assert_eq!(host.to_string().parse(), Ok(host));
        }
    }
}
