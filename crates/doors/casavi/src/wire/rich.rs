//! Plain text as HTML (C15): escaped, with line ends and links.

/// Escapes a text; line ends become `<br>`, `http(s)` addresses links.
#[must_use]
pub fn render(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 16);
    for (i, line) in text.replace("\r\n", "\n").split(['\n', '\r']).enumerate() {
        if i > 0 {
            out.push_str("<br>");
        }
        with_links(line, &mut out);
    }
    out
}

fn with_links(line: &str, out: &mut String) {
    let mut rest = line;
    while let Some((before, address, after)) = next_link(rest) {
        escape(before, out);
        out.push_str("<a href=\"");
        escape(address, out);
        out.push_str("\" rel=\"noopener noreferrer\">");
        escape(address, out);
        out.push_str("</a>");
        rest = after;
    }
    escape(rest, out);
}

/// The first address: what is before it, itself, and what comes after.
fn next_link(text: &str) -> Option<(&str, &str, &str)> {
    let mut from = 0;
    loop {
        let tail = text.get(from..)?;
        let found = ["http://", "https://"].into_iter().filter_map(|s| tail.find(s).map(|at| (at, s.len()))).min()?;
        let start = from + found.0;
        let tail = text.get(start..)?;
        let end = tail.find(|c: char| c.is_whitespace() || c.is_control() || "<>\"'".contains(c)).unwrap_or(tail.len());
        // What ends a sentence does not belong to the address.
        let address = tail.get(..end)?.trim_end_matches(['.', ',', ';', ':', '!', '?', ')', ']', '}']);
        if address.len() > found.1 {
            return Some((text.get(..start)?, address, tail.get(address.len()..)?));
        }
        from = start + found.1;
    }
}

fn escape(text: &str, out: &mut String) {
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            c => out.push(c),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_comes_back_as_text() {
        assert_eq!(render("<script>alert('x')</script>"), "&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt;");
        assert_eq!(render("a\nb\r\nc\rd & e"), "a<br>b<br>c<br>d &amp; e");
        assert_eq!(render(""), "");
    }

    #[test]
    fn addresses_become_links() {
        let link = |a: &str| format!("<a href=\"{a}\" rel=\"noopener noreferrer\">{a}</a>");
        assert_eq!(render("see https://a.example/x?y=1."), format!("see {}.", link("https://a.example/x?y=1")));
        assert_eq!(render("(http://a.example)"), format!("({})", link("http://a.example")));
        assert_eq!(render("https://a.example/?a=1&b=2"), link("https://a.example/?a=1&amp;b=2"));
        assert_eq!(render("https://"), "https://");
        assert_eq!(render("https:// http://b.example"), format!("https:// {}", link("http://b.example")));
        assert_eq!(render("javascript:alert(1)"), "javascript:alert(1)");
        let evil = render("https://a.example/\"onmouseover=\"x");
        assert!(evil.starts_with(&link("https://a.example/")) && evil.ends_with("&quot;onmouseover=&quot;x"), "{evil}");
    }
}
