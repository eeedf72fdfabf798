//! The one colour of a house: its own style sheet, made from six hexadecimal digits and darkened or lightened until text
//! on it and in it can be read (WCAG AA) in both schemes.

use std::fmt::Write as _;

/// A colour, each part from 0 to 1.
type Colour = [f64; 3];

/// Text needs this contrast.
const TEXT: f64 = 4.5;
/// What the colour is read on: the lightest and the darkest of our papers that hold text in it.
const LIGHT_PAPER: Colour = [0.96, 0.945, 0.918];
const DARK_PAPER: Colour = [0.137, 0.125, 0.114];
/// What is read on the colour.
const LIGHT_INK: Colour = [1.0, 0.992, 0.976];
const DARK_INK: Colour = [0.063, 0.137, 0.11];

/// Six hexadecimal digits, in small letters.
pub(crate) fn is_accent(digits: &str) -> bool {
    digits.len() == 6 && digits.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'))
}

/// Where the style sheet of a colour is: of three or six digits, perhaps after a `#`.
pub(crate) fn path(digits: &str) -> Option<String> {
    let mut digits = digits.trim_start_matches('#').to_ascii_lowercase();
    if digits.len() == 3 {
        digits = digits.chars().flat_map(|c| [c, c]).collect();
    }
    is_accent(&digits).then(|| format!("/assets/accent-{digits}.css"))
}

/// The style sheet of a colour.
pub(crate) fn style_sheet(digits: &str) -> Option<String> {
    let wanted = is_accent(digits).then(|| parse(digits)).flatten()?;
    let light = readable(wanted, LIGHT_PAPER, LIGHT_INK, [0.0; 3]);
    let dark = readable(wanted, DARK_PAPER, DARK_INK, [1.0; 3]);
    let mut out = String::new();
    let tokens = |c: Colour, towards: Colour| {
        format!(
            "--accent:{};--accent-strong:{};--accent-paper:{}",
            hex(c),
            hex(mix(c, towards, 0.2)),
            hex(paper(c, towards))
        )
    };
    let _ = write!(out, ":root{{{}}}", tokens(light, [0.0; 3]));
    let _ = write!(out, "@media (prefers-color-scheme:dark){{:root{{{}}}}}", tokens(dark, [1.0; 3]));
    Some(out)
}

/// A surface with a breath of the colour.
fn paper(c: Colour, towards: Colour) -> Colour {
    if towards == [0.0; 3] { mix(c, [1.0; 3], 0.9) } else { mix(c, DARK_PAPER, 0.84) }
}

/// The colour, moved towards black or white until it can be read on `ground` and on its own paper, and `ink` can be read on it.
fn readable(wanted: Colour, ground: Colour, ink: Colour, towards: Colour) -> Colour {
    let steps = (0..=50).map(|step| mix(wanted, towards, f64::from(step) / 50.0));
    let reads = |c: Colour, other: Colour| contrast(c, other) >= TEXT + 0.1;
    let mut good = steps.filter(|c| reads(*c, ground) && reads(*c, ink) && reads(*c, paper(*c, towards)));
    good.next().unwrap_or(towards)
}

fn mix(a: Colour, b: Colour, share: f64) -> Colour {
    let [x, y, z] = a;
    let [u, v, w] = b;
    [x + (u - x) * share, y + (v - y) * share, z + (w - z) * share]
}

/// The contrast of WCAG 2 between two colours.
pub(crate) fn contrast(a: Colour, b: Colour) -> f64 {
    let (a, b) = (luminance(a), luminance(b));
    (a.max(b) + 0.05) / (a.min(b) + 0.05)
}

/// WCAG 2: relative luminance.
fn luminance(colour: Colour) -> f64 {
    let [r, g, b] = colour.map(|c| if c <= 0.04045 { c / 12.92 } else { ((c + 0.055) / 1.055).powf(2.4) });
    0.2126 * r + 0.7152 * g + 0.0722 * b
}

pub(crate) fn parse(digits: &str) -> Option<Colour> {
    let n = u32::from_str_radix(digits, 16).ok()?;
    Some([n >> 16, n >> 8, n].map(|c| f64::from(c & 255) / 255.0))
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "between 0 and 255")]
fn hex(c: Colour) -> String {
    let [r, g, b] = c.map(|part| (part.clamp(0.0, 1.0) * 255.0).round() as u8);
    format!("#{r:02x}{g:02x}{b:02x}")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The value of a token in one of the two schemes.
    fn token(sheet: &str, dark: bool, name: &str) -> Colour {
        let scheme = sheet.split("@media").nth(usize::from(dark)).unwrap();
        let value = scheme.split(&format!("{name}:#")).nth(1).unwrap();
        parse(&value[..6]).unwrap()
    }

    #[test]
    fn every_colour_can_be_read() {
        for digits in
            ["000000", "ffffff", "ff0000", "00ff00", "ffff00", "0000ff", "808080", "285a4c", "f7c948", "123456"]
        {
            let sheet = style_sheet(digits).unwrap();
            for (dark, paper, ink) in [(false, LIGHT_PAPER, LIGHT_INK), (true, DARK_PAPER, DARK_INK)] {
                for name in ["--accent", "--accent-strong"] {
                    let colour = token(&sheet, dark, name);
                    assert!(contrast(colour, paper) >= TEXT, "{digits} {name}, dark {dark}");
                    assert!(contrast(colour, ink) >= TEXT, "{digits} {name}, dark {dark}");
                }
                assert!(
                    contrast(token(&sheet, dark, "--accent"), token(&sheet, dark, "--accent-paper")) >= TEXT,
                    "{digits}"
                );
            }
        }
    }

    #[test]
    fn a_good_colour_stays_and_nothing_else_is_one() {
        assert!(style_sheet("285a4c").unwrap().starts_with(":root{--accent:#285a4c;"));
        for bad in ["", "12345", "1234567", "12345g", "ABCDEF", "}body{", "+12345"] {
            assert_eq!(style_sheet(bad), None, "{bad}");
        }
        assert_eq!(path("#ABCDEF").as_deref(), Some("/assets/accent-abcdef.css"));
        assert_eq!(path("#aBc").as_deref(), Some("/assets/accent-aabbcc.css"));
        for bad in ["red", "", "#", "ää", "12"] {
            assert_eq!(path(bad), None, "{bad}");
        }
    }
}
