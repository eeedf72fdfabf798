//! The core's things in the shapes of this API.

use app::{
    change,
    community::{Counted, PageNumber, PersonCard},
    contact_card::ContactCard,
    document, event, faq,
    file::{File, Thumbnail, Variant},
    invite, notification, post,
    ticket::{self, Answer, Own},
    ticket_type::{self, Kind},
};
use identity::{FILE_LINK_LIFETIME, Identity};
use kernel::{CommentId, Living, OrgId, PersonId, PropertyId};
use serde_json::Value;

use crate::wire::{Language, rich, shapes::*, time};

/// What it takes to show things: addresses of files, and a language.
pub struct Present<'a> {
    pub identity: &'a Identity,
    pub language: Language,
}

impl Present<'_> {
    /// An address of a file, and of its small picture where there is one.
    fn addresses(&self, file: &File) -> (String, Option<String>) {
        let address = |which| self.identity.file_address(file, which, FILE_LINK_LIFETIME);
        let small = (file.thumbnail == Thumbnail::Made).then(|| address(Variant::Thumbnail));
        (address(Variant::Whole), small)
    }

    /// A ticket of the caller.
    pub fn ticket(&self, own: &Own) -> Ticket {
        let t = &own.details.ticket;
        let person = |id: PersonId| person(own.people.get(&id), id);
        let title = own.form.title.clone().unwrap_or_else(|| self.language.free_text().to_owned());
        let group = own.form.group_name.clone().unwrap_or_else(|| self.language.general().to_owned());
        Ticket {
            id: t.id.get(),
            identifier: t.number,
            reference_id: format!("T-{}", t.number),
            status: t.status.as_str().to_uppercase(),
            status_text: self.language.status(t.status),
            description_rendered: rich::render(t.description.as_deref().unwrap_or_default()),
            assigned_to: own.details.staff.first().map(|m| person(m.id)),
            contact: person(t.concerns_id.unwrap_or(t.author_id)),
            created_by: person(t.author_id),
            community: own.property.as_ref().map(|p| TicketCommunity {
                id: p.id.to_string(),
                identifier: p.id.to_string(),
                name: p.name.clone(),
                city: p.city.clone(),
                postal_code: p.postal.clone(),
                country: own.form.country.clone().unwrap_or_default(),
            }),
            unit: unit_of(own),
            ticket_type: TicketTypeName {
                name: title.clone(),
                icon: own.form.icon.clone().unwrap_or_default(),
                group: GroupName { name: group },
            },
            title,
            ticket_rating: own
                .form
                .rating
                .map(|rating| TicketRating { comment: own.form.rating_comment.clone().unwrap_or_default(), rating }),
            sharings: Empty {},
            attachments: own.files.iter().map(|f| self.attachment(f)).collect(),
            ticket_comments: own.details.comments.iter().map(|c| self.comment(own, c)).collect(),
            custom_fields: own.answers.iter().filter_map(custom_field).collect(),
        }
    }

    fn comment(&self, own: &Own, c: &ticket::Comment) -> TicketComment {
        let author = own.people.get(&c.author_id);
        let files = |id: CommentId| own.comment_files.get(&id).map_or(&[][..], Vec::as_slice);
        let all: Vec<Attachment> = files(c.id).iter().map(|f| self.attachment(f)).collect();
        TicketComment {
            id: c.id.get(),
            text_rendered: rich::render(&c.text),
            created_at: time::date_time(c.created_at),
            from_tenant: author.is_some_and(|a| a.is_staff),
            identifier: c.id.to_string(),
            author: CommentAuthor {
                id: c.author_id.get(),
                first_name: c.author_first.clone(),
                last_name: c.author_last.clone(),
                avatar: None,
                email: author.and_then(|a| a.email.clone()).unwrap_or_default(),
            },
            attachments: all
                .first()
                .map_or(FirstAttachment::None(Empty {}), |a| FirstAttachment::Some(Box::new(a.clone()))),
            attachment_list: all,
        }
    }

    fn attachment(&self, file: &File) -> Attachment {
        let (temporary_url, temporary_thumb_url) = self.addresses(file);
        Attachment {
            id: file.id.get(),
            name: file.name.clone(),
            kind: file.content_type.clone(),
            temporary_url,
            temporary_thumb_url,
            title: file.name.clone(),
        }
    }

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
            author: author(by),
        };
        Post {
            id: p.row.id.get(),
            community_id: p.row.property_id.get(),
            tenant_id: org.get(),
            title: p.row.title.clone(),
            text: p.row.text.clone(),
            allow_comments: p.row.allow_comments,
            created_at: time::date_time(p.row.created_at),
            autor: author(&p.author),
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
}

fn person(card: Option<&PersonCard>, id: PersonId) -> Person {
    let text = |of: fn(&PersonCard) -> &Option<String>| card.and_then(|c| of(c).clone()).filter(|t| !t.is_empty());
    Person {
        id: id.get(),
        identifier: id.get(),
        email: text(|c| &c.email).unwrap_or_default(),
        first_name: card.map(|c| c.first_name.clone()).unwrap_or_default(),
        last_name: card.map(|c| c.last_name.clone()).unwrap_or_default(),
        title: text(|c| &c.title),
        salutation: None,
        country: text(|c| &c.country),
        city: text(|c| &c.city),
        postal_code: text(|c| &c.postal),
        street: text(|c| &c.street),
        telephone: text(|c| &c.phone),
        mobile: text(|c| &c.mobile),
        fax: text(|c| &c.fax),
    }
}

fn unit_of(own: &Own) -> Option<TicketUnit> {
    let (id, number) = (own.details.ticket.unit_id?, own.form.unit_number.clone()?);
    let name = unit_name(own.form.unit_description.as_ref(), &number);
    Some(TicketUnit { id: id.get(), identifier: id.to_string(), name, number })
}

