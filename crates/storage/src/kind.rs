//! What a file is: what its first bytes say, held against what its sender claims.

/// Taken where nothing better is known.
pub const UNKNOWN: &str = "application/octet-stream";

/// Names of the same thing; the second is kept.
const ALIASES: &[(&str, &str)] = &[
    ("image/jpg", "image/jpeg"),
    ("image/pjpeg", "image/jpeg"),
    ("image/x-png", "image/png"),
    ("image/heic", "image/heif"),
    ("audio/mp3", "audio/mpeg"),
    ("audio/wav", "audio/x-wav"),
    ("audio/wave", "audio/x-wav"),
    ("audio/mp4", "audio/m4a"),
    ("audio/x-m4a", "audio/m4a"),
    ("audio/flac", "audio/x-flac"),
    ("application/x-pdf", "application/pdf"),
    ("application/x-zip-compressed", "application/zip"),
    ("application/x-gzip", "application/gzip"),
    ("application/x-rar-compressed", "application/vnd.rar"),
    ("text/rtf", "application/rtf"),
    ("text/xml", "application/xml"),
    ("application/javascript", "text/javascript"),
    ("application/x-javascript", "text/javascript"),
];

/// What is packed inside of a more general kind, and cannot be told from it by the first bytes alone.
const PACKED: &[(&str, &[&str])] = &[
    (
        "application/zip",
        &[
            "application/vnd.openxmlformats-officedocument.",
            "application/vnd.oasis.opendocument.",
            "application/epub+zip",
        ],
    ),
    ("application/x-ole-storage", &["application/msword", "application/vnd.ms-"]),
    ("video/mp4", &["audio/m4a", "video/quicktime", "video/x-m4v"]),
    ("video/x-matroska", &["video/webm", "audio/webm"]),
    ("audio/ogg", &["audio/opus", "video/ogg"]),
    ("application/gzip", &["application/x-tar"]),
];

/// Text that has no mark of its own: the claim counts if it reads as text.
const TEXTS: &[&str] = &[
    "text/plain",
    "text/csv",
    "text/markdown",
    "text/calendar",
    "text/vcard",
    "text/css",
    "text/html",
    "text/javascript",
    "application/json",
    "application/xml",
    "application/xhtml+xml",
    "image/svg+xml",
];

/// What a browser may show by itself: it runs nothing in it.
const SHOWN: &[&str] = &[
    "image/jpeg",
    "image/png",
    "image/gif",
    "image/webp",
    "image/avif",
    "image/heif",
    "image/bmp",
    "application/pdf",
    "text/plain",
    "video/mp4",
    "video/webm",
    "audio/mpeg",
    "audio/ogg",
    "audio/m4a",
    "audio/x-wav",
];

/// How a TIFF begins, small and large, in either order of bytes.
pub(crate) const TIFF: [&[u8; 4]; 4] = [b"II*\0", b"MM\0*", b"II+\0", b"MM\0+"];

/// What a file is called that begins with `head` and whose sender says `claimed`. When both disagree, the bytes win.
#[must_use]
pub fn decide(head: &[u8], claimed: &str) -> String {
    let claimed = plain(claimed);
    let found = sniff(head);
    let Some(found) = found else {
        // What has a mark of its own, and lacks it, is something else.
        let text = TEXTS.contains(&claimed.as_str());
        let kept = if text { is_text(head) } else { !has_mark(&claimed) };
        return if kept { claimed } else { UNKNOWN.to_owned() };
    };
    let inside = PACKED.iter().find(|(outer, _)| *outer == found);
    if inside.is_some_and(|(_, inner)| inner.iter().any(|kind| claimed.starts_with(kind))) {
        return claimed;
    }
    // HTML and SVG are XML as well; whichever it is, it is only ever downloaded.
    if found == "application/xml" && (claimed.ends_with("+xml") || claimed == "text/html") {
        return claimed;
    }
    // A page in a file that claims to be a script: both are only ever downloaded.
    found.to_owned()
}

/// Whether a browser may show it by itself. Everything else is only to be downloaded: HTML, SVG, XML and scripts could
/// do things in the name of whoever looks at them.
#[must_use]
pub fn is_shown(content_type: &str) -> bool {
    SHOWN.contains(&content_type)
}

/// The `Content-Type` it is sent with: browsers are not to guess how text is written.
#[must_use]
pub fn header(content_type: &str) -> String {
    match content_type {
        "text/plain" | "text/csv" | "text/markdown" => format!("{content_type}; charset=utf-8"),
        other => other.to_owned(),
    }
}

/// Whether it is a picture of which thumbnails are made.
#[must_use]
pub fn is_picture(content_type: &str) -> bool {
    matches!(content_type, "image/jpeg" | "image/png" | "image/gif" | "image/webp")
}

/// Whether it is a picture that may tell where it was taken, and is cleaned of that.
#[must_use]
pub fn tells_places(content_type: &str) -> bool {
    is_picture(content_type) || matches!(content_type, "image/heif" | "image/avif" | "image/tiff" | "image/x-canon-cr2")
}

/// The usual extension, for a file whose name has none.
#[must_use]
pub fn extension(content_type: &str) -> Option<&'static str> {
    Some(match content_type {
        "image/jpeg" => "jpg",
        "image/png" => "png",
        "image/gif" => "gif",
        "image/webp" => "webp",
        "application/pdf" => "pdf",
        "text/plain" => "txt",
        _ => return None,
    })
}

