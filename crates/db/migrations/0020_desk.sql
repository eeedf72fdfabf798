-- What the desk does about ledgers in arrears by hand.

-- The last day on which nothing follows, although something is overdue.
ALTER TABLE ledger ADD COLUMN steps_paused_until TEXT;

-- Which list a kept view is of; and views that were forgotten, which can be taken back for a while.
ALTER TABLE saved_view ADD COLUMN list TEXT NOT NULL DEFAULT 'tickets';
ALTER TABLE saved_view ADD COLUMN forgotten_at INT;

-- What somebody does not want to see here: it is in no list, and known only so that nobody is mailed about it twice.
ALTER TABLE notification ADD COLUMN hidden BOOL NOT NULL DEFAULT FALSE;

-- What went with an announcement comes back with it.
CREATE INDEX post_comment_gone ON post_comment (org_id, post_id, deleted_at) WHERE deleted_at IS NOT NULL;
