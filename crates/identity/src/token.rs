//! Tokens that clients carry: signed JWTs (HS256), as the Dwellingly reference describes them (section 3, D27, D28).
//!
//! A token proves only that this install made it for this door and that its time has not run out. Whether the sign-in
//! or the link has ended, and what the person may do, is asked of the database on every request.

use std::{fmt, io};

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, crypto};
use kernel::{Door, Instant, OrgId, PersonId, Random, SessionId};
use serde::{Deserialize, Serialize, de::IgnoredAny};
use uuid::Uuid;

use crate::SecretKey;

/// How long an access token is good, in seconds.
pub const ACCESS_LIFETIME: i64 = 900;
/// How long a refresh token is good, in seconds.
pub const REFRESH_LIFETIME: i64 = 604_800;
/// How long a link to set a new password is good, in seconds (D27).
pub const RESET_LIFETIME: i64 = 600;
/// How long an invitation's link is good, in seconds (D27).
pub const INVITE_LIFETIME: i64 = 604_800;

/// `{"alg":"HS256","typ":"JWT"}`: the only header we write, and so the only one a good token can have.
const HEADER: &str = "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9";
/// No token of ours is longer; what is, is not looked into.
const MAX_BYTES: usize = 16 * 1024;

/// Who a pair of tokens is for. The client shows the names and addresses; nothing is decided on them.
#[derive(Clone, Copy, Debug)]
#[expect(missing_docs, reason = "the names say it")]
pub struct Holder<'a> {
    pub person: PersonId,
    pub session: SessionId,
    pub org: OrgId,
    pub email: &'a str,
    pub phone: &'a str,
    pub first_name: &'a str,
    pub last_name: &'a str,
}

/// The two tokens of a sign-in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// Sent with every request.
    Access,
    /// Gets new access tokens.
    Refresh,
}

/// What a good access or refresh token says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TokenClaims {
    /// Who.
    pub person: PersonId,
    /// Through which sign-in.
    pub session: SessionId,
    /// Of which organization.
    pub org: OrgId,
    /// This very token.
    pub jti: Uuid,
    /// From when on it is not good any more.
    pub expires: Instant,
}

/// What a mailed link is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Purpose {
    /// To set a new password.
    Reset,
    /// To set the first one.
    Invite,
}

impl Purpose {
    /// How long such a link is good, in seconds.
    #[must_use]
    pub const fn lifetime(self) -> i64 {
        match self {
            Self::Reset => RESET_LIFETIME,
            Self::Invite => INVITE_LIFETIME,
        }
    }
}

/// A new link: its token for the mail, the rest for the database.
#[derive(Clone)]
pub struct Link {
    /// The secret part of the link.
    pub token: String,
    /// Names the token, for single use.
    pub jti: Uuid,
    /// From when on it is not good any more.
    pub expires: Instant,
}

impl fmt::Debug for Link {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Link").field("jti", &self.jti).field("expires", &self.expires).finish_non_exhaustive()
    }
}

/// What a good link says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LinkClaims {
    /// Whose password is to be set.
    pub person: PersonId,
    /// Of which organization.
    pub org: OrgId,
    /// This very token.
    pub jti: Uuid,
    /// What it is for.
    pub purpose: Purpose,
    /// From when on it is not good any more.
    pub expires: Instant,
}

/// Why a token is not accepted, in the order of the checks (section 3.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TokenFault {
    /// Not three parts, or far too long.
    Segments,
    /// The header, or the payload behind a good signature, does not decode.
    Padding,
    /// Signed with another algorithm than ours, or with none.
    Algorithm,
    /// Not signed by us, or changed since, or made for another door.
    Signature,
    /// A claim that must be there is not: another kind of token.
    MissingClaim(&'static str),
    /// A refresh token where an access token belongs.
    WrongKindAccess,
    /// An access token where a refresh token belongs.
    WrongKindRefresh,
    /// Its time has not come.
    NotYetValid,
    /// Its time has run out.
    Expired,
}

/// Makes and checks tokens.
#[derive(Clone)]
pub struct Tokens {
    sign: EncodingKey,
    check: DecodingKey,
}

impl fmt::Debug for Tokens {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Tokens(…)")
    }
}

#[derive(Serialize)]
struct MintToken<'a> {
    fresh: bool,
    iat: i64,
    jti: Uuid,
    #[serde(rename = "type")]
    kind: Kind,
    sub: i64,
    nbf: i64,
    exp: i64,
    email: &'a str,
    phone: &'a str,
    #[serde(rename = "firstName")]
    first_name: &'a str,
    #[serde(rename = "lastName")]
    last_name: &'a str,
    sid: i64,
    org: i64,
    door: &'a str,
}

