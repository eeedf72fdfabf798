-- What the pages need: the colour of a house, and the browser of a sign-in.

-- The accent colour of the property's pages, as six hexadecimal digits; none for the usual one.
ALTER TABLE property ADD COLUMN accent TEXT;

-- What the browser of a sign-in said about itself, for the list of devices.
ALTER TABLE web_session ADD COLUMN browser TEXT;

-- What somebody uploaded and said, for whoever asks what is kept about them.
CREATE INDEX file_uploader ON file (org_id, uploaded_by, id) WHERE deleted_at IS NULL;
CREATE INDEX post_comment_author ON post_comment (org_id, author_id, id) WHERE deleted_at IS NULL;
