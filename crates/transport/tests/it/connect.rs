//! Why a connection could not be opened, over real sockets.

use std::{process::Command, sync::Arc, time::Duration};

use leadsquared_webhooks::{Client, Error, Outcome, call::ConnectCause, error::ErrorKind, retry::Stop};
use rcgen::{BasicConstraints, CertificateParams, IsCa, KeyPair, date_time_ymd};
use rustls::{ServerConfig, pki_types::PrivateKeyDer};
use tokio::{io::AsyncWriteExt, net::TcpListener};
use tokio_rustls::TlsAcceptor;

use crate::server::{client_of, webhook};

/// The error of a create with a client that cannot connect; its attempts show how often it was
/// tried.
async fn unconnected(client: Client) -> Error {
    let error = client.create(&webhook()).await.unwrap_err();
    assert_eq!((error.outcome(), error.kind().as_str()), (Outcome::NotSent, "connect"), "{error}");
    assert!(error.attempts().iter().all(|attempt| !attempt.sent));
    let json = serde_json::to_value(&error).unwrap();
    assert_eq!(json["cause"], error.cause().unwrap().as_str());
    assert!(json["source"].is_string());
    error
}

fn attempts_and_stop(error: &Error) -> (usize, Option<Stop>) {
    (error.attempts().len(), error.stop())
}

/// Serves nothing over TLS with this certificate; returns its port and the certificate.
async fn serve_tls(params: CertificateParams) -> (u16, Vec<u8>) {
    let key = KeyPair::generate().unwrap();
    let certificate = params.self_signed(&key).unwrap();
    let config = ServerConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(
            vec![certificate.der().clone()],
            PrivateKeyDer::try_from(key.serialize_der()).unwrap(),
        )
        .unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        let acceptor = TlsAcceptor::from(Arc::new(config));
        loop {
            let (stream, _) = listener.accept().await.unwrap();
            // Only the handshake matters.
            let _ = acceptor.accept(stream).await;
        }
    });
    (port, certificate.der().to_vec())
}

/// An address on which nothing listens, and that nobody else is given while the socket is held.
fn closed() -> (tokio::net::TcpSocket, std::net::SocketAddr) {
    let held = tokio::net::TcpSocket::new_v4().unwrap();
    held.bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let address = held.local_addr().unwrap();
    (held, address)
}

fn certificate_for(name: &str) -> CertificateParams {
    CertificateParams::new(vec![name.to_owned()]).unwrap()
}

#[tokio::test(start_paused = true)]
async fn a_closed_port_refuses_and_is_tried_again() {
    let (_held, closed) = closed();
    let error = unconnected(client_of(&format!("http://{closed}")).build().unwrap()).await;
    assert_eq!(error.cause(), Some(ConnectCause::Refused));
    assert_eq!(attempts_and_stop(&error), (4, Some(Stop::Attempts)));
    assert_eq!(
        error.to_string(),
        format!(
            "could not connect to {closed}: connection refused; nothing was sent; does a server listen on this port?"
        )
    );
}

#[tokio::test]
async fn a_name_that_does_not_exist_is_looked_up_once() {
    let client = client_of("api-in99.invalid").timeout(Duration::from_secs(20)).build().unwrap();
    let error = unconnected(client).await;
    // When no name server answers at all, it is unknown whether the name exists.
    match error.cause().unwrap() {
        ConnectCause::NameNotFound => {
            assert_eq!(attempts_and_stop(&error), (1, Some(Stop::Final)));
            assert_eq!(
                error.to_string(),
                "could not connect to api-in99.invalid: name not found; nothing was sent; is the host right? known are \
                 api, api-us11, api-in21, api-in22, api-ir31, api-ca12 and api-me61, all under leadsquared.com"
            );
        }
        ConnectCause::NameServer | ConnectCause::Timeout => {
            assert_ne!(error.stop(), Some(Stop::Final));
        }
        other => panic!("{other:?}: {:?}", error.source_text()),
    }
}

