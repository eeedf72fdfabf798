//! Datagrams as nobody should send them, for tests and the benchmark `fuzz`: noise, good requests with changed bytes, and
//! attributes at random that are signed as they should be, so that everything behind the signature is reached.

use kernel::Random;

use crate::{
    answer::Port,
    packet::{attribute, code, signed},
};

/// An endless supply of them, the same for the same randomness.
#[derive(Debug)]
pub struct Datagrams<'a> {
    random: Random,
    secret: &'a [u8],
    /// The address of a device that is known.
    device: &'a str,
}

/// The attributes that are looked at, and others.
const KINDS: [u8; 8] = [
    attribute::USER_NAME,
    attribute::CALLED_STATION_ID,
    attribute::CALLING_STATION_ID,
    attribute::PROXY_STATE,
    attribute::ACCT_STATUS_TYPE,
    attribute::TUNNEL_PASSWORD,
    attribute::MESSAGE_AUTHENTICATOR,
    26,
];
const CODES: [u8; 4] = [code::ACCESS_REQUEST, code::ACCOUNTING_REQUEST, code::STATUS_SERVER, code::ACCESS_ACCEPT];

impl<'a> Datagrams<'a> {
    /// Datagrams of an asker with this secret.
    #[must_use]
    pub const fn new(random: Random, secret: &'a str, device: &'a str) -> Self {
        Self { random, secret: secret.as_bytes(), device }
    }

    fn below(&self, n: usize) -> usize {
        u32::try_from(n).map_or(0, |n| self.random.below(n.max(1))) as usize
    }

    fn bytes(&self, most: usize) -> Vec<u8> {
        let noise: [u8; 256] = self.random.bytes();
        noise.into_iter().take(self.below(most.min(256) + 1)).collect()
    }

    fn of<T: Copy + Default>(&self, all: &[T]) -> T {
        all.get(self.below(all.len())).copied().unwrap_or_default()
    }

    /// The next one, and to which port it is sent.
    #[must_use]
    pub fn next(&self) -> (Port, Vec<u8>) {
        let port = if self.below(2) == 0 { Port::Authentication } else { Port::Accounting };
        let bytes = match self.below(3) {
            0 => self.bytes(256),
            1 => self.changed(),
            _ => self.random_attributes(),
        };
        (port, bytes)
    }

    fn good(&self) -> Vec<u8> {
        let attributes: [(u8, &[u8]); 4] = [
            (attribute::USER_NAME, b"somebody"),
            (attribute::CALLING_STATION_ID, self.device.as_bytes()),
            (attribute::ACCT_STATUS_TYPE, &[0, 0, 0, 3]),
            (attribute::PROXY_STATE, &[7; 200]),
        ];
        signed(self.of(&CODES), 1, self.random.bytes(), &attributes, self.secret)
    }

    /// A good one, in which up to four bytes are others or the end is missing; sometimes none are.
    fn changed(&self) -> Vec<u8> {
        let mut bytes = self.good();
        for _ in 0..self.below(5) {
            let at = self.below(bytes.len());
            if let Some(byte) = bytes.get_mut(at) {
                [*byte] = self.random.bytes();
            }
        }
        bytes.truncate(bytes.len() - self.below(3).min(bytes.len()));
        bytes
    }

    fn random_attributes(&self) -> Vec<u8> {
        let values: Vec<(u8, Vec<u8>)> = (0..self.below(12))
            .map(|_| match self.below(4) {
                0 => (attribute::CALLING_STATION_ID, self.device.as_bytes().to_vec()),
                1 => (attribute::CALLED_STATION_ID, [b"02-00-00-00-00-01:", self.bytes(20).as_slice()].concat()),
                _ => (self.of(&KINDS), self.bytes(60)),
            })
            .collect();
        let attributes: Vec<(u8, &[u8])> = values.iter().map(|(kind, value)| (*kind, value.as_slice())).collect();
        signed(self.of(&CODES), 2, self.random.bytes(), &attributes, self.secret)
    }
}
