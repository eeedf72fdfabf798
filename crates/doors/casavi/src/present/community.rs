//! What is shown in a community.

use app::{
    change,
    community::{Counted, PageNumber, PersonCard},
    contact_card::ContactCard,
    document, event, faq,
    file::File,
    notification::{self, Topic},
    post,
};
use kernel::{OrgId, PropertyId};

use super::Present;
use crate::wire::{shapes::*, time};

impl Present<'_> {
    /// An announcement.
    pub fn post(&self, org: OrgId, p: &post::Post) -> Post {
        let attachment = |file: &File| {
            let (temporary_url, temporary_thumb_url) = self.addresses(file);
            let (id, name, file_type) = (file.id.get(), file.name.clone(), file.content_type.clone());
            PostAttachment { id, name, temporary_url, temporary_thumb_url, file_type }
        };
        let comment = |(c, by): &(post::Comment, PersonCard)| PostComment {
            id: c.id.get(),
            text: c.text.clone(),
            created_at: time::date_time(c.created_at),
            author: self.author(by),
        };
        Post {
            id: p.row.id.get(),
            community_id: p.row.property_id.get(),
            tenant_id: org.get(),
            title: p.row.title.clone(),
            text: p.row.text.clone(),
            allow_comments: p.row.allow_comments,
            created_at: time::date_time(p.row.created_at),
            autor: self.author(&p.author),
            attachments: p.files.iter().map(attachment).collect(),
            comments: p.comments.iter().map(comment).collect(),
        }
    }

    /// Questions and answers.
    pub fn faq(&self, faq: &faq::Faq) -> Faq {
        let attachment = |file: &File| {
            let (url, thumb) = self.addresses(file);
            let (id, name, kind) = (file.id.get(), file.name.clone(), file.content_type.clone());
            FaqAttachment { id, name, size: file.size, thumb, kind, url }
        };
        let item = |a: &faq::Article| FaqItem {
            id: a.id.get(),
            group_id: a.group_id.get(),
            keywords: a.keywords.clone(),
            title: a.title.clone(),
            text: a.text.clone(),
            ticket_type_id: a.ticket_type_id.map(|t| t.get()),
            attachments: faq.files.get(&a.id.get()).into_iter().flatten().map(attachment).collect(),
        };
        Faq {
            groups: faq.groups.iter().map(|g| FaqGroup { id: g.id.get(), title: g.title.clone() }).collect(),
            items: faq.articles.iter().map(item).collect(),
        }
    }

    /// An event. The API has no word for one that is called off, so its title says it.
    pub fn event(&self, e: &event::Event) -> Event {
        Event {
            id: e.row.id.get(),
            title: if e.row.cancelled_at.is_some() {
                self.language.called_off(&e.row.title)
            } else {
                e.row.title.clone()
            },
            text: e.row.text.clone(),
            location: e.row.location.clone(),
            all_day: e.row.all_day,
            date_start: time::date_time(e.row.starts_at),
            date_end: time::date_time(e.row.ends_at),
            created_at: time::date_time(e.row.created_at),
            autor: self.author(&e.author),
        }
    }

    /// Somebody responsible.
    pub fn contact(&self, c: &ContactCard) -> ContactPerson {
        use app::contact_card::Kind as K;
        ContactPerson {
            id: c.id.get(),
            name: c.name.clone(),
            company: c.company.clone(),
            email: c.email.clone(),
            telephone: c.phone.clone(),
            avatar: self.face(c.avatar),
            order: c.position,
            responsibility_name: c.responsibility.clone(),
            show_on_dashboard: c.on_dashboard,
            kind: match c.kind {
                K::Manager => "MANAGER",
                K::Internal => "INTERNAL",
                K::External => "EXTERNAL",
            },
        }
    }

    /// Something that happened. What nobody did, the management did.
    pub fn activity(&self, org: OrgId, property: PropertyId, a: &change::Activity) -> Activity {
        let (what, how) = a.action.split_once('.').unwrap_or((&a.action, ""));
        Activity {
            id: a.seq,
            action: match how {
                "created" | "published" => "created",
                "commented" => "commented",
                _ => "updated",
            },
            category: match what {
                "ticket" => "ticket",
                "event" => "event",
                "document" => "document",
                _ => "post",
            },
            community_id: property.get(),
            timestamp: time::date_time(a.at),
            data: ActivityData {
                by_user_id: a.person_id.map_or(org.get(), |p| p.get()),
                by_user_name: format!("{} {}", a.first_name, a.last_name).trim().to_owned(),
                by_user_avatar: self.face(a.avatar),
            },
        }
    }

    /// Who wrote something.
    fn author(&self, p: &PersonCard) -> Author {
        Author {
            id: p.id.get(),
            name: format!("{} {}", p.first_name, p.last_name).trim().to_owned(),
            roles: if p.is_staff { "Verwaltung" } else { "Bewohner" },
            avatar: self.face(p.avatar),
            link: false,
        }
    }
}

/// A page of a list (C1).
pub fn page<T, U>(asked: PageNumber, found: &Counted<T>, row: impl Fn(&T) -> U) -> Page<U> {
    Page {
        page: asked.page,
        page_count: found.total / asked.limit + i64::from(found.total % asked.limit > 0),
        page_size: asked.limit,
        rows: found.rows.iter().map(row).collect(),
    }
}

/// What somebody was told of.
pub fn notification(n: &notification::Notification) -> Notification {
    Notification {
        id: n.id.get(),
        item_id: n.item_id,
        parent_item_id: n.parent_id,
        kind: n.topic.as_str().to_uppercase(),
        read: n.read_at.is_some(),
        // Of events it tells something that this API has no word for.
        ticket_status: n.ticket_status.as_ref().filter(|_| n.topic != Topic::Event).map(|s| s.to_uppercase()),
        created_at: time::date_time(n.created_at),
    }
}

/// A document.
pub fn document(d: &document::Document) -> Document {
    Document {
        id: d.id.get(),
        name: d.name.clone(),
        file_type: d.file_type.clone(),
        file_size: d.file_size,
        created_at: time::date_time(d.created_at),
        url: format!("/api/v1/communities/{}/documents/{}", d.property_id, d.id),
    }
}
