//! One message as it goes over the wire.

use std::time::{Duration, UNIX_EPOCH};

use app::message::Message;
use kernel::Instant;
use lettre::{
    Address,
    message::{
        Mailbox, MultiPart, SinglePart,
        header::{HeaderName, HeaderValue},
    },
};
use url::Host;

/// A mail to be handed over.
pub(crate) struct Mail {
    /// Who sends it.
    pub(crate) from: Address,
    /// Who gets it.
    pub(crate) to: Address,
    /// Headers and body.
    pub(crate) bytes: Vec<u8>,
}

/// Writes a message as a mail, always in the same bytes, so that a second try can be recognised. Or tells why it can
/// never be sent.
pub(crate) fn write(from: &Mailbox, message: &Message) -> Result<Mail, &'static str> {
    let to = mailbox(&message.to_address).ok_or("not an e-mail address")?;
    if message.subject.chars().any(char::is_control) {
        return Err("the subject is not one line");
    }
    let auto_submitted = HeaderName::new_from_ascii_str("Auto-Submitted");
    let builder = lettre::Message::builder()
        .from(from.clone())
        .to(to.clone())
        .subject(message.subject.as_str())
        .date(system_time(message.created_at))
        .message_id(Some(format!("<portico-{}@{}>", message.uid, from.email.domain())))
        .raw_header(HeaderValue::new(auto_submitted, "auto-generated".to_owned()));
    let text = SinglePart::plain(lines(&message.text_body));
    let built = match &message.html_body {
        None => builder.singlepart(text),
        Some(html) => builder.multipart(
            MultiPart::alternative()
                // One that nobody who writes a text can guess.
                .boundary(format!("portico-{}", message.uid))
                .singlepart(text)
                .singlepart(SinglePart::html(lines(html))),
        ),
    };
    let built = built.map_err(|_| "cannot be written as a mail")?;
    Ok(Mail { from: from.email.clone(), to: to.email, bytes: built.formatted() })
}

/// Reads `Name <address>` or an address: exactly one, on one line. International domains become ASCII.
pub(crate) fn mailbox(text: &str) -> Option<Mailbox> {
    if text.chars().any(char::is_control) {
        return None;
    }
    let (name, address) = match text.trim().strip_suffix('>') {
        Some(named) => {
            let (name, address) = named.rsplit_once('<')?;
            let name = name.trim();
            (name.strip_prefix('"').and_then(|n| n.strip_suffix('"')).unwrap_or(name), address)
        }
        None => ("", text.trim()),
    };
    let (user, domain) = address.rsplit_once('@')?;
    let domain = if domain.is_ascii() { domain.to_owned() } else { Host::parse(domain).ok()?.to_string() };
    let address = Address::new(user, domain).ok()?;
    Some(Mailbox::new((!name.is_empty()).then(|| name.to_owned()), address))
}

/// The same with one kind of line end; a lone CR means different things to different servers.
fn lines(text: &str) -> String {
    text.replace("\r\n", "\n").replace('\r', "\n")
}

/// A mail's date cannot lie before 1970.
fn system_time(at: Instant) -> std::time::SystemTime {
    UNIX_EPOCH + Duration::from_micros(u64::try_from(at.micros()).unwrap_or(0))
}
