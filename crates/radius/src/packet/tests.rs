use proptest::prelude::*;

use super::*;

pub const SECRET: &[u8] = b"sixteen-letters!";

/// A request as an access point writes it, signed.
pub fn request(code: u8, id: u8, attributes: &[(u8, &[u8])]) -> Vec<u8> {
    signed(code, id, [9; 16], attributes, SECRET)
}

/// RFC 2868, 3.5, backwards: as hostapd does it.
fn decrypt(value: &[u8], request: &Authenticator) -> String {
    assert!(value[0] == 0 && value[1] & 0x80 != 0, "a tag, and a salt whose first bit is set");
    let mut before = [request.as_slice(), &value[1..3]].concat();
    let mut plain = Vec::new();
    for block in value[3..].chunks(16) {
        let key = digest([SECRET, &before, &[], &[]]);
        plain.extend(block.iter().zip(key).map(|(c, k)| c ^ k));
        before = block.to_vec();
    }
    String::from_utf8(plain[1..=usize::from(plain[0])].to_vec()).unwrap()
}

#[test]
fn an_answer_is_tied_to_its_request() {
    let bytes = request(code::ACCESS_REQUEST, 7, &[(attribute::PROXY_STATE, b"one"), (attribute::PROXY_STATE, b"two")]);
    let asked = Packet::parse(&bytes).unwrap();
    assert_eq!(asked.is_signed(SECRET), Some(true));
    assert_eq!(asked.is_signed(b"another secret!!"), Some(false));
    let mut answer = Answer::to(&asked, code::ACCESS_ACCEPT);
    answer.put_passphrase("correct horse", [1, 2], SECRET);
    answer.put_vlan(40);
    let answer = answer.finish(SECRET);
    let told = Packet::parse(&answer).unwrap();
    assert_eq!((told.code, told.id), (code::ACCESS_ACCEPT, 7));
    // Both proofs, computed the way an asker does.
    let authenticator = digest([&answer[..4], &asked.authenticator, &answer[HEAD..], SECRET]);
    assert_eq!(told.authenticator, authenticator);
    assert_eq!(told.attributes().next().unwrap().0, attribute::MESSAGE_AUTHENTICATOR, "the first attribute");
    let signature = sign(&answer, HEAD, &asked.authenticator, SECRET).unwrap();
    assert_eq!(told.value(attribute::MESSAGE_AUTHENTICATOR), Some(signature.as_slice()));
    let states: Vec<_> = told.attributes().filter(|(t, _)| *t == attribute::PROXY_STATE).map(|(_, v)| v).collect();
    assert_eq!(states, [b"one", b"two"]);
    assert_eq!(told.value(attribute::TUNNEL_PRIVATE_GROUP_ID), Some(b"40".as_slice()));
    assert_eq!(decrypt(told.value(attribute::TUNNEL_PASSWORD).unwrap(), &asked.authenticator), "correct horse");
}

#[test]
fn passphrases_of_every_length_come_through() {
    let bytes = request(code::ACCESS_REQUEST, 1, &[]);
    let asked = Packet::parse(&bytes).unwrap();
    for n in [0, 1, 8, 14, 15, 16, 31, 47, 63] {
        let mut answer = Answer::to(&asked, code::ACCESS_ACCEPT);
        answer.put_passphrase(&"x".repeat(n), [0, 9], SECRET);
        let answer = answer.finish(SECRET);
        let value = Packet::parse(&answer).unwrap().value(attribute::TUNNEL_PASSWORD).unwrap();
        assert_eq!((value.len() - 3) % 16, 0);
        assert_eq!(decrypt(value, &asked.authenticator).len(), n);
    }
}

#[test]
fn accounting_is_proven_by_its_authenticator() {
    let bytes = request(code::ACCOUNTING_REQUEST, 3, &[(attribute::ACCT_STATUS_TYPE, &[0, 0, 0, 1])]);
    let asked = Packet::parse(&bytes).unwrap();
    assert!(asked.is_accounting_of(SECRET) && !asked.is_accounting_of(b"another"));
    assert_eq!(asked.is_signed(SECRET), Some(true));
    let answer = Answer::to(&asked, code::ACCOUNTING_RESPONSE).finish(SECRET);
    assert_eq!(answer.len(), HEAD, "proven by its authenticator alone");
    assert_eq!(
        Packet::parse(&answer).unwrap().authenticator,
        digest([&answer[..4], &asked.authenticator, &[], SECRET])
    );
    for i in 0..bytes.len() {
        let mut changed = bytes.clone();
        changed[i] ^= 1;
        assert!(Packet::parse(&changed).is_none_or(|p| !p.is_accounting_of(SECRET)), "byte {i}");
    }
}

