-- OAuth 2.0 for programs, and what iDWELL's interface knows of people and flats.

-- The ways to a token that a program has, as words with spaces between; of kind oauth2 alone.
ALTER TABLE client ADD COLUMN grants TEXT NOT NULL DEFAULT '';

-- Each names its door; every other door refuses it. One without a session is the program's own.
CREATE TABLE access_token (
  token_hash BYTES PRIMARY KEY NOT NULL, org_id INT NOT NULL REFERENCES organization (id),
  client_id INT NOT NULL REFERENCES client (id), session_id INT REFERENCES session (id),
  door TEXT NOT NULL, scopes TEXT NOT NULL, created_at INT NOT NULL, expires_at INT NOT NULL) STRICT;
CREATE INDEX access_token_session ON access_token (session_id) WHERE session_id IS NOT NULL;
CREATE INDEX access_token_expiry ON access_token (expires_at);

-- A resident is a landlord or a dweller. Where it was never said, their tenancies tell.
ALTER TABLE person ADD COLUMN resident_kind TEXT;
CREATE INDEX person_list ON person (org_id, id) WHERE deleted_at IS NULL;
CREATE INDEX person_changed ON person (org_id, changed_at, id) WHERE deleted_at IS NULL;

-- In square decimetres.
ALTER TABLE unit ADD COLUMN area INT;
CREATE INDEX unit_list ON unit (org_id, id) WHERE deleted_at IS NULL;
CREATE INDEX unit_building ON unit (org_id, building_id, id) WHERE deleted_at IS NULL;
CREATE INDEX building_list ON building (org_id, id) WHERE deleted_at IS NULL;
