//! The two ceremonies of WebAuthn, by `webauthn_rp`. It checks what the specification lists: type, challenge, origin, the
//! host's hash, presence and verification of the person, the signature, the counter, and that a key that could not be
//! copied still cannot. Nothing here knows the database.

use app::passkey::{Known, New, Owner};
use kernel::{Error, Result};
use serde_json::Value;
use webauthn_rp::{
    AuthenticatedCredential, DiscoverableAuthenticationServerState, DiscoverableCredentialRequestOptions,
    PublicKeyCredentialCreationOptions, Registration, RegistrationServerState,
    bin::{Decode as _, Encode as _},
    request::{
        AsciiDomain, PublicKeyCredentialDescriptor, RpId,
        auth::AuthenticationVerificationOptions,
        register::{
            CredProtect, Nickname, PublicKeyCredentialUserEntity, RegistrationVerificationOptions, UserHandle16,
            Username,
        },
    },
    response::{
        AuthTransports, CredentialId,
        auth::{DiscoverableAuthentication16, error::AuthCeremonyErr},
        register::{DynamicState, StaticState},
    },
};

use super::{Begun, Wrong};

pub(super) const THERE: bool = true;

/// Asks whoever it is for one of their passkeys: the device knows whose they are.
pub(super) fn ask(rp_id: &str) -> Result<Begun> {
    let rp_id = host(rp_id)?;
    let begun = DiscoverableCredentialRequestOptions::passkey(&rp_id).start_ceremony();
    let (check, options) = begun.map_err(|_| Error::internal("a ceremony could not be begun"))?;
    let options = serde_json::to_value(&options).map_err(Error::internal)?;
    Ok(Begun { options, check: check.encode().map_err(Error::internal)? })
}

/// Asks the device of this person for a new passkey; `has` are those that it must not make again.
pub(super) fn make(rp_id: &str, owner: &Owner, has: Vec<Vec<u8>>) -> Result<Begun> {
    let rp_id = host(rp_id)?;
    let id = user(owner.uid);
    // Names that the profiles of WebAuthn do not take are left out: they are there for the person alone.
    let whole = format!("{} {}", owner.first_name, owner.last_name);
    let name = owner.email.as_deref().and_then(|e| Username::try_from(e).ok());
    let name = name.or_else(|| Username::try_from("portico").ok()).ok_or(Error::internal("no name for a device"))?;
    let entity =
        PublicKeyCredentialUserEntity { name, id: &id, display_name: Nickname::try_from(whole.trim().to_owned()).ok() };
    let exclude = has.into_iter().filter_map(|id| {
        let id = CredentialId::<Vec<u8>>::decode(id).ok()?;
        // How the browser would reach it: not known.
        Some(PublicKeyCredentialDescriptor { id, transports: AuthTransports::decode(0).ok()? })
    });
    let mut options = PublicKeyCredentialCreationOptions::passkey(&rp_id, entity, exclude.collect());
    // Each use demands a verified person anyway, and not every device knows this.
    options.extensions.cred_protect = CredProtect::None;
    let begun = options.start_ceremony().map_err(|_| Error::internal("a ceremony could not be begun"))?;
    let (check, options) = begun;
    let mut options = serde_json::to_value(&options).map_err(Error::internal)?;
    if let Some(rp) = options.get_mut("rp").and_then(Value::as_object_mut) {
        rp.insert("name".to_owned(), Value::from(owner.organization.as_str()));
    }
    Ok(Begun { options, check: check.encode().map_err(Error::internal)? })
}

/// The passkey that a device made, if it is good; its host and name are the caller's to say.
pub(super) fn made(answer: &str, rp_id: &str, origin: &str, check: &[u8]) -> Option<New> {
    let registration = Registration::from_json_relaxed(answer.as_bytes()).ok()?;
    let state = RegistrationServerState::<16>::decode(check).ok()?;
    let options = RegistrationVerificationOptions::<&str, &str> {
        allowed_origins: &[origin],
        // Security keys tell things that nobody asked for.
        error_on_unsolicited_extensions: false,
        ..RegistrationVerificationOptions::default()
    };
    let made = state.verify(&host(rp_id).ok()?, &registration, &options);
    let made = made.inspect_err(|why| tracing::info!(%why, "a new passkey does not hold")).ok()?;
    let Ok(public_key) = made.static_state().encode();
    let Ok(state) = made.dynamic_state().encode();
    Some(New {
        credential: made.id().as_ref().to_vec(),
        rp_id: String::new(),
        public_key,
        state: state.to_vec(),
        name: String::new(),
    })
}

/// What a browser says of a sign-in.
pub(super) struct Assertion(DiscoverableAuthentication16);

