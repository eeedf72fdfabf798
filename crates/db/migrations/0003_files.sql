-- Files: what is known about them. Their bytes are in a directory or in S3, under `path`.
-- `state` is `uploaded` until something holds the file, then `attached`. `thumbnail` is `none`, `wanted` or `made`.
CREATE TABLE file (
  id ID, uid UUID NOT NULL UNIQUE, org_id INT NOT NULL REFERENCES organization (id),
  path TEXT NOT NULL UNIQUE, name TEXT NOT NULL, content_type TEXT NOT NULL,
  size INT NOT NULL, sha256 BYTES NOT NULL, width INT, height INT,
  thumbnail TEXT NOT NULL, state TEXT NOT NULL, uploaded_by INT REFERENCES person (id),
  created_at INT NOT NULL, updated_at INT NOT NULL, deleted_at INT) STRICT;
-- What an organization uses is one sum over this.
CREATE INDEX file_size ON file (org_id, size);
CREATE INDEX file_orphan ON file (org_id, created_at) WHERE state = 'uploaded' AND deleted_at IS NULL;
-- Bytes are deleted a day after their row.
CREATE INDEX file_deleted ON file (deleted_at, id) WHERE deleted_at IS NOT NULL;

-- What holds a file: one thing, once.
CREATE TABLE attachment (
  id ID, org_id INT NOT NULL REFERENCES organization (id), file_id INT NOT NULL UNIQUE REFERENCES file (id),
  entity TEXT NOT NULL, entity_id INT NOT NULL, position INT NOT NULL, created_at INT NOT NULL) STRICT;
CREATE INDEX attachment_entity ON attachment (org_id, entity, entity_id, position);
