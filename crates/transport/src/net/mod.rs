//! Connections: TLS, proxies, timeouts, and whether a request was sent.

pub(crate) mod auth;
pub(crate) mod connect;
pub(crate) mod http_client;
pub(crate) mod roots;
pub(crate) mod send_state;
pub(crate) mod tls;
