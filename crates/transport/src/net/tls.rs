//! TLS without global state: a rustls configuration with ring, passed to the HTTP client.

use std::sync::Arc;

use leadsquared_webhooks_core::ApiHost;
use rustls::{ClientConfig, RootCertStore, pki_types::CertificateDer};
use rustls_platform_verifier::Verifier;
use webpki_roots::TLS_SERVER_ROOTS;

use crate::{config_error::ConfigError, net::roots::Roots};

/// The configuration for calls to this host, with these roots and additional ones.
pub(crate) fn config(host: &ApiHost, roots: Roots, further: &[Vec<u8>]) -> Result<ClientConfig, ConfigError> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = ClientConfig::builder_with_provider(Arc::clone(&provider))
        .with_safe_default_protocol_versions()
        .map_err(|problem| ConfigError::one("tls", problem))?;
    if host.base_url().starts_with("http://") {
        // Calls are not encrypted, and reading the platform's roots takes milliseconds.
        return Ok(builder.with_root_certificates(RootCertStore::empty()).with_no_client_auth());
    }
    let mut further = further.iter().map(|der| CertificateDer::from(der.clone()));
    let refused = |problem| ConfigError::one("root_certificates", problem);
    match roots {
        Roots::Platform => {
            let verifier = Verifier::new_with_extra_roots(further, provider).map_err(refused)?;
            Ok(builder.dangerous().with_custom_certificate_verifier(Arc::new(verifier)).with_no_client_auth())
        }
        Roots::Bundled => {
            let mut store = RootCertStore { roots: TLS_SERVER_ROOTS.to_vec() };
            further.try_for_each(|der| store.add(der)).map_err(refused)?;
            Ok(builder.with_root_certificates(store).with_no_client_auth())
        }
    }
}
