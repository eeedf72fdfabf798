//! Operations without their types. What one answers travels in a box, so that the ways to both databases are compiled
//! once, and not anew for each of the hundreds of operations in each crate that starts them.

use std::{any::Any, marker::PhantomData, pin::Pin};

use kernel::{Error, Result};

use crate::{Read, Write};

/// What an operation answers, whatever that is.
pub type Answer = Box<dyn Any + Send>;

type Running<'a> = Pin<Box<dyn Future<Output = Result<Answer>> + 'a>>;

/// An operation that reads.
pub trait Reading: Send {
    /// Runs it.
    fn run<'a>(self: Box<Self>, r: &'a Read) -> Running<'a>;
}

/// An operation that writes, as often as it takes.
pub trait Writing: Send {
    /// Runs it.
    fn run<'a>(&'a self, w: &'a Write) -> Running<'a>;
}

struct Operation<F, R> {
    f: F,
    answers: PhantomData<fn() -> R>,
}

impl<F, R> Reading for Operation<F, R>
where
    F: AsyncFnOnce(&Read) -> Result<R> + Send + 'static,
    R: Send + 'static,
{
    fn run<'a>(self: Box<Self>, r: &'a Read) -> Running<'a> {
        Box::pin(async move { Ok(Box::new((self.f)(r).await?) as Answer) })
    }
}

impl<F, R> Writing for Operation<F, R>
where
    F: AsyncFn(&Write) -> Result<R> + Send + 'static,
    R: Send + 'static,
{
    fn run<'a>(&'a self, w: &'a Write) -> Running<'a> {
        Box::pin(async move { Ok(Box::new((self.f)(w).await?) as Answer) })
    }
}

/// A closure that reads, as an operation.
pub fn reading<R, F>(f: F) -> Box<dyn Reading>
where
    F: AsyncFnOnce(&Read) -> Result<R> + Send + 'static,
    R: Send + 'static,
{
    Box::new(Operation { f, answers: PhantomData })
}

/// A closure that writes, as an operation.
pub fn writing<R, F>(f: F) -> Box<dyn Writing>
where
    F: AsyncFn(&Write) -> Result<R> + Send + 'static,
    R: Send + 'static,
{
    Box::new(Operation { f, answers: PhantomData })
}

/// What an operation answered, out of its box.
pub fn answered<R: 'static>(answer: Result<Answer>) -> Result<R> {
    answer?.downcast().map(|r| *r).map_err(|_| Error::internal("an operation answered something else"))
}