#[test]
fn what_is_signed_cannot_be_changed() {
    let bytes = request(code::ACCESS_REQUEST, 3, &[(attribute::CALLING_STATION_ID, b"AA-BB-CC-DD-EE-FF")]);
    for i in 0..bytes.len() {
        let mut changed = bytes.clone();
        changed[i] ^= 1;
        // A changed code alone may look like accounting, which has another proof.
        let good = Packet::parse(&changed).is_some_and(|p| p.is_signed(SECRET) == Some(true));
        assert!(!good, "byte {i}");
    }
    let twice = request(code::ACCESS_REQUEST, 3, &[(attribute::MESSAGE_AUTHENTICATOR, &[0; 16])]);
    assert_eq!(Packet::parse(&twice).unwrap().is_signed(SECRET), Some(false), "one is enough");
    let short = [&[1, 1, 0, 25][..], &[0; 16], &[attribute::MESSAGE_AUTHENTICATOR, 5, 0, 0, 0]].concat();
    assert_eq!(Packet::parse(&short).unwrap().is_signed(SECRET), Some(false));
    let none = [&[1, 1, 0, 20][..], &[0; 16]].concat();
    assert_eq!(Packet::parse(&none).unwrap().is_signed(SECRET), None);
}

#[test]
fn lengths_are_taken_at_their_word_or_not_at_all() {
    let head = |length: u16| [&[1, 1][..], &length.to_be_bytes(), &[0; 16]].concat();
    assert!(Packet::parse(&[]).is_none() && Packet::parse(&head(20)[..19]).is_none());
    assert!(Packet::parse(&head(19)).is_none() && Packet::parse(&head(21)).is_none());
    assert!(Packet::parse(&[head(20), vec![0; 100]].concat()).is_some(), "what follows is padding");
    for tail in [&[1_u8][..], &[1, 0], &[1, 1], &[1, 3], &[1, 2, 7]] {
        let length = 20 + u16::try_from(tail.len()).unwrap();
        assert!(Packet::parse(&[head(length), tail.to_vec()].concat()).is_none(), "{tail:?}");
    }
    let long = [head(4097), vec![0; 5000]].concat();
    assert!(Packet::parse(&long).is_none());
}

/// Everything that is done with a datagram.
fn exercise(bytes: &[u8]) {
    let Some(packet) = Packet::parse(bytes) else { return };
    assert_eq!(packet.attributes().map(|(_, v)| v.len() + 2).sum::<usize>() + HEAD, packet.bytes.len());
    let _ = (packet.is_signed(SECRET), packet.is_accounting_of(SECRET), packet.text(attribute::CALLING_STATION_ID));
    let mut answer = Answer::to(&packet, code::ACCESS_REJECT);
    answer.put_passphrase("correct horse", [0, 0], SECRET);
    let answer = answer.finish(SECRET);
    assert!(answer.len() <= LONGEST && Packet::parse(&answer).is_some());
}

proptest! {
    #[test]
    fn random_bytes_do_no_harm(bytes in proptest::collection::vec(any::<u8>(), 0..600)) {
        exercise(&bytes);
    }

    #[test]
    fn changed_requests_do_no_harm(
        values in proptest::collection::vec((any::<u8>(), proptest::collection::vec(any::<u8>(), 0..40)), 0..12),
        changes in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..6),
        cut in any::<prop::sample::Index>(),
    ) {
        let attributes: Vec<(u8, &[u8])> = values.iter().map(|(k, v)| (*k, v.as_slice())).collect();
        let mut bytes = request(code::ACCESS_REQUEST, 1, &attributes);
        exercise(&bytes);
        for (at, byte) in changes {
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        exercise(&bytes);
        exercise(&bytes[..cut.index(bytes.len())]);
    }
}
