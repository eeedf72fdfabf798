use std::time::{Duration, Instant as Stopwatch};

use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;

const NOW: Instant = Instant::from_secs(1_795_278_521);

fn tokens() -> Tokens {
    Tokens::new(&SecretKey::new([1; 32]))
}

fn holder() -> Holder<'static> {
    Holder {
        person: PersonId::new(1),
        session: SessionId::new(7),
        org: OrgId::new(3),
        email: "user1@dwellingly.org",
        phone: "555-555-5555",
        first_name: "user1",
        last_name: "tester",
    }
}

fn access() -> String {
    tokens().access(Door::Dwellingly, &holder(), true, NOW, &Random::seeded(1)).unwrap()
}

fn refresh() -> String {
    tokens().refresh(Door::Dwellingly, &holder(), NOW, &Random::seeded(1)).unwrap()
}

fn link(purpose: Purpose) -> Link {
    tokens().link(purpose, PersonId::new(9), OrgId::new(3), NOW, &Random::seeded(2)).unwrap()
}

fn verify(token: impl AsRef<[u8]>) -> Result<TokenClaims, TokenFault> {
    tokens().verify(Door::Dwellingly, Kind::Access, token.as_ref(), NOW)
}

fn encode(part: impl AsRef<[u8]>) -> String {
    URL_SAFE_NO_PAD.encode(part)
}

fn payload(token: &str) -> Value {
    let part = token.split('.').nth(1).unwrap();
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).unwrap()).unwrap()
}

/// An access token with other claims, well signed.
fn with(claims: &Value) -> String {
    let mut all = payload(&access());
    for (name, value) in claims.as_object().unwrap() {
        all[name] = value.clone();
    }
    tokens().seal_bytes(HEADER, all.to_string().as_bytes())
}

fn without(claim: &str) -> String {
    let mut all = payload(&access());
    all.as_object_mut().unwrap().remove(claim).unwrap();
    tokens().seal_bytes(HEADER, all.to_string().as_bytes())
}

/// A token with another header, signed with our key as if it were ours.
fn under(header: &str) -> String {
    tokens().seal_bytes(&encode(header), payload(&access()).to_string().as_bytes())
}

fn changed(token: &str, part: usize, change: impl Fn(&mut Vec<u8>)) -> String {
    let mut parts: Vec<_> = token.split('.').map(str::to_owned).collect();
    let mut bytes = URL_SAFE_NO_PAD.decode(&parts[part]).unwrap();
    change(&mut bytes);
    parts[part] = encode(bytes);
    parts.join(".")
}

