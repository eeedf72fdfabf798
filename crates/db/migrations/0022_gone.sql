-- Who was told about one thing: when it goes, so does the word about it.
CREATE INDEX notification_item ON notification (org_id, topic, item_id);
CREATE INDEX notification_parent ON notification (org_id, topic, parent_id) WHERE parent_id IS NOT NULL;
