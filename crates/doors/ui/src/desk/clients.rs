//! Programs that call: which there are, what they may do, and their secrets, each of which is shown once.

use app::{
    client::{Client, Details},
    oauth2::GrantType,
    office::Place,
};
use askama::Template;
use axum::{
    Router,
    extract::Path,
    http::StatusCode,
    response::Response,
    routing::{get, post},
};
use identity::{Identity, oauth2, oidc};
use kernel::{Action, ClientId, Error, Faults, Instant, Problem, PropertyId, Result, Scope};

use super::office::number;
use crate::{
    flash::Flash,
    form::{Fields, Posted, Shown},
    page_route,
    parts::{Choice, Tone},
    session::Staff,
    shell::Shell,
};

const PATH: &str = "/desk/settings/clients";

pub(super) fn routes() -> Router<Identity> {
    Router::new()
        .route(PATH, page_route(get(list)))
        .route("/desk/settings/clients/new", page_route(get(choose)))
        .route("/desk/settings/clients/new/{kind}", page_route(get(new).post(create)))
        .route("/desk/settings/clients/{id}", page_route(get(show)))
        .route("/desk/settings/clients/{id}/rotate", page_route(post(rotate)))
        .route("/desk/settings/clients/{id}/revoke", page_route(post(revoke)))
}

/// How a program calls.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// It signs its requests: storEDGE's interface.
    Oauth1,
    /// It gets tokens: iDWELL's interface.
    Oauth2,
    /// It gets a token for a key: the admin side of WiFi portals.
    ApiKey,
    /// People sign in to it with their login here.
    Oidc,
}

impl Kind {
    const ALL: [Self; 4] = [Self::Oauth1, Self::Oauth2, Self::ApiKey, Self::Oidc];

    /// The word stored, and in addresses.
    const fn as_str(self) -> &'static str {
        match self {
            Self::Oauth1 => "oauth1",
            Self::Oauth2 => "oauth2",
            Self::ApiKey => "api_key",
            Self::Oidc => "oidc",
        }
    }

    fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|k| k.as_str() == word)
    }

    const fn title(self) -> &'static str {
        match self {
            Self::Oauth1 => "client-oauth1",
            Self::Oauth2 => "client-oauth2",
            Self::ApiKey => "client-api-key",
            Self::Oidc => "client-oidc",
        }
    }

    const fn about(self) -> &'static str {
        match self {
            Self::Oauth1 => "client-oauth1-text",
            Self::Oauth2 => "client-oauth2-text",
            Self::ApiKey => "client-api-key-text",
            Self::Oidc => "client-oidc-text",
        }
    }

    const fn icon(self) -> &'static str {
        match self {
            Self::Oauth1 => "lock",
            Self::Oauth2 => "key",
            Self::ApiKey => "wifi",
            Self::Oidc => "user",
        }
    }

    /// What a program of this kind is let do unless somebody says otherwise.
    const fn usual(self) -> &'static [Scope] {
        match self {
            Self::Oauth1 => &Scope::ALL,
            Self::Oauth2 => &[Scope::Read, Scope::Write],
            Self::ApiKey => &[Scope::Wifi],
            Self::Oidc => &[],
        }
    }
}

const fn scope_text(scope: Scope) -> &'static str {
    match scope {
        Scope::Read => "scope-read",
        Scope::Write => "scope-write",
        Scope::MoneyRead => "scope-money-read",
        Scope::MoneyWrite => "scope-money-write",
        Scope::Wifi => "scope-wifi",
    }
}

const fn grant_text(grant: GrantType) -> &'static str {
    match grant {
        GrantType::Password => "grant-password",
        GrantType::RefreshToken => "grant-refresh",
        GrantType::ClientCredentials => "grant-client",
    }
}

struct Line {
    id: ClientId,
    name: String,
    icon: &'static str,
    kind: &'static str,
    scopes: String,
    tone: Tone,
    state: &'static str,
    last_used: Option<Instant>,
}

impl Line {
    fn of(s: &Shell, c: &Client) -> Self {
        let kind = Kind::parse(&c.kind).unwrap_or(Kind::Oauth1);
        let scopes: Vec<String> = c.scopes().into_iter().map(|scope| s.say(scope_text(scope))).collect();
        let (tone, state) = state(c);
        Self {
            id: c.id,
            name: c.name.clone(),
            icon: kind.icon(),
            kind: kind.title(),
            scopes: scopes.join(" · "),
            tone,
            state,
            last_used: c.last_used(),
        }
    }
}

const fn state(c: &Client) -> (Tone, &'static str) {
    if c.revoked_at.is_some() { (Tone::Refused, "client-revoked") } else { (Tone::Done, "client-active") }
}

#[derive(Template)]
#[template(path = "desk/settings/clients.html")]
struct ListPage {
    s: Shell,
    active: Vec<Line>,
    revoked: Vec<Line>,
}

