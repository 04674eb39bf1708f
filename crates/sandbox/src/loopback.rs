//! Access control for `/_sandbox/`: programs on this machine are allowed, pages of other sites in a
//! browser on it are not.

use std::net::{Ipv4Addr, Ipv6Addr};

use http::{HeaderMap, Uri, header};
use serde_json::json;

use crate::envelope::Answer;

/// Refuses a request for another host than this machine (as a DNS name rebound to it sends), or
/// from another site's page.
///
/// # Errors
///
/// 403 with the reason.
pub(crate) fn check(uri: &Uri, headers: &HeaderMap) -> Result<(), Answer> {
    let text = |value: &http::HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
    let mut hosts: Vec<_> = headers.get_all(header::HOST).into_iter().map(text).collect();
    hosts.extend(uri.authority().map(ToString::to_string));
    if hosts.is_empty() {
        return Err(refused("Host: missing; /_sandbox/ answers localhost, 127.0.0.0/8 and [::1] alone"));
    }
    if let Some(host) = hosts.iter().find(|host| !is_loopback(host)) {
        let why = format!(
            "Host: {host:?} is not localhost, in 127.0.0.0/8 or [::1]; /_sandbox/ answers these alone"
        );
        return Err(refused(&why));
    }
    let foreign = |origin: &String| !origin.split_once("://").is_some_and(|(_, host)| is_loopback(host));
    if let Some(origin) = headers.get_all(header::ORIGIN).into_iter().map(text).find(foreign) {
        let why =
            format!("Origin: {origin:?} is not on this machine; /_sandbox/ answers no other site's pages");
        return Err(refused(&why));
    }
    Ok(())
}

fn refused(why: &str) -> Answer {
    Answer::json(403, &json!({"error": why}))
}

/// Returns whether a host, with or without a port, is this machine, by a name that DNS cannot point
/// elsewhere.
fn is_loopback(authority: &str) -> bool {
    let (host, port) = match authority.rsplit_once(':') {
        Some((host, port)) if !port.ends_with(']') => (host, port),
        _ => (authority, ""),
    };
    let ipv6 = host.strip_prefix('[').and_then(|host| host.strip_suffix(']'));
    port.bytes().all(|byte| byte.is_ascii_digit())
        && (host.eq_ignore_ascii_case("localhost")
            || host.parse().is_ok_and(|address: Ipv4Addr| address.is_loopback())
            || ipv6.is_some_and(|host| host.parse().is_ok_and(|address: Ipv6Addr| address.is_loopback())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn this_machine_has_few_names() {
        for here in [
            "localhost",
            "LocalHost:8080",
            "127.0.0.1",
            "127.0.0.1:1",
            "127.255.255.254:80",
            "[::1]",
            "[::1]:80",
            "[0:0:0:0:0:0:0:1]:80",
        ] {
            assert!(is_loopback(here), "{here}");
        }
        for elsewhere in [
            "",
            ":80",
            "x",
            "localhost.",
            "localhost.example",
            "a.localhost",
            "localhost@example.com",
            "example.com@localhost",
            "localhost:x",
            "128.0.0.1",
            "127.1",
            "127.0.0.1.example",
            "0.0.0.0",
            "2130706433",
            "::1",
            "[::1",
            "[::2]",
            "[::ffff:127.0.0.1]",
            "localhost/x",
            "localhost ",
        ] {
            assert!(!is_loopback(elsewhere), "{elsewhere}");
        }
    }
}
