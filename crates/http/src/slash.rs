//! One trailing slash more or less.

use axum::http::{Uri, uri::PathAndQuery};

/// Takes one trailing slash off the path, so that `/api/user/` finds the route `/api/user`. The root stays, and so
/// does a path that ends with two slashes: it names nothing.
pub(crate) fn take_off(uri: &mut Uri) {
    let path = uri.path();
    if path.len() < 2 || !path.ends_with('/') || path.ends_with("//") {
        return;
    }
    let shorter = match (&path[..path.len() - 1], uri.query()) {
        (path, None) => PathAndQuery::try_from(path),
        (path, Some(query)) => PathAndQuery::try_from(format!("{path}?{query}")),
    };
    let mut parts = uri.clone().into_parts();
    // A part of a good path is a good path; should that ever be untrue, the path stays as it was sent.
    parts.path_and_query = shorter.ok();
    if parts.path_and_query.is_some()
        && let Ok(new) = Uri::from_parts(parts)
    {
        *uri = new;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exactly_one_slash_goes() {
        for (sent, routed) in [
            ("/", "/"),
            ("//", "//"),
            ("/a", "/a"),
            ("/a/", "/a"),
            ("/a//", "/a//"),
            ("/a/?b=/", "/a?b=/"),
            ("/a?b=/", "/a?b=/"),
            ("/a/%2F/", "/a/%2F"),
            ("/a/?", "/a?"),
            ("http://host/a/?b", "http://host/a?b"),
        ] {
            let mut uri: Uri = sent.parse().unwrap();
            take_off(&mut uri);
            assert_eq!(uri.to_string(), routed);
        }
    }
}
