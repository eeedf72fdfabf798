-- A house talks: forms for tickets, posts, events, contacts, questions and answers, documents; who is told of what; and
-- invitations into the community. What is shown has an audience, and an instant from which and until which it is shown.

-- Forms. A new version of a form has fields of its own; tickets keep those they were written with.
CREATE TABLE ticket_type_group (
  id ID, uid UUID NOT NULL UNIQUE, org_id INT NOT NULL REFERENCES organization (id), name TEXT NOT NULL,
  created_at INT NOT NULL, updated_at INT NOT NULL) STRICT;
CREATE UNIQUE INDEX ticket_type_group_name ON ticket_type_group (org_id, name);

CREATE TABLE ticket_type (
  id ID, uid UUID NOT NULL UNIQUE, org_id INT NOT NULL REFERENCES organization (id),
  group_id INT NOT NULL REFERENCES ticket_type_group (id), property_id INT REFERENCES property (id),
  name TEXT NOT NULL, description TEXT NOT NULL, icon TEXT NOT NULL, version INT NOT NULL, archived_at INT,
  created_at INT NOT NULL, updated_at INT NOT NULL) STRICT;
CREATE INDEX ticket_type_list ON ticket_type (org_id, id);

CREATE TABLE ticket_field (
  id ID, org_id INT NOT NULL REFERENCES organization (id), type_id INT NOT NULL REFERENCES ticket_type (id),
  version INT NOT NULL, position INT NOT NULL, name TEXT NOT NULL, kind TEXT NOT NULL, required BOOL NOT NULL,
  options TEXT NOT NULL) STRICT;
CREATE INDEX ticket_field_type ON ticket_field (type_id, version, position, id);

-- A ticket without a type is free text.
ALTER TABLE ticket ADD COLUMN title TEXT;
ALTER TABLE ticket ADD COLUMN type_id INT REFERENCES ticket_type (id);
ALTER TABLE ticket ADD COLUMN type_version INT;
ALTER TABLE ticket ADD COLUMN answers TEXT;
ALTER TABLE ticket ADD COLUMN rating INT;
ALTER TABLE ticket ADD COLUMN rating_comment TEXT;

-- What is shown. `announced` is false while its instant has not come, or was not noted yet.
CREATE TABLE post (
  id ID, uid UUID NOT NULL UNIQUE, org_id INT NOT NULL REFERENCES organization (id),
  property_id INT NOT NULL REFERENCES property (id), author_id INT NOT NULL REFERENCES person (id),
  title TEXT NOT NULL, text TEXT NOT NULL, allow_comments BOOL NOT NULL,
  audience TEXT NOT NULL, building_id INT REFERENCES building (id), published_at INT, expires_at INT, announced BOOL NOT NULL,
  created_at INT NOT NULL, updated_at INT NOT NULL, deleted_at INT) STRICT;
CREATE INDEX post_property ON post (org_id, property_id, published_at, id) WHERE deleted_at IS NULL;
CREATE INDEX post_due ON post (org_id, published_at, id) WHERE NOT announced AND deleted_at IS NULL;

CREATE TABLE post_comment (
  id ID, uid UUID NOT NULL UNIQUE, org_id INT NOT NULL REFERENCES organization (id),
  post_id INT NOT NULL REFERENCES post (id), author_id INT NOT NULL REFERENCES person (id), text TEXT NOT NULL,
  created_at INT NOT NULL, updated_at INT NOT NULL, deleted_at INT) STRICT;
CREATE INDEX post_comment_post ON post_comment (org_id, post_id, id) WHERE deleted_at IS NULL;

CREATE TABLE event (
  id ID, uid UUID NOT NULL UNIQUE, org_id INT NOT NULL REFERENCES organization (id),
  property_id INT NOT NULL REFERENCES property (id), author_id INT NOT NULL REFERENCES person (id),
  title TEXT NOT NULL, text TEXT NOT NULL, location TEXT, all_day BOOL NOT NULL, starts_at INT NOT NULL, ends_at INT NOT NULL,
  time_zone TEXT NOT NULL,
  audience TEXT NOT NULL, building_id INT REFERENCES building (id), published_at INT, expires_at INT, announced BOOL NOT NULL,
  created_at INT NOT NULL, updated_at INT NOT NULL, deleted_at INT) STRICT;
CREATE INDEX event_property ON event (org_id, property_id, starts_at, id) WHERE deleted_at IS NULL;
CREATE INDEX event_due ON event (org_id, published_at, id) WHERE NOT announced AND deleted_at IS NULL;

CREATE TABLE contact_card (
  id ID, uid UUID NOT NULL UNIQUE, org_id INT NOT NULL REFERENCES organization (id),
  property_id INT NOT NULL REFERENCES property (id), kind TEXT NOT NULL, name TEXT NOT NULL, company TEXT, email TEXT, phone TEXT,
  responsibility TEXT, position INT NOT NULL, on_dashboard BOOL NOT NULL,
  audience TEXT NOT NULL, building_id INT REFERENCES building (id), published_at INT, expires_at INT,
  created_at INT NOT NULL, updated_at INT NOT NULL, deleted_at INT) STRICT;
CREATE INDEX contact_card_property ON contact_card (org_id, property_id, position, id) WHERE deleted_at IS NULL;

CREATE TABLE faq_group (
  id ID, uid UUID NOT NULL UNIQUE, org_id INT NOT NULL REFERENCES organization (id),
  property_id INT NOT NULL REFERENCES property (id), title TEXT NOT NULL, position INT NOT NULL,
  created_at INT NOT NULL, updated_at INT NOT NULL, deleted_at INT) STRICT;
