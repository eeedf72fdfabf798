//! The style sheet and the icon, inside the program. Their names hold a hash of what is in them, so that browsers may
//! keep them for ever.

use std::sync::LazyLock;

use axum::{
    http::header,
    response::{IntoResponse as _, Response},
};
use sha2::{Digest as _, Sha256};

/// A file that pages refer to.
pub(crate) struct Asset {
    /// Where it is served.
    pub(crate) path: String,
    media_type: &'static str,
    body: &'static str,
}

pub(crate) static STYLE: LazyLock<Asset> =
    LazyLock::new(|| Asset::new("portico", "css", "text/css; charset=utf-8", include_str!("../assets/portico.css")));
pub(crate) static ICON: LazyLock<Asset> =
    LazyLock::new(|| Asset::new("portico", "svg", "image/svg+xml", include_str!("../assets/portico.svg")));

impl Asset {
    fn new(name: &str, extension: &str, media_type: &'static str, body: &'static str) -> Self {
        let hash: String = Sha256::digest(body).iter().take(8).map(|b| format!("{b:02x}")).collect();
        Self { path: format!("/assets/{name}-{hash}.{extension}"), media_type, body }
    }

    pub(crate) fn response(&self) -> Response {
        let headers = [
            (header::CONTENT_TYPE, self.media_type),
            (header::CACHE_CONTROL, "public, max-age=31536000, immutable"),
            (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        ];
        (headers, self.body).into_response()
    }
}

#[cfg(test)]
mod tests {
    use super::STYLE;

    /// The tokens of a scheme: light ones first, dark ones on top of them.
    fn token(dark: bool, name: &str) -> [f64; 3] {
        let all: Vec<_> = STYLE.body.lines().filter_map(|l| l.trim().strip_prefix(&format!("--{name}: #"))).collect();
        assert_eq!(all.len(), 2, "--{name} has a light and a dark value");
        let hex = all[usize::from(dark)].trim_end_matches(';');
        let n = u32::from_str_radix(hex, 16).unwrap();
        [n >> 16, n >> 8, n].map(|c| f64::from(c & 255) / 255.0)
    }

    /// WCAG 2: relative luminance.
    fn luminance(colour: [f64; 3]) -> f64 {
        let [r, g, b] = colour.map(|c| if c <= 0.04045 { c / 12.92 } else { ((c + 0.055) / 1.055).powf(2.4) });
        0.2126 * r + 0.7152 * g + 0.0722 * b
    }

    #[test]
    fn colours_have_the_contrast_of_wcag_aa() {
        let text = 4.5;
        let parts = 3.0;
        let pairs = [
            ("ink", "paper", text),
            ("ink", "card", text),
            ("ink", "field", text),
            ("quiet", "paper", text),
            ("quiet", "card", text),
            ("accent", "card", text),
            ("accent-strong", "card", text),
            ("on-accent", "accent", text),
            ("on-accent", "accent-strong", text),
            ("fault", "fault-paper", text),
            ("fault", "card", parts),
            ("field-line", "card", parts),
            ("focus", "card", parts),
            ("focus", "paper", parts),
        ];
        for dark in [false, true] {
            for (front, back, least) in pairs {
                let (a, b) = (luminance(token(dark, front)), luminance(token(dark, back)));
                let contrast = (a.max(b) + 0.05) / (a.min(b) + 0.05);
                assert!(contrast >= least, "{front} on {back}, dark {dark}: {contrast:.2}");
            }
        }
    }
}
