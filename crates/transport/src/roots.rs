//! Whom a client believes that a server is who it says it is.

/// Where the root certificates come from that vouch for the API's host.
///
/// # Example
///
/// ```
/// use leadsquared_webhooks::{ApiHost, Client, Credentials, Roots};
///
/// let credentials = Credentials::parse("access", "secret")?;
/// let client = Client::builder(ApiHost::mumbai(), credentials).roots(Roots::Bundled).build()?;
/// # drop(client);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Roots {
    /// Those of the platform, as its owner set them up. The default, but on Android.
    Platform,
    /// Those of Mozilla's programme, as of the release of this library. The default on Android,
    /// whose own roots are reached through Java alone, by code that an app would have to start
    /// first.
    Bundled,
}

impl Default for Roots {
    fn default() -> Self {
        if cfg!(target_os = "android") { Self::Bundled } else { Self::Platform }
    }
}
