//! The words of the spine: what was done, to which kind of thing, and which field of it changed.

/// The sign and the words of an action. What has no words of its own is told by how its name ends, or begins.
pub(super) fn did(action: &str) -> (&'static str, &'static str) {
    own(action).or_else(|| by_end(action)).unwrap_or_else(|| by_beginning(action))
}

fn own(action: &str) -> Option<(&'static str, &'static str)> {
    Some(match action {
        "ticket.created" => ("plus", "work-did-ticket-created"),
        "ticket.closed" => ("circle-check", "work-did-ticket-closed"),
        "ticket.reopened" => ("arrow-back-up", "work-did-ticket-reopened"),
        "ticket.commented" | "post.commented" => ("message-circle", "work-did-ticket-commented"),
        "ticket.comment_updated" => ("edit", "did-comment-updated"),
        "ticket.comment_deleted" | "post.comment_deleted" => ("trash", "did-comment-deleted"),
        "post.comment_restored" => ("arrow-back-up", "did-comment-restored"),
        "ticket.assigned" => ("user", "work-did-ticket-updated"),
        "ticket.updated" => ("edit", "work-did-ticket-updated"),
        "ticket.rated" => ("star", "work-did-ticket-rated"),
        "resident.created" | "staff.created" | "staff.registered" => ("user-plus", "work-did-person-created"),
        "resident.updated" | "staff.updated" | "person.changed_themselves" => ("edit", "work-did-person-updated"),
        "resident.staff_changed" => ("users", "did-carers"),
        "staff.properties_changed" | "property.managers_changed" => ("users", "did-managers"),
        "resident.archived" | "staff.archived" | "property.archived" => ("folder", "work-did-archived"),
        "resident.unarchived" | "staff.unarchived" | "property.unarchived" => ("arrow-back-up", "work-did-unarchived"),
        "tenancy.created" => ("door-enter", "work-did-tenancy-created"),
        "tenancy.ended" | "tenancy.moved_out" => ("door-exit", "work-did-tenancy-ended"),
        "tenancy.updated" => ("key", "work-did-tenancy-updated"),
        "tenancy.resumed" => ("arrow-back-up", "did-tenancy-resumed"),
        "invitation.created" | "invitation.renewed" => ("mail", "work-did-invited"),
        "invitation.used" => ("user", "work-did-registered"),
        "invitation.withdrawn" => ("circle-x", "did-withdrawn"),
        "invitation.ended" => ("circle-x", "did-invitation-ended"),
        "invitation.restored" => ("arrow-back-up", "did-invitation-restored"),
        "invitation.reset_requested" => ("key", "did-reset-asked"),
        "invite_run.created" => ("mail", "did-invited-many"),
        "property.created" | "building.created" => ("building", "work-did-place-created"),
        "unit.created" => ("door", "work-did-place-created"),
        "property.setting_changed" => ("settings", "did-setting"),
        "property.portal_updated" => ("settings", "did-portal"),
        "property.delinquency_rules_set" => ("coin", "did-rules"),
        "property.passphrases_revealed" | "wifi_identity.revealed" => ("eye", "did-revealed"),
        "property.portal_links_shown" | "unit.portal_link_shown" => ("eye", "did-link-shown"),
        "unit.portal_link_renewed" => ("wifi", "did-link-renewed"),
        "unit.resident_began" => ("wifi", "did-wifi-began"),
        "unit.residents_ended" => ("wifi", "did-wifi-ended"),
        "unit.signed_in" => ("wifi", "did-wifi-signed-in"),
        "wifi_identity.passphrase_changed" => ("wifi", "did-passphrase"),
        "wifi_device.learned" => ("wifi", "did-device-learned"),
        "post.published" | "event.published" => ("news", "work-did-published"),
        "document.published" => ("file-text", "work-did-published"),
        "login.signed_in" | "account.signed_in" => ("key", "work-did-signed-in"),
        "login.signed_out" => ("logout", "did-signed-out"),
        "login.others_signed_out" => ("logout", "did-others-out"),
        "login.password_set" => ("key", "did-password"),
        "login.registered" => ("user", "did-registered"),
        "account.portal_password_set" => ("key", "did-portal-password"),
        "account.preferences_set" | "person.subscribed" => ("settings", "did-preferences"),
        "account.noted" => ("edit", "did-noted"),
        "person.language_chosen" => ("language", "did-language"),
        "person.linked" => ("key", "did-linked"),
        "person.calendar_renewed" => ("calendar-event", "did-calendar"),
        "ledger.opened" => ("coin", "did-ledger-opened"),
        "ledger.closed" => ("coin", "did-ledger-closed"),
        "ledger.reopened" => ("coin", "did-ledger-reopened"),
        "ledger.charged" => ("coin", "did-charged"),
        "ledger.credited" => ("coin", "did-credited"),
        "ledger.paid" => ("coin", "did-paid"),
        "ledger.reversed" => ("coin", "did-reversed"),
        "ledger.restored" => ("coin", "did-booked-again"),
        "ledger.settled" => ("circle-check", "did-settled"),
        "ledger.rent_set" | "ledger.updated" => ("coin", "did-terms"),
        "ledger.step_taken" => ("alert-triangle", "did-step"),
        "ledger.step_undone" => ("arrow-back-up", "did-step-undone"),
        "ledger.steps_paused" => ("clock", "did-paused"),
        "ledger.steps_resumed" => ("clock", "did-resumed"),
        "ledger.reminded" => ("mail", "did-reminded"),
        "invoice.created" => ("receipt", "did-invoiced"),
        "client.allowed" => ("key", "did-allowed"),
        "client.revoked" => ("circle-x", "did-revoked"),
        "client.secret_added" => ("key", "did-secret"),
        "file.uploaded" => ("paperclip", "work-did-file"),
        "file.attached" => ("paperclip", "did-attached"),
        "file.thumbnail" => ("photo", "did-thumbnail"),
        "import.staged" => ("file-import", "did-list-sent"),
        "import.taken" => ("file-import", "did-list-taken"),
        "import.undone" => ("arrow-back-up", "did-list-undone"),
        "message.queued" => ("mail", "work-did-mailed"),
        "message.sent" => ("mail", "did-mail-sent"),
        "message.failed" => ("mail", "did-mail-failed"),
        "message.retried" => ("mail", "did-mail-again"),
        "message.revealed" => ("eye", "did-mail-revealed"),
        _ => return None,
    })
}

