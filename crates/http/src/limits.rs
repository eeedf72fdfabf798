//! How much of a body is read, and how long a client may take to send it.

use std::{
    pin::Pin,
    task::{Context, Poll},
    time::Duration,
};

use axum::{
    body::{Body, BodyDataStream, HttpBody as _},
    http::StatusCode,
};
use bytes::{Bytes, BytesMut};
use futures_util::{Stream, StreamExt as _};
use tokio::time::{Instant, Sleep, sleep_until};

/// Limits of one request's body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BodyLimits {
    /// How many bytes.
    pub bytes: usize,
    /// How long nothing may come.
    pub idle: Duration,
    /// How long it may take in all. Keep it below the entrance's own time limit, so that the client is told why.
    pub total: Duration,
}

impl BodyLimits {
    /// So many bytes, 10 s without any, 25 s in all.
    #[must_use]
    pub const fn bytes(bytes: usize) -> Self {
        Self { bytes, idle: Duration::from_secs(10), total: Duration::from_secs(25) }
    }
}

/// Why a body could not be read. Doors render it in their own shape.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BodyFault {
    /// More bytes than allowed, announced or sent.
    TooLarge,
    /// The client sends too slowly, or nothing.
    TooSlow,
    /// The client is gone, or what it sends is no HTTP.
    Broken,
}

impl BodyFault {
    /// The usual status.
    #[must_use]
    pub const fn status(self) -> StatusCode {
        match self {
            Self::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::TooSlow => StatusCode::REQUEST_TIMEOUT,
            Self::Broken => StatusCode::BAD_REQUEST,
        }
    }
}

impl std::fmt::Display for BodyFault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::TooLarge => "the body is too large",
            Self::TooSlow => "the body came too slowly",
            Self::Broken => "the body broke off",
        })
    }
}
impl std::error::Error for BodyFault {}

/// Reads a whole body. One that announces more than allowed is not read at all.
///
/// # Errors
/// See [`BodyFault`].
pub async fn read_body(body: Body, limits: BodyLimits) -> Result<Bytes, BodyFault> {
    let mut chunks = Guarded::new(body, limits)?;
    let Some(first) = chunks.next().await.transpose()? else { return Ok(Bytes::new()) };
    let Some(second) = chunks.next().await.transpose()? else { return Ok(first) };
    let mut whole = BytesMut::with_capacity((first.len() + second.len()).max(chunks.announced));
    whole.extend_from_slice(&first);
    whole.extend_from_slice(&second);
    while let Some(chunk) = chunks.next().await.transpose()? {
        whole.extend_from_slice(&chunk);
    }
    Ok(whole.freeze())
}

/// A body as a stream of chunks that keeps the limits: for uploads, which are not held in memory. After an error it
/// ends.
#[derive(Debug)]
pub struct Guarded {
    chunks: BodyDataStream,
    announced: usize,
    left: usize,
    idle: Duration,
    end: Instant,
    /// Runs while the client is waited for.
    alarm: Option<Pin<Box<Sleep>>>,
    over: bool,
}

impl Guarded {
    /// Puts limits on a body.
    ///
    /// # Errors
    /// [`BodyFault::TooLarge`] when it announces more.
    pub fn new(body: Body, limits: BodyLimits) -> Result<Self, BodyFault> {
        let announced = usize::try_from(body.size_hint().lower()).unwrap_or(usize::MAX);
        if announced > limits.bytes {
            return Err(BodyFault::TooLarge);
        }
        Ok(Self {
            chunks: body.into_data_stream(),
            announced,
            left: limits.bytes,
            idle: limits.idle,
            end: Instant::now() + limits.total,
            alarm: None,
            over: false,
        })
    }

    fn fail(&mut self, fault: BodyFault) -> Poll<Option<Result<Bytes, BodyFault>>> {
        self.over = true;
        Poll::Ready(Some(Err(fault)))
    }
}