#[derive(Deserialize)]
struct ReadToken<'a> {
    sub: Option<i64>,
    #[serde(rename = "type")]
    kind: Option<Kind>,
    jti: Option<Uuid>,
    exp: Option<i64>,
    nbf: Option<i64>,
    sid: Option<i64>,
    org: Option<i64>,
    door: Option<&'a str>,
}

#[derive(Serialize)]
struct MintLink {
    user_id: i64,
    exp: i64,
    jti: Uuid,
    purpose: Purpose,
    org: i64,
}

#[derive(Deserialize)]
struct ReadLink {
    user_id: Option<i64>,
    exp: Option<i64>,
    jti: Option<Uuid>,
    purpose: Option<Purpose>,
    org: Option<i64>,
}

impl Tokens {
    /// With the install's key.
    #[must_use]
    pub fn new(key: &SecretKey) -> Self {
        Self { sign: EncodingKey::from_secret(key.as_bytes()), check: DecodingKey::from_secret(key.as_bytes()) }
    }

    /// A new access token. `fresh` says that a password was just given for it, rather than a refresh token.
    ///
    /// # Errors
    /// [`kernel::Error::Internal`] only.
    pub fn access(
        &self,
        door: Door,
        who: &Holder<'_>,
        fresh: bool,
        at: Instant,
        random: &Random,
    ) -> kernel::Result<String> {
        self.mint(door, Kind::Access, fresh, who, at, random)
    }

    /// A new refresh token.
    ///
    /// # Errors
    /// [`kernel::Error::Internal`] only.
    pub fn refresh(&self, door: Door, who: &Holder<'_>, at: Instant, random: &Random) -> kernel::Result<String> {
        self.mint(door, Kind::Refresh, false, who, at, random)
    }

    fn mint(
        &self,
        door: Door,
        kind: Kind,
        fresh: bool,
        who: &Holder<'_>,
        at: Instant,
        random: &Random,
    ) -> kernel::Result<String> {
        let lifetime = match kind {
            Kind::Access => ACCESS_LIFETIME,
            Kind::Refresh => REFRESH_LIFETIME,
        };
        let now = at.secs();
        self.seal(&MintToken {
            fresh,
            iat: now,
            jti: random.uid(at),
            kind,
            sub: who.person.get(),
            nbf: now,
            exp: now + lifetime,
            email: who.email,
            phone: who.phone,
            first_name: who.first_name,
            last_name: who.last_name,
            sid: who.session.get(),
            org: who.org.get(),
            door: door.as_str(),
        })
    }

    /// Reads a token of the kind that belongs here, as it came in the header. A token of another door counts as one
    /// that we have not signed.
    ///
    /// # Errors
    /// The first fault in the order of [`TokenFault`].
    pub fn verify(&self, door: Door, kind: Kind, token: &[u8], at: Instant) -> Result<TokenClaims, TokenFault> {
        let payload = self.open(token)?;
        let read: ReadToken<'_> = serde_json::from_slice(&payload).map_err(|_| TokenFault::Padding)?;
        let person = PersonId::new(required(read.sub, "sub")?);
        let given = required(read.kind, "type")?;
        let jti = required(read.jti, "jti")?;
        let exp = required(read.exp, "exp")?;
        let session = SessionId::new(required(read.sid, "sid")?);
        let org = OrgId::new(required(read.org, "org")?);
        if required(read.door, "door")? != door.as_str() {
            return Err(TokenFault::Signature);
        }
        match (kind, given) {
            (Kind::Access, Kind::Refresh) => return Err(TokenFault::WrongKindAccess),
            (Kind::Refresh, Kind::Access) => return Err(TokenFault::WrongKindRefresh),
            _ => {}
        }
        if read.nbf.is_some_and(|nbf| nbf > at.secs()) {
            return Err(TokenFault::NotYetValid);
        }
        if exp <= at.secs() {
            return Err(TokenFault::Expired);
        }
        Ok(TokenClaims { person, session, org, jti, expires: Instant::from_secs(exp) })
    }

    /// A new link to set a password (D27).
    ///
    /// # Errors
    /// [`kernel::Error::Internal`] only.
    pub fn link(
        &self,
        purpose: Purpose,
        person: PersonId,
        org: OrgId,
        at: Instant,
        random: &Random,
    ) -> kernel::Result<Link> {
        let exp = at.secs() + purpose.lifetime();
        let jti = random.uid(at);
        let token = self.seal(&MintLink { user_id: person.get(), exp, jti, purpose, org: org.get() })?;
        Ok(Link { token, jti, expires: Instant::from_secs(exp) })
    }

