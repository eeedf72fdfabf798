//! Handing mails over to a mail server.

use std::{
    fmt,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use app::message::{Message, Outcome};
use lettre::{
    message::Mailbox,
    transport::smtp::{
        Error,
        authentication::DEFAULT_MECHANISMS,
        client::{AsyncSmtpConnection, TlsParameters},
        commands::{Data, Mail, Rcpt},
        extension::{ClientId, Extension, MailBodyParameter, MailParameter},
    },
};
use tokio::time::{Instant, timeout};

use crate::{
    mail,
    setting::{Secrecy, Server, SettingError, sender},
};

/// No attempt takes longer, whatever the mail server does.
pub const LONGEST: Duration = Duration::from_secs(60);

/// How long a connection is waited for.
const CONNECT: Duration = Duration::from_secs(15);

/// Open connections that are kept for the next mail, and for how long.
const KEPT: usize = 2;
const KEPT_FOR: Duration = Duration::from_secs(20);

/// The way to the mail server. Cheap to clone.
#[derive(Clone)]
pub struct Mailer(Arc<Inner>);

struct Inner {
    server: Server,
    tls: Option<TlsParameters>,
    from: Mailbox,
    hello: ClientId,
    kept: Mutex<Vec<(AsyncSmtpConnection, Instant)>>,
}

impl fmt::Debug for Mailer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Server { host, port, secrecy, .. } = &self.0.server;
        f.debug_struct("Mailer").field("host", host).field("port", port).field("secrecy", secrecy).finish()
    }
}

impl Mailer {
    /// A mailer for the server at `url`; without one there is none. `from` sends, `Name <address>` or an address (see
    /// [`crate::default_sender`]).
    ///
    /// | address | connection | port if none is given |
    /// |---|---|---|
    /// | `smtps://…`, `smtp://…?tls=tls` | TLS from the first byte | 465 |
    /// | `smtp://…`, `smtp://…?tls=starttls` | `STARTTLS`, refused if the server does not offer it | 587 |
    /// | `smtp://…` on this machine, `smtp://…?tls=none` | plain | 25 |
    ///
    /// # Errors
    /// When one of the two cannot be understood.
    pub fn from_url(url: Option<&str>, from: &str) -> Result<Option<Self>, SettingError> {
        let from = sender(from)?;
        let Some(url) = url.filter(|u| !u.is_empty()) else { return Ok(None) };
        let server = Server::parse(url)?;
        let tls = match server.secrecy {
            Secrecy::None => None,
            Secrecy::StartTls | Secrecy::Tls => Some(
                TlsParameters::new(server.host.clone())
                    .map_err(|_| SettingError("the host cannot be used with TLS"))?,
            ),
        };
        let hello = ClientId::Domain(from.email.domain().to_owned());
        Ok(Some(Self(Arc::new(Inner { server, tls, from, hello, kept: Mutex::default() }))))
    }

    /// Hands one message over, at most once, within [`LONGEST`].
    pub async fn send(&self, message: &Message) -> Outcome {
        let mail = match mail::write(&self.0.from, message) {
            Ok(mail) => mail,
            Err(why) => return Outcome::Failed(why.to_owned()),
        };
        let stop = match timeout(LONGEST, self.0.send(&mail)).await {
            Ok(Ok(())) => return Outcome::Sent,
            Ok(Err(stop)) => stop,
            Err(_) => Stop { at: "the whole attempt", why: "took too long".to_owned(), code: None, for_good: false },
        };
        // What a server says may name the recipient: it is kept beside the mail, not in the log.
        tracing::warn!(
            message = message.id.get(),
            step = stop.at,
            code = stop.code,
            for_good = stop.for_good,
            "a mail was not taken"
        );
        let why = format!("{}: {}", stop.at, stop.why);
        if stop.for_good { Outcome::Failed(why) } else { Outcome::Again(why) }
    }
}

/// Where and why a mail did not get through.
struct Stop {
    at: &'static str,
    why: String,
    code: Option<u16>,
    for_good: bool,
}

impl Stop {
    /// The server, or the way to it, has a fault that is not the mail's.
    fn server(at: &'static str) -> impl Fn(Error) -> Self {
        move |e| Self { at, why: e.to_string(), code: e.status().map(u16::from), for_good: false }
    }

    /// As [`Stop::server`], without the server's words: what it was told is secret.
    fn sign_in(e: Error) -> Self {
        let why = if e.is_client() { e.to_string() } else { "refused".to_owned() };
        Self { why, ..Self::server("signing in")(e) }
    }

    /// The server's word on this mail.
    fn mail(at: &'static str) -> impl Fn(Error) -> Self {
        move |e| Self { for_good: e.is_permanent(), ..Self::server(at)(e) }
    }
}

impl Inner {
    async fn send(&self, mail: &mail::Mail) -> Result<(), Stop> {
        let mut connection = match self.reuse().await {
            Some(connection) => connection,
            None => self.connect().await?,
        };
        // A connection on which anything went wrong is dropped, and with it closed.
        hand_over(&mut connection, mail).await?;
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.len() < KEPT {
            kept.push((connection, Instant::now()));
        }
        Ok(())
    }

    async fn reuse(&self) -> Option<AsyncSmtpConnection> {
        loop {
            let (mut connection, since) = self.kept.lock().unwrap_or_else(PoisonError::into_inner).pop()?;
            if since.elapsed() < KEPT_FOR && connection.test_connected().await {
                return Some(connection);
            }
        }
    }

    async fn connect(&self) -> Result<AsyncSmtpConnection, Stop> {
        let Server { host, port, secrecy, credentials } = &self.server;
        let implicit = self.tls.clone().filter(|_| *secrecy == Secrecy::Tls);
        let connected =
            AsyncSmtpConnection::connect_tokio1((host.as_str(), *port), Some(CONNECT), &self.hello, implicit, None);
        let mut connection = connected.await.map_err(Stop::server("connecting"))?;
        if let (Secrecy::StartTls, Some(tls)) = (secrecy, &self.tls) {
            connection.starttls(tls.clone(), &self.hello).await.map_err(Stop::server("STARTTLS"))?;
        }
        if let Some(credentials) = credentials {
            connection.auth(DEFAULT_MECHANISMS, credentials).await.map_err(Stop::sign_in)?;
        }
        Ok(connection)
    }
}

/// The conversation about one mail. Until the recipient is named a refusal is not about this mail: a wrong setting
/// must not use up all mails.
async fn hand_over(connection: &mut AsyncSmtpConnection, mail: &mail::Mail) -> Result<(), Stop> {
    let mut options = Vec::new();
    let takes = |extension| connection.server_info().supports_feature(extension);
    if [&mail.from, &mail.to].iter().any(|address| !address.to_string().is_ascii()) {
        if !takes(Extension::SmtpUtfEight) {
            let why = "the mail server takes ASCII addresses only".to_owned();
            return Err(Stop { at: "RCPT", why, code: None, for_good: true });
        }
        options.push(MailParameter::SmtpUtfEight);
    }
    if !mail.bytes.is_ascii() && takes(Extension::EightBitMime) {
        options.push(MailParameter::Body(MailBodyParameter::EightBitMime));
    }
    connection.command(Mail::new(Some(mail.from.clone()), options)).await.map_err(Stop::server("MAIL"))?;
    connection.command(Rcpt::new(mail.to.clone(), Vec::new())).await.map_err(Stop::mail("RCPT"))?;
    connection.command(Data).await.map_err(Stop::mail("DATA"))?;
    connection.message(&mail.bytes).await.map_err(Stop::mail("the mail itself"))?;
    Ok(())
}