impl Stream for Guarded {
    type Item = Result<Bytes, BodyFault>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        if self.over {
            return Poll::Ready(None);
        }
        match self.chunks.poll_next_unpin(cx) {
            Poll::Ready(Some(Ok(chunk))) => {
                let Some(left) = self.left.checked_sub(chunk.len()) else { return self.fail(BodyFault::TooLarge) };
                self.left = left;
                self.alarm = None;
                // A client that always has one more byte ready is never waited for.
                if Instant::now() > self.end { self.fail(BodyFault::TooSlow) } else { Poll::Ready(Some(Ok(chunk))) }
            }
            Poll::Ready(Some(Err(_))) => self.fail(BodyFault::Broken),
            Poll::Ready(None) => {
                self.over = true;
                Poll::Ready(None)
            }
            Poll::Pending => {
                let until = self.end.min(Instant::now() + self.idle);
                let alarm = self.alarm.get_or_insert_with(|| Box::pin(sleep_until(until)));
                if alarm.as_mut().poll(cx).is_ready() { self.fail(BodyFault::TooSlow) } else { Poll::Pending }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use futures_util::stream;

    use super::*;

    fn sent(chunks: &[&'static str]) -> Body {
        Body::from_stream(stream::iter(chunks.iter().map(|c| Ok::<_, std::io::Error>(*c)).collect::<Vec<_>>()))
    }

    /// Sends one byte each `pause`, for ever.
    fn dripping(pause: Duration) -> Body {
        Body::from_stream(stream::unfold((), move |()| async move {
            tokio::time::sleep(pause).await;
            Some((Ok::<_, std::io::Error>("x"), ()))
        }))
    }

    #[tokio::test]
    async fn a_body_up_to_the_limit_is_read() {
        let limits = BodyLimits::bytes(6);
        assert_eq!(read_body(Body::empty(), limits).await.unwrap(), "");
        assert_eq!(read_body(Body::from("abcdef"), limits).await.unwrap(), "abcdef");
        assert_eq!(read_body(sent(&["ab", "cd", "ef"]), limits).await.unwrap(), "abcdef");
        assert_eq!(read_body(sent(&["ab", "cd", "efg"]), limits).await, Err(BodyFault::TooLarge));
        assert_eq!(read_body(Body::from("abcdefg"), limits).await, Err(BodyFault::TooLarge));
    }

    #[tokio::test]
    async fn a_body_that_breaks_off_is_told_from_one_that_ends() {
        let broken = stream::iter([Ok("ab"), Err(std::io::Error::other("gone"))]);
        assert_eq!(read_body(Body::from_stream(broken), BodyLimits::bytes(9)).await, Err(BodyFault::Broken));
    }

    #[tokio::test(start_paused = true)]
    async fn a_slow_body_is_given_up() {
        let limits = BodyLimits::bytes(9_999_999);
        let began = Instant::now();
        let silent = Body::from_stream(stream::pending::<Result<&str, std::io::Error>>());
        assert_eq!(read_body(silent, limits).await, Err(BodyFault::TooSlow));
        assert_eq!(began.elapsed().as_secs(), 10);

        let began = Instant::now();
        assert_eq!(read_body(dripping(Duration::from_secs(9)), limits).await, Err(BodyFault::TooSlow));
        assert_eq!(began.elapsed().as_secs(), 25);

        let began = Instant::now();
        assert_eq!(read_body(dripping(Duration::from_millis(1)), limits).await, Err(BodyFault::TooSlow));
        assert_eq!(began.elapsed().as_secs(), 25);
    }

    #[tokio::test]
    async fn a_stream_ends_after_its_error() {
        let mut chunks = Guarded::new(sent(&["ab", "cd", "ef"]), BodyLimits::bytes(3)).unwrap();
        assert_eq!(chunks.next().await, Some(Ok("ab".into())));
        assert_eq!(chunks.next().await, Some(Err(BodyFault::TooLarge)));
        assert_eq!(chunks.next().await, None);
    }
}
