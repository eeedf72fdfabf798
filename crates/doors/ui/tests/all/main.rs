//! The pages on the real server, on both databases.
#![expect(clippy::unwrap_used, reason = "tests")]

mod desk;
mod front;
mod hostile;
mod household;
mod isolation;
mod office;
mod passkeys;
mod portal;
mod publish;
mod rights;
mod settings;
mod trail;
mod walk;
mod wifi;

use std::ops::Deref;

use app::{invite, post, ticket_type};
use axum::http::header;
use db::Dialect;
use kernel::{Caller, Door, Draft, Field, Living, Principal, PropertyId, UnitId};
use world::{Answer, Call, Kit, PASSWORD, Person, World, axum, db};

/// The pages.
const KIT: Kit =
    Kit { door: Door::Pages, entrances: |identity| vec![ui::entrance(identity)], sign_in: "", tokens: |_| None };

/// A settled world, with the pages.
pub struct House {
    world: World,
}

impl Deref for House {
    type Target = World;
    fn deref(&self) -> &World {
        &self.world
    }
}

/// A new house.
pub async fn open(dialect: Dialect) -> House {
    House { world: World::new(dialect, KIT).await }
}

/// A cookie of an answer.
pub fn cookie_of(answer: &Answer, name: &str) -> Option<String> {
    let all = answer.headers.get_all(header::SET_COOKIE).into_iter().filter_map(|v| v.to_str().ok());
    let mut values = all.filter_map(|v| v.strip_prefix(name)?.strip_prefix('='));
    values.find_map(|v| v.split(';').next().filter(|v| !v.is_empty()).map(str::to_owned))
}

/// Where an answer leads.
pub fn location(answer: &Answer) -> &str {
    answer.headers.get(header::LOCATION).map_or("", |v| v.to_str().unwrap())
}

/// The page.
pub fn html(answer: &Answer) -> String {
    String::from_utf8(answer.body.clone()).unwrap()
}

impl House {
    /// The cookie of somebody who signs in.
    pub async fn cookie(&self, who: &Person) -> String {
        let page = self.get("/app/login").await;
        let key = cookie_of(&page, "form_key").unwrap();
        let body = format!("csrf={key}&username={}&password={PASSWORD}&next=", who.email.replace('@', "%40"));
        let answer = self
            .post("/app/login")
            .header(header::HOST, &who.host)
            .header(header::COOKIE, &format!("form_key={key}"))
            .raw("application/x-www-form-urlencoded", body)
            .await;
        assert_eq!(answer.status, 303, "{}", html(&answer));
        cookie_of(&answer, "user_session").unwrap()
    }

