//! How files are called: by people, and in headers.

/// A name has at most so many bytes of UTF-8.
pub const LONGEST: usize = 255;

/// The last part of what somebody called a file, without what misleads: control characters, marks that turn the
/// direction of reading, spaces and dots at the edges. At most [`LONGEST`] bytes; the extension survives cutting.
#[must_use]
pub fn clean(name: &str) -> String {
    let last = name.rsplit(['/', '\\']).next().unwrap_or_default();
    let kept: String = last.chars().filter(|c| !c.is_control() && !turns(*c)).collect();
    let kept = kept.trim().trim_end_matches('.').trim_end();
    if kept.trim_matches('.').is_empty() {
        return "file".to_owned();
    }
    if kept.len() <= LONGEST {
        return kept.to_owned();
    }
    let (stem, tail) = match kept.rsplit_once('.') {
        Some((stem, extension)) if extension.len() <= 16 => (stem, format!(".{extension}")),
        _ => (kept, String::new()),
    };
    let mut end = LONGEST - tail.len();
    while !stem.is_char_boundary(end) {
        end -= 1;
    }
    format!("{}{tail}", stem[..end].trim_end())
}

const fn turns(c: char) -> bool {
    matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
}

/// The extension of a name in small letters, when it is a plain one of at most 8 letters and digits.
#[must_use]
pub fn extension(name: &str) -> Option<String> {
    let (stem, extension) = name.rsplit_once('.')?;
    let plain = (1..=8).contains(&extension.len()) && extension.bytes().all(|b| b.is_ascii_alphanumeric());
    (plain && !stem.is_empty()).then(|| extension.to_ascii_lowercase())
}

/// `Content-Disposition` for a name: in ASCII for old clients, and as RFC 5987 writes it.
#[must_use]
pub fn disposition(inline: bool, name: &str) -> String {
    let kind = if inline { "inline" } else { "attachment" };
    let plain: String =
        name.chars().map(|c| if matches!(c, ' '..='~') && !matches!(c, '"' | '\\' | '%') { c } else { '_' }).collect();
    if plain == name {
        return format!("{kind}; filename=\"{plain}\"");
    }
    format!("{kind}; filename=\"{plain}\"; filename*=UTF-8''{}", kernel::percent_encode(name))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn names_lose_what_misleads() {
        for (given, kept) in [
            ("Plan.pdf", "Plan.pdf"),
            ("../../etc/passwd", "passwd"),
            ("C:\\Users\\x\\Grüße.JPG", "Grüße.JPG"),
            ("a\r\nSet-Cookie: b\0.txt", "aSet-Cookie: b.txt"),
            ("invoice\u{202e}fdp.exe", "invoicefdp.exe"),
            (" . ", "file"),
            ("..", "file"),
            ("", "file"),
            ("dir/", "file"),
            ("name. ", "name"),
        ] {
            assert_eq!(clean(given), kept, "{given:?}");
        }
        let long = clean(&format!("{}.pdf", "ü".repeat(300)));
        assert!(long.len() <= LONGEST && long.ends_with("ü.pdf"));
    }

    #[test]
    fn extensions_are_plain_or_none() {
        for (name, is) in [("a.PDF", Some("pdf")), ("a.tar.gz", Some("gz")), (".env", None), ("a", None), ("a.", None)]
        {
            assert_eq!(extension(name).as_deref(), is, "{name}");
        }
        assert_eq!(extension("a.p/f"), None);
        assert_eq!(extension("a.toolongtobe"), None);
    }

    #[test]
    fn headers_have_both_spellings() {
        assert_eq!(disposition(true, "Plan 1.pdf"), "inline; filename=\"Plan 1.pdf\"");
        assert_eq!(
            disposition(false, "Grüße \"x\".pdf"),
            "attachment; filename=\"Gr__e _x_.pdf\"; filename*=UTF-8''Gr%C3%BC%C3%9Fe%20%22x%22.pdf"
        );
    }

    proptest! {
        #[test]
        fn a_clean_name_is_one_name_and_stays_clean(name in any::<String>()) {
            let once = clean(&name);
            prop_assert!(!once.is_empty() && once.len() <= LONGEST);
            prop_assert!(!once.contains(['/', '\\', '\r', '\n', '\0']));
            prop_assert!(disposition(false, &once).bytes().all(|b| (b' '..=b'~').contains(&b)));
        }
    }
}
