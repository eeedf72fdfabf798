//! What is shown in a community (operations 7 to 12, 16 and 19).

use app::notification::Filter;
use axum::{extract::State, response::Response};
use kernel::{Error, entity::Property};

use crate::{
    Door,
    call::{Id, Query, User},
    present::{self, Present},
    wire::{DoorError, Language, json, shapes::NotificationPage, time},
};

/// Rows of a page of notifications (C21).
const NOTIFICATIONS: i64 = 50;

/// Operation 7 (C1, C20).
pub async fn events(
    User(caller): User,
    Id(id): Id<Property>,
    language: Language,
    State(door): State<Door>,
    query: Query,
) -> Result<Response, DoorError> {
    let page = query.page(true)?;
    let found = door.app.events().list(&caller, id, page).await?;
    let present = Present { identity: &door.identity, language };
    Ok(json(present::page(page, &found, |e| present.event(e))))
}

/// Operation 8; it knows no `limit` (C1).
pub async fn posts(
    User(caller): User,
    Id(id): Id<Property>,
    language: Language,
    State(door): State<Door>,
    query: Query,
) -> Result<Response, DoorError> {
    let page = query.page(false)?;
    let found = door.app.posts().list(&caller, id, page).await?;
    let present = Present { identity: &door.identity, language };
    Ok(json(present::page(page, &found, |p| present.post(caller.org, p))))
}

/// Operation 9.
pub async fn contacts(
    User(caller): User,
    Id(id): Id<Property>,
    language: Language,
    State(door): State<Door>,
) -> Result<Response, DoorError> {
    let cards = door.app.contact_cards().list(&caller, id).await?;
    let present = Present { identity: &door.identity, language };
    Ok(json(cards.iter().map(|c| present.contact(c)).collect::<Vec<_>>()))
}

/// Operation 10.
pub async fn faq(
    User(caller): User,
    Id(id): Id<Property>,
    language: Language,
    State(door): State<Door>,
) -> Result<Response, DoorError> {
    let faq = door.app.faq().get(&caller, id).await?;
    Ok(json(Present { identity: &door.identity, language }.faq(&faq)))
}

/// Operation 11 (C7, C8, C21).
pub async fn notifications(
    User(caller): User,
    Id(id): Id<Property>,
    State(door): State<Door>,
    query: Query,
) -> Result<Response, DoorError> {
    let filter = Filter {
        property: Some(id),
        after: query.instant("after")?.map(time::after),
        before: query.instant("before")?.map(time::before),
        unread_only: query.flag("unreadOnly")?,
    };
    let found = door.app.notifications().list(&caller, filter, NOTIFICATIONS).await?;
    let rows: Vec<_> = found.rows.iter().map(present::notification).collect();
    Ok(json(NotificationPage { page_size: NOTIFICATIONS, count: found.total, rows_on_page: rows.len(), rows }))
}

/// Operation 12.
pub async fn timeline(
    User(caller): User,
    Id(id): Id<Property>,
    language: Language,
    State(door): State<Door>,
    query: Query,
) -> Result<Response, DoorError> {
    let page = query.page(true)?;
    let present = Present { identity: &door.identity, language };
    let found = door.app.timeline().page(&caller, id, page).await?;
    Ok(json(present::page(page, &found, |a| present.activity(caller.org, id, a))))
}

/// Operation 16 (C25).
pub async fn units(User(caller): User, State(door): State<Door>) -> Result<Response, DoorError> {
    let me = caller.person().ok_or(Error::Forbidden)?;
    let units = door.app.communities().units(&caller).await?;
    Ok(json(units.iter().map(|u| present::unit(me, u)).collect::<Vec<_>>()))
}

/// Operation 19.
pub async fn documents(
    User(caller): User,
    Id(id): Id<Property>,
    State(door): State<Door>,
) -> Result<Response, DoorError> {
    let shelf = door.app.documents().list(&caller, id).await?;
    Ok(json(shelf.documents.iter().map(present::document).collect::<Vec<_>>()))
}
