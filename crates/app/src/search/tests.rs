//! The index follows what happens, and begins with what is there.

use super::{index, terms};

#[test]
fn words_are_found_without_their_signs() {
    assert_eq!(terms("  Müller A-12, x@Y.de !! "), ["mueller", "a12", "xyde"]);
    assert_eq!(terms("a b c d e f"), ["a", "b", "c", "d"], "of many words the first");
    assert!(terms("\u{0} – …").is_empty());
    let words: Vec<String> = index::words("A-12 Straße anna.m@x.de").into_iter().collect();
    assert_eq!(words, ["12", "a", "a12", "anna", "annamxde", "de", "m", "strasse", "x"]);
}
