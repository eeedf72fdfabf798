//! The core's things in the shapes of this API.

mod community;
mod people;

use app::{
    community::PersonCard,
    file::{File, Thumbnail, Variant},
    ticket::{self, Answer, Own},
    ticket_type::{self, Kind},
};
use identity::{FILE_LINK_LIFETIME, Identity};
use kernel::{CommentId, PersonId};
use serde_json::Value;
use uuid::Uuid;

use crate::wire::{Language, rich, shapes::*, time};

pub use community::{document, notification, page};
pub use people::{invite_info, invited, unit};

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

    /// The address of a picture with which somebody is shown.
    fn face(&self, avatar: Option<Uuid>) -> Option<String> {
        avatar.map(|uid| self.identity.face_address(uid, FILE_LINK_LIFETIME))
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
            assigned_to: own.assignee.map(person),
            contact: person(t.concerns_id.unwrap_or(t.author_id)),
            created_by: person(t.author_id),
            community: own.property.as_ref().map(|p| TicketCommunity {
                id: p.id.to_string(),
                identifier: p.reference.clone().unwrap_or_else(|| p.id.to_string()),
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
                avatar: self.face(author.and_then(|a| a.avatar)),
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
        salutation: text(|c| &c.salutation),
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
    let identifier = own.form.unit_reference.clone().unwrap_or_else(|| id.to_string());
    Some(TicketUnit { id: id.get(), identifier, name, number })
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
