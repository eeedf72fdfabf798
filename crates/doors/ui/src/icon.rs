//! Icons, drawn into the pages. They are Tabler's (MIT, see `assets/icons.LICENSE`); a new one is a line in
//! `assets/icons.txt`: its name and what is inside of its picture of 24 by 24.

use std::{collections::HashMap, sync::LazyLock};

static ICONS: LazyLock<HashMap<&'static str, &'static str>> =
    LazyLock::new(|| include_str!("../assets/icons.txt").lines().filter_map(|line| line.split_once(' ')).collect());

/// An icon as markup; for templates with `|safe`. It is an ornament: the words stand beside it.
pub(crate) fn icon(name: &str) -> String {
    let inside = ICONS.get(name).copied();
    debug_assert!(inside.is_some(), "no icon {name:?}");
    let inside = inside.unwrap_or_default();
    format!(r#"<svg class="icon" viewBox="0 0 24 24" aria-hidden="true">{inside}</svg>"#)
}

/// The pictures that a form can have: the name stored, the icon, and the key of its word.
pub(crate) const OF_FORMS: [(&str, &str, &str); 13] = [
    ("tool", "tool", "picture-tool"),
    ("water", "droplet", "picture-water"),
    ("heating", "temperature", "picture-heating"),
    ("power", "bolt", "picture-power"),
    ("light", "bulb", "picture-light"),
    ("key", "key", "picture-key"),
    ("lift", "elevator", "picture-lift"),
    ("wifi", "wifi", "picture-wifi"),
    ("parking", "parking", "picture-parking"),
    ("waste", "trash", "picture-waste"),
    ("noise", "volume", "picture-noise"),
    ("document", "file-text", "picture-document"),
    ("question", "help", "picture-question"),
];

/// The icon of a form, whose name comes from outside.
pub(crate) fn of_form(name: &str) -> &'static str {
    match name {
        "droplet" | "water" | "pipe" => "droplet",
        "key" | "door" => "key",
        "bolt" | "power" | "electricity" => "bolt",
        "heating" | "temperature" => "temperature",
        "document" | "file" => "file-text",
        "question" | "help" => "help",
        "noise" | "volume" => "volume",
        "lift" | "elevator" => "elevator",
        "bulb" | "light" => "bulb",
        "parking" | "car" => "parking",
        "trash" | "waste" => "trash",
        "wifi" | "internet" => "wifi",
        _ => "tool",
    }
}