async fn list(visit: Staff) -> Response {
    match visit.app().clients().list(&visit.caller).await {
        Ok(all) => {
            let s = visit.shell();
            let (revoked, active) = all.iter().partition::<Vec<&Client>, _>(|c| c.revoked_at.is_some());
            let lines = |all: Vec<&Client>| all.into_iter().rev().map(|c| Line::of(&s, c)).collect();
            visit.page(&ListPage { active: lines(active), revoked: lines(revoked), s })
        }
        Err(error) => visit.failed(&error),
    }
}

#[derive(Template)]
#[template(path = "desk/settings/client_kinds.html")]
struct KindsPage {
    s: Shell,
    kinds: [Kind; 4],
}

async fn choose(visit: Staff) -> Response {
    // Whoever may not make programs need not choose.
    match visit.app().clients().list(&visit.caller).await {
        Ok(_) => visit.page(&KindsPage { s: visit.shell(), kinds: Kind::ALL }),
        Err(error) => visit.failed(&error),
    }
}

#[derive(Template)]
#[template(path = "desk/settings/client_new.html")]
struct NewPage {
    s: Shell,
    form: Shown,
    kind: Kind,
    scopes: Vec<Choice>,
    grants: Vec<Choice>,
    properties: Vec<Choice>,
}

impl NewPage {
    fn is_oidc(&self) -> bool {
        self.kind == Kind::Oidc
    }

    fn has_grants(&self) -> bool {
        self.kind == Kind::Oauth2
    }
}

async fn new_page(visit: &Staff, kind: Kind, form: Shown) -> Result<NewPage> {
    visit.app().clients().list(&visit.caller).await?;
    let places: Vec<Place> = visit.app().office().places(&visit.caller, Action::ManageClients).await?;
    let s = visit.shell();
    Ok(NewPage {
        scopes: Scope::ALL.into_iter().map(|scope| Choice::new(scope.as_str(), s.say(scope_text(scope)))).collect(),
        grants: GrantType::ALL.into_iter().map(|g| Choice::new(g.as_str(), s.say(grant_text(g)))).collect(),
        properties: places.iter().map(|p| Choice::new(&p.id, p.name.clone())).collect(),
        kind,
        form,
        s,
    })
}

async fn new(visit: Staff, Path(kind): Path<String>) -> Response {
    let Some(kind) = Kind::parse(&kind) else { return visit.failed(&Error::NotFound("kind")) };
    let scopes = kind.usual().iter().map(|scope| ("scope", scope.as_str().to_owned()));
    let grants = [GrantType::Password, GrantType::RefreshToken].map(|g| ("grant", g.as_str().to_owned()));
    match new_page(&visit, kind, Shown::with(scopes.chain(grants))).await {
        Ok(page) => visit.page(&page),
        Err(error) => visit.failed(&error),
    }
}

/// What a program was given, as the page shows it this once.
#[derive(Template)]
#[template(path = "desk/settings/client_secret.html")]
struct SecretPage {
    s: Shell,
    name: String,
    key: String,
    secret: Option<String>,
    /// Until when the secret before it is good.
    old_until: Option<Instant>,
    /// Where the program begins.
    base: String,
}

async fn create(visit: Staff, Path(kind): Path<String>, Posted(fields): Posted) -> Response {
    let Some(kind) = Kind::parse(&kind) else { return visit.failed(&Error::NotFound("kind")) };
    let error = match made(&visit, kind, &fields).await {
        Ok((key, secret)) => {
            let name = fields.get("name").trim().to_owned();
            return given(&visit, StatusCode::CREATED, name, key, secret, None);
        }
        Err(error) => error,
    };
    let form = Shown::refused(&fields, error, visit.language.texts(), |_| None);
    let page = match form {
        Ok(form) => new_page(&visit, kind, form).await,
        Err(error) => Err(error),
    };
    match page {
        Ok(page) => visit.page_with(StatusCode::UNPROCESSABLE_ENTITY, &page),
        Err(error) => visit.failed(&error),
    }
}

fn given(
    visit: &Staff,
    status: StatusCode,
    name: String,
    key: String,
    secret: Option<String>,
    old_until: Option<Instant>,
) -> Response {
    let base = visit.app().public_url().to_owned();
    visit.page_with(status, &SecretPage { s: visit.shell(), name, key, secret, old_until, base })
}

/// Makes a program; answers its key and its secret, if it has one.
async fn made(visit: &Staff, kind: Kind, fields: &Fields) -> Result<(String, Option<String>)> {
    let (identity, caller, name) = (&visit.identity, &visit.caller, fields.get("name"));
    if kind == Kind::Oidc {
        let lines = |name: &str| {
            let lines = fields.get(name).lines().map(str::trim).filter(|l| !l.is_empty());
            lines.map(str::to_owned).collect::<Vec<_>>()
        };
        let new = oidc::NewClient {
            name: name.to_owned(),
            redirect_uris: lines("redirect_uris"),
            sign_out_uris: lines("sign_out_uris"),
            public: fields.ticked("public"),
            community: fields.ticked("community"),
        };
        let made = identity.oidc().create_client(caller, new).await?;
        return Ok((made.client_id, made.client_secret));
    }
    let Asked { scopes, grants, properties } = asked(kind, fields)?;
    let made = match kind {
        Kind::Oauth2 => {
            let new = oauth2::NewClient { name: name.to_owned(), grants, scopes, properties };
            identity.oauth2().create_client(caller, new).await?
        }
        Kind::ApiKey => identity.create_api_key(caller, name, &scopes, properties).await?,
        Kind::Oauth1 | Kind::Oidc => identity.create_client(caller, name, &scopes, properties).await?,
    };
    Ok((made.key, Some(made.secret)))
}

