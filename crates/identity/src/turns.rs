//! Tries at one login wait for each other, so that many at once are counted like many in a row.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError, Weak},
};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// How many passwords of one login are looked at together.
const TOGETHER: usize = 2;

/// Above so many names those that nobody waits for are forgotten.
const KEPT: usize = 1024;

/// Who is being tried right now.
#[derive(Clone, Default)]
pub struct Turns(Arc<Mutex<HashMap<String, Weak<Semaphore>>>>);

#[operations::compiled_here]
impl Turns {
    /// Waits until it is this try's turn; the turn ends when the answer is dropped.
    pub async fn wait(&self, name: String) -> Option<OwnedSemaphorePermit> {
        let line = {
            let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            if all.len() > KEPT {
                all.retain(|_, line| line.strong_count() > 0);
            }
            all.get(&name).and_then(Weak::upgrade).unwrap_or_else(|| {
                let line = Arc::new(Semaphore::new(TOGETHER));
                all.insert(name, Arc::downgrade(&line));
                line
            })
        };
        // It is never closed.
        line.acquire_owned().await.ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn one_name_waits_and_others_do_not() {
        let turns = Turns::default();
        let (a, b) = (turns.wait("a".to_owned()).await, turns.wait("a".to_owned()).await);
        let mut third = Box::pin(turns.wait("a".to_owned()));
        assert!(futures_poll(third.as_mut()).await.is_none());
        assert!(turns.wait("b".to_owned()).await.is_some());
        drop(a);
        assert!(third.await.is_some());
        drop(b);
        for n in 0..=KEPT + 1 {
            drop(turns.wait(n.to_string()).await);
        }
        assert!(turns.0.lock().unwrap().len() < 10, "nobody waits for them any more");
    }

    async fn futures_poll<F: Future>(mut f: std::pin::Pin<&mut F>) -> Option<F::Output> {
        std::future::poll_fn(|cx| {
            std::task::Poll::Ready(match f.as_mut().poll(cx) {
                std::task::Poll::Ready(out) => Some(out),
                std::task::Poll::Pending => None,
            })
        })
        .await
    }
}
