//! QR codes as pictures within a page.

use fast_qr::QRBuilder;

/// The code that phones join a WiFi with, as SVG. Nothing when it holds more than a code can.
pub(crate) fn wifi(ssid: &str, passphrase: &str) -> Option<String> {
    svg(&wifi_text(ssid, passphrase))
}

/// What such a code says.
fn wifi_text(ssid: &str, passphrase: &str) -> String {
    format!("WIFI:T:WPA;S:{};P:{};;", escaped(ssid), escaped(passphrase))
}

fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        if matches!(c, '\\' | ';' | ',' | ':' | '"') {
            out.push('\\');
        }
        out.push(c);
    }
    out
}

/// Points of the screen for each square: whole ones, or squares would differ in width and old cameras stumble.
const SQUARE: usize = 6;

/// Dark squares on light ground, in both themes: cameras want it so. The quiet zone around is four squares. It is for
/// cameras alone: what it says stands beside it.
fn svg(text: &str) -> Option<String> {
    let code = QRBuilder::new(text).build().ok()?;
    let mut path = String::new();
    for (y, row) in code.data.chunks(code.size).take(code.size).enumerate() {
        for (x, _) in row.iter().enumerate().filter(|(_, square)| square.value()) {
            path.push_str(&format!("M{} {}h1v1h-1z", x + 4, y + 4));
        }
    }
    let side = code.size + 8;
    let wide = side * SQUARE;
    Some(format!(
        r##"<svg class="qr" viewBox="0 0 {side} {side}" width="{wide}" height="{wide}" aria-hidden="true" shape-rendering="crispEdges"><rect width="{side}" height="{side}" fill="#fff"/><path fill="#000" d="{path}"/></svg>"##
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_has_a_meaning_in_the_code_is_escaped() {
        assert_eq!(wifi_text("Haus; \"A\"", "a:b,c\\d"), r#"WIFI:T:WPA;S:Haus\; \"A\";P:a\:b\,c\\d;;"#);
        assert!(wifi("Haus", "abc").unwrap().starts_with("<svg"));
        assert_eq!(wifi("Haus", &"x".repeat(5_000)), None);
    }
}
