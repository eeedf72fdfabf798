//! The mails that Portico writes itself: subject, text, and the same as HTML. Pure functions; they hold a link, never a
//! password.

use kernel::percent_encode;

/// The mail with the link that sets a new password. `base` is the install's public address.
#[must_use]
pub fn reset_password(base: &str, token: &str) -> (String, String, String) {
    Letter {
        subject: "Reset password for Dwellingly",
        before: "Somebody, we hope you, asked for a new password for your Dwellingly account. \
            You can set it on this page within 10 minutes:",
        middle: Middle::Link("Set a new password", &link(base, token)),
        after: "The link works once. If you did not ask for it, ignore this mail: your password stays as it is.",
    }
    .write()
}

/// The mail with the link that sets the first password of an invited person. The organization itself may be the
/// inviter.
#[must_use]
pub fn invitation(base: &str, token: &str, organization_name: &str, inviter_name: &str) -> (String, String, String) {
    let (organization, inviter) = (one_line(organization_name), one_line(inviter_name));
    let who = if inviter.is_empty() || inviter == organization {
        format!("{organization} invites you")
    } else {
        format!("{inviter} invites you to {organization}")
    };
    Letter {
        subject: "Create Your Dwellingly Account",
        before: &format!("{who} on Dwellingly. You can create your account on this page within 7 days:"),
        middle: Middle::Link("Create your account", &link(base, token)),
        after: "The link works once. If you do not know who sent it, ignore this mail: nothing happens then.",
    }
    .write()
}

/// The mail with the code that sets a new password of somebody's account at a property, in that property's portal.
#[must_use]
pub fn portal_reset(property_name: &str, token: &str) -> (String, String, String) {
    let property = one_line(property_name);
    Letter {
        subject: &format!("New password for {property}"),
        before: &format!(
            "Somebody, we hope you, asked for a new password for your account at {property}. \
             Enter this code there within 24 hours:"
        ),
        middle: Middle::Word(token),
        after: "The code works once. If you did not ask for it, ignore this mail: your password stays as it is.",
    }
    .write()
}

/// The mail that tells somebody the user name of their account at a property.
#[must_use]
pub fn user_name(property_name: &str, name: &str) -> (String, String, String) {
    let property = one_line(property_name);
    Letter {
        subject: &format!("Your user name for {property}"),
        before: &format!("Somebody, we hope you, asked for the user name of your account at {property}. It is:"),
        middle: Middle::Word(&one_line(name)),
        after: "If you did not ask for it, ignore this mail.",
    }
    .write()
}

/// The mail with the code that lets somebody into the community of a property.
#[must_use]
pub fn community_invitation(
    base: &str,
    code: &str,
    property_name: &str,
    inviter_name: &str,
) -> (String, String, String) {
    let (property, inviter) = (one_line(property_name), one_line(inviter_name));
    let address = format!("{}/app/register?invite_token={}", base.trim_end_matches('/'), percent_encode(code));
    Letter {
        subject: &format!("Your invitation to {property}"),
        before: &format!(
            "{inviter} invites you to {property}. You can create your account on this page within 30 days:"
        ),
        middle: Middle::Link("Create your account", &address),
        after: &format!(
            "In the app enter the code {}. It works once. If you do not know who sent it, ignore this mail: nothing \
             happens then.",
            one_line(code)
        ),
    }
    .write()
}

/// The mail with the link to the portal of the unit somebody moved into.
#[must_use]
pub fn portal_link(property_name: &str, link: &str) -> (String, String, String) {
    let property = one_line(property_name);
    Letter {
        subject: &format!("Your WiFi at {property}"),
        before: &format!("Welcome to {property}. In the portal you find the passphrase of your WiFi:"),
        middle: Middle::Link("Open the portal", link),
        after: "Whoever has this link can see and change the WiFi of your unit. In the portal you can renew it.",
    }
    .write()
}

/// The mail that tells somebody what is new, in short: the texts themselves are behind the sign-in.
#[must_use]
pub fn news(base: &str, organization_name: &str, what: &str) -> (String, String, String) {
    let (organization, what) = (one_line(organization_name), one_line(what));
    let address = format!("{}/app", base.trim_end_matches('/'));
    Letter {
        subject: &format!("News from {organization}"),
        before: &format!("There is something new for you: {what}."),
        middle: Middle::Link("Have a look", &address),
        after: "You can choose there which of these mails you want.",
    }
    .write()
}

/// The page that takes a token.
fn link(base: &str, token: &str) -> String {
    format!("{}/changePassword?token={}", base.trim_end_matches('/'), percent_encode(token))
}

/// What the mails have in common.
struct Letter<'a> {
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

    fn html(&self) -> String {
        match self {
            Self::Link(button, link) => {
                let (button, link) = (escaped(button), escaped(link));
                format!(
                    r##"<table role="presentation" cellpadding="0" cellspacing="0" border="0" style="margin: 24px 0"><tr>
<td bgcolor="#1d4ed8" style="border-radius: 6px; background-color: #1d4ed8"><a href="{link}" style="display: inline-block; padding: 12px 24px; border-radius: 6px; color: #ffffff; font-weight: 600; text-decoration: none">{button}</a></td>
</tr></table>
<p>If the button does not work, open this address:<br><a href="{link}" style="word-break: break-all">{link}</a></p>"##
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
        let Self { subject, before, middle, after } = self;
        let text = format!("Hello,\n\n{before}\n\n{}\n\n{after}\n", middle.text());
        // Colours are left to the reader's program, light or dark, but for the button's.
        let html = format!(
            r##"<!DOCTYPE html>
<html lang="en">
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
<p>Hello,</p>
<p>{before}</p>
{middle}
<p>{after}</p>
</div>
</body>
</html>
"##,
            subject = escaped(subject),
            before = escaped(before),
            middle = middle.html(),
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

    #[test]
    fn mails() {
        insta::assert_snapshot!("reset", whole(reset_password("https://portico.example", "head.body-_.sign")));
        let invited = invitation("https://portico.example", "head.body-_.sign", "Hafen & Söhne", "Grace Hopper");
        insta::assert_snapshot!("invitation", whole(invited));
        insta::assert_snapshot!("portal_reset", whole(portal_reset("Hafen & Söhne", "abc-_123")));
        let code = community_invitation("https://portico.example", "k3v9qz71m0ab", "Hafen & Söhne", "Grace Hopper");
        insta::assert_snapshot!("community_invitation", whole(code));
        insta::assert_snapshot!(
            "news",
            whole(news("https://portico.example", "Hafen & Söhne", "an answer to a ticket"))
        );
        insta::assert_snapshot!("user_name", whole(user_name("Hafen & Söhne", "<awesome>")));
    }

    #[test]
    fn an_organization_may_invite_itself() {
        let (_, text, _) = invitation("https://portico.example", "t", "Harbour", "Harbour");
        assert!(text.contains("Harbour invites you on Dwellingly."), "{text}");
    }

    #[test]
    fn values_stay_values() {
        let bad = "<b>\"x\"</b>\r\n\r\nhttps://evil.example";
        let (subject, text, html) = invitation("https://portico.example/&\"'", "a\"<b>&c d", bad, bad);
        assert_eq!(subject.lines().count(), 1);
        assert_eq!(text.lines().count(), invitation("https://portico.example", "t", "o", "i").1.lines().count());
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
