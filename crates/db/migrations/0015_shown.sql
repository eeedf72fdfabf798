-- What is shown: timelines and notifications of large places at once, and how people proved who they are.

-- By a password, at an outside provider, or with the code of an invitation; nothing for sign-ins of before.
ALTER TABLE session ADD COLUMN proof TEXT;

-- What happened to what a community is shown: newest first, and by the thing.
CREATE INDEX change_shown ON change (org_id, property_id, seq) WHERE action IN ('post.published', 'post.updated',
  'post.commented', 'event.published', 'event.updated', 'document.published', 'document.updated');
CREATE INDEX change_shown_of ON change (org_id, entity, entity_id, action) WHERE action IN ('post.published', 'post.updated',
  'post.commented', 'event.published', 'event.updated', 'document.published', 'document.updated');

-- Whether something is shown to somebody, without the thing itself.
CREATE INDEX post_shown ON post (org_id, property_id, audience, building_id, published_at, expires_at, id) WHERE deleted_at IS NULL;
CREATE INDEX event_shown ON event (org_id, property_id, audience, building_id, published_at, expires_at, id) WHERE deleted_at IS NULL;
CREATE INDEX document_shown ON document (org_id, property_id, audience, building_id, published_at, expires_at, id) WHERE deleted_at IS NULL;

-- A person's notifications, newest first: all, those of one property, those not read yet.
CREATE INDEX notification_newest ON notification (org_id, person_id, created_at, id);
CREATE INDEX notification_place ON notification (org_id, person_id, property_id, created_at, id);
CREATE INDEX notification_unread ON notification (org_id, person_id, property_id, created_at, id) WHERE read_at IS NULL;
DROP INDEX notification_person;
