//! A time limit on answers: a client that does not take its answer loses the connection.

use std::future::Future as _;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::{Sleep, sleep};

/// A stream whose writer may be kept waiting for so long, from the first wait to the end of what is to be
/// written: a client that takes a byte now and then gains nothing by it.
#[derive(Debug)]
pub(super) struct WriteDeadline<S> {
    stream: S,
    within: Duration,
    /// Runs from the first write that had to wait to the next flush that did not.
    waiting: Option<Pin<Box<Sleep>>>,
}

impl<S> WriteDeadline<S> {
    /// Limits the time to write to the stream.
    pub(super) fn new(stream: S, within: Duration) -> Self {
        Self { stream, within, waiting: None }
    }

    fn limited<T>(
        &mut self,
        context: &mut Context<'_>,
        result: Poll<io::Result<T>>,
        is_end: bool,
    ) -> Poll<io::Result<T>> {
        if result.is_ready() {
            if is_end {
                self.waiting = None;
            }
            return result;
        }
        let within = self.within;
        let waiting = self.waiting.get_or_insert_with(|| Box::pin(sleep(within)));
        match waiting.as_mut().poll(context) {
            Poll::Ready(()) => Poll::Ready(Err(io::ErrorKind::TimedOut.into())),
            Poll::Pending => Poll::Pending,
        }
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for WriteDeadline<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(context, buffer)
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for WriteDeadline<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let result = Pin::new(&mut self.stream).poll_write(context, bytes);
        self.limited(context, result, false)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let result = Pin::new(&mut self.stream).poll_flush(context);
        self.limited(context, result, true)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let result = Pin::new(&mut self.stream).poll_shutdown(context);
        self.limited(context, result, true)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let result = Pin::new(&mut self.stream).poll_write_vectored(context, slices);
        self.limited(context, result, false)
    }
}

#[cfg(test)]
mod tests {
    use std::future::poll_fn;

    use tokio::time::Instant;

    use super::*;

    const LIMIT: Duration = Duration::from_secs(10);

    /// Takes one byte each so many seconds, or none at all.
    struct Trickle {
        every: Option<Duration>,
        next: Pin<Box<Sleep>>,
    }

    impl Trickle {
        fn new(every: Option<Duration>) -> Self {
            Self { every, next: Box::pin(sleep(every.unwrap_or(Duration::MAX))) }
        }
    }

    impl AsyncWrite for Trickle {
        fn poll_write(
            mut self: Pin<&mut Self>,
            context: &mut Context<'_>,
            _: &[u8],
        ) -> Poll<io::Result<usize>> {
            if self.next.as_mut().poll(context).is_pending() {
                return Poll::Pending;
            }
            if let Some(every) = self.every {
                self.next = Box::pin(sleep(every));
            }
            Poll::Ready(Ok(1))
        }

        fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
            Poll::Ready(Ok(()))
        }

        fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
            Poll::Ready(Ok(()))
        }
    }

    /// Writes so many bytes and flushes.
    async fn write(stream: &mut WriteDeadline<Trickle>, count: usize) -> io::Result<()> {
        for _ in 0..count {
            poll_fn(|context| Pin::new(&mut *stream).poll_write(context, b"x")).await?;
        }
        poll_fn(|context| Pin::new(&mut *stream).poll_flush(context)).await
    }

    #[tokio::test(start_paused = true)]
    async fn a_reader_that_stops_ends_the_writer() {
        let mut stream = WriteDeadline::new(Trickle::new(None), LIMIT);
        let start = Instant::now();
        assert_eq!(write(&mut stream, 1).await.unwrap_err().kind(), io::ErrorKind::TimedOut);
        assert_eq!(start.elapsed().as_secs(), 10);
    }

    #[tokio::test(start_paused = true)]
    async fn a_reader_that_trickles_gains_nothing() {
        let mut stream = WriteDeadline::new(Trickle::new(Some(Duration::from_secs(1))), LIMIT);
        let start = Instant::now();
        assert!(write(&mut stream, 100).await.is_err());
        assert!(start.elapsed() <= LIMIT + Duration::from_secs(1), "{:?}", start.elapsed());
    }

    #[tokio::test(start_paused = true)]
    async fn each_answer_has_its_own_time() {
        let mut stream = WriteDeadline::new(Trickle::new(Some(Duration::from_secs(1))), LIMIT);
        for _ in 0..4 {
            write(&mut stream, 8).await.unwrap();
        }
    }
}
