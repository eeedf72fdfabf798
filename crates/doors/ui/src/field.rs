//! Fields of forms, as pages show them: label, help, fault and control, tied together. The macros of
//! `templates/parts.html` call these, so that each is compiled once and not anew on every page that has one.

use askama::Template;

use crate::{form::Shown, language::Texts, parts::Choice, shell::Plain};

/// A field of a form; writes itself as HTML, with `|safe`.
#[derive(Template)]
#[template(path = "parts/field.html")]
pub(crate) struct Field<'a> {
    s: Plain,
    form: &'a Shown,
    name: &'a str,
    text: &'a str,
    help: &'a str,
    required: bool,
    control: Control<'a>,
}

/// What people fill in.
enum Control<'a> {
    Input { kind: &'a str, most: u32, auto: &'a str },
    Number,
    Textarea { most: u32, rows: u32 },
    Select { choices: &'a [Choice] },
    Radios { choices: &'a [Choice] },
    Checkbox,
    Photos,
}

/// Where a field stands, and what it is called.
type Named<'a> = (&'a Shown, &'a str, &'a str, &'a str);

fn field<'a>(
    t: &'static Texts,
    (form, name, text, help): Named<'a>,
    required: bool,
    control: Control<'a>,
) -> Field<'a> {
    Field { s: Plain::with(t), form, name, text, help, required, control }
}

// Templates pass everything by reference.

/// One line of text; `kind` is the type of the input, `most` its longest length, `auto` what the browser may fill in.
#[expect(clippy::too_many_arguments, reason = "the words of a macro")]
pub(crate) fn input<'a>(
    t: &'static Texts,
    form: &'a Shown,
    name: &'a str,
    text: &'a str,
    help: &'a str,
    required: &bool,
    kind: &'a str,
    most: &u32,
    auto: &'a str,
) -> Field<'a> {
    field(t, (form, name, text, help), *required, Control::Input { kind, most: *most, auto })
}

/// A number, with point or comma.
pub(crate) fn number<'a>(
    t: &'static Texts,
    form: &'a Shown,
    name: &'a str,
    text: &'a str,
    help: &'a str,
    required: &bool,
) -> Field<'a> {
    field(t, (form, name, text, help), *required, Control::Number)
}

/// Several lines of text.
#[expect(clippy::too_many_arguments, reason = "the words of a macro")]
pub(crate) fn textarea<'a>(
    t: &'static Texts,
    form: &'a Shown,
    name: &'a str,
    text: &'a str,
    help: &'a str,
    required: &bool,
    most: &u32,
    rows: &u32,
) -> Field<'a> {
    field(t, (form, name, text, help), *required, Control::Textarea { most: *most, rows: *rows })
}

/// One of several, from a list.
pub(crate) fn select<'a>(
    t: &'static Texts,
    form: &'a Shown,
    name: &'a str,
    text: &'a str,
    help: &'a str,
    required: &bool,
    choices: &'a [Choice],
) -> Field<'a> {
    field(t, (form, name, text, help), *required, Control::Select { choices })
}

/// One of few, all seen.
pub(crate) fn radios<'a>(
    t: &'static Texts,
    form: &'a Shown,
    name: &'a str,
    text: &'a str,
    help: &'a str,
    choices: &'a [Choice],
) -> Field<'a> {
    field(t, (form, name, text, help), false, Control::Radios { choices })
}

/// Yes or no.
pub(crate) fn checkbox<'a>(
    t: &'static Texts,
    form: &'a Shown,
    name: &'a str,
    text: &'a str,
    help: &'a str,
) -> Field<'a> {
    field(t, (form, name, text, help), false, Control::Checkbox)
}

/// Photos and files; the script shows what was chosen.
pub(crate) fn photos<'a>(
    t: &'static Texts,
    form: &'a Shown,
    name: &'a str,
    text: &'a str,
    help: &'a str,
    required: &bool,
) -> Field<'a> {
    field(t, (form, name, text, help), *required, Control::Photos)
}
