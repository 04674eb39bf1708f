//! TLS without global state: rustls with ring, given to the HTTP client ready-made.

use std::sync::Arc;

use leadsquared_webhooks_core::ApiHost;
use rustls::{ClientConfig, RootCertStore, pki_types::CertificateDer};
use rustls_platform_verifier::Verifier;

use crate::config_error::ConfigError;

/// The configuration for calls to this host: the platform's roots and these further ones.
pub(crate) fn config(host: &ApiHost, roots: &[Vec<u8>]) -> Result<ClientConfig, ConfigError> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = ClientConfig::builder_with_provider(Arc::clone(&provider))
        .with_safe_default_protocol_versions()
        .map_err(|problem| ConfigError::one("tls", problem))?;
    if host.base_url().starts_with("http://") {
        // No call will be encrypted, and reading the platform's roots takes milliseconds.
        return Ok(builder.with_root_certificates(RootCertStore::empty()).with_no_client_auth());
    }
    let roots = roots.iter().map(|der| CertificateDer::from(der.clone()));
    let verifier = Verifier::new_with_extra_roots(roots, provider)
        .map_err(|problem| ConfigError::one("root_certificates", problem))?;
    Ok(builder.dangerous().with_custom_certificate_verifier(Arc::new(verifier)).with_no_client_auth())
}