#[test]
fn the_claims_are_those_of_the_reference() {
    assert_eq!(URL_SAFE_NO_PAD.decode(HEADER).unwrap(), br#"{"alg":"HS256","typ":"JWT"}"#);
    let token = access();
    assert!(token.starts_with(HEADER));
    let claims = payload(&token);
    let jti = claims["jti"].as_str().unwrap();
    assert!(Uuid::parse_str(jti).is_ok_and(|u| u.to_string() == jti));
    assert_eq!(
        claims,
        json!({"fresh": true, "iat": 1_795_278_521, "jti": jti, "type": "access", "sub": 1, "nbf": 1_795_278_521,
            "exp": 1_795_278_521 + 900, "email": "user1@dwellingly.org", "phone": "555-555-5555", "firstName": "user1",
            "lastName": "tester", "sid": 7, "org": 3, "door": "dwellingly"})
    );
    let mut expected = claims;
    let claims = payload(&refresh());
    expected["type"] = json!("refresh");
    expected["fresh"] = json!(false);
    expected["exp"] = json!(1_795_278_521 + 604_800);
    assert_eq!(claims, expected);
}

#[test]
fn a_token_tells_what_was_put_in() {
    let claims = verify(access()).unwrap();
    assert_eq!((claims.person.get(), claims.session.get(), claims.org.get()), (1, 7, 3));
    assert_eq!(claims.expires, NOW.plus_secs(900));
    assert_eq!(claims.jti.to_string(), payload(&access())["jti"]);
    let claims = tokens().verify(Door::Dwellingly, Kind::Refresh, refresh().as_bytes(), NOW).unwrap();
    assert_eq!(claims.expires, NOW.plus_secs(604_800));
}

/// Section 3.1, row by row, and what lies between the rows.
#[test]
fn faults() {
    use TokenFault::*;
    let good = access();
    let parts: Vec<&str> = good.split('.').collect();
    let foreign =
        Tokens::new(&SecretKey::new([2; 32])).access(Door::Dwellingly, &holder(), true, NOW, &Random::seeded(1));
    let cases: Vec<(&str, Vec<u8>, TokenFault)> = vec![
        ("nothing", "".into(), Segments),
        ("one part", "abc".into(), Segments),
        ("two parts", format!("{}.{}", parts[0], parts[1]).into(), Segments),
        ("four parts", format!("{good}.").into(), Segments),
        ("five parts, as encrypted tokens have", "a.b.c.d.e".into(), Segments),
        ("three that decode to nothing", "a.b.c".into(), Padding),
        ("three empty ones", "..".into(), Padding),
        ("bytes that are no text", b"\xff\xfe.\xff.\xff".to_vec(), Padding),
        ("padded header", format!("{}=.{}.{}", parts[0], parts[1], parts[2]).into(), Padding),
        ("header is no JSON", under("{").into(), Padding),
        ("header is a list", under("[1]").into(), Padding),
        ("header is not UTF-8", format!("{}.e30.", encode(b"{\"alg\":\"\xff\"}")).into(), Padding),
        ("header names alg twice", under(r#"{"alg":"none","alg":"HS256"}"#).into(), Padding),
        ("alg none", under(r#"{"alg":"none","typ":"JWT"}"#).into(), Algorithm),
        ("alg none, unsigned", format!("{}.{}.", encode(r#"{"alg":"none"}"#), parts[1]).into(), Algorithm),
        ("alg NONE", under(r#"{"alg":"NONE"}"#).into(), Algorithm),
        ("alg HS512", under(r#"{"alg":"HS512","typ":"JWT"}"#).into(), Algorithm),
        ("alg RS256", under(r#"{"alg":"RS256","typ":"JWT"}"#).into(), Algorithm),
        ("alg hs256", under(r#"{"alg":"hs256"}"#).into(), Algorithm),
        ("alg of another type", under(r#"{"alg":["HS256"]}"#).into(), Algorithm),
        ("no alg", under(r#"{"typ":"JWT"}"#).into(), Algorithm),
        ("a header that we never write", under(r#"{"alg":"HS256","typ":"JWT","crit":["x"]}"#).into(), Signature),
        ("unsigned", format!("{}.{}.", parts[0], parts[1]).into(), Signature),
        ("foreign key", foreign.unwrap().into(), Signature),
        ("signature cut", good[..good.len() - 1].into(), Signature),
        ("signature longer", format!("{good}A").into(), Signature),
        ("signature padded", format!("{good}=").into(), Signature),
        ("signature is no base64", format!("{}.{}.*", parts[0], parts[1]).into(), Signature),
        ("signature is not UTF-8", [format!("{}.{}.", parts[0], parts[1]).as_bytes(), b"\xff"].concat(), Signature),
        (
            "signature of another token",
            format!("{}.{}.{}", parts[0], parts[1], refresh().rsplit('.').next().unwrap()).into(),
            Signature,
        ),
        ("payload changed", changed(&good, 1, |b| b[0] = b' ').into(), Signature),
        (
            "another user",
            changed(&good, 1, |b| *b = String::from_utf8_lossy(b).replace("\"sub\":1", "\"sub\":2").into()).into(),
            Signature,
        ),
        ("payload is no base64", format!("{}.*.{}", parts[0], parts[2]).into(), Signature),
        ("payload is no JSON", tokens().seal_bytes(HEADER, b"{").into(), Padding),
        ("payload is no object", tokens().seal_bytes(HEADER, b"null").into(), Padding),
        ("payload is not UTF-8", tokens().seal_bytes(HEADER, b"{\"sub\":\"\xff\"}").into(), Padding),
        ("claims doubled", tokens().seal_bytes(HEADER, br#"{"sub":1,"sub":2}"#).into(), Padding),
        ("nothing claimed", tokens().seal_bytes(HEADER, b"{}").into(), MissingClaim("sub")),
        ("a bare sub", tokens().seal_bytes(HEADER, br#"{"sub":1}"#).into(), MissingClaim("type")),
        ("no sub", without("sub").into(), MissingClaim("sub")),
        ("sub null", with(&json!({"sub": null})).into(), MissingClaim("sub")),
        ("no type", without("type").into(), MissingClaim("type")),
        ("no jti", without("jti").into(), MissingClaim("jti")),
        ("no exp", without("exp").into(), MissingClaim("exp")),
        ("no sid", without("sid").into(), MissingClaim("sid")),
        ("no org", without("org").into(), MissingClaim("org")),
        ("no door", without("door").into(), MissingClaim("door")),
        ("another door", with(&json!({"door": "pages"})).into(), Signature),
        ("refresh as access", refresh().into(), WrongKindAccess),
        ("expired refresh as access", with(&json!({"type": "refresh", "exp": NOW.secs() - 1})).into(), WrongKindAccess),
        ("not yet valid", with(&json!({"nbf": NOW.secs() + 1})).into(), NotYetValid),
        ("expired", with(&json!({"exp": NOW.secs() - 1})).into(), Expired),
        ("expires now", with(&json!({"exp": NOW.secs()})).into(), Expired),
        (
            "expired without sub",
            {
                let t = payload(&with(&json!({"exp": 1, "sub": null})));
                tokens().seal_bytes(HEADER, t.to_string().as_bytes()).into()
            },
            MissingClaim("sub"),
        ),
        ("reset link", link(Purpose::Reset).token.into(), MissingClaim("sub")),
        ("invite link", link(Purpose::Invite).token.into(), MissingClaim("sub")),
    ];
    for (what, token, fault) in cases {
        assert_eq!(verify(&token), Err(fault), "{what}");
    }
    assert!(verify(with(&json!({"nbf": NOW.secs()}))).is_ok(), "valid from now on");
    assert!(verify(without("nbf")).is_ok(), "nbf need not be there");
    assert!(
        verify(with(&json!({"exp": NOW.secs() + 1, "extra": {"a": [1, null]}}))).is_ok(),
        "a further claim is allowed"
    );
    let other_door = tokens().access(Door::Pages, &holder(), true, NOW, &Random::seeded(1)).unwrap();
    assert_eq!(verify(other_door), Err(Signature));
    let as_refresh = |t: String| tokens().verify(Door::Dwellingly, Kind::Refresh, t.as_bytes(), NOW);
    assert_eq!(as_refresh(access()), Err(WrongKindRefresh));
    assert_eq!(as_refresh(with(&json!({"exp": 1}))), Err(WrongKindRefresh));
}

#[test]
fn tokens_run_out_to_the_second() {
    let at =
        |t: &str, kind, secs| tokens().verify(Door::Dwellingly, kind, t.as_bytes(), NOW.plus_secs(secs)).map(|_| ());
    assert_eq!(at(&access(), Kind::Access, 899), Ok(()));
    assert_eq!(at(&access(), Kind::Access, 900), Err(TokenFault::Expired));
    assert_eq!(at(&access(), Kind::Access, -1), Err(TokenFault::NotYetValid));
    assert_eq!(at(&refresh(), Kind::Refresh, 604_799), Ok(()));
    assert_eq!(at(&refresh(), Kind::Refresh, 604_800), Err(TokenFault::Expired));
}

#[test]
fn links() {
    for (purpose, lifetime) in [(Purpose::Reset, 600), (Purpose::Invite, 604_800)] {
        let link = link(purpose);
        let read = |secs| tokens().verify_link(link.token.as_bytes(), NOW.plus_secs(secs));
        let claims = read(0).unwrap();
        assert_eq!((claims.person.get(), claims.org.get(), claims.purpose), (9, 3, purpose));
        assert_eq!((claims.jti, claims.expires), (link.jti, link.expires));
        assert!(read(lifetime - 1).is_ok());
        assert_eq!(read(lifetime), Err(TokenFault::Expired));
        assert!(!format!("{link:?}").contains(&link.token));
    }
    let foreign = Tokens::new(&SecretKey::new([2; 32]));
    let verify = |t: &str, at| tokens().verify_link(t.as_bytes(), at);
    let good = link(Purpose::Reset).token;
    assert_eq!(verify("abc", NOW), Err(TokenFault::Segments));
    assert_eq!(verify("a.b.c", NOW), Err(TokenFault::Padding));
    assert_eq!(foreign.verify_link(good.as_bytes(), NOW), Err(TokenFault::Signature));
    assert_eq!(verify(&under(r#"{"alg":"none"}"#), NOW), Err(TokenFault::Algorithm));
    // Another kind of token, whether expired or not.
    for at in [NOW, NOW.plus_days(30)] {
        assert_eq!(verify(&access(), at), Err(TokenFault::MissingClaim("user_id")));
        assert_eq!(verify(&refresh(), at), Err(TokenFault::MissingClaim("user_id")));
    }
    for claim in ["exp", "jti", "purpose", "org"] {
        let mut all = payload(&good);
        all.as_object_mut().unwrap().remove(claim).unwrap();
        let token = tokens().seal_bytes(HEADER, all.to_string().as_bytes());
        assert_eq!(verify(&token, NOW), Err(TokenFault::MissingClaim(claim)));
    }
}

#[test]
fn names_survive_and_stay_ascii() {
    let first_name = "Zoë 🏛 <a>?~\u{7f}\"\\\n\u{0}";
    let token =
        tokens().access(Door::Dwellingly, &Holder { first_name, ..holder() }, true, NOW, &Random::seeded(1)).unwrap();
    assert_eq!(payload(&token)["firstName"], first_name);
    let raw = URL_SAFE_NO_PAD.decode(token.split('.').nth(1).unwrap()).unwrap();
    let text = String::from_utf8(raw).unwrap();
    assert!(text.contains(r#""firstName":"Zo\u00eb \ud83c\udfdb <a\u003e\u003f\u007e\u007f\"\\\n\u0000""#), "{text}");
    assert!(verify(token).is_ok());
}

#[test]
fn the_longest_names_fit() {
    let long = "🏛".repeat(100);
    let who = Holder { email: &long, phone: &long[..160], first_name: &long, last_name: &long, ..holder() };
    let token = tokens().access(Door::Dwellingly, &who, true, NOW, &Random::seeded(1)).unwrap();
    assert!(verify(&token).is_ok(), "{}", token.len());
}

#[test]
fn huge_tokens_are_cheap_to_refuse() {
    let huge = [
        "a".repeat(1 << 20),
        ".".repeat(1 << 20),
        format!("{}.e30.e30", encode(r#"{"alg":"HS256"}"#.repeat(60_000))),
        format!("{HEADER}.{}.x", "A".repeat(1 << 20)),
    ];
    for token in huge {
        let begun = Stopwatch::now();
        for _ in 0..1000 {
            assert_eq!(verify(&token), Err(TokenFault::Segments));
        }
        assert!(begun.elapsed() < Duration::from_millis(500), "{:?}", begun.elapsed());
    }
    // As long as is looked into: many brackets inside.
    let deep = format!("{}.e30.e30", encode("[".repeat(MAX_BYTES / 2)));
    assert_eq!(verify(deep), Err(TokenFault::Padding));
}

#[test]
fn debug_shows_no_secret() {
    assert_eq!(format!("{:?}", tokens()), "Tokens(…)");
}

proptest! {
    /// The original web client's decoder breaks on more than one `-` or `_`.
    #[test]
    fn the_payload_has_neither_dash_nor_underscore(
        first_name in any::<String>(), last_name in "[ -\u{7f}]{0,40}", email in "[>?~\u{7f}üa]{0,20}", phone in any::<String>(),
        person in any::<i64>(), session in any::<i64>(), seed in any::<u64>(), secs in 0..4_000_000_000_i64,
    ) {
        let who = Holder {
            person: PersonId::new(person), session: SessionId::new(session), org: OrgId::new(3),
            email: &email, phone: &phone, first_name: &first_name, last_name: &last_name,
        };
        let at = Instant::from_secs(secs);
        let random = Random::seeded(seed);
        for kind in [Kind::Access, Kind::Refresh] {
            let token = tokens().mint(Door::Dwellingly, kind, true, &who, at, &random).unwrap();
            let part = token.split('.').nth(1).unwrap();
            prop_assert!(!part.contains(['-', '_']), "{part}");
            let claims = payload(&token);
            prop_assert_eq!(&claims["firstName"], &first_name);
            prop_assert_eq!(&claims["lastName"], &last_name);
            prop_assert_eq!(&claims["email"], &email);
            prop_assert_eq!(&claims["phone"], &phone);
            let read = tokens().verify(Door::Dwellingly, kind, token.as_bytes(), at).unwrap();
            prop_assert_eq!((read.person.get(), read.session.get()), (person, session));
        }
        let link = tokens().link(Purpose::Reset, PersonId::new(person), OrgId::new(3), at, &random).unwrap();
        prop_assert!(!link.token.split('.').nth(1).unwrap().contains(['-', '_']));
    }

    #[test]
    fn no_changed_byte_passes(at in 0..1000_usize, to in any::<u8>()) {
        let mut token = access().into_bytes();
        let at = at % token.len();
        prop_assume!(token[at] != to);
        token[at] = to;
        prop_assert!(verify(&token).is_err());
    }

    #[test]
    fn arbitrary_bytes_never_panic(bytes in any::<Vec<u8>>(), parts in prop::collection::vec("[A-Za-z0-9_-]{0,60}", 3)) {
        prop_assert!(verify(&bytes).is_err());
        prop_assert!(verify(parts.join(".")).is_err());
        let signed = tokens().seal_bytes(HEADER, &bytes);
        prop_assert!(verify(&signed).is_err());
        prop_assert!(tokens().verify_link(signed.as_bytes(), NOW).is_err());
    }
}
