//! An access point that asks over its own socket: `radclient` takes a process for each question, and so too long to
//! measure with.

use std::{net::SocketAddr, time::Duration};

use hmac::{Hmac, KeyInit as _, Mac as _};
use kernel::Random;
use md5::{Digest as _, Md5};
use tokio::{net::UdpSocket, time::timeout};

const USER_NAME: u8 = 1;
const CALLING_STATION_ID: u8 = 31;
const ACCT_STATUS_TYPE: u8 = 40;
const ACCEPT: u8 = 2;

pub struct Asker {
    socket: UdpSocket,
    auth: SocketAddr,
    acct: SocketAddr,
    secret: &'static str,
    random: Random,
    id: u8,
}

impl Asker {
    pub async fn at(auth: SocketAddr, acct: SocketAddr, secret: &'static str) -> Self {
        let socket = UdpSocket::bind("127.0.0.1:0").await.unwrap();
        Self { socket, auth, acct, secret, random: Random::seeded(11), id: 0 }
    }

    /// Whether a device may join; asks again until there is an answer.
    pub async fn may_join(&mut self, mac: &str) -> bool {
        loop {
            self.id = self.id.wrapping_add(1);
            let request = self.access_request(mac);
            self.socket.send_to(&request, self.auth).await.unwrap();
            if let Ok(code) = timeout(Duration::from_millis(250), self.answer()).await {
                return code == ACCEPT;
            }
        }
    }

    /// The code of the answer to the last request; others are passed over.
    async fn answer(&self) -> u8 {
        let mut answer = [0; 4096];
        loop {
            let (_, from) = self.socket.recv_from(&mut answer).await.unwrap();
            if from == self.auth && answer[1] == self.id {
                return answer[0];
            }
        }
    }

    /// Tells that a device of this identity was seen.
    pub async fn see(&self, mac: &str, identity: uuid::Uuid) {
        let mut bytes = packet(
            4,
            0,
            [0; 16],
            &[
                (USER_NAME, identity.to_string().as_bytes()),
                (CALLING_STATION_ID, mac.as_bytes()),
                (ACCT_STATUS_TYPE, &[0, 0, 0, 3]),
            ],
        );
        let authenticator = Md5::new().chain_update(&bytes).chain_update(self.secret).finalize();
        bytes[4..20].copy_from_slice(&authenticator);
        self.socket.send_to(&bytes, self.acct).await.unwrap();
    }

    fn access_request(&self, mac: &str) -> Vec<u8> {
        let mut bytes =
            packet(1, self.id, self.random.bytes(), &[(80, &[0; 16]), (CALLING_STATION_ID, mac.as_bytes())]);
        let mac = Hmac::<Md5>::new_from_slice(self.secret.as_bytes()).unwrap().chain_update(&bytes).finalize();
        bytes[22..38].copy_from_slice(&mac.into_bytes());
        bytes
    }
}

fn packet(code: u8, id: u8, authenticator: [u8; 16], attributes: &[(u8, &[u8])]) -> Vec<u8> {
    let mut bytes = vec![code, id, 0, 0];
    bytes.extend_from_slice(&authenticator);
    for (kind, value) in attributes {
        bytes.extend_from_slice(&[*kind, u8::try_from(value.len() + 2).unwrap()]);
        bytes.extend_from_slice(value);
    }
    let length = u16::try_from(bytes.len()).unwrap().to_be_bytes();
    bytes[2..4].copy_from_slice(&length);
    bytes
}