impl Assertion {
    pub(super) fn read(answer: &str) -> Option<Self> {
        // The crate takes an answer that names nobody, and panics when it is asked who it is.
        let text: Value = serde_json::from_str(answer).ok()?;
        text["response"]["userHandle"].as_str()?;
        DiscoverableAuthentication16::from_json_relaxed(answer.as_bytes()).ok().map(Self)
    }

    /// What names the passkey.
    pub(super) fn credential(&self) -> &[u8] {
        self.0.raw_id().into_inner()
    }

    /// What the device said of the passkey, if everything holds.
    pub(super) fn check(&self, rp_id: &str, origin: &str, check: &[u8], known: &Known) -> Result<Vec<u8>, Wrong> {
        let wrong = |_| Wrong::Answer;
        let state = DiscoverableAuthenticationServerState::decode(check).map_err(|_| Wrong::Answer)?;
        let fixed = StaticState::decode(known.public_key.as_slice()).map_err(|_| Wrong::Answer)?;
        let moving: [u8; 7] = known.state.as_slice().try_into().map_err(wrong)?;
        let moving = DynamicState::decode(moving).map_err(|_| Wrong::Answer)?;
        let owner = user(known.person_uid);
        let mut credential =
            AuthenticatedCredential::new(self.0.raw_id(), &owner, fixed, moving).map_err(|_| Wrong::Answer)?;
        let options = AuthenticationVerificationOptions::<&str, &str> {
            allowed_origins: &[origin],
            error_on_unsolicited_extensions: false,
            ..AuthenticationVerificationOptions::default()
        };
        let rp_id = host(rp_id).map_err(|_| Wrong::Answer)?;
        match state.verify(&rp_id, &self.0, &mut credential, &options) {
            Ok(_) => {
                let Ok(state) = credential.dynamic_state().encode();
                Ok(state.to_vec())
            }
            Err(AuthCeremonyErr::SignatureCounter) => Err(Wrong::Counter),
            Err(why) => {
                tracing::info!(%why, "a sign-in with a passkey does not hold");
                Err(Wrong::Answer)
            }
        }
    }
}

fn host(rp_id: &str) -> Result<RpId> {
    AsciiDomain::try_from(rp_id.to_owned()).map(RpId::Domain).map_err(|_| Error::internal("no host for passkeys"))
}

fn user(uid: uuid::Uuid) -> UserHandle16 {
    let Ok(handle) = UserHandle16::decode(uid.into_bytes());
    handle
}

#[cfg(test)]
mod tests {
    use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
    use proptest::prelude::*;
    use sha2::{Digest as _, Sha256};

    use super::*;

    const HOST: &str = "home.example";

    fn owner() -> Owner {
        Owner {
            uid: uuid::Uuid::from_bytes([7; 16]),
            first_name: "Grace".to_owned(),
            last_name: "Hopper, née Murray".to_owned(),
            email: Some("grace hopper@example".to_owned()),
            organization: "Hafen & Söhne".to_owned(),
        }
    }

