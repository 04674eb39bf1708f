//! Why a connection could not be opened.

use std::fmt;

/// Why a connection could not be opened. Nothing was sent.
///
/// # Example
///
/// ```
/// use leadsquared_webhooks_core::ConnectCause;
///
/// let cause = ConnectCause::TlsUnknownIssuer;
/// assert_eq!(cause.as_str(), "tls_unknown_issuer");
/// assert_eq!(cause.to_string(), "certificate signed by an unknown authority");
/// assert!(cause.is_permanent());
/// assert!(!ConnectCause::NameServer.is_permanent());
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ConnectCause {
    /// The host name does not exist.
    NameNotFound,
    /// The host name could not be resolved: no name server responds.
    NameServer,
    /// The host is reachable, but nothing listens on the port.
    Refused,
    /// There is no route to the host.
    Unreachable,
    /// The certificate is self-signed, or signed by an untrusted authority.
    TlsUnknownIssuer,
    /// The certificate has expired, or is not valid yet.
    TlsExpired,
    /// The certificate is for another name.
    TlsWrongName,
    /// TLS failed for another reason, such as a server that does not support it.
    TlsOther,
    /// The proxy requires a user name and a password: 407.
    ProxyAuthenticationNeeded,
    /// The proxy refused to open the tunnel.
    ProxyRefused,
    /// The proxy did not open the tunnel for another reason.
    ProxyOther,
    /// The connection was not established within the connect timeout.
    Timeout,
    /// Another cause.
    Other,
}

impl ConnectCause {
    /// Every cause.
    pub const ALL: [Self; 13] = [
        Self::NameNotFound,
        Self::NameServer,
        Self::Refused,
        Self::Unreachable,
        Self::TlsUnknownIssuer,
        Self::TlsExpired,
        Self::TlsWrongName,
        Self::TlsOther,
        Self::ProxyAuthenticationNeeded,
        Self::ProxyRefused,
        Self::ProxyOther,
        Self::Timeout,
        Self::Other,
    ];

    /// The stable name, also in JSON: `name_not_found`, `name_server`, `refused`, `unreachable`,
    /// `tls_unknown_issuer`, `tls_expired`, `tls_wrong_name`, `tls_other`,
    /// `proxy_authentication_needed`, `proxy_refused`, `proxy_other`, `timeout` or `other`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::NameNotFound => "name_not_found",
            Self::NameServer => "name_server",
            Self::Refused => "refused",
            Self::Unreachable => "unreachable",
            Self::TlsUnknownIssuer => "tls_unknown_issuer",
            Self::TlsExpired => "tls_expired",
            Self::TlsWrongName => "tls_wrong_name",
            Self::TlsOther => "tls_other",
            Self::ProxyAuthenticationNeeded => "proxy_authentication_needed",
            Self::ProxyRefused => "proxy_refused",
            Self::ProxyOther => "proxy_other",
            Self::Timeout => "timeout",
            Self::Other => "other",
        }
    }

    /// Whether a retry would fail the same way: the name does not exist, TLS fails, or the proxy
    /// requires authentication.
    #[must_use]
    pub const fn is_permanent(self) -> bool {
        match self {
            Self::NameNotFound
            | Self::TlsUnknownIssuer
            | Self::TlsExpired
            | Self::TlsWrongName
            | Self::TlsOther
            | Self::ProxyAuthenticationNeeded => true,
            Self::NameServer
            | Self::Refused
            | Self::Unreachable
            | Self::ProxyRefused
            | Self::ProxyOther
            | Self::Timeout
            | Self::Other => false,
        }
    }
}

impl fmt::Display for ConnectCause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NameNotFound => "name not found",
            Self::NameServer => "no name server answers",
            Self::Refused => "connection refused",
            Self::Unreachable => "host unreachable",
            Self::TlsUnknownIssuer => "certificate signed by an unknown authority",
            Self::TlsExpired => "certificate expired, or not valid yet",
            Self::TlsWrongName => "certificate for another name",
            Self::TlsOther => "TLS failed",
            Self::ProxyAuthenticationNeeded => "the proxy needs authentication",
            Self::ProxyRefused => "the proxy refused the tunnel",
            Self::ProxyOther => "the proxy opened no tunnel",
            Self::Timeout => "timed out",
            Self::Other => "connection failed",
        })
    }
}

impl serde::Serialize for ConnectCause {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}
