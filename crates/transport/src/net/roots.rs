//! The root certificates that a client trusts.

/// The source of the root certificates that verify the API's host.
///
/// # Example
///
/// ```
/// use leadsquared_webhooks::{Client, account::{ApiHost, Credentials, Roots}};
///
/// let credentials = Credentials::parse("access", "secret")?;
/// let client = Client::builder(ApiHost::mumbai(), credentials).roots(Roots::Bundled).build()?;
/// # drop(client);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Roots {
    /// The platform's root store, as configured by its owner. The default, except on Android.
    Platform,
    /// Mozilla's root program, as of the release of this library. The default on Android, whose
    /// root store is accessible only through Java, with code that an app would have to initialize
    /// first.
    Bundled,
}

impl Default for Roots {
    fn default() -> Self {
        if cfg!(target_os = "android") { Self::Bundled } else { Self::Platform }
    }
}