fn by_end(action: &str) -> Option<(&'static str, &'static str)> {
    Some(match action.split_once('.')?.1 {
        "created" | "added" | "registered" => ("plus", "work-did-place-created"),
        "updated" | "changed" | "followed" => ("edit", "work-did-place-updated"),
        "deleted" | "removed" => ("trash", "did-deleted"),
        "restored" | "unarchived" => ("arrow-back-up", "work-did-unarchived"),
        "archived" => ("folder", "work-did-archived"),
        "moved" => ("list", "did-ordered"),
        "published" => ("news", "work-did-published"),
        _ => return None,
    })
}

fn by_beginning(action: &str) -> (&'static str, &'static str) {
    match action.split_once('.').map_or(action, |(entity, _)| entity) {
        "ledger" | "account" | "invoice" => ("coin", "work-did-money"),
        entity if entity.starts_with("wifi_") => ("wifi", "work-did-wifi"),
        "unit" => ("wifi", "work-did-wifi"),
        "login" => ("key", "work-did-login"),
        "file" => ("paperclip", "work-did-file"),
        "message" => ("mail", "work-did-mailed"),
        _ => ("activity", "work-did-other"),
    }
}

/// What a kind of thing is called, with a name in it.
pub(super) fn thing(entity: &str) -> &'static str {
    match entity {
        "organization" => "thing-organization",
        "property" => "thing-property",
        "building" => "thing-building",
        "unit" => "thing-unit",
        "person" | "login" | "session" => "thing-person",
        "tenancy" => "thing-tenancy",
        "ticket" => "thing-ticket",
        "comment" => "thing-comment",
        "ticket_type" => "thing-ticket-type",
        "emergency_contact" => "thing-emergency",
        "invitation" => "thing-invitation",
        "invite_run" => "thing-invite-run",
        "message" => "thing-message",
        "account" => "thing-account",
        "ledger" => "thing-ledger",
        "invoice" => "thing-invoice",
        "file" => "thing-file",
        "client" => "thing-client",
        "oidc_provider" => "thing-provider",
        "post" => "thing-post",
        "post_comment" => "thing-post-comment",
        "event" => "thing-event",
        "contact_card" => "thing-contact",
        "faq_group" => "thing-faq-group",
        "faq_article" => "thing-faq",
        "document_folder" => "thing-folder",
        "document" => "thing-document",
        "wifi_network" => "thing-network",
        "wifi_identity" => "thing-passphrase",
        "wifi_device" => "thing-device",
        "radius_client" => "thing-access-point",
        "import" => "thing-list",
        _ => "thing-other",
    }
}