/// What a unit is in words, else its number.
fn unit_name(description: Option<&String>, number: &str) -> String {
    description.filter(|d| !d.trim().is_empty()).map_or_else(|| number.to_owned(), Clone::clone)
}

const fn field_type(kind: Kind) -> &'static str {
    match kind {
        Kind::Text => "TEXTFIELD",
        Kind::LongText => "TEXTBOX",
        Kind::Number => "NUMBER",
        Kind::Checkbox => "CHECKBOX",
        Kind::DropDown => "DROPDOWN",
        Kind::Date => "DATE",
        Kind::File => "FILE",
    }
}

/// An answer as text; files are no custom fields.
fn custom_field(answer: &Answer) -> Option<CustomField> {
    let kind = Kind::parse(&answer.kind).filter(|k| *k != Kind::File)?;
    let value = match &answer.value {
        Value::String(text) => text.clone(),
        // Without an exponent, however large.
        Value::Number(n) if n.is_f64() => n.as_f64().map(|f| f.to_string())?,
        other => other.to_string(),
    };
    Some(CustomField { name: answer.name.clone(), value, field_type: field_type(kind) })
}

/// A form.
pub fn ticket_type(t: &ticket_type::TicketType) -> TicketType {
    let field = |q: &ticket_type::Question| TicketTypeField {
        id: q.id.get(),
        field_type: field_type(q.kind),
        name: q.name.clone(),
        position: q.position,
        required: q.required,
        options: (q.kind == Kind::DropDown).then(|| q.options.clone()),
    };
    TicketType {
        id: t.row.id.get(),
        name: t.row.name.clone(),
        description: t.row.description.clone(),
        icon: t.row.icon.clone(),
        ticket_type_group: Group { id: t.row.group_id.get(), name: t.row.group_name.clone() },
        ticket_type_fields: t.fields.iter().map(field).collect(),
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

/// Who wrote something.
fn author(p: &PersonCard) -> Author {
    Author {
        id: p.id.get(),
        name: format!("{} {}", p.first_name, p.last_name).trim().to_owned(),
        roles: if p.is_staff { "Verwaltung" } else { "Bewohner" },
        avatar: None,
        link: false,
    }
}

/// An event.
pub fn event(e: &event::Event) -> Event {
    Event {
        id: e.row.id.get(),
        title: e.row.title.clone(),
        text: e.row.text.clone(),
        location: e.row.location.clone(),
        all_day: e.row.all_day,
        date_start: time::date_time(e.row.starts_at),
        date_end: time::date_time(e.row.ends_at),
        created_at: time::date_time(e.row.created_at),
        autor: author(&e.author),
    }
}

/// Somebody responsible.
pub fn contact(c: &ContactCard) -> ContactPerson {
    use app::contact_card::Kind as K;
    ContactPerson {
        id: c.id.get(),
        name: c.name.clone(),
        company: c.company.clone(),
        email: c.email.clone(),
        telephone: c.phone.clone(),
        avatar: None,
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

/// What somebody was told of.
pub fn notification(n: &notification::Notification) -> Notification {
    Notification {
        id: n.id.get(),
        item_id: n.item_id,
        parent_item_id: n.parent_id,
        kind: n.topic.as_str().to_uppercase(),
        read: n.read_at.is_some(),
        ticket_status: n.ticket_status.as_ref().map(|s| s.to_uppercase()),
        created_at: time::date_time(n.created_at),
    }
}

/// Something that happened. What nobody did, the management did.
pub fn activity(org: OrgId, property: PropertyId, a: &change::Activity) -> Activity {
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
            by_user_avatar: None,
        },
    }
}

/// A unit of somebody.
pub fn unit(me: PersonId, own: &app::community::OwnUnit) -> Unit {
    let u = &own.unit;
    Unit {
        id: u.id.get(),
        identifier: u.id.to_string(),
        name: unit_name(u.description.as_ref(), &u.number),
        number: u.number.clone(),
        community_id: u.property_id.get(),
        contact_id: me.get(),
        is_admin: own.unit_admin,
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

/// An uploaded file. `claimed` is what its sender said it is (C3).
pub fn upload(file: &File, claimed: String) -> Upload {
    Upload {
        path: file.path.clone(),
        name: file.name.clone(),
        file_type: claimed,
        file_size: file.size,
        thumbs: file.thumbnail_path().map(|path| Thumbs { preview: Preview { path } }),
    }
}

/// An invitation that was made (C23).
pub fn invited(made: invite::Made) -> InviteResult {
    let invite = made.invite;
    let (invited_at, expires_at) = time::invited(invite.renewed_at.unwrap_or(invite.created_at));
    InviteResult {
        pending_users: PendingUser {
            invited_at,
            expires_at,
            first_name: invite.first_name,
            last_name: invite.last_name,
            email: invite.email,
            is_admin: invite.unit_admin,
            invite_token: made.token,
        },
    }
}

/// What a code stands for (C26).
pub fn invite_info(token: &str, found: invite::Checked) -> InviteInfo {
    let role = match found.living {
        Living::Owner => "Eigentümer",
        Living::Tenant => "Mieter",
        Living::Member | Living::Guest => "Mitbenutzer",
    };
    InviteInfo {
        token_string: token.to_owned(),
        kind: "invite",
        contact: Invited {
            first_name: found.invite.first_name,
            last_name: found.invite.last_name,
            email: found.invite.email,
        },
        communities: vec![CommunityName { name: found.property_name }],
        tenant: Company {
            id: found.organization.id.get(),
            name: found.organization.name,
            logo: None,
            image: None,
            has_request_access_page: false,
        },
        roles: vec![role],
    }
}