/// What a program is to be let do, by which ways, and where: everywhere, or at some properties.
struct Asked {
    scopes: Vec<Scope>,
    grants: Vec<GrantType>,
    properties: Option<Vec<PropertyId>>,
}

/// One that may do nothing is a mistake.
fn asked(kind: Kind, fields: &Fields) -> Result<Asked> {
    let mut faults = Faults::new();
    let scopes: Vec<Scope> = fields.all("scope").filter_map(Scope::parse).collect();
    let grants: Vec<GrantType> = fields.all("grant").filter_map(GrantType::parse).collect();
    let properties: Vec<PropertyId> =
        fields.all("property").filter_map(|id| id.parse().ok().map(PropertyId::new)).collect();
    let limited = fields.get("where") == "some";
    if fields.get("name").trim().is_empty() {
        faults.add("name", Problem::Blank);
    }
    if scopes.is_empty() {
        faults.add("scope", Problem::Required);
    }
    if kind == Kind::Oauth2 && grants.is_empty() {
        faults.add("grant", Problem::Required);
    }
    if limited && properties.is_empty() {
        faults.add("property", Problem::Required);
    }
    faults.finish()?;
    Ok(Asked { scopes, grants, properties: limited.then_some(properties) })
}

#[derive(Template)]
#[template(path = "desk/settings/client.html")]
struct ClientPage {
    s: Shell,
    details: Details,
    kind: Kind,
    tone: Tone,
    state: &'static str,
    scopes: Vec<&'static str>,
    grants: Vec<&'static str>,
    /// Where it gets its tokens.
    tokens_at: Vec<String>,
    /// After signing in, and after signing out.
    redirects: (Vec<String>, Vec<String>),
    overlaps: Vec<Choice>,
}

/// How long the secret before a new one stays good, in seconds.
const OVERLAPS: [(u32, &str); 4] =
    [(86_400, "overlap-day"), (604_800, "overlap-week"), (3_600, "overlap-hour"), (0, "overlap-none")];

async fn show(visit: Staff, Path(id): Path<String>) -> Response {
    let found = async {
        let details = visit.app().clients().get(&visit.caller, ClientId::new(number(&id))).await?;
        let organization = visit.app().organizations().settings(&visit.caller).await?.sender.uid;
        Ok((details, organization))
    };
    match found.await {
        Ok((details, organization)) => {
            let s = visit.shell();
            let base = visit.app().public_url();
            let grants = details.client.grants();
            let mut tokens_at = Vec::new();
            if grants.iter().any(|g| *g != GrantType::ClientCredentials) {
                tokens_at.push(format!("{base}/api/oauth/token/"));
            }
            if grants.contains(&GrantType::ClientCredentials) {
                tokens_at.push(format!("{base}/oauth2/token/{organization}"));
            }
            let (tone, state) = state(&details.client);
            let of = |purpose: &str| {
                details.redirects.iter().filter(|r| r.purpose == purpose).map(|r| r.uri.clone()).collect::<Vec<_>>()
            };
            visit.page(&ClientPage {
                kind: Kind::parse(&details.client.kind).unwrap_or(Kind::Oauth1),
                tone,
                state,
                scopes: details.client.scopes().into_iter().map(scope_text).collect(),
                grants: grants.into_iter().map(grant_text).collect(),
                tokens_at,
                redirects: (of("sign_in"), of("sign_out")),
                overlaps: OVERLAPS.iter().map(|(seconds, key)| Choice::new(seconds, s.say(key))).collect(),
                details,
                s,
            })
        }
        Err(error) => visit.failed(&error),
    }
}

async fn rotate(visit: Staff, Path(id): Path<String>, Posted(fields): Posted) -> Response {
    let overlap = OVERLAPS.iter().find(|(seconds, _)| fields.get("overlap") == seconds.to_string());
    let overlap = overlap.map_or(0, |(seconds, _)| *seconds);
    let done = async {
        let client = visit.app().clients().get(&visit.caller, ClientId::new(number(&id))).await?.client;
        let made = visit.identity.rotate_client(&visit.caller, &client.key, overlap).await?;
        Ok((client.name, made))
    };
    match done.await {
        Ok((name, made)) => {
            let until = visit.caller.at.plus_secs(i64::from(overlap));
            let until = (overlap > 0).then_some(until);
            given(&visit, StatusCode::OK, name, made.key, Some(made.secret), until)
        }
        Err(error) => visit.failed(&error),
    }
}

async fn revoke(visit: Staff, Path(id): Path<String>, Posted(_): Posted) -> Response {
    match visit.app().clients().revoke(&visit.caller, ClientId::new(number(&id))).await {
        Ok(()) => visit.go(PATH, Flash::done("done-client-revoked")),
        Err(error) => visit.failed(&error),
    }
}
