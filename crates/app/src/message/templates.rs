//! The mails that Portico writes itself: subject, text, and the same as HTML. Pure functions; they hold a link, never a
//! password.

/// The mail with the link that sets a new password. `base` is the install's public address.
#[must_use]
pub fn reset_password(base: &str, token: &str) -> (String, String, String) {
    Letter {
        subject: "Reset password for Dwellingly",
        before: "Somebody, we hope you, asked for a new password for your Dwellingly account. \
            You can set it on this page within 10 minutes:",
        button: "Set a new password",
        after: "The link works once. If you did not ask for it, ignore this mail: your password stays as it is.",
    }
    .with(base, token)
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
        button: "Create your account",
        after: "The link works once. If you do not know who sent it, ignore this mail: nothing happens then.",
    }
    .with(base, token)
}

/// What the mails with one link have in common.
struct Letter<'a> {
    subject: &'a str,
    before: &'a str,
    button: &'a str,
    after: &'a str,
}

impl Letter<'_> {
    fn with(&self, base: &str, token: &str) -> (String, String, String) {
        let Self { subject, before, button, after } = self;
        let link = format!("{}/changePassword?token={}", base.trim_end_matches('/'), encoded(token));
        let text = format!("Hello,\n\n{before}\n\n{link}\n\n{after}\n");
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
<table role="presentation" cellpadding="0" cellspacing="0" border="0" style="margin: 24px 0"><tr>
<td bgcolor="#1d4ed8" style="border-radius: 6px; background-color: #1d4ed8"><a href="{link}" style="display: inline-block; padding: 12px 24px; border-radius: 6px; color: #ffffff; font-weight: 600; text-decoration: none">{button}</a></td>
</tr></table>
<p>If the button does not work, open this address:<br><a href="{link}" style="word-break: break-all">{link}</a></p>
<p>{after}</p>
</div>
</body>
</html>
"##,
            subject = escaped(subject),
            before = escaped(before),
            button = escaped(button),
            link = escaped(&link),
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

/// A value inside of a link's query.
fn encoded(s: &str) -> String {
    let mut out = String::with_capacity(s.len());
    for b in s.bytes() {
        if b.is_ascii_alphanumeric() || b"-._~".contains(&b) {
            out.push(char::from(b));
        } else {
            out.push_str(&format!("%{b:02X}"));
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
