//! Determines why a connection could not be opened from the errors of the underlying libraries.
//!
//! Error types are used where they exist. Error texts are parsed for only two things, which the
//! libraries do not report otherwise: the result of `getaddrinfo`, and a proxy's response to a
//! tunnel request.

use std::{error::Error as StdError, io};

use leadsquared_webhooks_core::ConnectCause;
use rustls::CertificateError;

/// The first error in the chain that identifies a cause decides.
pub(crate) fn cause_of(problem: &(dyn StdError + 'static)) -> ConnectCause {
    let mut by_name = false;
    for error in chain(problem) {
        if let Some(error) = error.downcast_ref::<rustls::Error>() {
            return tls(error);
        }
        let text = error.to_string();
        match text.strip_prefix("tunnel error: ") {
            // The cause of this one comes next in the chain.
            None | Some("failed to create underlying connection") => {}
            Some("proxy authorization required") => {
                return ConnectCause::ProxyAuthenticationNeeded;
            }
            Some("unsuccessful") => return ConnectCause::ProxyRefused,
            Some(_) => return ConnectCause::ProxyOther,
        }
        by_name |= text == "dns error";
        if let Some(error) = error.downcast_ref::<io::Error>().filter(|error| error.get_ref().is_none()) {
            return if by_name { lookup(error) } else { connection(error) };
        }
        if by_name && error.source().is_none() && !error.is::<io::Error>() {
            return lookup_text(&text);
        }
    }
    ConnectCause::Other
}

/// An error and all its sources. An I/O error returns the error that it wraps from `get_ref`, not
/// from `source`.
fn chain<'a>(
    problem: &'a (dyn StdError + 'static),
) -> impl Iterator<Item = &'a (dyn StdError + 'static)> + 'a {
    std::iter::successors(Some(problem), |&error| {
        match error.downcast_ref::<io::Error>().and_then(io::Error::get_ref) {
            Some(inner) => Some(inner),
            None => error.source(),
        }
    })
}

fn tls(error: &rustls::Error) -> ConnectCause {
    let rustls::Error::InvalidCertificate(certificate) = error else { return ConnectCause::TlsOther };
    match certificate {
        CertificateError::UnknownIssuer => ConnectCause::TlsUnknownIssuer,
        // A self-signed certificate is often generated as a CA certificate.
        CertificateError::Other(other) if other.to_string().contains("CaUsedAsEndEntity") => {
            ConnectCause::TlsUnknownIssuer
        }
        CertificateError::Expired
        | CertificateError::ExpiredContext { .. }
        | CertificateError::NotValidYet
        | CertificateError::NotValidYetContext { .. } => ConnectCause::TlsExpired,
        CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
            ConnectCause::TlsWrongName
        }
        _ => ConnectCause::TlsOther,
    }
}

fn connection(error: &io::Error) -> ConnectCause {
    match error.kind() {
        io::ErrorKind::ConnectionRefused => ConnectCause::Refused,
        io::ErrorKind::HostUnreachable
        | io::ErrorKind::NetworkUnreachable
        | io::ErrorKind::NetworkDown
        | io::ErrorKind::AddrNotAvailable => ConnectCause::Unreachable,
        io::ErrorKind::TimedOut => ConnectCause::Timeout,
        _ => ConnectCause::Other,
    }
}

/// Windows reports error numbers: `WSAHOST_NOT_FOUND`, `WSANO_DATA`. Elsewhere there is only the
/// text.
fn lookup(error: &io::Error) -> ConnectCause {
    match error.raw_os_error() {
        Some(11_001 | 11_004) => ConnectCause::NameNotFound,
        _ => lookup_text(&error.to_string()),
    }
}

