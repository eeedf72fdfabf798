//! What is answered to a datagram. It takes the facts and nothing else, so it is quick and needs no waiting.

use std::net::IpAddr;

use app::{
    Vault,
    wifi::{Mac, Seen},
};
use kernel::{OrgId, Random};
use uuid::Uuid;

use crate::{
    index::{Client, Facts},
    packet::{Answer, Packet, attribute, code},
};

/// What became of a datagram.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The device may join.
    Accepted,
    /// It may not: unknown, blocked, or in a network the property does not have.
    Rejected,
    /// A device was seen, or the access point said something else about itself.
    Accounted,
    /// The asker wanted to know whether somebody is there.
    Alive,
    /// Nothing is answered: the address is nobody's.
    Stranger,
    /// Nothing is answered: ill formed, not proven, or not for this port.
    Dropped,
}

impl Outcome {
    /// The word in metrics.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Accepted => "accepted",
            Self::Rejected => "rejected",
            Self::Accounted => "accounted",
            Self::Alive => "alive",
            Self::Stranger => "stranger",
            Self::Dropped => "dropped",
        }
    }
}

/// Which of the two ports a datagram came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Port {
    /// Who may join.
    Authentication,
    /// Who was seen.
    Accounting,
}

/// An answer, and what else follows from the datagram.
#[derive(Debug)]
pub struct Reply {
    /// What became of it.
    pub outcome: Outcome,
    /// The answer, if there is one.
    pub bytes: Option<Vec<u8>>,
    /// A device that was seen, and where.
    pub seen: Option<(OrgId, Seen)>,
}

impl Reply {
    const fn none(outcome: Outcome) -> Self {
        Self { outcome, bytes: None, seen: None }
    }

    fn with(outcome: Outcome, answer: Answer, client: &Client) -> Self {
        Self { outcome, bytes: Some(answer.finish(client.secret.as_bytes())), seen: None }
    }
}

/// Answers a datagram that came from `from`.
#[must_use]
pub fn answer(facts: &Facts, vault: &Vault, random: &Random, port: Port, from: IpAddr, datagram: &[u8]) -> Reply {
    let Some(client) = facts.client(from) else { return Reply::none(Outcome::Stranger) };
    let Some(packet) = Packet::parse(datagram) else { return Reply::none(Outcome::Dropped) };
    let signed = packet.is_signed(client.secret.as_bytes());
    match (port, packet.code) {
        // Without the signature an answer could be forged for another request (CVE-2024-3596).
        (Port::Authentication, code::ACCESS_REQUEST) if signed == Some(true) => {
            access(facts, vault, random, client, &packet)
        }
        (Port::Authentication, code::STATUS_SERVER) if signed == Some(true) => {
            Reply::with(Outcome::Alive, Answer::to(&packet, code::ACCESS_ACCEPT), client)
        }
        (Port::Accounting, code::STATUS_SERVER) if signed == Some(true) => {
            Reply::with(Outcome::Alive, Answer::to(&packet, code::ACCOUNTING_RESPONSE), client)
        }
        (Port::Accounting, code::ACCOUNTING_REQUEST)
            if signed != Some(false) && packet.is_accounting_of(client.secret.as_bytes()) =>
        {
            accounting(client, &packet)
        }
        _ => Reply::none(Outcome::Dropped),
    }
}

fn access(facts: &Facts, vault: &Vault, random: &Random, client: &Client, packet: &Packet<'_>) -> Reply {
    match passphrase(facts, vault, client, packet) {
        Some((passphrase, vlan)) => {
            let mut answer = Answer::to(packet, code::ACCESS_ACCEPT);
            answer.put_passphrase(passphrase.expose(), random.bytes(), client.secret.as_bytes());
            if let Some(vlan) = vlan {
                answer.put_vlan(vlan);
            }
            Reply::with(Outcome::Accepted, answer, client)
        }
        None => Reply::with(Outcome::Rejected, Answer::to(packet, code::ACCESS_REJECT), client),
    }
}

/// The passphrase of the device that wants to join, and its virtual network.
fn passphrase(
    facts: &Facts,
    vault: &Vault,
    client: &Client,
    packet: &Packet<'_>,
) -> Option<(app::wifi::Passphrase, Option<i64>)> {
    let usual = match ssid(packet) {
        Some(ssid) => facts.network(client.property, ssid)?,
        None => None,
    };
    let known = facts.device(client.property, device(packet)?).filter(|k| k.may_join)?;
    match known.passphrase(vault) {
        Ok(found) => found.map(|passphrase| (passphrase, known.vlan.or(usual))),
        Err(error) => {
            tracing::error!(device = known.id.get(), %error, "a passphrase does not open");
            None
        }
    }
}

