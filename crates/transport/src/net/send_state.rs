//! Tracks whether a request was sent: the one fact behind "not sent".
//!
//! An HTTP/1 connection polls a request's body after it has buffered the head and before it writes
//! anything. A body that was never polled thus proves that not one byte was sent, for every kind of
//! failure: a refused connection, a stalled TLS handshake, a deadline that passed while waiting for
//! a connection. The HTTP library's errors do not report as much: a stalled handshake that is ended
//! by a total timeout looks like any other timeout.

use std::{
    fmt,
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicU8, Ordering},
    },
    task::{Context, Poll},
};

use http_body::{Body, Frame, SizeHint};

use bytes::Bytes;

const WAITING: u8 = 0;
const POLLED: u8 = 1;
const WITHDRAWN: u8 = 2;

/// The send state of one request, shared with its body.
#[derive(Clone, Default)]
pub(crate) struct SendState(Arc<Watched>);

#[derive(Default)]
struct Watched {
    state: AtomicU8,
    /// Called right before the first byte is written.
    on_poll: Option<Box<dyn Fn() + Send + Sync>>,
}

impl SendState {
    /// A send state that calls `on_poll` once, when the request is sent.
    pub(crate) fn with_callback(on_poll: impl Fn() + Send + Sync + 'static) -> Self {
        Self(Arc::new(Watched { state: AtomicU8::default(), on_poll: Some(Box::new(on_poll)) }))
    }

    /// The body to send.
    pub(crate) fn body(&self, bytes: Bytes) -> WatchedBody {
        WatchedBody { bytes: Some(bytes).filter(|bytes| !bytes.is_empty()), send_state: self.clone() }
    }

    /// Whether the request was sent. If not, it is withdrawn and never will be.
    pub(crate) fn was_polled(&self) -> bool {
        self.0.state.compare_exchange(WAITING, WITHDRAWN, Ordering::AcqRel, Ordering::Acquire) == Err(POLLED)
    }

    fn poll(&self) -> Result<(), Withdrawn> {
        match self.0.state.compare_exchange(WAITING, POLLED, Ordering::AcqRel, Ordering::Acquire) {
            Ok(_) => {
                if let Some(on_poll) = &self.0.on_poll {
                    on_poll();
                }
                Ok(())
            }
            Err(POLLED) => Ok(()),
            Err(_) => Err(Withdrawn),
        }
    }
}

impl fmt::Debug for SendState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("SendState").field(&self.0.state).finish()
    }
}

/// The request was cancelled before it was sent.
#[derive(Debug)]
pub(crate) struct Withdrawn;

impl fmt::Display for Withdrawn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("cancelled before it was sent")
    }
}

impl std::error::Error for Withdrawn {}

/// A request body that records when it is polled.
#[derive(Debug)]
pub(crate) struct WatchedBody {
    bytes: Option<Bytes>,
    send_state: SendState,
}

impl Body for WatchedBody {
    type Data = Bytes;
    type Error = Withdrawn;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Withdrawn>>> {
        if let Err(withdrawn) = self.send_state.poll() {
            return Poll::Ready(Some(Err(withdrawn)));
        }
        Poll::Ready(self.bytes.take().map(|bytes| Ok(Frame::data(bytes))))
    }

    fn is_end_stream(&self) -> bool {
        self.bytes.is_none()
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.bytes.as_ref().map_or(0, |bytes| bytes.len() as u64))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn poll(body: &mut WatchedBody) -> Poll<Option<Result<Frame<Bytes>, Withdrawn>>> {
        Pin::new(body).poll_frame(&mut Context::from_waker(std::task::Waker::noop()))
    }

    #[test]
    fn a_body_that_was_never_asked_for_has_not_left_and_never_will() {
        let send_state = SendState::default();
        let mut body = send_state.body(Bytes::from_static(b"{}"));
        assert!(!send_state.was_polled());
        assert!(matches!(poll(&mut body), Poll::Ready(Some(Err(Withdrawn)))));
        assert!(!send_state.was_polled());
    }

    #[test]
    fn a_request_reports_that_it_leaves_once_and_only_when_it_does() {
        let calls = Arc::new(AtomicU8::default());
        let send_state = || {
            let calls = Arc::clone(&calls);
            SendState::with_callback(move || {
                calls.fetch_add(1, Ordering::Relaxed);
            })
        };
        let withdrawn = send_state();
        let mut body = withdrawn.body(Bytes::from_static(b"{}"));
        assert!(!withdrawn.was_polled());
        let _ = poll(&mut body);
        assert_eq!(calls.load(Ordering::Relaxed), 0);
        let mut body = send_state().body(Bytes::from_static(b"{}"));
        let _ = (poll(&mut body), poll(&mut body));
        assert_eq!(calls.load(Ordering::Relaxed), 1);
    }

    #[test]
    fn a_body_that_was_asked_for_has_left() {
        let send_state = SendState::default();
        let mut body = send_state.body(Bytes::from_static(b"{}"));
        assert_eq!(body.size_hint().exact(), Some(2));
        assert!(matches!(poll(&mut body), Poll::Ready(Some(Ok(_)))));
        assert!(body.is_end_stream());
        assert!(send_state.was_polled());
    }
}
