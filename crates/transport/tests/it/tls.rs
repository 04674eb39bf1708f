use std::{sync::Arc, time::Duration};

use leadsquared_webhooks::{Client, Error, Outcome, account::Roots};
use rcgen::{CertifiedKey, generate_simple_self_signed};
use rustls::{ServerConfig, pki_types::PrivateKeyDer};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpListener,
};
use tokio_rustls::TlsAcceptor;

use crate::server::{client_of, webhook};

/// A server with a self-signed certificate for `localhost`; it answers every request with success.
async fn start() -> (String, Vec<u8>) {
    let CertifiedKey { cert, signing_key } =
        generate_simple_self_signed(vec!["localhost".to_owned()]).unwrap();
    let key = PrivateKeyDer::try_from(signing_key.serialize_der()).unwrap();
    let config = ServerConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![cert.der().clone()], key)
        .unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let host = format!("https://localhost:{}", listener.local_addr().unwrap().port());
    tokio::spawn(async move {
        let acceptor = TlsAcceptor::from(Arc::new(config));
        loop {
            let (stream, _) = listener.accept().await.unwrap();
            let Ok(mut stream) = acceptor.accept(stream).await else { continue };
            let mut bytes = vec![0; 8192];
            let mut read = 0;
            while !bytes[..read].ends_with(b"}") {
                read += stream.read(&mut bytes[read..]).await.unwrap();
            }
            let answer = r#"{"Status":"Success","Message":{"Id":"b1c4"}}"#;
            let head = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n", answer.len());
            stream.write_all(format!("{head}{answer}").as_bytes()).await.unwrap();
            stream.flush().await.unwrap();
        }
    });
    (host, cert.der().to_vec())
}

/// The error of a create that is attempted once.
async fn once(client: &Client) -> Error {
    client.create(&webhook()).attempts(1).timeout(Duration::from_secs(20)).await.unwrap_err()
}

#[tokio::test]
async fn a_certificate_that_nobody_vouches_for_ends_the_call_before_anything_is_sent() {
    let (host, _) = start().await;
    let error = once(&client_of(&host).build().unwrap()).await;
    assert_eq!((error.kind().as_str(), error.outcome()), ("connect", Outcome::NotSent));
}

#[tokio::test]
async fn a_root_certificate_of_ones_own_is_trusted_beside_the_platforms() {
    let (host, root) = start().await;
    let client = client_of(&host).root_certificates(vec![root]).build().unwrap();
    assert_eq!(client.create(&webhook()).await.unwrap().id.as_str(), "b1c4");
}

#[tokio::test]
async fn bundled_roots_vouch_for_nobody_else_but_take_further_ones() {
    let (host, root) = start().await;
    let client = client_of(&host).roots(Roots::Bundled).build().unwrap();
    let error = once(&client).await;
    assert_eq!((error.kind().as_str(), error.outcome()), ("connect", Outcome::NotSent));

    let client = client_of(&host).roots(Roots::Bundled).root_certificates(vec![root]).build().unwrap();
    assert_eq!(client.create(&webhook()).await.unwrap().id.as_str(), "b1c4");
}

#[test]
fn a_root_certificate_that_is_none_is_a_problem_of_the_settings() {
    for roots in [Roots::Platform, Roots::Bundled] {
        let error = client_of("https://localhost")
            .roots(roots)
            .root_certificates(vec![b"no certificate".to_vec()])
            .build()
            .unwrap_err();
        assert_eq!(error.problems()[0].setting, "root_certificates");
    }
}
