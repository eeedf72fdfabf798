//! The mails that Portico writes itself: subject, text, and the same as HTML, in each language. Pure functions; they
//! hold a link, never a password.

use kernel::{Date, percent_encode};

use super::Language::{self, English, German};

/// The mail with the link that sets a new password. `base` is the install's public address, `with` is whose account
/// it is: the organization, or the product a door speaks for.
#[must_use]
pub fn reset_password(language: Language, base: &str, token: &str, with: &str) -> (String, String, String) {
    let with = one_line(with);
    let (subject, before, button) = match language {
        English => (
            format!("Reset password for {with}"),
            format!(
                "Somebody, we hope you, asked for a new password for your {with} account. You can set it on this page \
                 within 10 minutes:"
            ),
            "Set a new password",
        ),
        German => (
            format!("Neues Passwort für {with}"),
            format!(
                "Jemand, wir hoffen Sie, hat ein neues Passwort für Ihr Konto bei {with} verlangt. Auf dieser Seite \
                 können Sie es innerhalb von 10 Minuten festlegen:"
            ),
            "Neues Passwort festlegen",
        ),
    };
    let middle = Middle::Link(button, &link(base, token));
    let after = format!("{} {}", link_once(language), unasked(language));
    Letter { language, subject: &subject, before: &before, middle, after: &after }.write()
}

/// The mail with the link that sets the first password of an invited person. The organization itself may be the
/// inviter.
#[must_use]
pub fn invitation(
    language: Language,
    base: &str,
    token: &str,
    organization_name: &str,
    inviter_name: &str,
) -> (String, String, String) {
    let (organization, inviter) = (one_line(organization_name), one_line(inviter_name));
    let itself = inviter.is_empty() || inviter == organization;
    let (subject, before, button) = match language {
        English => {
            let who = if itself {
                format!("{organization} invites you")
            } else {
                format!("{inviter} invites you to {organization}")
            };
            let page = "You can create your account on this page within 7 days:";
            ("Create Your Dwellingly Account", format!("{who} on Dwellingly. {page}"), CREATE.0)
        }
        German => {
            let who = if itself {
                format!("{organization} lädt Sie zu Dwellingly ein.")
            } else {
                format!("{inviter} lädt Sie zu {organization} bei Dwellingly ein.")
            };
            let page = "Auf dieser Seite können Sie innerhalb von 7 Tagen Ihr Konto anlegen:";
            ("Ihr Konto bei Dwellingly", format!("{who} {page}"), CREATE.1)
        }
    };
    let middle = Middle::Link(button, &link(base, token));
    let after = format!("{} {}", link_once(language), unknown_sender(language));
    Letter { language, subject, before: &before, middle, after: &after }.write()
}

/// The mail with the code that sets a new password of somebody's account at a property, in that property's portal.
#[must_use]
pub fn portal_reset(language: Language, property_name: &str, token: &str) -> (String, String, String) {
    let property = one_line(property_name);
    let (subject, before, once) = match language {
        English => (
            format!("New password for {property}"),
            format!(
                "Somebody, we hope you, asked for a new password for your account at {property}. \
                 Enter this code there within 24 hours:"
            ),
            "The code works once.",
        ),
        German => (
            format!("Neues Passwort für {property}"),
            format!(
                "Jemand, wir hoffen Sie, hat ein neues Passwort für Ihr Konto bei {property} verlangt. \
                 Geben Sie dort innerhalb von 24 Stunden diesen Code ein:"
            ),
            "Der Code gilt einmal.",
        ),
    };
    let after = format!("{once} {}", unasked(language));
    Letter { language, subject: &subject, before: &before, middle: Middle::Word(token), after: &after }.write()
}

/// The mail that tells somebody the user name of their account at a property.
#[must_use]
pub fn user_name(language: Language, property_name: &str, name: &str) -> (String, String, String) {
    let property = one_line(property_name);
    let (subject, before, after) = match language {
        English => (
            format!("Your user name for {property}"),
            format!("Somebody, we hope you, asked for the user name of your account at {property}. It is:"),
            "If you did not ask for it, ignore this mail.",
        ),
        German => (
            format!("Ihr Benutzername für {property}"),
            format!(
                "Jemand, wir hoffen Sie, hat nach dem Benutzernamen Ihres Kontos bei {property} gefragt. Er lautet:"
            ),
            "Wenn Sie nicht danach gefragt haben, beachten Sie diese E-Mail nicht weiter.",
        ),
    };
    Letter { language, subject: &subject, before: &before, middle: Middle::Word(&one_line(name)), after }.write()
}