#[tokio::test]
async fn a_certificate_that_signs_itself_is_of_an_unknown_authority() {
    let mut authority = certificate_for("localhost");
    authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    for params in [certificate_for("localhost"), authority] {
        let (port, _) = serve_tls(params).await;
        let error = unconnected(client_of(&format!("https://localhost:{port}")).build().unwrap()).await;
        assert_eq!(error.cause(), Some(ConnectCause::TlsUnknownIssuer), "{:?}", error.source_text());
        assert_eq!(attempts_and_stop(&error), (1, Some(Stop::Final)));
        assert_eq!(
            error.to_string(),
            format!(
                "could not connect to localhost:{port}: certificate signed by an unknown authority; nothing was sent; \
                 behind a company proxy? SSL_CERT_FILE=ca.pem or root_certificates adds its authority"
            )
        );
    }
}

#[tokio::test]
async fn a_certificate_that_is_trusted_and_has_expired_or_is_for_another_name_says_so() {
    let mut expired = certificate_for("localhost");
    (expired.not_before, expired.not_after) = (date_time_ymd(2020, 1, 1), date_time_ymd(2021, 1, 1));
    let mut early = certificate_for("localhost");
    (early.not_before, early.not_after) = (date_time_ymd(2100, 1, 1), date_time_ymd(2101, 1, 1));
    for (params, cause, cure) in [
        (expired, ConnectCause::TlsExpired, "is this machine's clock right?"),
        (early, ConnectCause::TlsExpired, "is this machine's clock right?"),
        (certificate_for("elsewhere.example"), ConnectCause::TlsWrongName, "is the host right?"),
    ] {
        let (port, root) = serve_tls(params).await;
        let client = client_of(&format!("https://localhost:{port}")).root_certificates(vec![root]);
        let error = unconnected(client.build().unwrap()).await;
        assert_eq!(error.cause(), Some(cause), "{:?}", error.source_text());
        assert_eq!(attempts_and_stop(&error), (1, Some(Stop::Final)));
        assert!(error.to_string().ends_with(cure), "{error}");
    }
}

#[tokio::test]
async fn tls_to_a_plain_port_fails_as_tls_and_reports_what_it_met() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let plain = format!("https://{}", listener.local_addr().unwrap());
    tokio::spawn(async move {
        loop {
            let (mut stream, _) = listener.accept().await.unwrap();
            stream.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n").await.unwrap();
        }
    });
    let error = unconnected(client_of(&plain).build().unwrap()).await;
    assert_eq!(error.cause(), Some(ConnectCause::TlsOther));
    assert!(error.to_string().contains(": TLS failed: received corrupt message"), "{error}");
    assert_eq!(attempts_and_stop(&error), (1, Some(Stop::Final)));
}

#[tokio::test(start_paused = true)]
async fn a_host_that_says_nothing_times_out_and_is_tried_again() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let mute = listener.local_addr().unwrap();
    let client = client_of(&format!("https://{mute}")).build().unwrap();
    let error = client.create(&webhook()).attempts(2).await.unwrap_err();
    assert_eq!(error.cause(), Some(ConnectCause::Timeout));
    assert_eq!(attempts_and_stop(&error), (2, Some(Stop::Attempts)));
    assert_eq!(error.to_string(), format!("could not connect to {mute}: timed out; nothing was sent"));
}

#[tokio::test(start_paused = true)]
async fn a_read_that_cannot_connect_says_why_too() {
    let (_held, closed) = closed();
    let client = client_of(&format!("http://{closed}")).build().unwrap();
    let error = client.list().await.unwrap_err();
    assert_eq!((error.cause(), error.may_have_been_applied()), (Some(ConnectCause::Refused), false));
    assert!(matches!(error.kind(), ErrorKind::Connect { proxy: None, .. }));
}

/// The variable that makes a test run in a separate process, whose environment configures a proxy.
const PROXIED: &str = "LEADSQUARED_WEBHOOKS_TEST_PROXIED";

const PASSWORD: &str = "canary-proxy-password";

/// A proxy that sends one answer to a tunnel request and one to each later read, and then closes.
fn proxy_that_answers<const N: usize>(answers: [&'static str; N]) -> u16 {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let mut head = Vec::new();
            while !head.ends_with(b"\r\n\r\n") {
                let mut byte = [0];
                std::io::Read::read_exact(&mut stream, &mut byte).unwrap();
                head.push(byte[0]);
            }
            assert!(head.starts_with(b"CONNECT api.example.invalid:443 "));
            for answer in answers {
                std::io::Write::write_all(&mut stream, answer.as_bytes()).unwrap();
                // It may be gone by then.
                let _ = std::io::Read::read(&mut stream, &mut [0; 4096]);
            }
        }
    });
    port
}

