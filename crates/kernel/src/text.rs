//! Folding text for comparison and order.

/// Text in the form in which names are compared, sorted and searched by prefix: small letters, German umlauts
/// and ß written out, the commonest accents dropped, runs of white space made one space.
///
/// Both databases store the result in a `…_key` column, so that order and uniqueness do not depend on a collation.
#[must_use]
pub fn fold(s: &str) -> String {
    let mut out = String::with_capacity(s.len());
    for word in s.split_whitespace() {
        if !out.is_empty() {
            out.push(' ');
        }
        for c in word.chars().flat_map(char::to_lowercase) {
            match c {
                'ä' => out.push_str("ae"),
                'ö' => out.push_str("oe"),
                'ü' => out.push_str("ue"),
                'ß' => out.push_str("ss"),
                'æ' => out.push_str("ae"),
                'ø' => out.push('o'),
                'à' | 'á' | 'â' | 'ã' | 'å' => out.push('a'),
                'ç' | 'č' | 'ć' => out.push('c'),
                'è' | 'é' | 'ê' | 'ë' | 'ě' => out.push('e'),
                'ì' | 'í' | 'î' | 'ï' => out.push('i'),
                'ñ' | 'ń' | 'ň' => out.push('n'),
                'ò' | 'ó' | 'ô' | 'õ' => out.push('o'),
                'ř' => out.push('r'),
                'š' | 'ś' => out.push('s'),
                'ù' | 'ú' | 'û' | 'ů' => out.push('u'),
                'ý' | 'ÿ' => out.push('y'),
                'ž' | 'ź' | 'ż' => out.push('z'),
                'ł' => out.push('l'),
                c => out.push(c),
            }
        }
    }
    out
}

/// Whether a text can be stored: PostgreSQL has no NUL in text, so no door lets one in.
#[must_use]
pub fn has_no_nul(s: &str) -> bool {
    !s.contains('\0')
}

/// Percent-encodes everything but letters, digits, `-`, `.`, `_` and `~`, with capital digits (RFC 3986, RFC 5849
/// §3.6): good for queries, forms and parts of paths.
#[must_use]
pub fn percent_encode(bytes: impl AsRef<[u8]>) -> String {
    const DIGITS: [char; 16] = ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9', 'A', 'B', 'C', 'D', 'E', 'F'];
    let bytes = bytes.as_ref();
    let mut out = String::with_capacity(bytes.len());
    for &b in bytes {
        if b.is_ascii_alphanumeric() || b"-._~".contains(&b) {
            out.push(char::from(b));
        } else {
            out.extend(['%', DIGITS[usize::from(b >> 4)], DIGITS[usize::from(b & 15)]]);
        }
    }
    out
}

/// A part of a path as it was meant: `%41` is `A`. `None` when what is meant is no text. A `%` without two digits after it
/// stands for itself.
#[must_use]
pub fn percent_decode(text: &str) -> Option<String> {
    let mut out = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let [first, tail @ ..] = rest {
        let digit = |b: u8| char::from(b).to_digit(16).and_then(|d| u8::try_from(d).ok());
        rest = match (first, tail) {
            (b'%', [high, low, after @ ..]) => match (digit(*high), digit(*low)) {
                (Some(high), Some(low)) => {
                    out.push(high << 4 | low);
                    after
                }
                _ => {
                    out.push(b'%');
                    tail
                }
            },
            _ => {
                out.push(*first);
                tail
            }
        };
    }
    String::from_utf8(out).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_encoded_is_decoded() {
        for text in ["", "AA:BB", "a b+c/ü%41", "%", "%4", "%zz", "\u{0}"] {
            assert_eq!(percent_decode(&percent_encode(text)).as_deref(), Some(text));
        }
        assert_eq!(percent_decode("%41%4g%+").as_deref(), Some("A%4g%+"));
        assert_eq!(percent_decode("%FF"), None);
    }

    #[test]
    fn folding_makes_spellings_equal() {
        assert_eq!(fold("  Müller   Straße "), "mueller strasse");
        assert_eq!(fold("MUELLER STRASSE"), fold("Müller Straße"));
        assert_eq!(fold("Żółć René"), "zolc rene");
    }
}
