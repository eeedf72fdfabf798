//! A build without passkeys: there is nowhere they could be used.

use app::passkey::{Known, New, Owner};
use kernel::{Error, Result};

use super::{Begun, Wrong};

pub(super) const THERE: bool = false;

pub(super) enum Assertion {}

impl Assertion {
    pub(super) fn read(_: &str) -> Option<Self> {
        None
    }

    pub(super) fn credential(&self) -> &[u8] {
        match *self {}
    }

    pub(super) fn check(&self, _: &str, _: &str, _: &[u8], _: &Known) -> Result<Vec<u8>, Wrong> {
        match *self {}
    }
}

pub(super) fn ask(_: &str) -> Result<Begun> {
    Err(Error::NotFound("passkey"))
}

pub(super) fn make(_: &str, _: &Owner, _: Vec<Vec<u8>>) -> Result<Begun> {
    Err(Error::NotFound("passkey"))
}

pub(super) fn made(_: &str, _: &str, _: &str, _: &[u8]) -> Option<New> {
    None
}
