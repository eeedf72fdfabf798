-- Settings: who writes to people, one colour of a house, when programs called, and invitations to many at once.

-- Who stands under what the organization sends: nothing where it was never said.
ALTER TABLE organization ADD COLUMN street TEXT NOT NULL DEFAULT '';
ALTER TABLE organization ADD COLUMN postal TEXT NOT NULL DEFAULT '';
ALTER TABLE organization ADD COLUMN city TEXT NOT NULL DEFAULT '';
ALTER TABLE organization ADD COLUMN email TEXT NOT NULL DEFAULT '';
ALTER TABLE organization ADD COLUMN phone TEXT NOT NULL DEFAULT '';

-- The accent of a property is `property.accent` alone: what was chosen for its WiFi portal is what its pages show.
UPDATE property SET accent = (SELECT s.accent_color FROM portal_settings s WHERE s.property_id = property.id)
  WHERE accent IS NULL AND id IN (SELECT property_id FROM portal_settings WHERE accent_color <> '#E57200');

-- When a program was last given a token, or signed a request.
ALTER TABLE client ADD COLUMN used_at INT;

-- A style sheet that somebody tries out before it is saved.
CREATE TABLE portal_preview (
  org_id INT NOT NULL REFERENCES organization (id), person_id INT NOT NULL REFERENCES person (id),
  property_id INT NOT NULL REFERENCES property (id), css TEXT NOT NULL, at INT NOT NULL,
  PRIMARY KEY (org_id, person_id, property_id)) STRICT;
CREATE INDEX portal_preview_at ON portal_preview (at);

-- Invitations to many. Each person has one row; `outcome` is what came of it, nothing while it waits.
CREATE TABLE invite_run (
  id ID, uid UUID NOT NULL UNIQUE, org_id INT NOT NULL REFERENCES organization (id),
  property_id INT REFERENCES property (id), renew BOOL NOT NULL, total INT NOT NULL,
  person_id INT REFERENCES person (id), created_at INT NOT NULL, finished_at INT) STRICT;
CREATE INDEX invite_run_list ON invite_run (org_id, id);

CREATE TABLE invite_run_row (
  id ID, org_id INT NOT NULL REFERENCES organization (id), run_id INT NOT NULL REFERENCES invite_run (id),
  person_id INT NOT NULL REFERENCES person (id), unit_id INT NOT NULL REFERENCES unit (id), outcome TEXT) STRICT;
CREATE UNIQUE INDEX invite_run_row_person ON invite_run_row (run_id, person_id);
CREATE INDEX invite_run_row_due ON invite_run_row (run_id, id) WHERE outcome IS NULL;

-- Open invitations of people, whichever unit they are for.
CREATE INDEX invitation_open_person ON invitation (org_id, person_id) WHERE used_at IS NULL AND superseded_at IS NULL AND purpose = 'community';
