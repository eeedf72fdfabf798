-- The staff's desk: who works on a ticket and since when somebody waits for an answer, views kept by people, and the
-- words by which everything is found.

ALTER TABLE ticket ADD COLUMN assignee_id INT REFERENCES person (id);
-- When something last happened to it, answers counted; the row's own `updated_at` does not move with those.
ALTER TABLE ticket ADD COLUMN active_at INT NOT NULL DEFAULT 0;
-- Since when an answer of the staff is awaited; nothing where none is.
ALTER TABLE ticket ADD COLUMN asked_at INT;
UPDATE ticket SET active_at = updated_at;
UPDATE ticket SET asked_at = created_at WHERE first_response_at IS NULL AND closed_at IS NULL;
CREATE INDEX ticket_active ON ticket (org_id, active_at, id) WHERE deleted_at IS NULL;
CREATE INDEX ticket_running ON ticket (org_id, active_at, id) WHERE closed_at IS NULL AND deleted_at IS NULL;
CREATE INDEX ticket_property ON ticket (org_id, property_id, active_at, id) WHERE deleted_at IS NULL;
CREATE INDEX ticket_assignee ON ticket (org_id, assignee_id, active_at, id) WHERE assignee_id IS NOT NULL AND deleted_at IS NULL;
CREATE INDEX ticket_unit ON ticket (org_id, unit_id, id) WHERE unit_id IS NOT NULL AND deleted_at IS NULL;
CREATE INDEX ticket_asked ON ticket (org_id, asked_at, id) WHERE asked_at IS NOT NULL AND deleted_at IS NULL;
CREATE INDEX ticket_made ON ticket (org_id, created_at, id) WHERE deleted_at IS NULL;

CREATE INDEX change_person ON change (org_id, person_id, seq) WHERE person_id IS NOT NULL;
CREATE INDEX change_unit ON change (org_id, unit_id, seq) WHERE unit_id IS NOT NULL;
CREATE INDEX message_person ON message (org_id, person_id, id) WHERE person_id IS NOT NULL;

-- Filters of a list under a name, for one person.
CREATE TABLE saved_view (
  id ID, org_id INT NOT NULL REFERENCES organization (id), person_id INT NOT NULL REFERENCES person (id),
  name TEXT NOT NULL, query TEXT NOT NULL, created_at INT NOT NULL) STRICT;
CREATE UNIQUE INDEX saved_view_name ON saved_view (org_id, person_id, name);

-- The words of things, folded, found by their beginnings. A reader of the spine keeps them; before it follows, it reads
-- what was there already, kind by kind.
CREATE TABLE search_word (
  org_id INT NOT NULL REFERENCES organization (id), kind TEXT NOT NULL, word TEXT NOT NULL, item_id INT NOT NULL,
  PRIMARY KEY (org_id, kind, word, item_id)) STRICT;
CREATE INDEX search_word_item ON search_word (org_id, kind, item_id, word);
CREATE TABLE search_reader (
  org_id INT PRIMARY KEY REFERENCES organization (id), seq INT NOT NULL, stage INT NOT NULL, last_id INT NOT NULL) STRICT;