/// The texts of `getaddrinfo` for a name that does not exist: glibc (two), musl, Apple. Android's
/// "No address associated with hostname" is not among them, because an offline phone gets it too.
/// Any other failure may be temporary.
fn lookup_text(text: &str) -> ConnectCause {
    const NOT_FOUND: [&str; 4] = [
        "Name or service not known",
        "No address associated",
        "Name does not resolve",
        "nodename nor servname",
    ];
    let found_none =
        |said: &&str| text.contains(said) && !(cfg!(target_os = "android") && said.starts_with("No address"));
    if NOT_FOUND.iter().any(found_none) { ConnectCause::NameNotFound } else { ConnectCause::NameServer }
}

#[cfg(test)]
mod tests {
    use std::fmt;

    use super::*;

    /// A library's error that is known only by its text, and its source.
    #[derive(Debug)]
    struct Layer(&'static str, Option<Box<dyn StdError + Send + Sync>>);

    impl fmt::Display for Layer {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str(self.0)
        }
    }

    impl StdError for Layer {
        fn source(&self) -> Option<&(dyn StdError + 'static)> {
            self.1.as_deref().map(|below| below as _)
        }
    }

    fn below(text: &'static str, below: impl Into<Box<dyn StdError + Send + Sync>>) -> Layer {
        Layer("client error (Connect)", Some(Box::new(Layer(text, Some(below.into())))))
    }

    #[test]
    fn what_getaddrinfo_says_is_a_name_that_does_not_exist_or_a_server_that_does_not_answer() {
        for (text, cause) in [
            ("Name or service not known", ConnectCause::NameNotFound),
            ("Name does not resolve", ConnectCause::NameNotFound),
            ("nodename nor servname provided, or not known", ConnectCause::NameNotFound),
            ("Temporary failure in name resolution", ConnectCause::NameServer),
            ("Try again", ConnectCause::NameServer),
            ("Non-recoverable failure in name resolution", ConnectCause::NameServer),
            ("Der Name oder der Dienst ist nicht bekannt", ConnectCause::NameServer),
        ] {
            let error = io::Error::other(format!("failed to lookup address information: {text}"));
            assert_eq!(cause_of(&below("dns error", error)), cause, "{text}");
        }
        for (number, cause) in [(11_001, ConnectCause::NameNotFound), (11_002, ConnectCause::NameServer)] {
            assert_eq!(cause_of(&below("dns error", io::Error::from_raw_os_error(number))), cause);
        }
    }

    #[test]
    fn what_the_system_says_of_a_connection_is_its_kind() {
        for (kind, cause) in [
            (io::ErrorKind::ConnectionRefused, ConnectCause::Refused),
            (io::ErrorKind::HostUnreachable, ConnectCause::Unreachable),
            (io::ErrorKind::NetworkUnreachable, ConnectCause::Unreachable),
            (io::ErrorKind::NetworkDown, ConnectCause::Unreachable),
            (io::ErrorKind::TimedOut, ConnectCause::Timeout),
            (io::ErrorKind::PermissionDenied, ConnectCause::Other),
        ] {
            assert_eq!(cause_of(&below("tcp connect error", io::Error::from(kind))), cause);
        }
    }

    #[test]
    fn a_certificate_that_is_refused_inside_an_io_error_is_found() {
        for (certificate, cause) in [
            (CertificateError::UnknownIssuer, ConnectCause::TlsUnknownIssuer),
            (CertificateError::Expired, ConnectCause::TlsExpired),
            (CertificateError::NotValidYet, ConnectCause::TlsExpired),
            (CertificateError::NotValidForName, ConnectCause::TlsWrongName),
            (CertificateError::Revoked, ConnectCause::TlsOther),
        ] {
            let error = io::Error::other(rustls::Error::InvalidCertificate(certificate));
            assert_eq!(cause_of(&Layer("client error (Connect)", Some(error.into()))), cause);
        }
    }

    #[test]
    fn an_error_that_reports_nothing_is_another() {
        assert_eq!(cause_of(&Layer("what", None)), ConnectCause::Other);
    }
}