/// What a field is called; one that is not known keeps its own name.
pub(super) fn field(name: &str) -> Option<&'static str> {
    Some(match name {
        "first_name" => "work-first-name",
        "last_name" => "work-last-name",
        "middle_initial" => "field-middle-initial",
        "name" => "field-name",
        "title" => "field-title",
        "text" | "description" => "field-text",
        "email" => "work-email",
        "phone" | "phone_numbers" | "numbers" => "work-phone",
        "mailing_address" => "work-address",
        "street" | "city" | "postal" | "state" => "field-place",
        "language" => "field-language",
        "business_name" | "is_business" | "company" => "work-business",
        "contact" | "contacts" => "work-contact",
        "role" => "work-role",
        "managers" => "field-managers",
        "properties" | "property" => "property",
        "building" => "field-building",
        "unit" | "units" => "unit",
        "number" => "field-number",
        "status" => "state",
        "assignee" => "field-assignee",
        "staff" => "work-carers",
        "author" => "field-author",
        "concerns" | "person" => "field-person",
        "urgency" => "field-urgency",
        "shared" => "field-shared",
        "internal" => "field-internal",
        "ticket_type" => "field-form",
        "group" => "field-group",
        "folder" => "field-folder",
        "archived" => "work-archived",
        "audience" => "field-audience",
        "published_at" => "field-published",
        "expires_at" => "field-expires",
        "starts_at" => "starts-on",
        "ends_at" => "ends-on",
        "moved_out_at" => "field-moved-out",
        "all_day" => "field-all-day",
        "cancelled" => "field-cancelled",
        "location" => "field-location",
        "allow_comments" => "field-comments",
        "keywords" => "field-keywords",
        "position" => "field-position",
        "responsibility" => "field-responsibility",
        "file" | "file_type" | "file_size" => "field-file",
        "logo" | "icon" => "field-picture",
        "accent_chosen" => "field-colour",
        "rent" | "next_rent" => "rent",
        "billing_day" => "billing-day",
        "autopay_day" => "field-autopay",
        "insurance" | "insurance_premium" => "field-insurance",
        "price" => "field-price",
        "floor" => "field-floor",
        "area" => "field-area",
        "rentable" => "field-rentable",
        "damaged" => "field-damaged",
        "occupants" => "field-occupants",
        "declared_units" | "max_units" => "field-units",
        "kind" => "field-kind",
        "time_zone" => "field-time-zone",
        "late_fee" => "entry-late-fee",
        "late_fee_after" => "field-late-fee-after",
        "gate_lockout" => "step-gate-lockout",
        "overlock" => "step-overlock",
        "cut_lock" => "step-cut-lock",
        "lien" => "step-lien",
        "auction" => "step-auction",
        "step" => "field-step",
        "until" => "ends-on",
        "note" => "field-note",
        "on" => "day",
        "setting" => "field-setting",
        "username" => "field-username",
        "passphrase" => "field-passphrase",
        "portal_password" => "field-password",
        "secret" => "field-secret",
        "gate_access_code" => "field-gate-code",
        "recovery_questions" => "field-questions",
        "blocked" | "blocked_by_desk" => "field-blocked",
        "disabled" => "field-disabled",
        "vlan" => "field-vlan",
        "version" => "field-version",
        "on_dashboard" => "field-first-page",
        "last_active" => "work-last-active",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use std::{collections::BTreeSet, fs, path::Path};

    use super::*;

    /// The first part of a name of an action: what it happens to.
    const OF: [&str; 36] = [
        "account",
        "building",
        "client",
        "contact_card",
        "document",
        "document_folder",
        "emergency_contact",
        "event",
        "faq_article",
        "faq_group",
        "file",
        "import",
        "invitation",
        "invite_run",
        "invoice",
        "ledger",
        "login",
        "message",
        "oidc_provider",
        "organization",
        "person",
        "post",
        "property",
        "radius_client",
        "resident",
        "staff",
        "tenancy",
        "ticket",
        "ticket_type",
        "unit",
        "unit_token",
        "wifi_device",
        "wifi_identity",
        "wifi_network",
        "alternate_contact",
        "passkey",
    ];
    /// Names that look like it: kinds of work, and files.
    const OTHER: [&str; 4] = ["import.run", "invite.run", "account.txt", "file.txt"];

    fn actions(folder: &Path, out: &mut BTreeSet<String>) {
        for path in fs::read_dir(folder).unwrap().map(|e| e.unwrap().path()) {
            if path.is_dir() {
                actions(&path, out);
            } else if path.extension().is_some_and(|e| e == "rs") {
                let source = fs::read_to_string(&path).unwrap();
                let code = source.split("#[cfg(test)]").next().unwrap().to_owned();
                let quoted = code.split('"');
                let word = |w: &str| !w.is_empty() && w.bytes().all(|b| b.is_ascii_lowercase() || b == b'_');
                out.extend(
                    quoted
                        .filter(|q| q.split_once('.').is_some_and(|(of, what)| OF.contains(&of) && word(what)))
                        .map(str::to_owned),
                );
            }
        }
    }

    #[test]
    fn every_action_has_words() {
        let mut all = BTreeSet::new();
        let crates = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
        for of in ["app/src", "identity/src"] {
            actions(&crates.join(of), &mut all);
        }
        assert!(all.len() > 100, "the sources are read: {all:?}");
        for action in all.iter().filter(|a| !OTHER.contains(&a.as_str())) {
            let (_, key) = did(action);
            assert!(!["work-did-other", "work-did-money"].contains(&key), "{action} has no words");
        }
    }
}
