//! Running an operation's closure: to its end, once, never nested, and a panic is only the operation's own.

use std::{
    any::Any,
    panic::{AssertUnwindSafe, catch_unwind},
    pin::pin,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    task::{Context, Poll, Wake},
};

use kernel::{Error, Result};

tokio::task_local! { static INSIDE: (); }

/// Refuses to start an operation from inside another one: on SQLite it would wait for itself.
pub fn outside() -> Result<()> {
    if INSIDE.try_with(|()| ()).is_ok() {
        return Err(Error::internal("an operation inside an operation: pass the handle on instead"));
    }
    Ok(())
}

/// Marks the future as inside an operation.
pub async fn inside<F: Future>(f: F) -> F::Output {
    INSIDE.scope((), f).await
}

/// Runs a future whose every step is ready at once, as all steps of an operation on SQLite are. One that waits for
/// anything else is a defect, and is told so instead of blocking the thread.
pub fn now<R>(f: impl Future<Output = Result<R>>) -> Result<R> {
    struct Flag(AtomicBool);
    impl Wake for Flag {
        fn wake(self: Arc<Self>) {
            self.0.store(true, Ordering::Relaxed);
        }
    }
    let run = || {
        let flag = Arc::new(Flag(AtomicBool::new(false)));
        let (waker, mut f) = (Arc::clone(&flag).into(), pin!(f));
        loop {
            if let Poll::Ready(r) = f.as_mut().poll(&mut Context::from_waker(&waker)) {
                return r;
            }
            if !flag.0.swap(false, Ordering::Relaxed) {
                return Err(Error::internal("an operation waited for something that is not its connection"));
            }
        }
    };
    catch_unwind(AssertUnwindSafe(run)).unwrap_or_else(|p| Err(panicked(p.as_ref())))
}

/// Runs one step of a thread's life; the thread outlives a panic in it.
pub fn survive(step: impl FnOnce()) {
    if let Err(p) = catch_unwind(AssertUnwindSafe(step)) {
        tracing::error!(error = %panicked(p.as_ref()), "a database thread goes on after a panic");
    }
}

/// A caught panic as an error.
pub fn panicked(p: &(dyn Any + Send)) -> Error {
    let text = p.downcast_ref::<&str>().copied().or_else(|| p.downcast_ref::<String>().map(String::as_str));
    Error::internal(format_args!("panic: {}", text.unwrap_or("without a text")))
}