/// The mail with the code that lets somebody into the community of a property. `until` is the last day on which it is
/// good (C23).
#[must_use]
pub fn community_invitation(
    language: Language,
    base: &str,
    code: &str,
    property_name: &str,
    inviter_name: &str,
    until: Date,
) -> (String, String, String) {
    let (property, inviter, code) = (one_line(property_name), one_line(inviter_name), one_line(code));
    let address = format!("{}/app/register?invite_token={}", base.trim_end_matches('/'), percent_encode(&code));
    let until = language.date(until);
    let (subject, before, button, app) = match language {
        English => (
            format!("Your invitation to {property}"),
            format!("{inviter} invites you to {property}. You can create your account on this page until {until}:"),
            CREATE.0,
            format!("In the app enter the code {code}. It works once."),
        ),
        German => (
            format!("Ihre Einladung: {property}"),
            format!(
                "{inviter} lädt Sie zu {property} ein. Auf dieser Seite können Sie bis zum {until} Ihr Konto anlegen:"
            ),
            CREATE.1,
            format!("In der App geben Sie den Code {code} ein. Er gilt einmal."),
        ),
    };
    let after = format!("{app} {}", unknown_sender(language));
    let middle = Middle::Link(button, &address);
    Letter { language, subject: &subject, before: &before, middle, after: &after }.write()
}

/// The mail that tells somebody that one can sign in as them with a new passkey.
#[must_use]
pub fn passkey_added(language: Language, organization_name: &str, name: &str) -> (String, String, String) {
    let organization = one_line(organization_name);
    let (subject, before, after) = match language {
        English => (
            format!("A new passkey for {organization}"),
            format!("A passkey was added to your account at {organization}. From now on it signs you in:"),
            "If this was not you, sign in now, remove it under Security, and change your password.",
        ),
        German => (
            format!("Ein neuer Passkey für {organization}"),
            format!("Zu Ihrem Konto bei {organization} kam ein Passkey hinzu. Mit ihm meldet man sich ab jetzt an:"),
            "Wenn Sie das nicht waren, melden Sie sich gleich an, entfernen Sie ihn unter „Sicherheit“ und ändern Sie \
             Ihr Passwort.",
        ),
    };
    Letter { language, subject: &subject, before: &before, middle: Middle::Word(&one_line(name)), after }.write()
}

/// The mail with the link to the portal of the unit somebody moved into.
#[must_use]
pub fn portal_link(language: Language, property_name: &str, link: &str) -> (String, String, String) {
    let property = one_line(property_name);
    let (subject, before, button, after) = match language {
        English => (
            format!("Your WiFi at {property}"),
            format!("Welcome to {property}. In the portal you find the passphrase of your WiFi:"),
            "Open the portal",
            "Whoever has this link can see and change the WiFi of your unit. In the portal you can renew it.",
        ),
        German => (
            format!("Ihr WLAN: {property}"),
            format!("Willkommen: {property}. Im Portal finden Sie das Passwort Ihres WLANs:"),
            "Portal öffnen",
            "Wer diesen Link hat, kann das WLAN Ihrer Wohnung sehen und ändern. Im Portal können Sie ihn erneuern.",
        ),
    };
    let middle = Middle::Link(button, link);
    Letter { language, subject: &subject, before: &before, middle, after }.write()
}

/// The mail that tells somebody what is new, in short: the texts themselves are behind the sign-in.
#[must_use]
pub fn news(language: Language, base: &str, organization_name: &str, what: &str) -> (String, String, String) {
    let (organization, what) = (one_line(organization_name), one_line(what));
    let address = format!("{}/app", base.trim_end_matches('/'));
    let (subject, before, button, after) = match language {
        English => (
            format!("News from {organization}"),
            format!("There is something new for you: {what}."),
            "Have a look",
            "You can choose there which of these mails you want.",
        ),
        German => (
            format!("Neues von {organization}"),
            format!("Es gibt Neues für Sie: {what}."),
            "Ansehen",
            "Dort können Sie auch wählen, welche dieser E-Mails Sie bekommen.",
        ),
    };
    let middle = Middle::Link(button, &address);
    Letter { language, subject: &subject, before: &before, middle, after }.write()
}