#[test]
fn a_proxy_that_does_not_connect_is_named_with_what_it_said() {
    let (_held, closed) = closed();
    let closed = closed.port();
    let plain = ["HTTP/1.1 200 OK\r\n\r\n", "HTTP/1.1 400 Bad Request\r\n\r\n"];
    let silent = ["HTTP/1.1 200 OK\r\n\r\n"];
    for (port, cause, tries, text) in [
        (
            proxy_that_answers(["HTTP/1.1 407 Proxy Authentication Required\r\n\r\n"]),
            ConnectCause::ProxyAuthenticationNeeded,
            1,
            "could not connect to api.example.invalid through the proxy 127.0.0.1:#: the proxy needs authentication; \
             nothing was sent; give a name and a password: HTTPS_PROXY=http://USER:PASSWORD@HOST:PORT",
        ),
        (
            proxy_that_answers(["HTTP/1.1 403 Forbidden\r\n\r\n"]),
            ConnectCause::ProxyRefused,
            2,
            "could not connect to api.example.invalid through the proxy 127.0.0.1:#: the proxy refused the tunnel; \
             nothing was sent; does the proxy allow this host? NO_PROXY names the hosts to reach without it",
        ),
        (
            proxy_that_answers(["HTTP/1.1 502 Bad Gateway\r\n\r\n"]),
            ConnectCause::ProxyRefused,
            2,
            "could not connect to api.example.invalid through the proxy 127.0.0.1:#: the proxy refused the tunnel; \
             nothing was sent; does the proxy allow this host? NO_PROXY names the hosts to reach without it",
        ),
        (
            proxy_that_answers([]),
            ConnectCause::ProxyOther,
            2,
            "could not connect to api.example.invalid through the proxy 127.0.0.1:#: the proxy opened no tunnel; \
             nothing was sent",
        ),
        (
            closed,
            ConnectCause::Refused,
            2,
            "could not connect to the proxy 127.0.0.1:#: connection refused; nothing was sent; are HTTPS_PROXY and \
             ALL_PROXY right?",
        ),
        (
            proxy_that_answers(plain),
            ConnectCause::TlsOther,
            1,
            "could not connect to api.example.invalid through the proxy 127.0.0.1:#: TLS failed: received corrupt \
             message of type InvalidContentType; nothing was sent",
        ),
        (
            proxy_that_answers(silent),
            ConnectCause::Other,
            2,
            "could not connect to api.example.invalid through the proxy 127.0.0.1:#: connection failed: tls handshake \
             eof; nothing was sent",
        ),
    ] {
        let expected = format!("{}|{tries}|{}", cause.as_str(), text.replace('#', &port.to_string()));
        let output = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "connect::a_call_through_the_proxy_of_the_environment", "--nocapture"])
            .env(PROXIED, expected)
            .env("HTTPS_PROXY", format!("http://user:{PASSWORD}@127.0.0.1:{port}"))
            .env_remove("NO_PROXY")
            .env_remove("no_proxy")
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&output.stdout);
        assert!(
            output.status.success() && said.contains("one call through a proxy"),
            "{said}{}",
            String::from_utf8_lossy(&output.stderr)
        );
    }
}

/// Run by the test above. On its own it shows that a client reads no environment variables unless
/// requested.
#[tokio::test]
async fn a_call_through_the_proxy_of_the_environment() {
    let Ok(expected) = std::env::var(PROXIED) else {
        let client = client_of("api.example.invalid").timeout(Duration::from_secs(20)).build().unwrap();
        let error = client.create(&webhook()).attempts(2).await.unwrap_err();
        assert!(!matches!(error.kind(), ErrorKind::Connect { proxy: Some(_), .. }), "{error}");
        return;
    };
    let client = client_of("api.example.invalid").proxies_from_env().build().unwrap();
    let error = client.create(&webhook()).attempts(2).await.unwrap_err();
    assert_eq!(format!("{}|{}|{error}", error.cause().unwrap().as_str(), error.attempts().len()), expected);
    let all = format!("{error:?}{}{}", serde_json::to_string(&error).unwrap(), error.source_text().unwrap());
    assert!(!all.contains("canary"), "{all}");
    println!("one call through a proxy");
}
