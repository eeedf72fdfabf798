-- The core: who, where, what was promised, what was asked. Words in capitals are explained in src/migrate/mod.rs.
-- Every table leads its keys with org_id where it can, so that rows can be spread by organization.

-- Facts about the install, such as the fingerprint of its keys.
CREATE TABLE setting (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;

CREATE TABLE organization (
  id ID, uid UUID NOT NULL UNIQUE,
  name TEXT NOT NULL, slug TEXT NOT NULL UNIQUE, host TEXT UNIQUE,
  country TEXT NOT NULL, calling_code TEXT NOT NULL, currency TEXT NOT NULL, locale TEXT NOT NULL, time_zone TEXT NOT NULL,
  created_at INT NOT NULL, updated_at INT NOT NULL) STRICT;

-- The spine: every fact, numbered per organization without gaps in commit order.
CREATE TABLE feed (org_id INT PRIMARY KEY REFERENCES organization (id), seq INT NOT NULL) STRICT;
CREATE TABLE change (
  org_id INT NOT NULL, seq INT NOT NULL, at INT NOT NULL,
  actor_kind TEXT NOT NULL, actor_id INT, session_id INT, door TEXT NOT NULL,
  action TEXT NOT NULL, entity TEXT NOT NULL, entity_id INT NOT NULL,
  property_id INT, unit_id INT, person_id INT, data TEXT NOT NULL,
  PRIMARY KEY (org_id, seq)) STRICT;
CREATE INDEX change_entity ON change (org_id, entity, entity_id, seq);

-- Numbers that count up per organization (ticket numbers).
CREATE TABLE counter (org_id INT NOT NULL REFERENCES organization (id), name TEXT NOT NULL, value INT NOT NULL,
  PRIMARY KEY (org_id, name)) STRICT;

-- Places
CREATE TABLE property (
  id ID, uid UUID NOT NULL UNIQUE, org_id INT NOT NULL REFERENCES organization (id),
  name TEXT NOT NULL, name_key TEXT NOT NULL, kind TEXT NOT NULL,
  street TEXT NOT NULL, city TEXT NOT NULL, state TEXT NOT NULL, postal TEXT NOT NULL, country TEXT NOT NULL,
  time_zone TEXT NOT NULL, declared_units INT,
  archived_at INT, created_at INT NOT NULL, updated_at INT NOT NULL, deleted_at INT) STRICT;
CREATE UNIQUE INDEX property_name ON property (org_id, name) WHERE deleted_at IS NULL;
CREATE INDEX property_list ON property (org_id, id) WHERE deleted_at IS NULL;
CREATE INDEX property_sorted ON property (org_id, name_key, id) WHERE deleted_at IS NULL;

CREATE TABLE building (
  id ID, uid UUID NOT NULL UNIQUE, org_id INT NOT NULL REFERENCES organization (id),
  property_id INT NOT NULL REFERENCES property (id), name TEXT NOT NULL,
  created_at INT NOT NULL, updated_at INT NOT NULL, deleted_at INT) STRICT;
CREATE INDEX building_property ON building (org_id, property_id, id);

CREATE TABLE unit (
  id ID, uid UUID NOT NULL UNIQUE, org_id INT NOT NULL REFERENCES organization (id),
  property_id INT NOT NULL REFERENCES property (id), building_id INT NOT NULL REFERENCES building (id),
  number TEXT NOT NULL,
  created_at INT NOT NULL, updated_at INT NOT NULL, deleted_at INT) STRICT;
CREATE UNIQUE INDEX unit_number ON unit (building_id, number) WHERE deleted_at IS NULL;
CREATE INDEX unit_property ON unit (org_id, property_id, number, id) WHERE deleted_at IS NULL;

-- People
CREATE TABLE person (
  id ID, uid UUID NOT NULL UNIQUE, org_id INT NOT NULL REFERENCES organization (id),
  first_name TEXT NOT NULL, last_name TEXT NOT NULL, name_key TEXT NOT NULL, email TEXT,
  is_resident BOOL NOT NULL,
  archived_at INT, changed_at INT NOT NULL, created_at INT NOT NULL, updated_at INT NOT NULL, deleted_at INT) STRICT;
CREATE INDEX person_resident ON person (org_id, id) WHERE is_resident AND deleted_at IS NULL;
CREATE INDEX person_sorted ON person (org_id, name_key, id) WHERE deleted_at IS NULL;

CREATE TABLE phone_number (
  id ID, uid UUID NOT NULL UNIQUE, org_id INT NOT NULL REFERENCES organization (id),
  person_id INT NOT NULL REFERENCES person (id), raw TEXT NOT NULL, e164 TEXT, is_primary BOOL NOT NULL,
  created_at INT NOT NULL, updated_at INT NOT NULL) STRICT;
CREATE UNIQUE INDEX phone_number_primary ON phone_number (person_id) WHERE is_primary;
CREATE INDEX phone_number_person ON phone_number (org_id, person_id, id);

CREATE TABLE role_grant (
  person_id INT PRIMARY KEY REFERENCES person (id), org_id INT NOT NULL REFERENCES organization (id),
  role TEXT NOT NULL, granted_at INT NOT NULL) STRICT;
CREATE INDEX role_grant_role ON role_grant (org_id, role, person_id);

CREATE TABLE property_assignment (
  org_id INT NOT NULL REFERENCES organization (id), person_id INT NOT NULL REFERENCES person (id),
  property_id INT NOT NULL REFERENCES property (id),
  PRIMARY KEY (org_id, person_id, property_id)) STRICT;
CREATE INDEX property_assignment_property ON property_assignment (org_id, property_id, person_id);

CREATE TABLE staff_assignment (
  org_id INT NOT NULL REFERENCES organization (id), resident_id INT NOT NULL REFERENCES person (id),
  staff_id INT NOT NULL REFERENCES person (id),
  PRIMARY KEY (org_id, resident_id, staff_id)) STRICT;
CREATE INDEX staff_assignment_staff ON staff_assignment (org_id, staff_id, resident_id);

CREATE TABLE emergency_contact (
  id ID, uid UUID NOT NULL UNIQUE, org_id INT NOT NULL REFERENCES organization (id),
  name TEXT NOT NULL, description TEXT,
  created_at INT NOT NULL, updated_at INT NOT NULL, deleted_at INT) STRICT;
CREATE UNIQUE INDEX emergency_contact_name ON emergency_contact (org_id, name) WHERE deleted_at IS NULL;
CREATE INDEX emergency_contact_list ON emergency_contact (org_id, id) WHERE deleted_at IS NULL;

CREATE TABLE emergency_number (
  id ID, org_id INT NOT NULL REFERENCES organization (id), contact_id INT NOT NULL REFERENCES emergency_contact (id),
  number TEXT NOT NULL, kind TEXT, extension TEXT,
  created_at INT NOT NULL, updated_at INT NOT NULL) STRICT;
CREATE INDEX emergency_number_contact ON emergency_number (org_id, contact_id, id);

-- Signing in
CREATE TABLE login (
  id ID, org_id INT NOT NULL REFERENCES organization (id), person_id INT NOT NULL UNIQUE REFERENCES person (id),
  status TEXT NOT NULL, awaits_approval BOOL NOT NULL, password_hash TEXT,
  last_active_at INT, epoch INT NOT NULL,
  created_at INT NOT NULL, updated_at INT NOT NULL) STRICT;
CREATE INDEX login_awaiting ON login (org_id, person_id) WHERE awaits_approval;

CREATE TABLE login_identifier (
  org_id INT NOT NULL REFERENCES organization (id), kind TEXT NOT NULL, value TEXT NOT NULL,
  login_id INT NOT NULL REFERENCES login (id),
  PRIMARY KEY (org_id, kind, value)) STRICT;
CREATE INDEX login_identifier_login ON login_identifier (login_id);

-- One sign-in at one door, and all tokens that came from it.
CREATE TABLE session (
  id ID, org_id INT NOT NULL REFERENCES organization (id), person_id INT NOT NULL REFERENCES person (id),
  door TEXT NOT NULL, epoch INT NOT NULL, created_at INT NOT NULL, expires_at INT NOT NULL, ended_at INT) STRICT;
CREATE INDEX session_person ON session (org_id, person_id, id);
CREATE INDEX session_expiry ON session (expires_at);

-- Failures in a row, one row a login and one an address, for all doors and pages.
CREATE TABLE attempt (name TEXT PRIMARY KEY, failures INT NOT NULL, closed_until INT NOT NULL, last_at INT NOT NULL) STRICT;
CREATE INDEX attempt_last ON attempt (last_at);

-- One-time rights that travel by mail: to register (invite) or to set a new password (reset).
CREATE TABLE invitation (
  id ID, org_id INT NOT NULL REFERENCES organization (id), person_id INT NOT NULL REFERENCES person (id),
  purpose TEXT NOT NULL, token_hash BYTES NOT NULL UNIQUE, invited_by INT,
  created_at INT NOT NULL, expires_at INT NOT NULL, used_at INT, superseded_at INT) STRICT;
CREATE INDEX invitation_person ON invitation (org_id, person_id, id);

-- Living
CREATE TABLE tenancy (
  id ID, uid UUID NOT NULL UNIQUE, org_id INT NOT NULL REFERENCES organization (id),
  person_id INT NOT NULL REFERENCES person (id), property_id INT NOT NULL REFERENCES property (id),
  unit_id INT REFERENCES unit (id), role TEXT NOT NULL,
  starts_at INT, ends_at INT, moved_out_at INT, ended_by TEXT, occupants INT,
  created_at INT NOT NULL, updated_at INT NOT NULL, deleted_at INT) STRICT;
CREATE INDEX tenancy_person ON tenancy (org_id, person_id, id) WHERE deleted_at IS NULL;
CREATE INDEX tenancy_list ON tenancy (org_id, id) WHERE deleted_at IS NULL;
CREATE INDEX tenancy_property ON tenancy (org_id, property_id, id) WHERE deleted_at IS NULL;
CREATE INDEX tenancy_ending ON tenancy (org_id, ends_at, id) WHERE ended_by IS NULL AND deleted_at IS NULL;
CREATE INDEX tenancy_unit ON tenancy (org_id, unit_id, id) WHERE deleted_at IS NULL;

-- Talking
CREATE TABLE ticket (
  id ID, uid UUID NOT NULL UNIQUE, org_id INT NOT NULL REFERENCES organization (id), number INT NOT NULL,
  property_id INT REFERENCES property (id), unit_id INT REFERENCES unit (id),
  concerns_id INT REFERENCES person (id), author_id INT NOT NULL REFERENCES person (id),
  description TEXT, status TEXT NOT NULL, urgency TEXT, shared BOOL NOT NULL,
  first_response_at INT, closed_at INT,
  created_at INT NOT NULL, updated_at INT NOT NULL, deleted_at INT) STRICT;
CREATE UNIQUE INDEX ticket_number ON ticket (org_id, number);
CREATE INDEX ticket_list ON ticket (org_id, id) WHERE deleted_at IS NULL;
CREATE INDEX ticket_status ON ticket (org_id, status, updated_at) WHERE deleted_at IS NULL;
CREATE INDEX ticket_concerns ON ticket (org_id, concerns_id, id) WHERE deleted_at IS NULL;
CREATE INDEX ticket_author ON ticket (org_id, author_id, id) WHERE deleted_at IS NULL;

CREATE TABLE comment (
  id ID, uid UUID NOT NULL UNIQUE, org_id INT NOT NULL REFERENCES organization (id),
  ticket_id INT NOT NULL REFERENCES ticket (id), author_id INT NOT NULL REFERENCES person (id),
  text TEXT NOT NULL, internal BOOL NOT NULL,
  created_at INT NOT NULL, updated_at INT NOT NULL, deleted_at INT) STRICT;
CREATE INDEX comment_ticket ON comment (org_id, ticket_id, id) WHERE deleted_at IS NULL;
CREATE INDEX comment_author ON comment (org_id, author_id, id) WHERE deleted_at IS NULL;

-- Outgoing mail: kept here, sent by a job.
CREATE TABLE message (
  id ID, uid UUID NOT NULL UNIQUE, org_id INT NOT NULL REFERENCES organization (id), person_id INT REFERENCES person (id),
  kind TEXT NOT NULL, to_address TEXT NOT NULL, subject TEXT NOT NULL, text_body TEXT NOT NULL, html_body TEXT,
  state TEXT NOT NULL, attempts INT NOT NULL, last_error TEXT,
  created_at INT NOT NULL, sent_at INT) STRICT;
CREATE INDEX message_list ON message (org_id, id);

-- Work to be done after a commit, claimed with a lease.
CREATE TABLE job (
  id ID, org_id INT NOT NULL, kind TEXT NOT NULL, payload TEXT NOT NULL, dedup TEXT,
  run_at INT NOT NULL, leased_until INT NOT NULL, attempts INT NOT NULL, last_error TEXT, dead_at INT,
  created_at INT NOT NULL) STRICT;
CREATE INDEX job_due ON job (kind, run_at, id) WHERE dead_at IS NULL;
CREATE INDEX job_dead ON job (dead_at, id) WHERE dead_at IS NOT NULL;
CREATE UNIQUE INDEX job_dedup ON job (dedup) WHERE dedup IS NOT NULL AND dead_at IS NULL;
