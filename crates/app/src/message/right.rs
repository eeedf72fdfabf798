//! Rights in mails: a link that sets a password, a code that lets somebody in. They belong to whoever got the mail.

/// Kinds of mails in which nothing is a right.
const PLAIN: [&str; 4] = ["message", "news", "reminder", "user_name"];
/// What stands in the place of a right.
const MASK: &str = "••••••••";

/// Whether a mail of this kind may carry a right. A kind that is not known does.
pub(super) fn carries(kind: &str) -> bool {
    !PLAIN.contains(&kind)
}

/// A mail's text without its right, wherever that stands. Nothing, where it cannot be told what the right is.
pub(super) fn without(text: &str) -> Option<String> {
    // As `templates` writes them: what a mail is about stands alone, after the greeting and what is said before it.
    let middle = text.split("\n\n").nth(2)?.trim();
    // The end of a link, which begins with a path where the server does not know its own address; or a code alone.
    let right = middle.rsplit(['=', '/', '?', '#']).next()?;
    let tells = right.len() >= 6 && !right.contains(char::is_whitespace);
    tells.then(|| text.replace(right, MASK))
}

#[cfg(test)]
mod tests {
    use kernel::Date;

    use super::{super::templates, *};
    use crate::message::Language;

    #[test]
    fn no_right_is_left() {
        const RIGHT: &str = "head.body-_.k3v9qz71m0ab";
        let until = Date::constant(2026, 12, 21);
        for language in Language::ALL {
            for address in ["https://portico.example", ""] {
                let mails = [
                    templates::reset_password(language, address, RIGHT, "Harbour"),
                    templates::invitation(language, address, RIGHT, "Harbour", "Grace"),
                    templates::portal_reset(language, "Harbour", RIGHT),
                    templates::community_invitation(language, address, RIGHT, "Harbour", "Grace", until),
                    templates::portal_link(language, "Harbour", &format!("{address}/portal/1?auth={RIGHT}")),
                ];
                for (subject, text, _) in mails {
                    let shown = without(&text).unwrap();
                    assert!(text.contains(RIGHT) && !shown.contains("k3v9") && !subject.contains(RIGHT), "{shown}");
                    assert!(shown.contains(MASK) && shown.len() > 60, "the rest stays: {shown}");
                }
            }
        }
        for odd in ["", "Hello", "Hello,\n\nThere is\n\na b c d e f g\n\n", "Hello,\n\nat\n\nhttps://portico.example/"]
        {
            assert_eq!(without(odd), None, "{odd}: nothing is shown");
        }
        assert!(carries("reset") && carries("something new") && !carries("news"));
    }
}