/// `Type/Sub; charset=x` → `type/sub`; what is no type at all is unknown.
fn plain(claimed: &str) -> String {
    let kind = claimed.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    let word = |s: &str| {
        !s.is_empty() && s.len() <= 100 && s.bytes().all(|b| b.is_ascii_alphanumeric() || b"!#$&-^_.+".contains(&b))
    };
    match kind.split_once('/') {
        Some((a, b)) if word(a) && word(b) => {
            ALIASES.iter().find(|(other, _)| *other == kind).map_or(kind, |(_, name)| (*name).to_owned())
        }
        _ => UNKNOWN.to_owned(),
    }
}

fn has_mark(kind: &str) -> bool {
    infer::is_mime_supported(kind) && kind != UNKNOWN
}

fn sniff(head: &[u8]) -> Option<&'static str> {
    let text = text_kind(head);
    if text.is_some() {
        return text;
    }
    // `infer` takes a TIFF whose pixels begin as a raw picture of one maker's for none.
    if TIFF.iter().any(|mark| head.starts_with(*mark)) && !head.get(8..).is_some_and(|rest| rest.starts_with(b"CR")) {
        return Some("image/tiff");
    }
    infer::get(head).map(|t| t.mime_type()).filter(|kind| *kind != UNKNOWN)
}

/// Text that a browser would run or draw, however it is called.
fn text_kind(head: &[u8]) -> Option<&'static str> {
    let head = head.strip_prefix(b"\xef\xbb\xbf").unwrap_or(head).trim_ascii_start();
    let begins = |mark: &str| head.get(..mark.len()).is_some_and(|h| h.eq_ignore_ascii_case(mark.as_bytes()));
    let holds = |mark: &str| head.windows(mark.len()).any(|w| w.eq_ignore_ascii_case(mark.as_bytes()));
    if begins("<?xml") || begins("<!doctype svg") || begins("<svg") || begins("<!--") {
        let svg = holds("<svg");
        return Some(if svg {
            "image/svg+xml"
        } else if holds("<html") {
            "text/html"
        } else {
            "application/xml"
        });
    }
    const PAGE: &[&str] = &[
        "<!doctype html",
        "<html",
        "<head",
        "<body",
        "<script",
        "<iframe",
        "<style",
        "<title",
        "<table",
        "<a ",
        "<img",
        "<div",
        "<p>",
        "<br",
        "<h1",
        "<b>",
    ];
    PAGE.iter().any(|mark| begins(mark)).then_some("text/html")
}

/// No zero bytes, and UTF-8 or one of the old tables with 8 bits.
fn is_text(head: &[u8]) -> bool {
    !head.iter().any(|b| matches!(b, 0..=8 | 14..=26 | 28..=31))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bytes_win() {
        const PNG: &[u8] = b"\x89PNG\r\n\x1a\n....";
        const JPEG: &[u8] = b"\xff\xd8\xff\xe0....";
        const ZIP: &[u8] = b"PK\x03\x04....";
        let docx = "application/vnd.openxmlformats-officedocument.wordprocessingml.document";
        for (head, claimed, is) in [
            (PNG, "image/png", "image/png"),
            (PNG, "image/jpeg", "image/png"),
            (PNG, "text/html", "image/png"),
            (JPEG, "IMAGE/JPG; name=x", "image/jpeg"),
            (b"GIF89a....", "image/webp", "image/gif"),
            (b"RIFF\x10\0\0\0WEBPVP8 ", "application/octet-stream", "image/webp"),
            (b"%PDF-1.7\n", "application/pdf", "application/pdf"),
            (b"II*\0\x08\0\0\0........", "image/tiff", "image/tiff"),
            (b"MM\0*\0\0\0\x10C.R.....", "image/tiff", "image/tiff"),
            (b"II+\0\x08\0\0\0........", "image/x-tiff", "image/tiff"),
            (b"II*\0\x10\0\0\0CR\x02.....", "image/tiff", "image/x-canon-cr2"),
            (b"%PDF-1.7\n", "image/png", "application/pdf"),
            (b"MZ\x90\0....", "application/pdf", "application/vnd.microsoft.portable-executable"),
            (ZIP, "application/zip", "application/zip"),
            (ZIP, docx, docx),
            (ZIP, "image/png", "application/zip"),
            (b"hello", "text/plain; charset=utf-8", "text/plain"),
            (b"a;b\n1;2", "text/csv", "text/csv"),
            (b"hello", "image/png", UNKNOWN),
            (b"hello", "application/pdf", UNKNOWN),
            (b"\0\x01\x02", "text/plain", UNKNOWN),
            (b"hello", "", UNKNOWN),
            (b"hello", "no type", UNKNOWN),
            (b"hello", "application/x-of-my-own", "application/x-of-my-own"),
            (b"  <!DOCTYPE html><script>", "text/plain", "text/html"),
            (b"\xef\xbb\xbf<html>", "image/png", "text/html"),
            (b"<script>alert(1)</script>", "text/plain", "text/html"),
            (b"<svg xmlns='x'>", "image/png", "image/svg+xml"),
            (b"<?xml version='1.0'?><svg>", "image/svg+xml", "image/svg+xml"),
            (b"<?xml version='1.0'?><a>", "text/plain", "application/xml"),
            (b"alert(1)", "application/javascript", "text/javascript"),
        ] {
            assert_eq!(decide(head, claimed), is, "{:?} as {claimed:?}", String::from_utf8_lossy(head));
        }
    }

    #[test]
    fn what_could_run_is_never_shown() {
        for kind in [
            "text/html",
            "image/svg+xml",
            "application/xml",
            "text/javascript",
            "text/css",
            "application/xhtml+xml",
            UNKNOWN,
            "x/y",
        ] {
            assert!(!is_shown(kind), "{kind}");
        }
        assert!(is_shown("image/png") && is_shown("application/pdf"));
    }
}