/// The address of the device that it is about: the Calling-Station-Id, or the user name where there is none.
fn device(packet: &Packet<'_>) -> Option<Mac> {
    let text = packet.text(attribute::CALLING_STATION_ID).or_else(|| packet.text(attribute::USER_NAME))?;
    Mac::parse(text)
}

/// The name of the network, after the address of the access point (RFC 3580, 3.20).
fn ssid<'a>(packet: &Packet<'a>) -> Option<&'a str> {
    let called = packet.text(attribute::CALLED_STATION_ID)?;
    // The address has colons in some access points and hyphens in others.
    let at = called
        .match_indices(':')
        .map(|(i, _)| i)
        .find(|i| called.get(..*i).is_some_and(|a| Mac::parse(a).is_some()))?;
    called.get(at + 1..).filter(|s| !s.is_empty())
}

fn accounting(client: &Client, packet: &Packet<'_>) -> Reply {
    const START: u32 = 1;
    const STOP: u32 = 2;
    const INTERIM: u32 = 3;
    let status = packet.value(attribute::ACCT_STATUS_TYPE).and_then(|v| v.try_into().ok()).map(u32::from_be_bytes);
    let answer = Answer::to(packet, code::ACCOUNTING_RESPONSE);
    let mut reply = Reply::with(Outcome::Accounted, answer, client);
    if let (Some(START | STOP | INTERIM), Some(mac)) = (status, device(packet)) {
        // An access point that checks passphrases itself names the identity.
        let identity = packet.text(attribute::USER_NAME).and_then(|name| Uuid::try_parse(name).ok());
        reply.seen = Some((client.org, Seen { property: client.property, mac, identity }));
    }
    reply
}

#[cfg(test)]
mod tests {
    use kernel::PropertyId;
    use proptest::prelude::*;

    use super::*;
    use crate::packet::tests::{SECRET, request};

    /// The attributes that are looked at, and others.
    const KINDS: [u8; 7] = [
        attribute::USER_NAME,
        attribute::CALLED_STATION_ID,
        attribute::CALLING_STATION_ID,
        attribute::PROXY_STATE,
        attribute::ACCT_STATUS_TYPE,
        attribute::TUNNEL_PASSWORD,
        26,
    ];

    /// Values that nearly are what is looked for, and any others.
    fn value() -> impl Strategy<Value = Vec<u8>> {
        let text = prop_oneof!["[0-9A-Fa-f:.-]{0,40}", "02-00-00-00-00-01:.{0,20}", "[0-9a-f-]{36}", ".{0,30}"];
        prop_oneof![text.prop_map(String::into_bytes), proptest::collection::vec(any::<u8>(), 0..60)]
    }

    proptest! {
        /// The signature is good, so everything behind it is reached.
        #[test]
        fn whatever_an_asker_signs_does_no_harm(
            values in proptest::collection::vec((prop::sample::select(&KINDS[..]), value()), 0..12),
            code in prop_oneof![Just(1_u8), Just(4), Just(12), any::<u8>()],
            accounting in any::<bool>(),
        ) {
            let from: IpAddr = "127.0.0.1".parse().unwrap();
            let secret = String::from_utf8(SECRET.to_vec()).unwrap();
            let client = Client { org: OrgId::new(1), property: PropertyId::new(1), secret };
            let (facts, vault) = (Facts::of_client(from, client), Vault::new(&[7; 32]));
            let port = if accounting { Port::Accounting } else { Port::Authentication };
            let attributes: Vec<(u8, &[u8])> = values.iter().map(|(kind, value)| (*kind, value.as_slice())).collect();
            let asked = request(code, 3, &attributes);
            let reply = answer(&facts, &vault, &Random::seeded(1), port, from, &asked);
            prop_assert!(reply.outcome != Outcome::Accepted, "no device is known");
            let expected = matches!((accounting, code), (false, 1 | 12) | (true, 4 | 12));
            prop_assert_eq!(reply.bytes.is_some(), expected);
            if let Some(bytes) = reply.bytes {
                let told = Packet::parse(&bytes).unwrap();
                prop_assert_eq!(told.id, 3);
                let first = told.attributes().next().map(|(kind, _)| kind);
                prop_assert!(code == code::ACCOUNTING_REQUEST || first == Some(attribute::MESSAGE_AUTHENTICATOR));
            }
            let stranger = answer(&facts, &vault, &Random::seeded(1), port, "127.0.0.2".parse().unwrap(), &asked);
            prop_assert!(stranger.bytes.is_none() && stranger.seen.is_none());
        }
    }
}