    /// Reads a link's token (D28). Links are good at every door and page: their secret is for one use anyway.
    ///
    /// # Errors
    /// The first fault in the order of [`TokenFault`]; another kind of token lacks its `user_id`.
    pub fn verify_link(&self, token: &[u8], at: Instant) -> Result<LinkClaims, TokenFault> {
        let payload = self.open(token)?;
        let read: ReadLink = serde_json::from_slice(&payload).map_err(|_| TokenFault::Padding)?;
        let person = PersonId::new(required(read.user_id, "user_id")?);
        let exp = required(read.exp, "exp")?;
        let jti = required(read.jti, "jti")?;
        let purpose = required(read.purpose, "purpose")?;
        let org = OrgId::new(required(read.org, "org")?);
        if exp <= at.secs() {
            return Err(TokenFault::Expired);
        }
        Ok(LinkClaims { person, org, jti, purpose, expires: Instant::from_secs(exp) })
    }

    /// Header, claims and signature in one line.
    fn seal(&self, claims: &impl Serialize) -> kernel::Result<String> {
        let mut payload = Vec::with_capacity(512);
        claims
            .serialize(&mut serde_json::Serializer::with_formatter(&mut payload, Tame))
            .map_err(kernel::Error::internal)?;
        Ok(self.seal_bytes(HEADER, &payload))
    }

    fn seal_bytes(&self, header: &str, payload: &[u8]) -> String {
        let mut token = format!("{header}.{}", URL_SAFE_NO_PAD.encode(payload));
        #[expect(clippy::expect_used, reason = "HMAC signs everything with keys of every length")]
        let signature = crypto::sign(token.as_bytes(), &self.sign, Algorithm::HS256).expect("HMAC cannot fail");
        token.push('.');
        token.push_str(&signature);
        token
    }

    /// The payload of a token that this install has signed.
    fn open(&self, token: &[u8]) -> Result<Vec<u8>, TokenFault> {
        if token.len() > MAX_BYTES {
            return Err(TokenFault::Segments);
        }
        let mut parts = token.split(|b| *b == b'.');
        let (Some(header), Some(payload), Some(signature), None) =
            (parts.next(), parts.next(), parts.next(), parts.next())
        else {
            return Err(TokenFault::Segments);
        };
        if header != HEADER.as_bytes() {
            return Err(fault_of_header(header));
        }
        let signed = token.get(..header.len() + 1 + payload.len()).ok_or(TokenFault::Segments)?;
        let good = str::from_utf8(signature)
            .is_ok_and(|s| crypto::verify(s, signed, &self.check, Algorithm::HS256).unwrap_or(false));
        if !good {
            return Err(TokenFault::Signature);
        }
        URL_SAFE_NO_PAD.decode(payload).map_err(|_| TokenFault::Padding)
    }
}

/// What is wrong with a header that we have not written.
fn fault_of_header(header: &[u8]) -> TokenFault {
    /// Any value, because even a number is "not our algorithm"; a doubled `alg` does not decode.
    #[derive(Deserialize)]
    struct Header {
        alg: Option<serde_json::Value>,
        #[serde(rename = "typ")]
        _typ: Option<IgnoredAny>,
    }
    let Some(read) = URL_SAFE_NO_PAD.decode(header).ok().and_then(|json| serde_json::from_slice::<Header>(&json).ok())
    else {
        return TokenFault::Padding;
    };
    if read.alg.is_some_and(|alg| alg == "HS256") { TokenFault::Signature } else { TokenFault::Algorithm }
}

fn required<T>(claim: Option<T>, name: &'static str) -> Result<T, TokenFault> {
    claim.ok_or(TokenFault::MissingClaim(name))
}

/// JSON whose base64url holds neither `-` nor `_`, as the original web client needs: its decoder breaks on more than
/// one of them. They stand for six bits 62 and 63, which ASCII bytes make only where the last six bits of a third
/// byte are so: `>`, `?`, `~` and DEL. These, and all that is not ASCII, are written as `\uXXXX`.
struct Tame;

impl serde_json::ser::Formatter for Tame {
    fn write_string_fragment<W: ?Sized + io::Write>(&mut self, writer: &mut W, fragment: &str) -> io::Result<()> {
        let mut rest = fragment;
        while let Some(at) = rest.find(|c: char| !c.is_ascii() || matches!(c, '>' | '?' | '~' | '\x7f')) {
            let (plain, special) = rest.split_at(at);
            writer.write_all(plain.as_bytes())?;
            let mut chars = special.chars();
            for unit in chars.next().into_iter().flat_map(|c| c.encode_utf16(&mut [0; 2]).to_vec()) {
                write!(writer, "\\u{unit:04x}")?;
            }
            rest = chars.as_str();
        }
        writer.write_all(rest.as_bytes())
    }
}

#[cfg(test)]
mod tests;