/// The mail that reminds somebody of what is overdue: for which unit, how much, since when.
#[must_use]
pub fn reminder(
    language: Language,
    base: &str,
    organization_name: &str,
    place: &str,
    sum: &str,
    since: Date,
) -> (String, String, String) {
    let (organization, place, since) = (one_line(organization_name), one_line(place), language.date(since));
    let address = format!("{}/money", base.trim_end_matches('/'));
    let (subject, before, button, after) = match language {
        English => (
            format!("Reminder: {sum} for {place}"),
            format!(
                "{sum} for {place} have been due since {since}, and no payment has reached us yet. Please pay it within \
                 the next days. In the portal you see what it is made up of:"
            ),
            "See what is open",
            format!(
                "If you have paid in the meantime, ignore this mail. If you cannot pay it all at once, please talk to us: \
                 {organization}."
            ),
        ),
        German => (
            format!("Zahlungserinnerung: {sum}, {place}"),
            format!(
                "{sum} für {place} sind seit dem {since} fällig, und bei uns ist noch keine Zahlung eingegangen. Bitte \
                 zahlen Sie in den nächsten Tagen. Im Portal sehen Sie, wie sich der Betrag zusammensetzt:"
            ),
            "Offene Posten ansehen",
            format!(
                "Haben Sie inzwischen gezahlt, beachten Sie diese E-Mail nicht weiter. Können Sie nicht alles auf einmal \
                 zahlen, sprechen Sie bitte mit uns: {organization}."
            ),
        ),
    };
    let middle = Middle::Link(button, &address);
    Letter { language, subject: &subject, before: &before, middle, after: &after }.write()
}

/// The button that makes an account, in English and German.
const CREATE: (&str, &str) = ("Create your account", "Konto anlegen");

const fn link_once(language: Language) -> &'static str {
    match language {
        English => "The link works once.",
        German => "Der Link gilt einmal.",
    }
}

const fn unasked(language: Language) -> &'static str {
    match language {
        English => "If you did not ask for it, ignore this mail: your password stays as it is.",
        German => "Wenn Sie das nicht waren, beachten Sie diese E-Mail nicht weiter: Ihr Passwort bleibt, wie es ist.",
    }
}

const fn unknown_sender(language: Language) -> &'static str {
    match language {
        English => "If you do not know who sent it, ignore this mail: nothing happens then.",
        German => {
            "Wenn Sie nicht wissen, von wem sie kommt, beachten Sie diese E-Mail nicht weiter: dann geschieht nichts."
        }
    }
}

/// The page that takes a token.
fn link(base: &str, token: &str) -> String {
    format!("{}/changePassword?token={}", base.trim_end_matches('/'), percent_encode(token))
}

/// What the mails have in common.
struct Letter<'a> {
    language: Language,
    subject: &'a str,
    before: &'a str,
    middle: Middle<'a>,
    after: &'a str,
}

/// What a mail is about.
enum Middle<'a> {
    /// A button's text, and where it leads.
    Link(&'a str, &'a str),
    /// Something to read off.
    Word(&'a str),
}

impl Middle<'_> {
    fn text(&self) -> &str {
        match self {
            Self::Link(_, text) | Self::Word(text) => text,
        }
    }

    fn html(&self, language: Language) -> String {
        let otherwise = match language {
            English => "If the button does not work, open this address:",
            German => "Wenn der Knopf nicht geht, öffnen Sie diese Adresse:",
        };
        match self {
            Self::Link(button, link) => {
                let (button, link) = (escaped(button), escaped(link));
                format!(
                    r##"<table role="presentation" cellpadding="0" cellspacing="0" border="0" style="margin: 24px 0"><tr>
<td bgcolor="#1d4ed8" style="border-radius: 6px; background-color: #1d4ed8"><a href="{link}" style="display: inline-block; padding: 12px 24px; border-radius: 6px; color: #ffffff; font-weight: 600; text-decoration: none">{button}</a></td>
</tr></table>
<p>{otherwise}<br><a href="{link}" style="word-break: break-all">{link}</a></p>"##
                )
            }
            Self::Word(word) => {
                format!(
                    r#"<p style="margin: 24px 0; font-size: 18px; font-weight: 600; word-break: break-all">{}</p>"#,
                    escaped(word)
                )
            }
        }
    }
}

