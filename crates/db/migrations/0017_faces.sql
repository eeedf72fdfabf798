-- Faces and references: pictures of people, what the management calls places, where houses stand, and what a ticket keeps
-- of its form.

-- What the customer calls a property or a unit in lists of their own.
ALTER TABLE property ADD COLUMN reference TEXT;
ALTER TABLE unit ADD COLUMN reference TEXT;
CREATE UNIQUE INDEX property_reference ON property (org_id, reference) WHERE reference IS NOT NULL AND deleted_at IS NULL;
CREATE UNIQUE INDEX unit_reference ON unit (org_id, reference) WHERE reference IS NOT NULL AND deleted_at IS NULL;

-- Where a house stands, when it is not where its property is.
ALTER TABLE building ADD COLUMN street TEXT;
ALTER TABLE building ADD COLUMN postal TEXT;
ALTER TABLE building ADD COLUMN city TEXT;

-- How a person is addressed in letters. `avatar` is the uid of the file whose thumbnail shows them; it has one.
ALTER TABLE person ADD COLUMN salutation TEXT;
ALTER TABLE person ADD COLUMN avatar UUID;
ALTER TABLE contact_card ADD COLUMN avatar UUID;
ALTER TABLE organization ADD COLUMN image UUID;

-- A ticket keeps the symbol and the group of its form as they were when it was written, as it keeps the name.
ALTER TABLE ticket ADD COLUMN icon TEXT;
ALTER TABLE ticket ADD COLUMN group_name TEXT;
UPDATE ticket SET icon = (SELECT f.icon FROM ticket_type f WHERE f.id = ticket.type_id),
  group_name = (SELECT g.name FROM ticket_type f JOIN ticket_type_group g ON g.id = f.group_id WHERE f.id = ticket.type_id)
  WHERE type_id IS NOT NULL;
