//! The body of a paid request: it leaves in time or never.
//!
//! A latch stands between the request and the connection. It is opened by the first poll of the body, which happens when
//! the connection is up and the next thing would be to write; if the fence is over by then, or the caller has given up,
//! the latch is shut and the body fails instead, so that the request can never be completed. Whoever finds the latch
//! shut knows that no byte of the body left.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};
use std::task::{Context, Poll};

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};

use crate::clock::Clock;
use crate::provider::Fence;

const WAITING: u8 = 0;
const OPEN: u8 = 1;
const SHUT: u8 = 2;

/// What the caller keeps: dropping it keeps the body from leaving, if it has not left.
#[derive(Debug)]
pub struct Latch(Arc<AtomicU8>);

/// What the connection gets.
pub struct Fenced {
    bytes: Option<Bytes>,
    latch: Arc<AtomicU8>,
    fence: Fence,
    clock: Arc<dyn Clock>,
}

/// The body was not sent, because it was too late.
#[derive(Debug, thiserror::Error)]
#[error("the time in which the request might leave is over")]
pub struct TooLate;

/// Puts a body behind a fence.
pub fn fenced(bytes: Bytes, fence: Fence, clock: Arc<dyn Clock>) -> (Fenced, Latch) {
    let latch = Arc::new(AtomicU8::new(WAITING));
    (Fenced { bytes: Some(bytes), latch: Arc::clone(&latch), fence, clock }, Latch(latch))
}

impl Latch {
    /// Shuts the latch. `true` if nothing of the body has left, and then nothing ever will.
    pub fn shut(&self) -> bool {
        match self.0.compare_exchange(WAITING, SHUT, Ordering::AcqRel, Ordering::Acquire) {
            Ok(_) => true,
            Err(state) => state == SHUT,
        }
    }
}

impl Drop for Latch {
    fn drop(&mut self) {
        self.shut();
    }
}

impl Body for Fenced {
    type Data = Bytes;
    type Error = TooLate;

    fn poll_frame(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, TooLate>>> {
        let this = self.get_mut();
        let Some(bytes) = this.bytes.take() else { return Poll::Ready(None) };
        let next = if this.clock.instant() <= this.fence.0 { OPEN } else { SHUT };
        let opened = this.latch.compare_exchange(WAITING, next, Ordering::AcqRel, Ordering::Acquire).is_ok();
        if opened && next == OPEN {
            Poll::Ready(Some(Ok(Frame::data(bytes))))
        } else {
            Poll::Ready(Some(Err(TooLate)))
        }
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
    use crate::clock::SystemClock;
    use std::time::Duration;

    fn poll(body: &mut Fenced) -> Option<Result<Bytes, TooLate>> {
        let mut context = Context::from_waker(std::task::Waker::noop());
        match Pin::new(body).poll_frame(&mut context) {
            Poll::Ready(frame) => frame.map(|frame| frame.map(|frame| frame.into_data().unwrap())),
            Poll::Pending => panic!("a body in memory is always ready"),
        }
    }

    fn body(fence: Fence) -> (Fenced, Latch) {
        fenced(Bytes::from_static(b"money"), fence, Arc::new(SystemClock))
    }

    fn far() -> Fence {
        Fence(SystemClock.instant() + Duration::from_secs(3600))
    }

    #[test]
    fn before_the_fence_it_leaves_and_the_latch_says_so() {
        let (mut body, latch) = body(far());
        assert_eq!(body.size_hint().exact(), Some(5));
        assert!(matches!(poll(&mut body), Some(Ok(bytes)) if bytes == "money"));
        assert!(body.is_end_stream() && poll(&mut body).is_none());
        assert!(!latch.shut(), "it has left");
    }

    #[test]
    fn after_the_fence_nothing_leaves() {
        let over = SystemClock.instant().checked_sub(Duration::from_secs(1)).unwrap();
        let (mut body, latch) = body(Fence(over));
        assert!(matches!(poll(&mut body), Some(Err(TooLate))));
        assert!(latch.shut());
    }

    #[test]
    fn what_was_given_up_does_not_leave_later() {
        let (mut body, latch) = body(far());
        assert!(latch.shut(), "nothing has left");
        assert!(matches!(poll(&mut body), Some(Err(TooLate))));
        let (mut body, latch) = self::body(far());
        drop(latch);
        assert!(matches!(poll(&mut body), Some(Err(TooLate))));
    }
}