impl Letter<'_> {
    fn write(&self) -> (String, String, String) {
        let Self { language, subject, before, middle, after } = self;
        let hello = match language {
            English => "Hello,",
            German => "Guten Tag,",
        };
        let text = format!("{hello}\n\n{before}\n\n{}\n\n{after}\n", middle.text());
        // Colours are left to the reader's program, light or dark, but for the button's.
        let html = format!(
            r##"<!DOCTYPE html>
<html lang="{lang}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<meta name="color-scheme" content="light dark">
<meta name="supported-color-schemes" content="light dark">
<title>{subject}</title>
</head>
<body style="margin: 0; padding: 24px; font-family: system-ui, -apple-system, 'Segoe UI', Roboto, Arial, sans-serif; font-size: 16px; line-height: 1.5">
<div style="max-width: 560px; margin: 0 auto">
<h1 style="margin: 0 0 16px; font-size: 22px; line-height: 1.3">{subject}</h1>
<p>{hello}</p>
<p>{before}</p>
{middle}
<p>{after}</p>
</div>
</body>
</html>
"##,
            lang = language.as_str(),
            subject = escaped(subject),
            before = escaped(before),
            middle = middle.html(*language),
            after = escaped(after),
        );
        ((*subject).to_owned(), text, html)
    }
}

/// A value on one line: a name cannot add lines to a text.
fn one_line(s: &str) -> String {
    s.split(|c: char| c.is_whitespace() || c.is_control()).filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ")
}

/// A value inside of HTML, also between quotation marks.
fn escaped(s: &str) -> String {
    let mut out = String::with_capacity(s.len());
    for c in s.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn whole((subject, text, html): (String, String, String)) -> String {
        format!("Subject: {subject}\n\n{text}\n{html}")
    }

    const BASE: &str = "https://portico.example";

    #[test]
    fn mails() {
        for language in Language::ALL {
            let of = |name: &str| match language {
                English => name.to_owned(),
                German => format!("{name}_de"),
            };
            let (house, until) = ("Hafen & Söhne", Date::constant(2026, 12, 21));
            insta::assert_snapshot!(
                of("reset"),
                whole(reset_password(language, BASE, "head.body-_.sign", "Dwellingly"))
            );
            let invited = invitation(language, BASE, "head.body-_.sign", house, "Grace Hopper");
            insta::assert_snapshot!(of("invitation"), whole(invited));
            insta::assert_snapshot!(of("portal_reset"), whole(portal_reset(language, house, "abc-_123")));
            let code = community_invitation(language, BASE, "k3v9qz71m0ab", house, "Grace Hopper", until);
            insta::assert_snapshot!(of("community_invitation"), whole(code));
            let what = match language {
                English => "an answer to a ticket",
                German => "eine Antwort auf eine Meldung",
            };
            insta::assert_snapshot!(of("news"), whole(news(language, BASE, house, what)));
            insta::assert_snapshot!(of("user_name"), whole(user_name(language, house, "<awesome>")));
            let (sum, place) = (language.money(123_450, kernel::Currency::EUR), "Hafen & Söhne, A-12");
            insta::assert_snapshot!(of("reminder"), whole(reminder(language, BASE, house, place, &sum, until)));
            insta::assert_snapshot!(of("passkey"), whole(passkey_added(language, house, "Grace's <phone>")));
        }
    }

    #[test]
    fn an_organization_may_invite_itself() {
        let (_, text, _) = invitation(English, BASE, "t", "Harbour", "Harbour");
        assert!(text.contains("Harbour invites you on Dwellingly."), "{text}");
        let (_, text, _) = invitation(German, BASE, "t", "Hafen", "Hafen");
        assert!(text.contains("Hafen lädt Sie zu Dwellingly ein."), "{text}");
    }

    #[test]
    fn values_stay_values() {
        let bad = "<b>\"x\"</b>\r\n\r\nhttps://evil.example";
        let (subject, text, html) = invitation(English, "https://portico.example/&\"'", "a\"<b>&c d", bad, bad);
        assert_eq!(subject.lines().count(), 1);
        assert_eq!(text.lines().count(), invitation(English, BASE, "t", "o", "i").1.lines().count());
        assert!(text.contains("/changePassword?token=a%22%3Cb%3E%26c%20d\n"), "{text}");
        assert!(!html.contains("<b>") && !html.contains("\"x\""), "{html}");
        assert!(
            html.contains(
                r#"href="https://portico.example/&amp;&quot;&#39;/changePassword?token=a%22%3Cb%3E%26c%20d""#
            ),
            "{html}"
        );
    }
}