    /// A page as somebody with this cookie sees it.
    pub fn page(&self, path: &str, cookie: &str) -> Call<'_> {
        self.get(path).header(header::COOKIE, &format!("user_session={cookie}"))
    }

    /// A form that they send from an open page.
    pub fn form(&self, path: &str, cookie: &str, fields: &[(&str, &str)]) -> Call<'_> {
        let token = self.identity.form_token(cookie);
        let mut all = vec![format!("csrf={token}")];
        all.extend(fields.iter().map(|(n, v)| {
            let value: String = form_urlencoded::byte_serialize(v.as_bytes()).collect();
            format!("{n}={value}")
        }));
        let call = self.post(path).header(header::COOKIE, &format!("user_session={cookie}"));
        call.raw("application/x-www-form-urlencoded", all.join("&"))
    }

    /// The same in parts, with files: the field's name, the file's name, its bytes.
    pub fn parts(&self, path: &str, cookie: &str, fields: &[(&str, &str)], files: &[(&str, &str, &[u8])]) -> Call<'_> {
        let token = self.identity.form_token(cookie);
        let mut body = Vec::new();
        let all = [("csrf", token.as_str())].into_iter().chain(fields.iter().copied());
        for (name, value) in all {
            body.extend(
                format!("--limit\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n").bytes(),
            );
        }
        for (name, file, bytes) in files {
            let head = format!(
                "--limit\r\nContent-Disposition: form-data; name=\"{name}\"; filename=\"{file}\"\r\nContent-Type: text/plain\r\n\r\n"
            );
            body.extend(head.bytes());
            body.extend_from_slice(bytes);
            body.extend(b"\r\n");
        }
        body.extend(b"--limit--\r\n");
        let call = self.post(path).header(header::COOKIE, &format!("user_session={cookie}"));
        call.raw("multipart/form-data; boundary=limit", body)
    }

    /// Who a cookie stands for.
    pub async fn caller(&self, cookie: &str) -> Caller {
        self.identity.web_caller(cookie, Door::Pages).await.unwrap()
    }

    /// A caller of the staff, for what the desk would do.
    pub async fn staff(&self) -> Caller {
        let cookie = self.cookie(&self.home.admin).await;
        self.caller(&cookie).await
    }

    /// A unit of the harbour.
    pub async fn unit(&self, number: &'static str) -> UnitId {
        let (org, property) = (self.home.org, self.home.harbour);
        self.write(org, async move |w| {
            w.one(db::sql!(
                "SELECT id FROM unit WHERE org_id = $1 AND property_id = $2 AND number = $3",
                org,
                property,
                number
            ))
            .await
        })
        .await
    }

    /// Somebody who lives in that unit and decides for it, and their cookie.
    pub async fn resident(&self, first: &str, number: &'static str) -> String {
        let token = self.invited(first, number).await;
        self.accept(&token, first, &format!("{}@mail.example", first.to_lowercase())).await
    }

    /// The code of an invitation that nobody has redeemed.
    pub async fn invitation(&self, first: &str) -> String {
        self.invited(first, "1").await
    }

    async fn invited(&self, first: &str, number: &'static str) -> String {
        let (staff, unit) = (self.staff().await, self.unit(number).await);
        let email = format!("{}@mail.example", first.to_lowercase());
        let input = invite::Input {
            unit_id: Field::Given(unit),
            first_name: Field::Given(first.to_owned()),
            last_name: Field::Given("Resident".to_owned()),
            email: Field::Given(email),
            living: Field::Given(Living::Tenant),
            unit_admin: Field::Given(true),
            ..invite::Input::default()
        };
        self.app.invites().create(&staff, Draft::from(input)).await.unwrap().token
    }

    /// Redeems an invitation at its page; answers the cookie.
    pub async fn accept(&self, token: &str, first: &str, email: &str) -> String {
        let path = format!("/invite/{token}");
        let key = cookie_of(&self.get(&path).await, "form_key").unwrap();
        let email = email.replace('@', "%40");
        let body = format!(
            "csrf={key}&first_name={first}&last_name=Resident&email={email}&password={PASSWORD}&repeat={PASSWORD}"
        );
        let answer = self
            .post(&path)
            .header(header::COOKIE, &format!("form_key={key}"))
            .raw("application/x-www-form-urlencoded", body)
            .await;
        assert_eq!((answer.status, location(&answer)), (303, "/home"), "{}", html(&answer));
        cookie_of(&answer, "user_session").unwrap()
    }

    /// A form with a question of every kind.
    pub async fn form_of_all_kinds(&self) -> ticket_type::TicketType {
        let staff = self.staff().await;
        let question = |kind: ticket_type::Kind| ticket_type::QuestionInput {
            name: format!("About {}", kind.as_str()),
            kind,
            required: kind == ticket_type::Kind::LongText,
            options: if kind == ticket_type::Kind::DropDown {
                vec!["Low".to_owned(), "High".to_owned()]
            } else {
                Vec::new()
            },
            help: String::new(),
        };
        let input = ticket_type::Input {
            group: Field::Given("Repairs".to_owned()),
            name: Field::Given("Damage".to_owned()),
            description: Field::Given("Something is broken".to_owned()),
            icon: Field::Given("tool".to_owned()),
            fields: Field::Given(ticket_type::Kind::ALL.into_iter().map(question).collect()),
            ..ticket_type::Input::default()
        };
        let id = self.app.ticket_types().create(&staff, Draft::from(input)).await.unwrap();
        self.app.ticket_types().get(&staff, id).await.unwrap()
    }

    /// News at the harbour.
    pub async fn news(&self, title: &str, text: &str) -> kernel::PostId {
        let staff = self.staff().await;
        let input = post::Input {
            title: Field::Given(title.to_owned()),
            text: Field::Given(text.to_owned()),
            ..post::Input::default()
        };
        let at: PropertyId = self.home.harbour;
        self.app.posts().create(&staff, at, Draft::from(input)).await.unwrap()
    }

    /// The person of a cookie.
    pub async fn person(&self, cookie: &str) -> kernel::PersonId {
        match self.caller(cookie).await.principal {
            Principal::Person { person, .. } => person,
            _ => unreachable!("a cookie is somebody's"),
        }
    }
}
