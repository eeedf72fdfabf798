//! Media types, and which of them an answer has.

use axum::http::{HeaderMap, header::ACCEPT};

/// JSON.
pub const JSON: &str = "application/json";
/// JSON with links.
pub const HAL: &str = "application/hal+json";
/// JSON, by the version of this API.
pub const V1: &str = "application/vnd.ruckus.v1+json";

/// In which types a call answers (section 4). What the client does not take is sent all the same, in the first one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Media {
    /// JSON with links; errors are plain JSON.
    Hal,
    /// Plain JSON.
    Json,
    /// JSON, or version 1 where the client asks for it (R21).
    Versioned,
    /// JSON with links, or version 1 where the client asks for it.
    HalOrV1,
    /// A picture.
    Png,
    /// A style sheet.
    Css,
}

impl Media {
    /// The type of a success.
    #[must_use]
    pub fn of(self, headers: &HeaderMap) -> &'static str {
        match self {
            Self::Hal => HAL,
            Self::Json => JSON,
            Self::Versioned => {
                if wants_v1(headers, JSON) {
                    V1
                } else {
                    JSON
                }
            }
            Self::HalOrV1 => {
                if wants_v1(headers, HAL) {
                    V1
                } else {
                    HAL
                }
            }
            Self::Png => "image/png",
            Self::Css => "text/css; charset=utf-8",
        }
    }

    /// The type of an error.
    #[must_use]
    pub fn of_error(self, headers: &HeaderMap) -> &'static str {
        match self {
            Self::Versioned | Self::HalOrV1 if wants_v1(headers, JSON) => V1,
            _ => JSON,
        }
    }
}

/// Whether version 1 is named, and not the other type before or above it.
fn wants_v1(headers: &HeaderMap, other: &str) -> bool {
    let (mut v1, mut rival) = (0.0, 0.0);
    let all = headers.get_all(ACCEPT).iter().filter_map(|v| v.to_str().ok());
    for item in all.flat_map(|list| list.split(',')) {
        let mut parts = item.split(';').map(str::trim);
        let name = parts.next().unwrap_or_default().to_ascii_lowercase();
        let quality = parts.find_map(|p| p.strip_prefix("q=")).map_or(Some(1.0), |q| q.trim().parse::<f32>().ok());
        let quality = quality.unwrap_or(0.0);
        if name == V1 && quality > rival {
            v1 = quality;
        } else if name == other && quality > v1 {
            (rival, v1) = (quality, 0.0);
        }
    }
    v1 > 0.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn section_4_never_406() {
        let sent = |accept: &str| {
            let mut headers = HeaderMap::new();
            headers.insert(ACCEPT, accept.parse().unwrap());
            headers
        };
        for (accept, media) in [
            ("application/vnd.ruckus.v1+json", V1),
            ("Application/Vnd.Ruckus.V1+JSON; q=0.5, */*;q=0.1", V1),
            ("text/html, application/vnd.ruckus.v1+json", V1),
            ("application/json;q=0.5, application/vnd.ruckus.v1+json", V1),
            ("application/vnd.ruckus.v1+json, application/json", V1),
            ("application/vnd.ruckus.v1+json;q=0.5, application/json", JSON),
            ("application/json, application/vnd.ruckus.v1+json", JSON),
            ("application/vnd.ruckus.v1+json;q=0", JSON),
            ("application/vnd.ruckus.v1+json;q=x", JSON),
            ("application/vnd.ruckus.v2+json", JSON),
            ("text/html", JSON),
            ("*/*", JSON),
            ("", JSON),
        ] {
            assert_eq!(Media::Versioned.of(&sent(accept)), media, "{accept}");
            assert_eq!(Media::Versioned.of_error(&sent(accept)), media, "{accept}");
            assert_eq!(Media::Hal.of(&sent(accept)), HAL);
            assert_eq!(Media::Hal.of_error(&sent(accept)), JSON);
        }
        assert_eq!(Media::HalOrV1.of(&sent("application/json")), HAL);
        assert_eq!(Media::HalOrV1.of(&sent("application/vnd.ruckus.v1+json")), V1);
        assert_eq!(Media::Versioned.of(&HeaderMap::new()), JSON);
    }
}