CREATE INDEX faq_group_property ON faq_group (org_id, property_id, position, id) WHERE deleted_at IS NULL;

CREATE TABLE faq_article (
  id ID, uid UUID NOT NULL UNIQUE, org_id INT NOT NULL REFERENCES organization (id),
  property_id INT NOT NULL REFERENCES property (id), group_id INT NOT NULL REFERENCES faq_group (id),
  title TEXT NOT NULL, keywords TEXT NOT NULL, text TEXT NOT NULL, ticket_type_id INT REFERENCES ticket_type (id),
  position INT NOT NULL,
  audience TEXT NOT NULL, building_id INT REFERENCES building (id), published_at INT, expires_at INT,
  created_at INT NOT NULL, updated_at INT NOT NULL, deleted_at INT) STRICT;
CREATE INDEX faq_article_property ON faq_article (org_id, property_id, position, id) WHERE deleted_at IS NULL;

-- The words of an article, folded: searched by their beginnings, the same way on both databases.
CREATE TABLE faq_word (
  org_id INT NOT NULL, property_id INT NOT NULL, word TEXT NOT NULL, article_id INT NOT NULL REFERENCES faq_article (id), weight INT NOT NULL,
  PRIMARY KEY (org_id, property_id, word, article_id)) STRICT;
CREATE INDEX faq_word_article ON faq_word (article_id);

CREATE TABLE document_folder (
  id ID, uid UUID NOT NULL UNIQUE, org_id INT NOT NULL REFERENCES organization (id),
  property_id INT NOT NULL REFERENCES property (id), name TEXT NOT NULL, position INT NOT NULL,
  created_at INT NOT NULL, updated_at INT NOT NULL, deleted_at INT) STRICT;
CREATE INDEX document_folder_property ON document_folder (org_id, property_id, position, id) WHERE deleted_at IS NULL;

CREATE TABLE document (
  id ID, uid UUID NOT NULL UNIQUE, org_id INT NOT NULL REFERENCES organization (id),
  property_id INT NOT NULL REFERENCES property (id), folder_id INT NOT NULL REFERENCES document_folder (id),
  name TEXT NOT NULL, file_type TEXT NOT NULL, file_size INT NOT NULL, file_id INT,
  audience TEXT NOT NULL, building_id INT REFERENCES building (id), published_at INT, expires_at INT, announced BOOL NOT NULL,
  created_at INT NOT NULL, updated_at INT NOT NULL, deleted_at INT) STRICT;
CREATE INDEX document_property ON document (org_id, property_id, id) WHERE deleted_at IS NULL;
CREATE INDEX document_due ON document (org_id, published_at, id) WHERE NOT announced AND deleted_at IS NULL;

-- Who is told. One row a person and fact; a reader of the spine writes them and keeps its place.
CREATE TABLE notification_reader (org_id INT PRIMARY KEY REFERENCES organization (id), seq INT NOT NULL) STRICT;
INSERT INTO notification_reader (org_id, seq) SELECT org_id, seq FROM feed;

CREATE TABLE notification (
  id ID, org_id INT NOT NULL REFERENCES organization (id), person_id INT NOT NULL REFERENCES person (id),
  property_id INT, seq INT NOT NULL, topic TEXT NOT NULL, item_id INT NOT NULL, parent_id INT, ticket_status TEXT,
  mail TEXT NOT NULL, read_at INT, created_at INT NOT NULL) STRICT;
CREATE UNIQUE INDEX notification_fact ON notification (org_id, seq, person_id);
CREATE INDEX notification_person ON notification (org_id, person_id, id);
CREATE INDEX notification_mail ON notification (org_id, person_id, id) WHERE mail = 'daily';

CREATE TABLE subscription (
  org_id INT NOT NULL REFERENCES organization (id), person_id INT NOT NULL REFERENCES person (id),
  topic TEXT NOT NULL, channel TEXT NOT NULL, frequency TEXT NOT NULL, updated_at INT NOT NULL,
  PRIMARY KEY (org_id, person_id, topic, channel)) STRICT;

-- The secret in the address of a calendar feed; only its hash is kept.
CREATE TABLE calendar_secret (
  person_id INT PRIMARY KEY REFERENCES person (id), org_id INT NOT NULL REFERENCES organization (id),
  secret_hash BYTES NOT NULL UNIQUE, created_at INT NOT NULL) STRICT;

-- What happened at a property.
CREATE INDEX change_property ON change (org_id, property_id, seq) WHERE property_id IS NOT NULL;

-- Living together: who may invite, and who was invited by whom.
ALTER TABLE tenancy ADD COLUMN unit_admin BOOL;
ALTER TABLE tenancy ADD COLUMN invited_by INT REFERENCES person (id);

ALTER TABLE invitation ADD COLUMN first_name TEXT;
ALTER TABLE invitation ADD COLUMN last_name TEXT;
ALTER TABLE invitation ADD COLUMN email TEXT;
ALTER TABLE invitation ADD COLUMN email_key TEXT;
ALTER TABLE invitation ADD COLUMN unit_id INT REFERENCES unit (id);
ALTER TABLE invitation ADD COLUMN property_id INT REFERENCES property (id);
ALTER TABLE invitation ADD COLUMN tenancy_role TEXT;
ALTER TABLE invitation ADD COLUMN unit_admin BOOL;
ALTER TABLE invitation ADD COLUMN renewed_at INT;
CREATE INDEX invitation_unit ON invitation (org_id, unit_id, email_key) WHERE unit_id IS NOT NULL;
