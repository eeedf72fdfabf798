//! What stands around every page: its head, the way to other rooms, what was just done. Each is a template of its own,
//! so that it is compiled once and not anew in every page.

use askama::Template;

use crate::shell::Shell;

/// What browsers are told before the page.
#[derive(Template)]
#[template(path = "frame/head.html")]
pub(crate) struct Head<'a> {
    s: &'a Shell,
}

/// What was just done, and how to undo it.
#[derive(Template)]
#[template(path = "frame/toast.html")]
pub(crate) struct Toast<'a> {
    s: &'a Shell,
}

/// The top of the desk's pages.
#[derive(Template)]
#[template(path = "frame/desk_top.html")]
pub(crate) struct DeskTop<'a> {
    s: &'a Shell,
}

/// The way to the desk's other rooms.
#[derive(Template)]
#[template(path = "frame/desk_rail.html")]
pub(crate) struct DeskRail<'a> {
    s: &'a Shell,
}

/// The keys of the desk, which `?` shows.
#[derive(Template)]
#[template(path = "frame/desk_keys.html")]
pub(crate) struct DeskKeys<'a> {
    s: &'a Shell,
}

/// The top of the portal's pages.
#[derive(Template)]
#[template(path = "frame/portal_top.html")]
pub(crate) struct PortalTop<'a> {
    s: &'a Shell,
}

/// The way to the portal's other rooms.
#[derive(Template)]
#[template(path = "frame/portal_rail.html")]
pub(crate) struct PortalRail<'a> {
    s: &'a Shell,
}

/// The frame of a page; with `|safe`.
impl Shell {
    pub(crate) const fn head(&self) -> Head<'_> {
        Head { s: self }
    }

    pub(crate) const fn toast(&self) -> Toast<'_> {
        Toast { s: self }
    }

    pub(crate) const fn desk_top(&self) -> DeskTop<'_> {
        DeskTop { s: self }
    }

    pub(crate) const fn desk_rail(&self) -> DeskRail<'_> {
        DeskRail { s: self }
    }

    pub(crate) const fn desk_keys(&self) -> DeskKeys<'_> {
        DeskKeys { s: self }
    }

    pub(crate) const fn portal_top(&self) -> PortalTop<'_> {
        PortalTop { s: self }
    }

    pub(crate) const fn portal_rail(&self) -> PortalRail<'_> {
        PortalRail { s: self }
    }
}