    fn client_data(kind: &str, options: &Value) -> Vec<u8> {
        let challenge = options["challenge"].as_str().unwrap();
        let text = format!(r#"{{"type":"webauthn.{kind}","challenge":"{challenge}","origin":"https://{HOST}"}}"#);
        text.into_bytes()
    }

    /// What a device says that makes the key of this point: the generator of P-256, which is a point as good as any.
    fn object() -> Vec<u8> {
        let x = b"\x6b\x17\xd1\xf2\xe1\x2c\x42\x47\xf8\xbc\xe6\xe5\x63\xa4\x40\xf2\x77\x03\x7d\x81\x2d\xeb\x33\xa0\xf4\xa1\x39\x45\xd8\x98\xc2\x96";
        let y = b"\x4f\xe3\x42\xe2\xfe\x1a\x7f\x9b\x8e\xe7\xeb\x4a\x7c\x0f\x9e\x16\x2b\xce\x33\x57\x6b\x31\x5e\xce\xcb\xb6\x40\x68\x37\xbf\x51\xf5";
        let data = [
            &Sha256::digest(HOST)[..],
            &[0b0100_0101, 0, 0, 0, 0],
            &[0; 16],
            &[0, 16],
            &[9; 16],
            &[0xa5, 0x01, 0x02, 0x03, 0x26, 0x20, 0x01, 0x21, 0x58, 0x20],
            x,
            &[0x22, 0x58, 0x20],
            y,
        ]
        .concat();
        let length = u8::try_from(data.len()).unwrap();
        [&b"\xa3\x63fmt\x64none\x67attStmt\xa0\x68authData\x58"[..], &[length], &data].concat()
    }

    fn said(response: &Value) -> String {
        let id = URL_SAFE_NO_PAD.encode([9; 16]);
        serde_json::json!({"id": id, "rawId": id, "type": "public-key", "response": response}).to_string()
    }

    fn made_of(begun: &Begun, object: &[u8], client: &[u8]) -> Option<New> {
        let encoded = |bytes: &[u8]| URL_SAFE_NO_PAD.encode(bytes);
        let response = serde_json::json!({"clientDataJSON": encoded(client), "attestationObject": encoded(object)});
        made(&said(&response), HOST, &format!("https://{HOST}"), &begun.check)
    }

    #[test]
    fn devices_are_asked_for_what_they_need() {
        let begun = make(HOST, &owner(), vec![vec![1; 16], vec![2; 16]]).unwrap();
        let o = &begun.options;
        assert_eq!((&o["rp"]["id"], &o["rp"]["name"]), (&HOST.into(), &"Hafen & Söhne".into()));
        assert_eq!(o["user"]["id"], URL_SAFE_NO_PAD.encode([7; 16]));
        assert_eq!(o["user"]["name"], "portico", "a name with a space is none");
        let choice = &o["authenticatorSelection"];
        assert_eq!((&choice["residentKey"], &choice["userVerification"]), (&"required".into(), &"required".into()));
        assert_eq!(o["attestation"], "none");
        assert_eq!(o["excludeCredentials"].as_array().map(Vec::len), Some(2));
        assert!(o["challenge"].as_str().is_some_and(|c| c.len() == 22), "16 random bytes");
        let asked = ask(HOST).unwrap().options;
        assert_eq!((&asked["rpId"], &asked["userVerification"]), (&HOST.into(), &"required".into()));
        assert_ne!(ask(HOST).unwrap().options["challenge"], asked["challenge"]);
    }

    #[test]
    fn a_key_is_read_as_it_was_made() {
        let begun = make(HOST, &owner(), Vec::new()).unwrap();
        let client = client_data("create", &begun.options);
        let new = made_of(&begun, &object(), &client).unwrap();
        assert_eq!(new.credential, [9; 16]);
        assert_eq!(made_of(&begun, &object(), &client).map(|n| n.public_key), Some(new.public_key));
        assert!(made_of(&make(HOST, &owner(), Vec::new()).unwrap(), &object(), &client).is_none(), "another question");
        assert!(made_of(&begun, &object(), &client_data("get", &begun.options)).is_none(), "another kind");
    }

    proptest! {
        #[test]
        fn nothing_that_a_browser_sends_breaks_the_server(
            at in 0usize..180, byte: u8, cut in 0usize..220, noise in proptest::collection::vec(any::<u8>(), 0..200), text in ".{0,80}",
        ) {
            let begun = make(HOST, &owner(), Vec::new()).unwrap();
            let client = client_data("create", &begun.options);
            let mut changed = object();
            let place = at % changed.len();
            changed[place] = byte;
            let good = changed == object();
            changed.truncate(cut.max(20));
            let whole = changed.len() == object().len();
            let new = made_of(&begun, &changed, &client);
            prop_assert!(new.is_none() || whole);
            prop_assert!(!(good && whole) || new.is_some());
            made_of(&begun, &noise, &client);
            made_of(&begun, &object(), &noise);
            made(&text, HOST, &format!("https://{HOST}"), &begun.check);
            made(&text, &text, &text, &noise);
            let Some(known) = made_of(&begun, &object(), &client) else { return Ok(()) };
            let known = Known {
                id: kernel::PasskeyId::new(1), person_id: kernel::PersonId::new(1), person_uid: owner().uid, rp_id: HOST.to_owned(),
                public_key: known.public_key, state: known.state,
            };
            let encoded = |bytes: &[u8]| URL_SAFE_NO_PAD.encode(bytes);
            let asked = ask(HOST).unwrap();
            let mut data = [&Sha256::digest(HOST)[..], &[0b101, 0, 0, 0, 1]].concat();
            for data in [data.clone(), { data.extend(&noise); data }, noise.clone()] {
                let response = serde_json::json!({
                    "clientDataJSON": encoded(&client_data("get", &asked.options)), "authenticatorData": encoded(&data),
                    "signature": encoded(&noise), "userHandle": encoded(&[7; 16]),
                });
                if let Some(assertion) = Assertion::read(&said(&response)) {
                    let origin = format!("https://{HOST}");
                    prop_assert!(assertion.check(HOST, &origin, &asked.check, &known).is_err(), "nobody signed it");
                    let damaged = Known { public_key: noise.clone(), state: noise.clone(), ..known.clone() };
                    prop_assert!(assertion.check(HOST, &origin, &asked.check, &damaged).is_err());
                }
            }
            Assertion::read(&text);
        }
    }
}
