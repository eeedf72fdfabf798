//! Style sheet, script and pictures, inside the program. Their names hold a hash of what is in them, so that browsers may
//! keep them for ever.

use std::sync::LazyLock;

use axum::{
    Router,
    extract::Path,
    http::{StatusCode, header},
    response::{IntoResponse as _, Response},
    routing::get,
};
use sha2::{Digest as _, Sha256};

use crate::{
    accent,
    language::Language,
    page::{self, MISSING, WayOn},
    page_route,
};

/// A file that pages refer to.
pub(crate) struct Asset {
    /// Where it is served.
    pub(crate) path: String,
    media_type: &'static str,
    body: &'static [u8],
}

macro_rules! assets {
    ($($(#[$doc:meta])* $name:ident: $file:literal $extension:literal $media:literal;)*) => {
        $($(#[$doc])* pub(crate) static $name: LazyLock<Asset> = LazyLock::new(|| {
            Asset::new($file, $extension, $media, include_bytes!(concat!("../assets/", $file, ".", $extension)))
        });)*
        const ALL: &[&LazyLock<Asset>] = &[$(&$name),*];
    };
}
assets! {
    /// Of all pages.
    STYLE: "portico" "css" "text/css; charset=utf-8";
    /// Of all pages inside.
    SCRIPT: "portico" "js" "text/javascript; charset=utf-8";
    /// Of the pages on which passkeys are made and asked for.
    PASSKEY: "passkey" "js" "text/javascript; charset=utf-8";
    /// The house's sign.
    ICON: "portico" "svg" "image/svg+xml";
    /// The same on the home screen of a phone.
    TOUCH: "portico-180" "png" "image/png";
    /// The same for whatever shows no SVG.
    SMALL: "portico-192" "png" "image/png";
    /// The same, large, with room around it to be cut to any form.
    LARGE: "portico-512" "png" "image/png";
    /// What browsers may fetch ahead.
    AHEAD: "ahead" "json" "application/speculationrules+json";
}

/// What a phone needs to keep the pages like an app.
static MANIFEST: LazyLock<String> = LazyLock::new(|| {
    let icon = |asset: &Asset, sizes: &str, purpose: &str| serde_json::json!({"src": asset.path, "sizes": sizes, "type": asset.media_type, "purpose": purpose});
    serde_json::json!({
        "id": "/", "name": "Portico", "short_name": "Portico", "start_url": "/", "scope": "/", "display": "standalone",
        "background_color": "#f5f1ea", "theme_color": "#285a4c",
        "icons": [
            icon(&ICON, "any", "any"), icon(&SMALL, "192x192", "any"), icon(&LARGE, "512x512", "any"),
            icon(&LARGE, "512x512", "maskable"),
        ],
    })
    .to_string()
});

impl Asset {
    fn new(name: &str, extension: &str, media_type: &'static str, body: &'static [u8]) -> Self {
        let hash: String = Sha256::digest(body).iter().take(8).map(|b| format!("{b:02x}")).collect();
        Self { path: format!("/assets/{name}-{hash}.{extension}"), media_type, body }
    }

    fn response(&self) -> Response {
        kept(self.media_type, self.body)
    }
}

/// All of them, the manifest, and the style sheets of the houses' colours.
pub(crate) fn routes() -> Router {
    let fixed = ALL
        .iter()
        .fold(Router::new(), |router, asset| router.route(&asset.path, page_route(get(async || asset.response()))));
    fixed
        .route("/manifest.webmanifest", page_route(get(manifest)))
        .route("/assets/{name}", page_route(get(style_of_colour)))
}

async fn manifest() -> Response {
    let headers =
        [(header::CONTENT_TYPE, "application/manifest+json"), (header::CACHE_CONTROL, "public, max-age=3600")];
    (headers, MANIFEST.as_str()).into_response()
}

async fn style_of_colour(language: Language, Path(name): Path<String>) -> Response {
    let digits = name.strip_prefix("accent-").and_then(|n| n.strip_suffix(".css"));
    match digits.and_then(accent::style_sheet) {
        Some(sheet) => kept("text/css; charset=utf-8", sheet),
        None => page::notice(language, &MISSING, WayOn::Front),
    }
}

fn kept(media_type: &'static str, body: impl axum::response::IntoResponse) -> Response {
    let mut response = (StatusCode::OK, body).into_response();
    for (name, value) in [
        (header::CONTENT_TYPE, media_type),
        (header::CACHE_CONTROL, "public, max-age=31536000, immutable"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    ] {
        response.headers_mut().insert(name, axum::http::HeaderValue::from_static(value));
    }
    response
}

#[cfg(test)]
mod tests {
    use super::{SCRIPT, STYLE};
    use crate::accent::{contrast, parse};

    /// The tokens of a scheme: light ones first, dark ones on top of them.
    fn token(dark: bool, name: &str) -> [f64; 3] {
        let sheet = std::str::from_utf8(STYLE.body).unwrap();
        let all: Vec<_> = sheet.lines().filter_map(|l| l.trim().strip_prefix(&format!("--{name}: #"))).collect();
        assert_eq!(all.len(), 2, "--{name} has a light and a dark value");
        parse(all[usize::from(dark)].trim_end_matches(';')).unwrap()
    }

    #[test]
    fn colours_have_the_contrast_of_wcag_aa() {
        let text = 4.5;
        let parts = 3.0;
        let mut pairs = vec![
            ("ink", "paper", text),
            ("ink", "card", text),
            ("ink", "sunken", text),
            ("ink", "field", text),
            ("quiet", "paper", text),
            ("quiet", "card", text),
            ("quiet", "sunken", text),
            ("accent", "card", text),
            ("accent", "paper", text),
            ("accent", "accent-paper", text),
            ("accent-strong", "card", text),
            ("on-accent", "accent", text),
            ("on-accent", "accent-strong", text),
            ("fault", "fault-paper", text),
            ("fault", "card", parts),
            ("field-line", "card", parts),
            ("focus", "card", parts),
            ("focus", "paper", parts),
        ];
        for tone in ["open", "working", "waiting", "done", "refused"] {
            let paper: &'static str = format!("{tone}-paper").leak();
            pairs.push((tone, paper, text));
        }
        for dark in [false, true] {
            for (front, back, least) in &pairs {
                let contrast = contrast(token(dark, front), token(dark, back));
                assert!(contrast >= *least, "{front} on {back}, dark {dark}: {contrast:.2}");
            }
        }
    }

    #[test]
    fn the_script_stays_small() {
        assert!(SCRIPT.body.len() <= 10 * 1024, "{} bytes", SCRIPT.body.len());
    }
}
