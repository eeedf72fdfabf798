//! Ids that cannot be mixed up: a [`PropertyId`] is never taken for a [`PersonId`].

use std::{fmt, hash, marker::PhantomData};

/// The row id of a `T`: a positive 64-bit integer, never reused. Doors that speak integers show it as it is.
pub struct Id<T> {
    n: i64,
    of: PhantomData<fn() -> T>,
}

/// What an [`Id`] belongs to. `NAME` is the word used in errors and in the spine of changes.
pub trait Entity {
    /// The entity's name in the core's vocabulary, in small letters with underscores.
    const NAME: &'static str;
}

impl<T> Id<T> {
    /// Wraps a row id as it came from the database or from outside; whether it exists is the database's answer.
    #[must_use]
    pub const fn new(n: i64) -> Self {
        Self { n, of: PhantomData }
    }

    /// The bare number.
    #[must_use]
    pub const fn get(self) -> i64 {
        self.n
    }
}

impl<T> Clone for Id<T> {
    fn clone(&self) -> Self {
        *self
    }
}
impl<T> Copy for Id<T> {}
impl<T> PartialEq for Id<T> {
    fn eq(&self, other: &Self) -> bool {
        self.n == other.n
    }
}
impl<T> Eq for Id<T> {}
impl<T> PartialOrd for Id<T> {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}
impl<T> Ord for Id<T> {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.n.cmp(&other.n)
    }
}
impl<T> hash::Hash for Id<T> {
    fn hash<H: hash::Hasher>(&self, state: &mut H) {
        self.n.hash(state);
    }
}
impl<T> fmt::Display for Id<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.n.fmt(f)
    }
}
impl<T: Entity> fmt::Debug for Id<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", T::NAME, self.n)
    }
}
impl<T> From<i64> for Id<T> {
    fn from(n: i64) -> Self {
        Self::new(n)
    }
}
impl<T> serde::Serialize for Id<T> {
    fn serialize<S: serde::Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.serialize_i64(self.n)
    }
}

macro_rules! ids {
    ($($(#[$doc:meta])* $alias:ident = $marker:ident, $name:literal;)*) => {
        /// The things an [`Id`] can belong to; these types have no values.
        pub mod entity {
            $($(#[$doc])* #[derive(Debug)] pub enum $marker {}
            impl super::Entity for $marker { const NAME: &'static str = $name; })*
        }
        $($(#[$doc])* pub type $alias = Id<entity::$marker>;)*
    };
}

ids! {
    /// The managing company; the unit of isolation.
    OrgId = Organization, "organization";
    /// A site with units.
    PropertyId = Property, "property";
    /// A house of a property.
    BuildingId = Building, "building";
    /// What is let or owned.
    UnitId = Unit, "unit";
    /// A record about a human or a business.
    PersonId = Person, "person";
    /// How a person signs in.
    LoginId = Login, "login";
    /// One sign-in of a person at one door, and all tokens that came from it.
    SessionId = Session, "session";
    /// A key in somebody's device, to sign in with.
    PasskeyId = Passkey, "passkey";
    /// A person–unit relation with a role and dates.
    TenancyId = Tenancy, "tenancy";
    /// A request.
    TicketId = Ticket, "ticket";
    /// An answer to a ticket.
    CommentId = Comment, "comment";
    /// A public contact for emergencies.
    EmergencyContactId = EmergencyContact, "emergency_contact";
    /// One number of such a contact.
    EmergencyNumberId = EmergencyNumber, "emergency_number";
    /// A one-time right: to register, or to set a new password.
    InvitationId = Invitation, "invitation";
    /// An outgoing mail.
    MessageId = Message, "message";
    /// Work to be done after a commit.
    JobId = Job, "job";
    /// A person as customer of one property.
    AccountId = Account, "account";
    /// A phone number of a person.
    PhoneId = PhoneNumber, "phone_number";
    /// A postal address of a person.
    AddressId = Address, "address";
    /// Somebody to ask when a person cannot be reached.
    ContactId = AlternateContact, "alternate_contact";
    /// A remark of the staff, or of a program, about an account.
    NoteId = AccountNote, "account_note";
    /// What a tenancy costs and what was paid.
    LedgerId = Ledger, "ledger";
    /// One line of a ledger.
    EntryId = LedgerEntry, "ledger_entry";
    /// A bill.
    InvoiceId = Invoice, "invoice";
    /// A kind of unit.
    UnitTypeId = UnitType, "unit_type";
    /// Something with bytes: a picture, a document.
    FileId = File, "file";
    /// A program that calls for an organization.
    ClientId = Client, "client";
    /// Who says elsewhere who somebody is.
    ProviderId = OidcProvider, "oidc_provider";
    /// Kinds of tickets that belong together.
    TicketTypeGroupId = TicketTypeGroup, "ticket_type_group";
    /// A form for tickets.
    TicketTypeId = TicketType, "ticket_type";
    /// One question of such a form, in one of its versions.
    TicketFieldId = TicketField, "ticket_field";
    /// An announcement.
    PostId = Post, "post";
    /// A remark on an announcement.
    PostCommentId = PostComment, "post_comment";
    /// Something that happens at a time and a place.
    EventId = Event, "event";
    /// Somebody who is responsible for something.
    ContactCardId = ContactCard, "contact_card";
    /// Questions that belong together.
    FaqGroupId = FaqGroup, "faq_group";
    /// A question that is often asked, with its answer.
    FaqArticleId = FaqArticle, "faq_article";
    /// Documents that belong together.
    FolderId = DocumentFolder, "document_folder";
    /// A document of a property.
    DocumentId = Document, "document";
    /// What a person was told of.
    NotificationId = Notification, "notification";
    /// A name under which WiFi is on the air.
    NetworkId = WifiNetwork, "wifi_network";
    /// Whose a passphrase is: a unit's own, its guests', or a person's.
    IdentityId = WifiIdentity, "wifi_identity";
    /// A thing that joins the WiFi.
    DeviceId = WifiDevice, "wifi_device";
    /// An access point, or a controller of some, that asks who may join.
    RadiusClientId = RadiusClient, "radius_client";
    /// One sign-in with the portal link of a unit.
    UnitTokenId = UnitToken, "unit_token";
    /// A list that was imported.
    ImportId = Import, "import";
    /// Invitations to many at once.
    InviteRunId = InviteRun, "invite_run";
}
