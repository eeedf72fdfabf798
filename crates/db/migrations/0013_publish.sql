-- Publishing: words that help with a question of a form, and events that are called off but stay to be seen.

ALTER TABLE ticket_field ADD COLUMN help TEXT NOT NULL DEFAULT '';
ALTER TABLE event ADD COLUMN cancelled_at INT;

-- How many tickets were written with each version of a form.
CREATE INDEX ticket_form ON ticket (org_id, type_id, type_version) WHERE type_id IS NOT NULL AND deleted_at IS NULL;
